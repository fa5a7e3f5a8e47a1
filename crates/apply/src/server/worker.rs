//! One transaction at a time: the others wait in the order they came.

use super::Server;
use crate::engine::{self, Run};
use crate::executor;
use crate::fault::{Doing, Result};
use crate::journal::Journal;
use crate::recovery::{self, CutOff};
use crate::restart;
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::EventKind;
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::TransactionStatus;
use framboise_core::transaction::State;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The queue of transactions.
#[derive(Debug, Default)]
pub struct Worker {
    queue: Mutex<Queue>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Journal>,
    running: Option<OrderId>,
    planning: usize,
    /// Whether it only waits for the device to restart.
    is_restarting: bool,
    /// Whether another executor is at work: recovery at boot, that has not come to its end yet.
    is_another_at_work: bool,
    /// An end that the disk refuses still: known here alone.
    unsettled: Option<Unsettled>,
}

/// An order whose end the disk does not take.
#[derive(Debug, Clone)]
pub struct Unsettled {
    /// How it ended.
    pub status: TransactionStatus,
    /// What the disk says.
    pub failure: Failure,
}

impl Worker {
    /// The order that is at work.
    pub fn running(&self) -> Option<OrderId> {
        let queue = self.held();
        queue.running.or_else(|| queue.waiting.front().map(|journal| journal.ticket.id))
    }

    /// How this order ended, where the disk does not take that.
    pub fn unsettled(&self, order: OrderId) -> Option<Unsettled> {
        self.held().unsettled.clone().filter(|unsettled| unsettled.status.order == order)
    }

    /// Whether anything is at work, or waits.
    pub fn is_busy(&self) -> bool {
        let queue = self.held();
        queue.running.is_some() || !queue.waiting.is_empty() || queue.planning > 0
    }

    /// Whether it only waits for the device to restart: nothing is begun before, and the executor may leave.
    pub fn is_restarting(&self) -> bool {
        self.held().is_restarting
    }

    /// Whether another executor is at work, which is looked on from here.
    pub fn is_another_at_work(&self) -> bool {
        self.held().is_another_at_work
    }

    /// Refuses what is new while another executor is at work: it would not know of it.
    ///
    /// # Errors
    /// [`Cause::Busy`].
    pub fn refuse_beside_another(&self) -> Result<()> {
        let queue = self.held();
        if queue.is_another_at_work { Err(Cause::Busy { order: queue.running }.into()) } else { Ok(()) }
    }

    /// Whether another executor works on this order.
    pub fn is_of_another(&self, order: OrderId) -> bool {
        let queue = self.held();
        queue.is_another_at_work && queue.running == Some(order)
    }

    /// Waits for a restart that was asked for. When this returns, it has not come.
    fn wait_for_restart(&self) {
        self.held().is_restarting = true;
        std::thread::sleep(restart::PATIENCE);
        self.held().is_restarting = false;
    }

    /// Takes a transaction in.
    pub fn push(&self, journal: Journal) {
        self.held().waiting.push_back(journal);
        self.news.notify_all();
    }

    /// Runs `take_in` and takes its transaction in, unless another is at work: nobody comes between the two.
    ///
    /// # Errors
    /// [`Cause::Busy`]; or what `take_in` says.
    pub fn push_if_idle(&self, take_in: impl FnOnce() -> Result<Journal>) -> Result<OrderId> {
        let mut queue = self.held();
        if queue.running.is_some() || !queue.waiting.is_empty() {
            let order = queue.running.or_else(|| queue.waiting.front().map(|journal| journal.ticket.id));
            return Err(Cause::Busy { order }.into());
        }
        let journal = take_in()?;
        let order = journal.ticket.id;
        queue.waiting.push_back(journal);
        self.news.notify_all();
        Ok(order)
    }

    /// Does something that only reads, unless a transaction is at work: what it would read is about to change.
    ///
    /// # Errors
    /// [`Cause::Busy`]; or what `read` says.
    pub fn while_idle<T>(&self, read: impl FnOnce() -> Result<T>) -> Result<T> {
        {
            let mut queue = self.held();
            if queue.running.is_some() || !queue.waiting.is_empty() {
                return Err(Cause::Busy { order: queue.running }.into());
            }
            queue.planning += 1;
        }
        let result = read();
        self.held().planning -= 1;
        result
    }

