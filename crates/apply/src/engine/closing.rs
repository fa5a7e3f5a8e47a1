//! What follows from a transaction's end. All of it can be done again: the journal's final record is the truth.

use super::{boot_partition, restarting, retention};
use crate::device::Device;
use crate::durable;
use crate::events::Events;
use crate::fault::{Doing, Result};
use crate::journal::Journal;
use crate::{receipts, restart};
use framboise_core::event::EventKind;
use framboise_core::transaction::State;
use std::fs;

/// Tells the end of a transaction to whoever watches.
pub fn tell_end(journal: &Journal, events: &Events) {
    if let Some(outcome) = journal.outcome() {
        events.begin(journal.ticket.id).tell(EventKind::Ended { outcome: Box::new(outcome.clone()) });
    }
    events.end(journal.ticket.id);
}

/// Does what follows from the end of a transaction: the point the device stands on, `rollbackFile`, the receipt.
///
/// # Errors
/// When the disk refuses it; it is then done at the next start.
pub fn settle(device: &Device, journal: &mut Journal) -> Result<()> {
    journal.catch_up()?;
    let Some(outcome) = journal.outcome() else { return Ok(()) };
    if outcome.state == State::Committed {
        if let Some(point) = outcome.restore_point {
            cut_point!("settling, before the standing point");
            device.points.set_stands_on(point)?;
            cut_point!("settling, before rollbackFile");
            // A point that is spoilt already must not keep the device busy; the next success writes the file anew.
            if let Some(state) = device.points.state_if_sound(point)? {
                durable::replace(&device.paths.rollback_file(), state.rollback_file().as_bytes(), 0o644)?;
            }
        }
    } else {
        cut_point!("settling, before the point is forgotten");
        device.points.forget_after(journal.ticket.id)?;
    }
    if restarting::restarts_again(journal, &outcome.lock, outcome.state) {
        cut_point!("settling, before one more restart is wished for");
        restart::wish(device)?;
    }
    cut_point!("settling, before the receipt");
    receipts::write(device, journal)?;
    cut_point!("settling, after the receipt");
    for part in ["source", "download", "way-back", "rebuilt"] {
        match fs::remove_dir_all(journal.part(part)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).at("remove", &journal.part(part));
            }
            _ => {}
        }
    }
    let mut record = journal.next(journal.state());
    record.closed = true;
    cut_point!("settling, before it is closed");
    journal.append(record)?;
    cut_point!("settling, before room is made");
    let is_nothing = journal.outcome().is_some_and(framboise_core::outcome::Outcome::is_nothing);
    // Room is made after what counts is done; what cannot be let go now goes after the next transaction.
    let has_kept_boot = boot_partition::was_kept(journal);
    let tidied = if is_nothing { retention::tidy_transactions(device) } else { retention::tidy(device, has_kept_boot) };
    if let Err(failure) = tidied {
        eprintln!("<4>framboise-apply: tidying up: {failure}");
    }
    Ok(())
}
