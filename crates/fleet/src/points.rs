//! A device's restore points, and the vault behind them: looked at, named, pinned, deleted, and let go for room.

use crate::desk::Desk;
use crate::device::{CallError, Device};
use crate::keys::KeyError;
use crate::plan::AT_ONCE;
use crate::store::{KnownDevice, StoreError};
use framboise_core::debian::PackageKey;
use framboise_core::diff::StateDiff;
use framboise_core::ids::RestorePointId;
use framboise_core::order::{CHANGE_TYPE, Change, ChangeKind};
use framboise_core::restore_point::RestorePoint;
use framboise_core::state::PackageState;
use framboise_core::vault::VaultContents;
use futures_util::StreamExt as _;
use futures_util::stream;
use std::collections::BTreeMap;

/// A restore point as people say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointWord {
    /// By its number.
    Number(RestorePointId),
    /// By its name.
    Name(String),
}

/// A restore point, looked at closely.
#[derive(Debug, Clone)]
pub struct Looked {
    /// The point.
    pub point: RestorePoint,
    /// What differs from it now.
    pub diff: StateDiff,
    /// What the vault holds.
    pub vault: VaultContents,
    /// Packages whose .deb the vault lacks, so that the way back to it is not complete.
    pub lacking: Vec<PackageKey>,
}

/// A device with what its vault holds, or why that is not known.
#[derive(Debug, Clone)]
pub struct Vault {
    /// Which.
    pub device: KnownDevice,
    /// What it holds.
    pub result: Result<VaultContents, CallError>,
}

/// A change that was not made.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The device was not reached, or refused.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no key to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be written as JSON; it always can.
    #[error("the change could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl std::str::FromStr for PointWord {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| PointWord::Name(text.to_owned()), |id| PointWord::Number(RestorePointId(id))))
    }
}

impl std::fmt::Display for PointWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PointWord::Number(id) => write!(f, "{id}"),
            PointWord::Name(name) => f.write_str(&framboise_core::text::visible(name)),
        }
    }
}

impl Device {
    /// The number of the restore point that a word means.
    ///
    /// # Errors
    /// When no point has that name, or the device is not reached. Whether there is a point of a number, the device says
    /// when it is asked for it.
    pub async fn point(&self, word: &PointWord) -> Result<RestorePointId, CallError> {
        let name = match word {
            PointWord::Number(id) => return Ok(*id),
            PointWord::Name(name) => name,
        };
        let points = self.restore_points().await?;
        let named = points.iter().find(|point| point.name.as_ref() == Some(name));
        let none = || CallError::NoPoint { device: self.name().to_owned(), name: name.clone() };
        named.map(|point| point.id).ok_or_else(none)
    }
}

impl Desk {
    /// One restore point: what differs from it now, and what the vault has for it.
    ///
    /// # Errors
    /// When the device is not reached, or has no such point.
    pub async fn look(&self, known: &KnownDevice, word: &PointWord) -> Result<Looked, CallError> {
        let device = self.device(known);
        let id = device.point(word).await?;
        let (recorded, now, vault, points) =
            tokio::try_join!(device.restore_point(id), device.state(), device.vault(), device.restore_points())?;
        // The list counts what the vault lacks; the point alone does not.
        let point = points.into_iter().find(|point| point.id == id).unwrap_or(recorded.point);
        let lacking = lacking(id, &recorded.state, &now, &vault);
        Ok(Looked { point, diff: StateDiff::between(&recorded.state, &now), vault, lacking })
    }

    /// The packages whose .debs a device's vault lacks, for those of these points to which the way back is not complete. A
    /// point of which nothing is left to read is not among them.
    ///
    /// # Errors
    /// When the device is not reached.
    pub async fn lacking(
        &self,
        known: &KnownDevice,
        points: &[RestorePoint],
    ) -> Result<BTreeMap<RestorePointId, Vec<PackageKey>>, CallError> {
        let incomplete: Vec<RestorePointId> =
            points.iter().filter(|point| point.missing_debs > 0).map(|point| point.id).collect();
        let mut all = BTreeMap::new();
        if incomplete.is_empty() {
            return Ok(all);
        }
        let device = self.device(known);
        let (now, vault) = tokio::try_join!(device.state(), device.vault())?;
        for id in incomplete {
            match device.restore_point(id).await {
                Ok(recorded) => drop(all.insert(id, lacking(id, &recorded.state, &now, &vault))),
                Err(error) if error.is_not_reached() => return Err(error),
                Err(_) => {}
            }
        }
        Ok(all)
    }

    /// What these devices' vaults hold, in the order in which they were given.
    pub async fn vaults(&self, devices: &[KnownDevice]) -> Vec<Vault> {
        let ask = |known: &KnownDevice| {
            let (device, known) = (self.device(known), known.clone());
            async move { Vault { result: device.vault().await, device: known } }
        };
        stream::iter(devices.iter().map(ask)).buffered(AT_ONCE).collect().await
    }

    /// Has a device make a change, signed by this desk's operator.
    ///
    /// # Errors
    /// When it cannot be signed, or the device is not reached or refuses.
    pub async fn change(
        &self,
        known: &KnownDevice,
        point: Option<RestorePointId>,
        what: ChangeKind,
    ) -> Result<(), ChangeError> {
        let key = self.key()?;
        let issue = self.issue(&key, 0).await?;
        let change = Change { device: known.id().clone(), point, what, issue };
        let sealed = key.seal(CHANGE_TYPE, &change)?;
        Ok(self.device(known).change(&sealed).await?)
    }
}

/// What a device would need to go back to a point, and its vault does not have: as the device itself counts it.
fn lacking(id: RestorePointId, point: &PackageState, now: &PackageState, vault: &VaultContents) -> Vec<PackageKey> {
    let differs = |key: &PackageKey| {
        let (then, now) = (point.packages.get(key), now.packages.get(key));
        then.filter(|then| then.is_installed())
            .is_some_and(|then| now.is_none_or(|now| now.version != then.version || !now.is_installed()))
    };
    let is_kept = |key: &PackageKey| vault.debs.iter().any(|deb| deb.package == *key && deb.points.contains(&id));
    point.packages.keys().filter(|key| differs(key) && !is_kept(key)).cloned().collect()
}
