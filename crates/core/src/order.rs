//! Orders: signed instructions to named devices. What was seen is what is done.

use crate::digest::Digest;
use crate::ids::{DeviceId, OrderId, RestorePointId};
use crate::plan::{Action, Lock};
use crate::update_file::{Check, Hooks, RebootPolicy};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The payload type under which orders are sealed (DSSE's `payloadType`).
pub const ORDER_TYPE: &str = "application/vnd.framboise.order.v1+json";

/// The payload type of the permission to hand a device a .deb.
pub const STAGING_TYPE: &str = "application/vnd.framboise.staging.v1+json";

/// The payload type of a change to what a device keeps.
pub const CHANGE_TYPE: &str = "application/vnd.framboise.change.v1+json";

/// Devices that one order, or one permission to hand over .debs, names at most. For more a desk makes several: each
/// device reads the whole of it, and refuses what is larger than a request may be. No device counts them.
pub const DEVICES_MAX: usize = 100;

/// An instruction to one or several devices, at most [`DEVICES_MAX`], for which the plan is the same. A device follows no
/// order that it does not understand whole: a field it does not know may be a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The devices it names, and what each stood on when it planned.
    pub targets: BTreeMap<DeviceId, Target>,
    /// Exactly what shall happen on each.
    pub lock: Lock,
    /// What must pass after.
    #[serde(default)]
    pub checks: BTreeMap<String, Check>,
    /// Whether the device may reboot.
    #[serde(default)]
    pub reboot: RebootPolicy,
    /// Whether the desk stays to see that it still reaches the device; none for an order that waits for devices, which
    /// judge by their own checks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// Which of the device's hook scripts run.
    #[serde(default)]
    pub hooks: Hooks,
    /// Whether to go on where the way back is not complete.
    #[serde(default)]
    pub accept_no_way_back: bool,
    /// When, and how often before, its operator gave orders.
    pub issue: Issue,
}

/// An order whose desk stays: after the checks its next request must reach the device, or the device goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Live {
    /// How long the device waits for it, in seconds.
    pub confirm_seconds: u16,
}

/// A change to what a device keeps: its restore points, or its vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The device; restore points are its own.
    pub device: DeviceId,
    /// The restore point; none for a change to the vault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<RestorePointId>,
    /// What to do.
    pub what: ChangeKind,
    /// When.
    pub issue: Issue,
}

/// What to do with a restore point, or with the vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ChangeKind {
    /// Give the point a name; an empty one takes it away. At most 80 characters, not a number, and no other point's.
    Name {
        /// The name.
        name: String,
    },
    /// Keep the point whatever room it takes.
    Pin,
    /// Let the point go when room is needed.
    Unpin,
    /// Delete the point, and the .debs that no other one needs.
    Delete,
    /// Free what no restore point needs, and let the oldest points go until so many bytes are free
    /// ([`crate::vault::VaultContents::pruned`]).
    Prune {
        /// Bytes; 0 lets no point go.
        free_bytes: u64,
    },
    /// A change that this version does not know: it is not made.
    #[serde(other)]
    Unknown,
}

/// One device of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What the device does.
    pub action: Action,
    /// What it must stand on still.
    pub base: Digest,
}

/// What keeps a signed message from being used twice, or late.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// When it was signed, by the desk's clock.
    pub issued: jiff::Timestamp,
    /// From when on no device shall follow it.
    pub expires: jiff::Timestamp,
    /// Grows by each message of one key.
    pub counter: u64,
}

/// The permission to hand these devices .debs that no archive has, to be used by a plan that follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Staging {
    /// The devices, at most [`DEVICES_MAX`].
    pub devices: Vec<DeviceId>,
    /// The .debs, by digest, each with its size in bytes.
    pub debs: BTreeMap<Digest, u64>,
    /// When.
    pub issue: Issue,
}
