//! The engine: performs the effects of the transaction machine, one transaction at a time.

mod applying;
mod boot_partition;
mod boot_place;
mod checks;
mod closing;
mod debs;
mod fetching;
mod half_unpacked;
mod holdings;
mod hooks;
mod installed;
mod lost;
mod others;
mod planning;
mod restarting;
mod retention;
mod rollback_plan;
mod set_aside;
mod shipments;
mod target;
mod units;
mod update_plan;
mod vaulting;
mod way_back;

pub use boot_partition::BootChange;
pub use closing::{settle, tell_end};
pub use debs::{free_bytes, reboot_for};
pub use holdings::{change, contents};
pub use planning::signed_plan;
pub use target::stands_on_now;

use crate::apt::locks::{AptIdle, ORDER_PATIENCE};
use crate::device::Device;
use crate::durable;
use crate::events::Log;
use crate::fault::{Result, fault};
use crate::files::{Missed, Restless};
use crate::journal::{Journal, LOCK, Record, Work};
use crate::vault::InstalledFrom;
use framboise_core::cause::{Cause, Failure};
use framboise_core::debian::PackageKey;
use framboise_core::event::EventKind;
use framboise_core::ids::RestorePointId;
use framboise_core::outcome::Outcome;
use framboise_core::plan::{Action, Lock};
use framboise_core::state::{PackageRecord, PackageState};
use framboise_core::transaction::{self, Effect, Ending, State};
use shipments::Shipments;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A transaction at work.
pub struct Run<'a> {
    device: &'a Device,
    journal: Journal,
    log: Arc<Log>,
    /// The state at the end, once it was read and compared.
    after: Option<PackageState>,
    /// The restore point of that state.
    stands_on: Option<RestorePointId>,
    /// Which .debs the packages were installed from: those that stand, and on the way back those of where it leads.
    known: InstalledFrom,
    /// What the .debs that were looked into ship.
    shipments: Shipments,
    /// What a person should know at the end.
    remarks: Vec<String>,
    /// What only a restart makes effective, and nobody asked for one.
    restart_for: Vec<String>,
    /// The boot partition as it shall be, on the way back.
    boot_goal: Option<boot_partition::BootGoal>,
}

/// Tries what fails where a file changes, or somebody's apt begins, between its reading and its keeping. What changes all
/// the time is some program's own, and keeps nobody for ever.
fn again_while_it_changes<T>(mut attempt: impl FnMut(Restless) -> Result<T, Missed>) -> Result<T> {
    // Longer each time: a person may be copying something there.
    const PAUSES_MS: [u64; 4] = [100, 200, 400, 800];
    let mut last = Restless::Refused;
    for pause in PAUSES_MS {
        last = match attempt(Restless::Refused) {
            Err(Missed::Changed(_)) => Restless::AsKept,
            Err(Missed::Meanwhile(failure))
                if !matches!(failure.cause, Cause::DiskFull { .. } | Cause::ReadOnly { .. }) =>
            {
                Restless::Refused
            }
            ended => return Ok(ended?),
        };
        std::thread::sleep(std::time::Duration::from_millis(pause));
    }
    Ok(attempt(last)?)
}

impl<'a> Run<'a> {
    /// A transaction to be brought to its end from the state it is in.
    pub fn new(device: &'a Device, journal: Journal, log: Arc<Log>) -> Self {
        Run {
            device,
            journal,
            log,
            after: None,
            stands_on: None,
            known: InstalledFrom::new(),
            shipments: Shipments::default(),
            remarks: Vec::new(),
            restart_for: Vec::new(),
            boot_goal: None,
        }
    }

    /// Takes up a transaction that was cut off, where the recovery table says.
    pub fn recover(mut self) -> Journal {
        let from = self.journal.state();
        // Where a line of the journal is spoilt, the one that is missing may be that it had begun.
        let may_have_begun = self.journal.is_torn() && self.journal.before().is_some() && !from.is_final();
        let to = if may_have_begun { State::RollingBack } else { transaction::recovery(from) };
        if to != from {
            self.note(Cause::Interrupted.into());
            self.enter(to);
        } else if from == State::Restarting && !self.has_restarted() {
            // Asked for once more: each time is on disk before it is done.
            self.enter(State::Restarting);
        }
        self.drive()
    }

    /// Drives it to its end; or to where the device is to restart, which leaves it `restarting`.
    pub fn drive(mut self) -> Journal {
        self.log.tell(EventKind::State { state: self.journal.state() });
        loop {
            let state = self.journal.state();
            cut_point!("{state}, before its effect");
            let event = match self.perform(transaction::effect(state)) {
                Ok(Some(event)) => event,
                Ok(None) => break,
                Err(failure) => {
                    self.note(failure);
                    Ending::Failed
                }
            };
            cut_point!("{state}, after its effect");
            match transaction::step(state, event) {
                Ok(next) => self.enter(next),
                Err(transaction::Impossible { .. }) => break,
            }
        }
        self.journal
    }

