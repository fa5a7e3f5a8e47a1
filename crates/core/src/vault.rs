//! What a device's vault holds, which restore point needs what, and what goes when room is wanted.
//!
//! Both sides count by this: the desk to say what would go, the device to let it go.

use crate::debian::{PackageKey, Version};
use crate::digest::Digest;
use crate::ids::RestorePointId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a vault holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultContents {
    /// Its .debs, each once.
    pub debs: Vec<KeptDeb>,
    /// The device's restore points, oldest first.
    pub points: Vec<KeptPoint>,
    /// Bytes that its .debs may take before the oldest points go.
    pub budget_bytes: u64,
    /// Bytes free on its file system.
    pub free_bytes: u64,
}

/// A .deb of a vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptDeb {
    /// The package.
    pub package: PackageKey,
    /// Its version.
    pub version: Version,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its content's digest.
    pub sha256: Digest,
    /// Whether it was rebuilt from installed files.
    pub rebuilt: bool,
    /// Whether a desk handed it over.
    pub staged: bool,
    /// The restore points that need it.
    pub points: BTreeSet<RestorePointId>,
}

/// A restore point, as far as room goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPoint {
    /// Its number.
    pub id: RestorePointId,
    /// Why it stays whatever room it takes; none when it may go.
    pub fixed: Option<Fixed>,
}

/// Why a restore point does not go for want of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fixed {
    /// The device stands on it.
    StandsOn,
    /// It is where a rollback leads now.
    WayBack,
    /// A person pinned it.
    Pinned,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Restore points, oldest first.
    pub points: Vec<RestorePointId>,
    /// .debs.
    pub debs: BTreeSet<Digest>,
    /// The bytes of those .debs.
    pub bytes: u64,
}

impl std::fmt::Display for Fixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Fixed::StandsOn => "the device stands on it",
            Fixed::WayBack => "it is the newest way back",
            Fixed::Pinned => "it is pinned",
            Fixed::Unknown => "for a reason that this version of Framboise does not know",
        })
    }
}

impl VaultContents {
    /// Bytes of all .debs.
    pub fn bytes(&self) -> u64 {
        self.debs.iter().map(|deb| deb.bytes).sum()
    }

    /// Bytes of the .debs that a restore point needs.
    pub fn bytes_for(&self, point: RestorePointId) -> u64 {
        self.debs.iter().filter(|deb| deb.points.contains(&point)).map(|deb| deb.bytes).sum()
    }

    /// Why a restore point stays; none when it may go, or there is none of this number.
    pub fn fixed(&self, point: RestorePointId) -> Option<Fixed> {
        self.points.iter().find(|kept| kept.id == point).and_then(|kept| kept.fixed)
    }

    /// What goes when these points go: they, and every .deb that no other point needs.
    pub fn without(&self, points: &[RestorePointId]) -> Pruned {
        let goes = |deb: &&KeptDeb| deb.points.iter().all(|point| points.contains(point));
        let going = || self.debs.iter().filter(goes);
        Pruned {
            points: points.to_vec(),
            debs: going().map(|deb| deb.sha256).collect(),
            bytes: going().map(|deb| deb.bytes).sum(),
        }
    }

    /// What goes so that so many bytes get free: first what no point needs, then the oldest points that may go, one after
    /// the other, never the newest. Where all of them would not do, none goes.
    pub fn pruned(&self, free_bytes: u64) -> Pruned {
        let may_go = self.may_go();
        let going = (0..=may_go.len()).map(|count| self.without(may_go.get(..count).unwrap_or_default()));
        let enough = going.into_iter().find(|pruned| pruned.bytes >= free_bytes);
        enough.unwrap_or_else(|| self.without(&[]))
    }

    /// The most bytes that [`VaultContents::pruned`] can free.
    pub fn prunable_bytes(&self) -> u64 {
        self.without(&self.may_go()).bytes
    }

    /// The points that may go, the oldest first.
    fn may_go(&self) -> Vec<RestorePointId> {
        let older = self.points.split_last().map_or(&[][..], |(_, older)| older);
        older.iter().filter(|point| point.fixed.is_none()).map(|point| point.id).collect()
    }
}
