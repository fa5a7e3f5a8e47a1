//! The receipts that devices gave, as they were sealed.

use super::{Store, StoreError};
use framboise_core::ids::DeviceId;
use framboise_core::trust::Sealed;
use rusqlite::{OptionalExtension as _, TransactionBehavior};

impl Store {
    /// The newest receipt kept of a device.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub async fn newest_receipt(&self, device: &DeviceId) -> Result<Option<Sealed>, StoreError> {
        let device = device.0.clone();
        self.call(move |connection| {
            let query = "SELECT sealed FROM receipts WHERE device = ?1 ORDER BY number DESC LIMIT 1";
            connection.query_row(query, [device], |row| row.get(0).map(Sealed)).optional()
        })
        .await
    }

    /// Keeps receipts, each with its number. One that is kept already stays as it is.
    ///
    /// # Errors
    /// When they cannot be written down.
    pub async fn keep_receipts(&self, device: &DeviceId, receipts: Vec<(u64, Sealed)>) -> Result<(), StoreError> {
        let device = device.0.clone();
        self.call(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for (number, sealed) in receipts {
                let values = (&device, i64::try_from(number).unwrap_or(i64::MAX), sealed.0);
                transaction
                    .execute("INSERT OR IGNORE INTO receipts (device, number, sealed) VALUES (?1, ?2, ?3)", values)?;
            }
            transaction.commit()
        })
        .await
    }

    /// All receipts kept of a device, oldest first.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub async fn receipts(&self, device: &DeviceId) -> Result<Vec<Sealed>, StoreError> {
        let device = device.0.clone();
        self.call(move |connection| {
            let mut statement = connection.prepare("SELECT sealed FROM receipts WHERE device = ?1 ORDER BY number")?;
            let rows = statement.query_map([device], |row| row.get(0).map(Sealed))?;
            rows.collect()
        })
        .await
    }
}