    /// What became of the effect; none when the device restarts first.
    fn perform(&mut self, effect: Effect) -> Result<Option<Ending>> {
        let performed = match effect {
            Effect::Plan => self.plan(),
            Effect::Vault | Effect::Download | Effect::Begin | Effect::Apply | Effect::Check if self.is_nothing() => {
                Ok(())
            }
            Effect::Vault => self.vault(),
            Effect::Download => self.download(),
            Effect::Begin => self.begin(),
            Effect::Apply => return self.apply().map(Some),
            Effect::Restart => return self.restart(),
            Effect::Check => self.check(),
            Effect::RollBack => self.roll_back(),
            Effect::Rest => Ok(()),
        };
        performed.map(|()| Some(Ending::Done))
    }

    /// Whether the order changes nothing and asks for no check: its base held, and that is all there is to find out.
    fn is_nothing(&self) -> bool {
        let Work::Order { order, action: Action::Update, .. } = &self.journal.ticket.work else { return false };
        order.lock.entries.is_empty() && order.checks.is_empty()
    }

    /// Enters a state: on disk first, then told.
    fn enter(&mut self, state: State) {
        let mut record = self.journal.next(state);
        if state.is_final() && self.journal.before().is_some() {
            // What the outcome says of the device must not be ahead of the device's disk.
            rustix::fs::sync();
        }
        if state.is_final() {
            record.outcome = Some(self.outcome(state));
        }
        cut_point!("{state}, before it is written");
        self.write(record);
        self.log.tell(EventKind::State { state: self.journal.state() });
    }

    /// When the disk refuses a record, the transaction goes the way it would go after a power cut: nothing is begun that
    /// the journal does not know of.
    fn write(&mut self, record: Record) {
        let Err(failure) = self.journal.append(record.clone()) else { return };
        self.note(failure);
        match record.state {
            // Not begun, for the journal does not know of it.
            State::Applying => {
                let mut failed = self.journal.next(State::Failed);
                failed.outcome = Some(self.outcome(State::Failed));
                self.journal.go_on_without_disk(failed);
            }
            // Not asked for, not kept: the next start would not know of it.
            State::Restarting | State::Committed => {
                (self.after, self.stands_on) = (None, None);
                self.journal.go_on_without_disk(self.journal.next(State::RollingBack));
            }
            State::Received
            | State::Planned
            | State::Vaulted
            | State::Downloaded
            | State::Checking
            | State::RollingBack
            | State::RolledBack
            | State::Failed
            | State::NeedsYou => self.journal.go_on_without_disk(record),
        }
    }

    /// Notes what went wrong; the first failure is the transaction's cause, the others are remarks.
    fn note(&mut self, failure: Failure) {
        self.log.tell(EventKind::Failure { failure: failure.clone() });
        if self.journal.failure().is_some() {
            self.remarks.push(failure.message);
            return;
        }
        let mut record = self.journal.next(self.journal.state());
        record.failure = Some(failure);
        if self.journal.append(record.clone()).is_err() {
            self.journal.go_on_without_disk(record);
        }
        cut_point!("a failure is noted");
    }

    fn outcome(&self, state: State) -> Outcome {
        let compared = self.after.as_ref().map_or(0, |after| after.packages.len());
        let restore_point = if state == State::RolledBack { self.journal.before() } else { self.stands_on };
        Outcome {
            state,
            failure: if state == State::Committed { None } else { self.journal.failure().cloned() },
            lock: self.lock().unwrap_or_default(),
            restore_point,
            state_digest: self.after.as_ref().and_then(|after| after.digest().ok()),
            compared: u32::try_from(compared).unwrap_or(u32::MAX),
            remarks: self.remarks.iter().cloned().chain(self.restart_remark(state)).collect(),
        }
    }

    /// The lock, as the plan wrote it down.
    fn lock(&self) -> Result<Lock> {
        let file = self.journal.part(LOCK);
        durable::read_json(&file)?.ok_or_else(|| fault(format!("read {}", file.display()), "there is no lock yet"))
    }

    /// These packages with the .debs that they are known to be installed from.
    fn as_shipped<'p>(&'p self, packages: &'p BTreeMap<PackageKey, PackageRecord>) -> lost::Packages<'p> {
        lost::Packages { packages, known: &self.known, shipments: &self.shipments }
    }

    /// A function that tells events of this transaction.
    fn teller(&self) -> impl FnMut(EventKind) + use<> {
        let log = Arc::clone(&self.log);
        move |kind| log.tell(kind)
    }

    /// As [`Run::wait_for_apt`], as long as it takes: a way back is not given up for a prompt that somebody forgot.
    fn wait_for_apt_without_end(&self) -> Result<AptIdle> {
        AptIdle::wait(std::time::Duration::MAX, &mut |reason| self.log.tell(EventKind::Waiting { reason }))
    }

    /// Waits for whoever else runs apt.
    fn wait_for_apt(&self) -> Result<AptIdle> {
        AptIdle::wait(ORDER_PATIENCE, &mut |reason| self.log.tell(EventKind::Waiting { reason }))
    }
}
