//! The events of transactions: told to whoever watches, and kept for whoever asks later.

use crate::durable;
use crate::fault::Result;
use crate::paths::Paths;
use framboise_core::cause::Cause;
use framboise_core::event::{Event, EventKind};
use framboise_core::ids::OrderId;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Event numbers of one run of the executor; the next run begins at the next multiple, so that no number is used twice
/// even when the last lines were lost with the power.
const RUN_STRIDE: u64 = 1 << 20;

/// After so many events, lines are told no more: a script that prints without end must not fill memory and disk.
const LINES_MAX: usize = 20_000;

/// The events of the transactions of this run.
#[derive(Debug)]
pub struct Events {
    paths: Paths,
    running: Mutex<BTreeMap<OrderId, Arc<Log>>>,
}

/// The events of one transaction.
#[derive(Debug)]
pub struct Log {
    order: OrderId,
    told: Mutex<Told>,
    news: Condvar,
}

#[derive(Debug)]
struct Told {
    events: Vec<Event>,
    next_number: u64,
    has_ended: bool,
    desk: Desk,
    file: Option<File>,
}

/// What is known of the desk of a live order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Desk {
    /// Nothing; what it said before it was awaited proves nothing.
    Away,
    /// Its next request is waited for.
    Awaited,
    /// It was heard in time, or has left on purpose.
    Heard,
}

impl Events {
    /// No events yet.
    pub fn new(paths: Paths) -> Self {
        Events { paths, running: Mutex::new(BTreeMap::new()) }
    }

    /// The log of a transaction that is to run, with what it told in earlier runs.
    pub fn begin(&self, order: OrderId) -> Arc<Log> {
        let mut running = held(&self.running);
        let fresh = || Arc::new(Log::new(order, &self.paths));
        Arc::clone(running.entry(order).or_insert_with(fresh))
    }

    /// Notes that the desk of a running order is here, or leaves.
    ///
    /// # Errors
    /// [`Cause::UnknownOrder`] when the order does not run.
    pub fn confirm(&self, order: OrderId, leaving: bool) -> Result<()> {
        let log = held(&self.running).get(&order).cloned().ok_or(Cause::UnknownOrder { order })?;
        if leaving {
            // It counts after a restart, too. Where the disk does not take it, the device goes back, which is safe.
            drop(durable::replace(&desk_left(&self.paths, order), b"", 0o600));
        }
        let mut told = held(&log.told);
        if leaving || told.desk == Desk::Awaited {
            told.desk = Desk::Heard;
        }
        drop(told);
        log.news.notify_all();
        Ok(())
    }

    /// Forgets a transaction that has ended; its file stays.
    pub fn end(&self, order: OrderId) {
        if let Some(log) = held(&self.running).remove(&order) {
            held(&log.told).has_ended = true;
            log.news.notify_all();
        }
    }

    /// The events after a number, those to come included, until the transaction has ended, `tell` says stop, or a silence
    /// finds that nobody is there any more.
    ///
    /// # Errors
    /// When `tell` fails.
    pub fn watch(
        &self,
        order: OrderId,
        after: u64,
        is_there: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        let running = held(&self.running).get(&order).cloned();
        match running {
            Some(log) => log.watch(after, is_there, tell),
            None => read(&self.paths, order).iter().filter(|event| event.number > after).try_for_each(tell),
        }
    }

    /// The events after a number that another executor writes down, as long as `goes_on`.
    ///
    /// # Errors
    /// When `tell` fails.
    pub fn follow(
        &self,
        order: OrderId,
        mut after: u64,
        goes_on: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        loop {
            // Asked first: what is written last is told still.
            let is_last = !goes_on();
            for event in read(&self.paths, order) {
                if event.number > after {
                    tell(&event)?;
                    after = event.number;
                }
            }
            if is_last {
                return Ok(());
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }
}

impl Log {
    fn new(order: OrderId, paths: &Paths) -> Self {
        let events = read(paths, order);
        let next_number = events.last().map_or(1, |event| (event.number / RUN_STRIDE + 1) * RUN_STRIDE);
        // Without the file the events are told all the same.
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(file_of(paths, order)).ok();
        let desk = if desk_left(paths, order).exists() { Desk::Heard } else { Desk::Away };
        let told = Told { events, next_number, has_ended: false, desk, file };
        Log { order, told: Mutex::new(told), news: Condvar::new() }
    }

    /// Tells an event.
    pub fn tell(&self, kind: EventKind) {
        let mut told = held(&self.told);
        if told.events.len() > LINES_MAX && matches!(kind, EventKind::Line { .. }) {
            return;
        }
        let event = Event { number: told.next_number, at: Timestamp::now(), order: self.order, kind };
        told.next_number += 1;
        if let (Some(file), Ok(line)) = (&mut told.file, serde_json::to_string(&event)) {
            // Not synced: an event is news, the journal is the truth.
            drop(file.write_all(format!("{line}\n").as_bytes()));
        }
        told.events.push(event);
        drop(told);
        self.news.notify_all();
    }

    /// Waits for the desk's next request; whether it came in time.
    pub fn await_desk(&self, seconds: u16) -> bool {
        let mut told = held(&self.told);
        if told.desk == Desk::Away {
            told.desk = Desk::Awaited;
            drop(told);
            self.tell(EventKind::AwaitingDesk { seconds });
            told = held(&self.told);
        }
        let patience = Duration::from_secs(u64::from(seconds));
        let waited = self.news.wait_timeout_while(told, patience, |told| told.desk != Desk::Heard);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        told.desk == Desk::Heard
    }

    fn watch(
        &self,
        mut after: u64,
        is_there: &dyn Fn() -> bool,
        tell: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<()> {
        loop {
            let (news, has_ended) = self.wait(after);
            for event in &news {
                tell(event)?;
                after = event.number;
            }
            if news.is_empty() && (has_ended || !is_there()) {
                return Ok(());
            }
        }
    }

    fn wait(&self, after: u64) -> (Vec<Event>, bool) {
        let told = held(&self.told);
        let is_waiting =
            |told: &mut Told| !told.has_ended && told.events.last().is_none_or(|event| event.number <= after);
        // Woken once in a while, so that a watcher whose peer has gone gives its place back.
        let waited = self.news.wait_timeout_while(told, Duration::from_secs(1), is_waiting);
        let (told, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let from = told.events.partition_point(|event| event.number <= after);
        (told.events[from..].to_vec(), told.has_ended)
    }
}

fn read(paths: &Paths, order: OrderId) -> Vec<Event> {
    let text = std::fs::read(file_of(paths, order)).unwrap_or_default();
    let mut events: Vec<Event> =
        String::from_utf8_lossy(&text).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    // What a pulled plug left may be torn, never out of order.
    events.dedup_by(|later, earlier| later.number <= earlier.number);
    events
}

/// There when the desk of a live order has said that it leaves.
fn desk_left(paths: &Paths, order: OrderId) -> std::path::PathBuf {
    paths.transaction(order).join("desk-left")
}

fn file_of(paths: &Paths, order: OrderId) -> std::path::PathBuf {
    paths.transaction(order).join("events.jsonl")
}

/// The guarded value, whatever a thread that panicked left of it: events are news, not truth.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
