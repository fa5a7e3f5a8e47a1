//! The devices that were found.

use super::{Store, StoreError, from_json, time, to_json};
use crate::names::natural_order;
use framboise_core::Timestamp;
use framboise_core::ids::DeviceId;
use framboise_core::protocol::http::Identity;
use rusqlite::TransactionBehavior;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;

/// A device that the desk knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownDevice {
    /// Where it answered last.
    pub address: SocketAddr,
    /// What it said of itself; copies of this device share it.
    pub identity: Arc<Identity>,
    /// When it answered last.
    pub seen: Timestamp,
}

impl KnownDevice {
    /// Which device it is.
    pub fn id(&self) -> &DeviceId {
        &self.identity.device
    }

    /// Its host name.
    pub fn name(&self) -> &str {
        &self.identity.name
    }
}

impl Store {
    /// All devices, sorted as people sort.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub async fn devices(&self) -> Result<Vec<KnownDevice>, StoreError> {
        let mut devices = self
            .call(|connection| {
                let mut statement = connection.prepare("SELECT address, identity, seen_ms FROM devices")?;
                let rows = statement.query_map([], |row| {
                    let address: String = row.get(0)?;
                    let address = address.parse().map_err(|error| {
                        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
                    })?;
                    Ok(KnownDevice {
                        address,
                        identity: Arc::new(from_json(&row.get::<_, String>(1)?)?),
                        seen: time(row.get(2)?)?,
                    })
                })?;
                rows.collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        devices.sort_by(|a, b| natural_order(a.name(), b.name()).then_with(|| a.id().cmp(b.id())));
        Ok(devices)
    }

    /// Keeps a device that answered at this address.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn keep_device(&self, address: SocketAddr, identity: Identity, now: Timestamp) -> Result<(), StoreError> {
        self.call(move |connection| {
            let values =
                (&identity.device.0, &identity.name, address.to_string(), to_json(&identity)?, now.as_millisecond());
            connection.execute(
                "INSERT INTO devices (id, name, address, identity, found_ms, seen_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
                 ON CONFLICT (id) DO UPDATE SET name = ?2, address = ?3, identity = ?4, seen_ms = ?5",
                values,
            )?;
            Ok(())
        })
        .await
    }

    /// Keeps that these devices answered just now.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn saw_devices(&self, ids: Vec<DeviceId>, now: Timestamp) -> Result<(), StoreError> {
        self.call(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            for id in ids {
                let values = (id.0, now.as_millisecond());
                transaction.execute("UPDATE devices SET seen_ms = ?2 WHERE id = ?1", values)?;
            }
            transaction.commit()
        })
        .await
    }

    /// Forgets a device; its orders and receipts stay. Tells whether it was known.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn forget_device(&self, id: &DeviceId) -> Result<bool, StoreError> {
        let id = id.0.clone();
        self.call(move |connection| {
            connection.execute("DELETE FROM devices WHERE id = ?1", [id]).map(|count| count > 0)
        })
        .await
    }
}
