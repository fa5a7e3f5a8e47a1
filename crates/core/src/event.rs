//! Events: what a device tells of a transaction while it runs.

use crate::cause::Failure;
use crate::ids::OrderId;
use crate::outcome::Outcome;
use crate::transaction::State;
use serde::{Deserialize, Serialize};

/// One event. Numbers grow, with gaps where the device was restarted, so that a reader can ask for what follows one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its number within the order, from 1.
    pub number: u64,
    /// When, by the device's clock.
    pub at: jiff::Timestamp,
    /// The order.
    pub order: OrderId,
    /// What.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What an event tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// The transaction is in this state from now on.
    State {
        /// The state.
        state: State,
    },
    /// Something other must end first.
    Waiting {
        /// Why, as a cause of the closed set (lock held, busy).
        #[serde(rename = "for")]
        reason: Failure,
    },
    /// Bytes have come in.
    Download {
        /// Bytes so far.
        done_bytes: u64,
        /// Bytes in all.
        total_bytes: u64,
    },
    /// dpkg works on a package.
    Package {
        /// Its name, as apt gives it.
        package: String,
        /// What happens to it, in one word: unpacking, configuring, removing.
        phase: String,
        /// How much of the whole is done: 0 to 100. Within a state it never falls.
        percent: u8,
    },
    /// A line worth reading, of apt, dpkg, a script, or Framboise. Control characters are as they came.
    Line {
        /// The line.
        text: String,
    },
    /// All is done but one thing: the desk's next request must reach the device within this time, or it goes back.
    AwaitingDesk {
        /// Seconds from now.
        seconds: u16,
    },
    /// What went wrong; what is done about it follows.
    Failure {
        /// What.
        failure: Failure,
    },
    /// It has ended; nothing follows.
    Ended {
        /// How.
        outcome: Box<Outcome>,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}
