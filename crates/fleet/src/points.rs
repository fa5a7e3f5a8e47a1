//! A device's restore points, and the vault behind them: looked at, named, pinned, deleted, and let go for room.

use crate::desk::Desk;
use crate::device::{CallError, Device};
use crate::keys::KeyError;
use crate::plan::AT_ONCE;
use crate::store::{KnownDevice, StoreError};
use framboise_core::diff::StateDiff;
use framboise_core::ids::RestorePointId;
use framboise_core::order::{CHANGE_TYPE, Change, ChangeKind};
use framboise_core::restore_point::RestorePoint;
use framboise_core::vault::VaultContents;
use futures_util::StreamExt as _;
use futures_util::stream;

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
        Ok(Looked { point, diff: StateDiff::between(&recorded.state, &now), vault })
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
