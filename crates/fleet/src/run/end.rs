//! How a device's part of a run ended, and what that makes of the whole.

use crate::device::CallError;
use crate::store::KnownDevice;
use framboise_core::Timestamp;
use framboise_core::cause::Failure;
use framboise_core::ids::OrderId;
use framboise_core::outcome::Outcome;
use framboise_core::plan::Action;
use framboise_core::transaction::State;
use serde::Serialize;

/// How it ended for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    /// The order was carried out, to whatever end: as the receipt says that the device has signed.
    Ran {
        /// In a word.
        verdict: Verdict,
        /// In full.
        outcome: Box<Outcome>,
        /// Whether the desk could write it down, with its receipt.
        is_kept: bool,
    },
    /// The device did not take the order; nothing was changed.
    NotOrdered {
        /// Refused or not reached.
        verdict: Verdict,
        /// Why.
        reason: String,
        /// What to do now.
        next_step: String,
        /// The device's own words, when it refused.
        failure: Option<Box<Failure>>,
    },
    /// The device took the order, and nobody stayed to see what came of it.
    Ordered,
    /// What became of the order is not known: the device goes on, or back, by itself.
    Lost {
        /// Since when.
        since: Timestamp,
        /// Why it is not known.
        why: LostWhy,
    },
}

/// Why it is not known what became of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostWhy {
    /// The device was not reached any more.
    Silent,
    /// What answers at its address shows no receipt of the order that the device has signed: it may be another.
    Unproven,
}

/// An end in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Done as ordered.
    Done,
    /// It has the order; nobody stayed to see what came of it.
    Ordered,
    /// It failed, and the device is as it was before.
    WentBack,
    /// It failed before anything was touched.
    Failed,
    /// The device could not help itself.
    NeedsYou,
    /// The device did not take the order.
    Refused,
    /// The device was not reached; it has no order.
    NotReached,
    /// The device was lost sight of, with the order.
    Lost,
}

/// A device's part of a run.
#[derive(Debug, Clone)]
pub struct RunResult {
    /// Which.
    pub device: KnownDevice,
    /// Its order.
    pub order: OrderId,
    /// What it was.
    pub action: Action,
    /// How it ended.
    pub end: End,
}

impl RunResult {
    /// Whether a device that did what was ordered remarks something of it.
    pub fn has_remarks(&self) -> bool {
        self.end.verdict() == Verdict::Done && self.end.has_remarks()
    }
}

/// How often each verdict was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Done as ordered.
    pub done: usize,
    /// Have the order; nobody stayed.
    pub ordered: usize,
    /// Failed and back as before.
    pub went_back: usize,
    /// Failed, nothing touched.
    pub failed: usize,
    /// A person is needed.
    pub needs_you: usize,
    /// Did not take the order.
    pub refused: usize,
    /// Was not reached.
    pub not_reached: usize,
    /// Lost sight of.
    pub lost: usize,
}

impl End {
    pub(super) fn of(outcome: Box<Outcome>, is_rollback: bool, is_kept: bool) -> Self {
        let verdict = match outcome.state {
            State::Committed if outcome.failure.is_none() => Verdict::Done,
            // A rollback that was ordered and ends in this state is the one that was asked for.
            State::RolledBack if is_rollback && outcome.failure.is_none() => Verdict::Done,
            State::RolledBack => Verdict::WentBack,
            State::Failed => Verdict::Failed,
            State::NeedsYou
            | State::Committed
            | State::Received
            | State::Planned
            | State::Vaulted
            | State::Downloaded
            | State::Applying
            | State::Restarting
            | State::Checking
            | State::RollingBack => Verdict::NeedsYou,
        };
        End::Ran { verdict, outcome, is_kept }
    }

    /// Of an order whose receipt is not to be had. That a device needs somebody is believed all the same: it may be what keeps
    /// it from writing one.
    pub(super) fn unproven(told: Box<Outcome>, since: Timestamp, why: LostWhy) -> Self {
        match told.state {
            State::NeedsYou => End::of(told, false, false),
            State::Received
            | State::Planned
            | State::Vaulted
            | State::Downloaded
            | State::Applying
            | State::Restarting
            | State::Checking
            | State::Committed
            | State::RollingBack
            | State::RolledBack
            | State::Failed => End::Lost { since, why },
        }
    }

    pub(super) fn not_ordered(error: &CallError) -> Self {
        let verdict = if error.is_not_reached() { Verdict::NotReached } else { Verdict::Refused };
        let failure = error.failure().cloned().map(Box::new);
        End::NotOrdered { verdict, reason: error.reason(), next_step: error.next_step(), failure }
    }

    /// In a word.
    pub fn verdict(&self) -> Verdict {
        match self {
            End::Ran { verdict, .. } | End::NotOrdered { verdict, .. } => *verdict,
            End::Ordered => Verdict::Ordered,
            End::Lost { .. } => Verdict::Lost,
        }
    }

    /// Whether the device remarks something, however it ended: then nothing is called exact.
    pub fn has_remarks(&self) -> bool {
        matches!(self, End::Ran { outcome, .. } if !outcome.remarks.is_empty())
    }

    /// Why it did not go well; none when it did.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            End::Ran { outcome, .. } => outcome.failure.as_ref(),
            End::NotOrdered { failure, .. } => failure.as_deref(),
            End::Ordered | End::Lost { .. } => None,
        }
    }
}

impl Summary {
    /// Counts.
    pub fn of(results: &[RunResult]) -> Self {
        let mut summary = Summary::default();
        for result in results {
            let count = match result.end.verdict() {
                Verdict::Done => &mut summary.done,
                Verdict::Ordered => &mut summary.ordered,
                Verdict::WentBack => &mut summary.went_back,
                Verdict::Failed => &mut summary.failed,
                Verdict::NeedsYou => &mut summary.needs_you,
                Verdict::Refused => &mut summary.refused,
                Verdict::NotReached => &mut summary.not_reached,
                Verdict::Lost => &mut summary.lost,
            };
            *count += 1;
        }
        summary
    }

    /// Whether every device did as ordered, or has its order where nobody stays.
    pub fn is_all_done(&self) -> bool {
        *self == Summary { done: self.done, ordered: self.ordered, ..Summary::default() }
    }
}
