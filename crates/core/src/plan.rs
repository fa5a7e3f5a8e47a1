//! Plan and lock: what one device would do, to the last byte, before it does it.

use crate::debian::{PackageKey, Version};
use crate::digest::Digest;
use crate::ids::{DeviceId, RestorePointId};
use crate::state::Mark;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The payload type under which plans are sealed.
pub const PLAN_TYPE: &str = "application/vnd.framboise.plan.v1+json";

/// What a device signs of its answer to a plan request: an order is made from it, so nobody between the two may have
/// exchanged it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPlan {
    /// The digest of the request that it answers ([`crate::protocol::http::PlanRequest::digest`]).
    pub request: Digest,
    /// The plan.
    pub plan: Plan,
}

/// What a device answers to an update file, or to the wish to go back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Whose plan it is.
    pub device: DeviceId,
    /// When the device made it, by its own clock.
    pub made: jiff::Timestamp,
    /// What it is for.
    pub action: Action,
    /// The digest of what the device stood on ([`crate::state::PackageState::base`]).
    pub base: Digest,
    /// Exactly what would happen; a desk holds equal ones once.
    pub lock: Arc<Lock>,
    /// Bytes still to be fetched.
    pub download_bytes: u64,
    /// Bytes that the packages take on the disk after it, less those before; negative when space is freed.
    pub disk_bytes: i64,
    /// Upgrades that apt holds back, by name.
    #[serde(default)]
    pub kept_back: Vec<String>,
    /// Packages for which a reboot is needed afterwards; empty when none is.
    #[serde(default)]
    pub reboot_for: Vec<String>,
    /// Whether the device can return from it.
    pub way_back: WayBack,
    /// Whether the last transaction needs a person, and a rollback has work though no package differs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unfinished: bool,
    /// What a person should know besides, a sentence each.
    #[serde(default)]
    pub remarks: Vec<String>,
}

impl Plan {
    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.lock.entries.is_empty() && !self.unfinished
    }
}

/// What an order or a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum Action {
    /// Install, upgrade or remove what an update file lists.
    Update,
    /// Return to a restore point.
    Rollback {
        /// The restore point.
        to: RestorePointId,
    },
}

/// The exact list of a plan: every package that changes, each once. Nothing else may change.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lock {
    /// By package.
    pub entries: BTreeMap<PackageKey, LockEntry>,
}

/// One package of a lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LockEntry {
    /// The version before; none when it is new.
    pub before: Option<Version>,
    /// What stands there after; none when it is removed.
    pub after: Option<LockedDeb>,
    /// The mark after; none when it is removed.
    pub mark: Option<Mark>,
    /// Whether the update file names it, or a dependency brought it.
    pub reason: Reason,
}

/// The .deb that a lock names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LockedDeb {
    /// Its version.
    pub version: Version,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its content's digest.
    pub sha256: Digest,
}

/// Why a package stands in a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The operator asked for it.
    Requested,
    /// It is needed by, or in the way of, one that was asked for.
    Dependency,
}

/// Whether, and how far, a device can return from a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    /// How many packages the plan changes.
    pub packages: u32,
    /// Those it cannot bring back exactly, and why; empty when the way back is complete.
    pub gaps: Vec<Gap>,
}

/// One package without a way back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Gap {
    /// The package.
    pub package: PackageKey,
    /// Why.
    pub reason: GapReason,
}

/// Why a package has no exact way back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapReason {
    /// The .deb of the installed version is nowhere to be had.
    NoDeb,
    /// Only a .deb rebuilt from the installed files is to be had.
    Rebuilt,
    /// A desk handed over a .deb of the installed version, and it is not the one that was installed.
    OtherDeb,
    /// Its scripts migrate a data directory, which a rollback does not carry back.
    Data,
    /// apt finds no way back with what the vault will hold.
    Refused,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

impl WayBack {
    /// How many packages come back exactly.
    pub fn covered(&self) -> u32 {
        self.packages.saturating_sub(u32::try_from(self.gaps.len()).unwrap_or(u32::MAX))
    }

    /// Whether every package comes back exactly.
    pub fn is_complete(&self) -> bool {
        self.gaps.is_empty()
    }
}

impl std::fmt::Display for GapReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            GapReason::NoDeb => "its installed version is neither in the vault nor in the archive",
            GapReason::Rebuilt => "only a package rebuilt from its files is to be had",
            GapReason::OtherDeb => "the .deb of its version that was handed over is not the one it was installed from",
            GapReason::Data => "its scripts migrate data that a rollback does not carry back",
            GapReason::Refused => "apt finds no way back to it",
            GapReason::Unknown => "for a reason that this version of Framboise does not know",
        })
    }
}
