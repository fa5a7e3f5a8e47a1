//! Recovery: transactions that a power cut, or the end of the executor, left in the middle. Needs neither agent nor
//! network.

use crate::admission::sole_worker;
use crate::device::Device;
use crate::engine::{self, Run};
use crate::events::Events;
use crate::fault::Outcome;
use crate::journal::Journal;
use crate::paths::Paths;
use std::fs;

/// At boot, before the agent: brings what was cut off to its end.
///
/// # Errors
/// When the device cannot be read; what can be recovered is.
pub fn at_boot() -> Outcome<()> {
    let device = Device::open(Paths::default())?;
    let _sole = sole_worker(&device)?;
    recover(&device, &Events::new(device.paths.clone()))
}

/// Brings every transaction that has no end to one, and makes every end known.
///
/// # Errors
/// When the transactions cannot be read, or an end not be made known; the others are gone on with.
pub fn recover(device: &Device, events: &Events) -> Outcome<()> {
    remove_half_made(device);
    let mut result = Ok(());
    for mut journal in Journal::list(&device.paths)? {
        if journal.is_closed() {
            continue;
        }
        let order = journal.ticket.id;
        if !journal.state().is_final() {
            eprintln!("<5>framboise-apply: order {order} was cut off while {}; recovering", journal.state());
            journal = Run::new(device, journal, events.begin(order)).recover();
        }
        eprintln!("<5>framboise-apply: order {order} {}", journal.state());
        result = result.and(engine::settle(device, &mut journal));
        engine::tell_end(&journal, events);
    }
    result
}

/// Transactions that never came whole, and what plans left behind.
fn remove_half_made(device: &Device) {
    let scratch = device.paths.scratch();
    drop(fs::remove_dir_all(scratch));
    let Ok(entries) = fs::read_dir(device.paths.transactions()) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if !path.join("journal").exists() {
            drop(fs::remove_dir_all(path));
        }
    }
}
