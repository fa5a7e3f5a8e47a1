//! Receipts: fetched, kept as they were sealed, and read only after the device's signature was verified.

use crate::desk::Desk;
use crate::device::{CallError, Device};
use crate::store::StoreError;
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::receipt::{Newest, RECEIPT_TYPE, Receipt};
use framboise_core::trust::{Operators, Sealed};
use serde::de::DeserializeOwned;

/// Receipts that could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The device did not give them.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What came is not signed by the device, or breaks the chain of what it signed before.
    #[error("a receipt of {device} does not hold: {reason}")]
    NotHeld {
        /// Whose it should be.
        device: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Desk {
    /// Fetches the receipts that the desk lacks, and keeps them: each must follow the one before, so that a device cannot
    /// take back what it once told. Those that were lacking, oldest first.
    ///
    /// # Errors
    /// When the device is not reached, one does not hold, or they cannot be written down.
    pub async fn collect_receipts(&self, device: &Device) -> Result<Vec<Receipt>, ReceiptError> {
        let not_held = |reason| ReceiptError::NotHeld { device: device.name().to_owned(), reason };
        let kept = self.store.newest_receipt(device.id()).await?;
        let mut newest = match kept {
            Some(sealed) => Newest::of(&open(device.id(), &sealed).map_err(not_held)?, &sealed),
            None => Newest::default(),
        };
        let (mut fresh, mut to_keep) = (Vec::new(), Vec::new());
        for sealed in device.receipts(newest.number).await? {
            let receipt = open(device.id(), &sealed).map_err(not_held)?;
            if !newest.is_followed_by(&receipt) {
                let reason = format!("number {} does not follow number {}", receipt.number, newest.number);
                return Err(not_held(reason));
            }
            newest = Newest::of(&receipt, &sealed);
            to_keep.push((receipt.number, sealed));
            fresh.push(receipt);
        }
        self.store.keep_receipts(device.id(), to_keep).await?;
        Ok(fresh)
    }

    /// The receipt of one order, signed by the device, and whether it is kept: the desk's memory may fail, and a device that
    /// breaks its chain has signed it all the same.
    ///
    /// # Errors
    /// When there is none to be had.
    pub(crate) async fn receipt_of(&self, device: &Device, order: OrderId) -> Result<(Receipt, bool), ReceiptError> {
        let is_meant = |receipt: &Receipt| receipt.order == order;
        let collected = self.collect_receipts(device).await;
        if let Some(receipt) = collected.as_ref().ok().and_then(|fresh| fresh.iter().rev().find(|r| is_meant(r))) {
            return Ok((receipt.clone(), true));
        }
        // Another errand may have fetched it.
        let kept = self.kept_receipts(device.id()).await.unwrap_or_default();
        if let Some(receipt) = kept.into_iter().rev().find(is_meant) {
            return Ok((receipt, true));
        }
        if let Err(error @ ReceiptError::Call(_)) = collected {
            return Err(error);
        }
        let all = device.receipts(0).await?;
        let receipts = all.iter().rev().filter_map(|sealed| open(device.id(), sealed).ok());
        let found = receipts.into_iter().find(is_meant);
        found.map(|receipt| (receipt, false)).ok_or_else(|| ReceiptError::NotHeld {
            device: device.name().to_owned(),
            reason: "there is none of this order".to_owned(),
        })
    }

    /// The receipts that the desk has of a device, oldest first.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub async fn kept_receipts(&self, device: &DeviceId) -> Result<Vec<Receipt>, StoreError> {
        let sealed = self.store.receipts(device).await?;
        Ok(sealed.iter().filter_map(|sealed| open(device, sealed).ok()).collect())
    }
}

/// What a device has signed: its id is its public key, so that nothing else is needed to verify it.
pub(crate) fn opened<T: DeserializeOwned>(device: &DeviceId, sealed: &Sealed, payload: &str) -> Result<T, String> {
    let signer = Operators::parse(&format!("device ed25519:{device}")).map_err(|error| error.to_string())?;
    let verified = signer.open(sealed, payload).map_err(|error| error.to_string())?;
    serde_json::from_slice(&verified.payload).map_err(|error| error.to_string())
}

fn open(device: &DeviceId, sealed: &Sealed) -> Result<Receipt, String> {
    let receipt: Receipt = opened(device, sealed, RECEIPT_TYPE)?;
    if receipt.device == *device { Ok(receipt) } else { Err("it is of another device".to_owned()) }
}
