//! Restore points: recorded package states that a device can return to.

use crate::digest::Digest;
use crate::ids::{OrderId, RestorePointId};
use crate::state::PackageState;
use serde::{Deserialize, Serialize};

/// A restore point without its state, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestorePoint {
    /// Its number on this device.
    pub id: RestorePointId,
    /// The restore point that the device stood on when this one was recorded; none for the first.
    pub parent: Option<RestorePointId>,
    /// When it was recorded, by the device's clock.
    pub recorded: jiff::Timestamp,
    /// What it was recorded for.
    pub origin: Origin,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is kept whatever room it takes.
    #[serde(default)]
    pub pinned: bool,
    /// The digest of its state.
    pub state: Digest,
    /// How many packages it has installed.
    pub packages: u32,
    /// Whether the device stands on it now, as far as its versions go.
    #[serde(default)]
    pub current: bool,
    /// Packages whose .deb the vault lacks; 0 when the way back to it is complete.
    #[serde(default)]
    pub missing_debs: u32,
}

/// A restore point with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedState {
    /// The point.
    pub point: RestorePoint,
    /// Its state.
    pub state: PackageState,
}

/// Why a restore point was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// Before Framboise's first change to the device.
    First,
    /// After an order that succeeded.
    After {
        /// The order.
        order: OrderId,
    },
    /// Before an order, because the device had been changed by other means since the point before.
    Drift {
        /// The order.
        order: OrderId,
    },
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}
