//! A restart between apt and the checks, and one more after a rollback of what a restart had made effective.

use super::{Run, debs};
use crate::fault::Result;
use crate::journal::{Journal, Work};
use crate::restart::{self, Required, Up};
use framboise_core::cause::Cause;
use framboise_core::event::EventKind;
use framboise_core::plan::Lock;
use framboise_core::transaction::{Ending, RESTARTS_ASKED_MAX, Restart, State};
use framboise_core::update_file::RebootPolicy;
use std::collections::BTreeSet;
use std::time::Duration;

/// Between two tries to ask systemd, where it refuses.
const PAUSE: Duration = Duration::from_secs(2);

impl Run<'_> {
    /// Where the transaction goes after apt: by way of a restart, if the order asks for one. `before` is what the device
    /// said of the need of a restart before.
    pub(super) fn after_apply(&mut self, before: &Required) -> Result<Ending> {
        let lock = self.lock()?;
        let now = Required::now();
        let mut needed_for: BTreeSet<String> = now.since(before);
        // One that was noted already and is changed again needs it no less.
        let is_noted = |name: &String| now.packages.contains(name);
        needed_for.extend(lock.entries.keys().map(|key| key.name.to_string()).filter(is_noted));
        needed_for.extend(debs::reboot_for(&lock));
        let restarts = match policy(&self.journal) {
            RebootPolicy::Never => false,
            RebootPolicy::IfRequired => !needed_for.is_empty(),
            RebootPolicy::Always => !lock.entries.is_empty(),
        };
        if restarts {
            return Ok(Ending::NeedsRestart);
        }
        self.restart_for = needed_for.into_iter().collect();
        Ok(Ending::Done)
    }

    /// Asks for the restart, or goes on when it has happened and the system is up. None: it is to be waited for.
    pub(super) fn restart(&mut self) -> Result<Option<Ending>> {
        let (asked, noted) = self.journal.restart();
        match restart::due(noted, asked)? {
            Restart::Ask => {
                cut_point!("restarting, before it is asked for");
                let Err(failure) = restart::ask() else { return Ok(None) };
                self.log.tell(EventKind::Line { text: failure.message });
                std::thread::sleep(PAUSE);
                // Each time is on disk before it is done.
                self.journal.append(self.journal.next(State::Restarting))?;
                self.restart()
            }
            Restart::Happened => {
                self.log.tell(EventKind::Line { text: "Restarted; waiting until the system is up".into() });
                let up = restart::wait_until_up();
                cut_point!("restarting, once the system is up");
                Ok((up == Up::Ready).then_some(Ending::Done))
            }
            Restart::GiveUp => {
                let tries = u32::try_from(RESTARTS_ASKED_MAX).unwrap_or(u32::MAX);
                Err(Cause::NotRestarted { tries }.into())
            }
        }
    }

    /// Whether the device was started anew since a restart was asked for.
    pub(super) fn has_restarted(&self) -> bool {
        has_restarted(&self.journal)
    }

    /// What is to be said of a restart at the end.
    pub(super) fn restart_remark(&self, state: State) -> Option<String> {
        if restarts_again(&self.journal, &self.lock().unwrap_or_default(), state) {
            return Some("it restarts once more, so that what it went back to is what runs".into());
        }
        if state != State::Committed || self.restart_for.is_empty() {
            return None;
        }
        Some(format!("a restart makes it effective: {}", self.restart_for.join(", ")))
    }
}

/// Whether the device restarts once more after this end: what was undone may be what it runs, for it was started anew
/// since apt began. Only for an order that may restart the device.
pub fn restarts_again(journal: &Journal, lock: &Lock, end: State) -> bool {
    // One that needs a person is left as it is: it may not come up again.
    if end != State::RolledBack || policy(journal) == RebootPolicy::Never {
        return false;
    }
    let (Some(began), Some(now)) = (journal.boot_of_begin(), restart::boot_id()) else { return false };
    let ended = journal.last().ok().filter(|last| last.state.is_final()).and_then(|last| last.boot.as_deref());
    // Where the power went since it went back, it was started anew with what it went back to.
    let is_as_it_ended = ended.is_none_or(|ended| ended == now);
    is_as_it_ended && began != now && (has_restarted(journal) || !debs::reboot_for(lock).is_empty())
}

fn has_restarted(journal: &Journal) -> bool {
    let (_, noted) = journal.restart();
    noted.zip(restart::boot_id()).is_some_and(|(noted, now)| noted != now)
}

fn policy(journal: &Journal) -> RebootPolicy {
    match &journal.ticket.work {
        Work::Order { order, .. } => order.reboot,
        Work::SeedUpdate { .. } | Work::SeedRollback { .. } => RebootPolicy::Never,
    }
}
