//! Hands devices the .debs that no archive has, with the operator's permission.

use crate::desk::Desk;
use crate::device::{CallError, Device};
use crate::keys::KeyError;
use crate::source::LoadedDeb;
use crate::store::StoreError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framboise_core::digest::Digest;
use framboise_core::ids::DeviceId;
use framboise_core::order::{DEVICES_MAX, STAGING_TYPE, Staging};
use futures_util::TryStreamExt as _;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::AsyncReadExt as _;

/// A chunk on its way from file to device.
const CHUNK_BYTES: usize = 256 * 1024;

/// A permission that could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// There is no key to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be written as JSON; it always can.
    #[error("the permission to hand over .debs could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

/// A .deb to be handed over.
pub(super) struct Handed {
    pub sha256: Digest,
    pub bytes: u64,
    pub path: PathBuf,
}

/// .debs to be handed over, and the permissions to do so.
pub(super) struct Handover {
    debs: Vec<Handed>,
    /// Of each device; those that share one, share it here.
    permissions: BTreeMap<DeviceId, Arc<str>>,
}

impl Desk {
    /// None when there is no .deb, or nobody to hand it to.
    pub(super) async fn staging(
        &self,
        devices: &[&DeviceId],
        debs: Vec<Handed>,
    ) -> Result<Option<Handover>, StageError> {
        if debs.is_empty() || devices.is_empty() {
            return Ok(None);
        }
        let key = self.key()?;
        let mut permissions = BTreeMap::new();
        for devices in devices.chunks(DEVICES_MAX) {
            let staging = Staging {
                devices: devices.iter().map(|id| (*id).clone()).collect(),
                debs: debs.iter().map(|deb| (deb.sha256, deb.bytes)).collect(),
                issue: self.issue(&key, 0).await?,
            };
            let sealed = key.seal(STAGING_TYPE, &staging)?;
            let permission: Arc<str> = STANDARD.encode(sealed.0).into();
            permissions.extend(devices.iter().map(|id| ((*id).clone(), Arc::clone(&permission))));
        }
        Ok(Some(Handover { debs, permissions }))
    }
}

impl Handed {
    pub(super) fn of(deb: &LoadedDeb) -> Self {
        Handed { sha256: deb.sha256, bytes: deb.bytes, path: deb.path().to_owned() }
    }
}

impl Handover {
    /// All of them, one after the other; a device without a permission refuses them.
    pub(super) async fn hand_to(&self, device: &Device) -> Result<(), CallError> {
        let permission = self.permissions.get(device.id()).map(AsRef::as_ref).unwrap_or_default();
        for deb in &self.debs {
            // A file that is gone by now gives an empty body, which the device refuses by its digest.
            let body = reqwest::Body::wrap_stream(chunks(deb));
            device.stage(&deb.sha256, permission, deb.bytes, body).await?;
        }
        Ok(())
    }
}

fn chunks(deb: &Handed) -> impl futures_util::Stream<Item = std::io::Result<bytes::Bytes>> + Send + 'static {
    let path = deb.path.clone();
    let opened = async move { tokio::fs::File::open(path).await };
    futures_util::stream::once(opened).and_then(|file| async move { Ok(read_on(file)) }).try_flatten()
}

fn read_on(file: tokio::fs::File) -> impl futures_util::Stream<Item = std::io::Result<bytes::Bytes>> + Send {
    futures_util::stream::try_unfold(file, |mut file| async move {
        let mut chunk = bytes::BytesMut::with_capacity(CHUNK_BYTES);
        let count = file.read_buf(&mut chunk).await?;
        Ok((count > 0).then(|| (chunk.freeze(), file)))
    })
}
