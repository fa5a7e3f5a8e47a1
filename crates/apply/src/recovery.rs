//! Recovery: transactions that a power cut, or the end of the executor, left in the middle. Needs neither agent nor
//! network.

use crate::command::Program;
use crate::device::Device;
use crate::engine::{self, Run};
use crate::events::Events;
use crate::executor;
use crate::fault::{Doing, Result};
use crate::journal::Journal;
use crate::paths::Paths;
use crate::restart;
use framboise_core::cause::Failure;
use framboise_core::transaction::State;
use std::fs;
use std::time::Duration;

/// How long a boot waits for recovery before the agent may start beside it: a script that hangs is then seen, and decided
/// on, from the desk.
pub const BOOT_PATIENCE: Duration = Duration::from_mins(10);

/// At boot, before the agent: brings what was cut off to its end. The boot goes on when that is done, or `patience` is over.
///
/// # Errors
/// When the device cannot be read; what can be recovered is.
pub fn at_boot(patience: Duration) -> Result<()> {
    // Ends when it is done, also where systemd asks earlier.
    crate::server::ends_later()?;
    let impatient = move || {
        std::thread::sleep(patience);
        eprintln!("<4>framboise-apply: recovery takes longer than {} s; the boot goes on", patience.as_secs());
        let_boot_go_on();
    };
    std::thread::Builder::new().spawn(impatient).doing("start a thread")?;
    bring_to_end()?;
    let_boot_go_on();
    Ok(())
}

/// systemd holds back what stands after this unit until it hears this (sd_notify(3)).
fn let_boot_go_on() {
    if let Err(error) = sd_notify::notify(&[sd_notify::NotifyState::Ready]) {
        eprintln!("<4>framboise-apply: systemd cannot be told: {error}");
    }
}

fn bring_to_end() -> Result<()> {
    let device = Device::open(Paths::default())?;
    let Some(_sole) = executor::sole_now(&device)? else {
        eprintln!("<5>framboise-apply: another framboise-apply is at work; it recovers what is to be recovered");
        return Ok(());
    };
    let CutOff { now, later } = cut_off(&device)?;
    let recovered = recover(&device, &Events::new(device.paths.clone()), now);
    if !later.is_empty() || restart::is_wished(&device) {
        // What is judged after a restart needs services and network, which are not up yet.
        Program::new("systemctl").args(["--no-block", "start", SERVICE]).run()?;
    }
    recovered.into_iter().map(|(_, failure)| failure).next().map_or(Ok(()), Err)
}

/// The executor's unit.
const SERVICE: &str = "framboise-apply.service";

/// Transactions that an earlier run left.
#[derive(Debug, Default)]
pub struct CutOff {
    /// To be brought to their end first.
    pub now: Vec<Journal>,
    /// To be gone on with once the system is up: one that restarts the device, and orders that wait for its end.
    pub later: Vec<Journal>,
}

/// The transactions that have no end, or whose end was not made known. To be asked before new ones are taken.
///
/// # Errors
/// When the transactions cannot be read.
pub fn cut_off(device: &Device) -> Result<CutOff> {
    remove_half_made(device);
    let all: Vec<Journal> = Journal::list(&device.paths)?.into_iter().filter(|journal| !journal.is_closed()).collect();
    all.iter().try_for_each(Journal::mend)?;
    // An order that came while the device was about to restart on purpose has lost nothing by it.
    let restarts = restart::is_wished(device) || all.iter().any(|journal| journal.state() == State::Restarting);
    let waits =
        |journal: &Journal| journal.state() == State::Restarting || (restarts && journal.state() == State::Received);
    let (later, now) = all.into_iter().partition(waits);
    Ok(CutOff { now, later })
}

/// Brings these transactions to an end, and makes it known; those whose end the disk refuses are given back: until it is
/// written down, nothing new may begin, for a later start would undo them once more.
pub fn recover(device: &Device, events: &Events, cut_off: Vec<Journal>) -> Vec<(Journal, Failure)> {
    let mut unsettled = Vec::new();
    for mut journal in cut_off {
        let order = journal.ticket.id;
        if !journal.state().is_final() {
            eprintln!("<5>framboise-apply: order {order} was cut off while {}; recovering", journal.state());
            journal = Run::new(device, journal, events.begin(order)).recover();
        }
        eprintln!("<5>framboise-apply: order {order} {}", journal.state());
        let settled = engine::settle(device, &mut journal);
        engine::tell_end(&journal, events);
        unsettled.extend(settled.err().map(|failure| (journal, failure)));
    }
    unsettled
}

/// Transactions that never came whole, and what plans left behind.
fn remove_half_made(device: &Device) {
    let scratch = device.paths.scratch();
    drop(fs::remove_dir_all(scratch));
    device.vault.remove_half_taken();
    let Ok(entries) = fs::read_dir(device.paths.transactions()) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        // A card that does not answer says nothing.
        if matches!(path.join("journal").try_exists(), Ok(false)) {
            drop(fs::remove_dir_all(path));
        }
    }
}