    fn next(&self) -> Journal {
        let mut queue = self.held();
        loop {
            if let Some(journal) = queue.waiting.pop_front() {
                queue.running = Some(journal.ticket.id);
                return journal;
            }
            queue = self.news.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn held(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the thread that works: first what an earlier run left, then what comes. While another executor is at work, what
/// it does can be looked at, and nothing else.
///
/// # Errors
/// When the transactions cannot be read, or the thread not be started.
pub fn start(server: &Arc<Server>) -> Result<()> {
    let worker = Arc::clone(server);
    let run: Box<dyn FnOnce() + Send> = if let Some(sole) = executor::sole_now(&server.device)? {
        let cut_off = take_over(server)?;
        Box::new(move || work(&worker, cut_off, sole))
    } else {
        look_on(server)?;
        Box::new(move || work_after_another(&worker))
    };
    std::thread::Builder::new().spawn(run).map(drop).doing("start a thread")
}

/// Knows of what another executor has at work.
fn look_on(server: &Server) -> Result<()> {
    let at_work = Journal::list(&server.device.paths)?.into_iter().find(|journal| !journal.is_closed());
    let mut queue = server.worker.held();
    queue.is_another_at_work = true;
    queue.running = at_work.map(|journal| journal.ticket.id);
    Ok(())
}

/// What an earlier run left, to be brought to its end now.
fn take_over(server: &Server) -> Result<Vec<Journal>> {
    let CutOff { now, later } = recovery::cut_off(&server.device)?;
    for journal in now.iter().chain(&later) {
        // Busy from the first request on, and to be watched.
        server.events.begin(journal.ticket.id);
        server.worker.held().running = Some(journal.ticket.id);
    }
    server.worker.held().waiting.extend(later);
    Ok(now)
}

fn work_after_another(server: &Server) {
    let taken_over = executor::sole(&server.device).and_then(|sole| Ok((take_over(server)?, sole)));
    match taken_over {
        Ok((cut_off, sole)) => {
            server.worker.held().is_another_at_work = false;
            work(server, cut_off, sole);
        }
        // The next start tells everybody why.
        Err(failure) => {
            eprintln!("<3>framboise-apply: {failure}. {}", failure.next_step);
            std::process::exit(1);
        }
    }
}

/// Works as long as the executor lives; `_sole` is the right to.
fn work(server: &Server, cut_off: Vec<Journal>, _sole: std::fs::File) {
    for (mut ended, failure) in recovery::recover(&server.device, &server.events, cut_off) {
        eprintln!("<3>framboise-apply: recovering: {failure}");
        settle_at_last(server, &mut ended);
    }
    restart_as_wished(server);
    server.worker.held().running = None;
    loop {
        let journal = server.worker.next();
        let order = journal.ticket.id;
        let mut ended = drive(server, journal);
        eprintln!("<5>framboise-apply: order {order} {}", ended.state());
        let settled = settle(server, &mut ended);
        if settled && !restart::is_wished(&server.device) {
            // Idle before the end is told: whoever hears of it may ask for the next thing at once.
            server.worker.held().running = None;
        }
        engine::tell_end(&ended, &server.events);
        if !settled {
            settle_at_last(server, &mut ended);
        }
        restart_as_wished(server);
        server.worker.held().running = None;
    }
}

/// Drives a transaction to its end, over a restart where it asks for one: then most often not in this run.
fn drive(server: &Server, journal: Journal) -> Journal {
    let run = |journal: Journal| {
        let log = server.events.begin(journal.ticket.id);
        Run::new(&server.device, journal, log)
    };
    let mut journal = if journal.state() == State::Restarting { run(journal).recover() } else { run(journal).drive() };
    while journal.state() == State::Restarting {
        server.worker.wait_for_restart();
        journal = run(journal).recover();
    }
    journal
}

/// Restarts the device once more where the end of a transaction asks for it, before anything else is begun.
fn restart_as_wished(server: &Server) {
    loop {
        if !restart::is_wished(&server.device) {
            return;
        }
        // Whoever watches hears the end first.
        std::thread::sleep(GOODBYE);
        match restart::ask_as_wished(&server.device) {
            Ok(true) => server.worker.wait_for_restart(),
            Ok(false) => return,
            Err(failure) => {
                eprintln!("<3>framboise-apply: restarting once more: {failure}");
                return;
            }
        }
    }
}

/// How long the end of a transaction takes at most to reach whoever watches.
const GOODBYE: std::time::Duration = std::time::Duration::from_secs(2);

/// Between two tries to write down what a full or failing disk refuses.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(10);

/// Nothing new is begun on what is not written down: a later start would take it for cut off.
fn settle_at_last(server: &Server, ended: &mut Journal) {
    while !settle(server, ended) {
        std::thread::sleep(PAUSE);
    }
}

/// Writes an end down; what the disk refuses is known by the worker alone.
fn settle(server: &Server, ended: &mut Journal) -> bool {
    let settled = engine::settle(&server.device, ended);
    if let Err(failure) = &settled {
        eprintln!("<3>framboise-apply: order {}: {failure}. {}", ended.ticket.id, failure.next_step);
    }
    let is_settled = settled.is_ok();
    let unsettled = |failure| Unsettled { status: ended.status(), failure };
    server.worker.held().unsettled = settled.err().map(unsettled);
    is_settled
}

/// Tells a new transaction that it waits.
pub fn tell_waiting(server: &Server, order: OrderId) {
    let log = server.events.begin(order);
    if let Some(running) = server.worker.running() {
        log.tell(EventKind::Waiting { reason: Cause::Busy { order: Some(running) }.into() });
    }
}
