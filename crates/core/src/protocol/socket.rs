//! The root side's Unix socket, `/run/framboise/apply.sock`.
//!
//! A connection carries one request: one line of JSON ([`Request`]); for [`Request::Stage`] the .deb's bytes follow the
//! line. The root side answers with lines of JSON ([`Answer`]): for `watch` an `event` line each and `end` at last, for
//! all else one line. It takes these verbs and nothing else, and checks everything again itself.

use super::http::{Accepted, DeviceStatus, PlanRequest, TransactionStatus};
use crate::cause::Failure;
use crate::digest::Digest;
use crate::event::Event;
use crate::ids::{OrderId, RestorePointId};
use crate::restore_point::{RecordedState, RestorePoint};
use crate::state::PackageState;
use crate::trust::Sealed;
use crate::vault::VaultContents;
use serde::{Deserialize, Serialize};

/// Where the socket is.
pub const SOCKET_PATH: &str = "/run/framboise/apply.sock";

/// The longest request line, in bytes.
pub const REQUEST_BYTES_MAX: usize = 4 << 20;

/// A verb of the root side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Request {
    /// How the device is.
    Status,
    /// The package state, read now.
    State,
    /// All restore points.
    RestorePoints,
    /// One restore point with its state.
    RestorePoint {
        /// Which.
        id: RestorePointId,
    },
    /// What the vault holds.
    Vault,
    /// The sealed receipts with numbers above `after`.
    Receipts {
        /// 0 for all.
        after: u64,
    },
    /// What would be done.
    Plan {
        /// For what.
        plan: PlanRequest,
    },
    /// Do it. The bytes go through as the operator signed them.
    Order {
        /// The order.
        sealed: Sealed,
    },
    /// How far an order has come.
    Transaction {
        /// Which.
        order: OrderId,
    },
    /// Tell an order's events with numbers above `after`, those to come included, until it has ended.
    Watch {
        /// Which.
        order: OrderId,
        /// 0 for all.
        after: u64,
    },
    /// The desk of a live order is here, or leaves.
    Confirm {
        /// The order.
        order: OrderId,
        /// Whether it leaves.
        leaving: bool,
    },
    /// Change a restore point or the vault, as the sealed message says.
    Change {
        /// The change.
        sealed: Sealed,
    },
    /// Take a .deb into the vault: `bytes` of them follow this line.
    Stage {
        /// The permission.
        sealed: Sealed,
        /// The .deb's digest.
        sha256: Digest,
        /// Its size.
        bytes: u64,
    },
    /// The original's `POST /update`: plan and lock here, then do it. Answers `accepted` at once.
    SeedUpdate {
        /// The list, decoded.
        list: String,
        /// The address it came from.
        peer: std::net::IpAddr,
    },
    /// The original's `GET /rollback`. Answers `accepted` at once.
    SeedRollback {
        /// The address it came from.
        peer: std::net::IpAddr,
    },
}

/// A line of the root side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "value", rename_all = "kebab-case")]
pub enum Answer {
    /// To `status`.
    Status(Box<DeviceStatus>),
    /// To `state`.
    State(PackageState),
    /// To `restore-points`.
    RestorePoints(Vec<RestorePoint>),
    /// To `restore-point`.
    RestorePoint(Box<RecordedState>),
    /// To `vault`.
    Vault(Box<VaultContents>),
    /// To `receipts`.
    Receipts(Vec<Sealed>),
    /// To `plan`: a [`crate::plan::SignedPlan`].
    Plan(Sealed),
    /// To `order` and the seed verbs.
    Accepted(Accepted),
    /// To `transaction`.
    Transaction(Box<TransactionStatus>),
    /// To `stage`, `confirm` and `change`.
    Done,
    /// To `watch`, one of many.
    Event(Box<Event>),
    /// To `watch`: nothing follows.
    End,
    /// To anything: it was not done, and this is why.
    Refused(Failure),
}
