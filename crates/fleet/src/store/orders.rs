//! The orders that were sent, as they were sealed, and what came of them.

use super::{Store, StoreError, durably, from_json, time, to_json};
use framboise_core::Timestamp;
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::trust::Sealed;
use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

/// An order of this desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentOrder {
    /// Its id.
    pub id: OrderId,
    /// Its bytes.
    pub sealed: Sealed,
    /// What it was, for people: the update file's name, or `rollback`.
    pub what: String,
    /// When it was signed.
    pub issued: Timestamp,
}

/// An order of this desk to one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentTo {
    /// The order.
    pub id: OrderId,
    /// What it was.
    pub what: String,
    /// When it was signed.
    pub issued: Timestamp,
    /// What came of it, as the desk told it; none when the desk did not stay to see.
    pub outcome: Option<serde_json::Value>,
}

impl Store {
    /// Keeps an order, before it is sent to anyone.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn keep_order(&self, order: SentOrder, devices: Vec<DeviceId>) -> Result<(), StoreError> {
        self.call(move |connection| durably(connection, |connection| insert(connection, &order, devices))).await
    }

    /// Keeps what came of an order on one device.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn keep_outcome(
        &self,
        order: OrderId,
        device: &DeviceId,
        outcome: &impl serde::Serialize,
    ) -> Result<(), StoreError> {
        let (device, outcome) = (device.0.clone(), to_json(outcome));
        self.call(move |connection| {
            connection.execute(
                "UPDATE order_devices SET outcome = ?3 WHERE order_id = ?1 AND device = ?2",
                (order.to_string(), device, outcome?),
            )?;
            Ok(())
        })
        .await
    }

    /// The orders to a device, newest first.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub async fn orders_to(&self, device: &DeviceId) -> Result<Vec<SentTo>, StoreError> {
        let device = device.0.clone();
        self.call(move |connection| {
            let mut statement = connection.prepare(
                "SELECT id, what, issued_ms, outcome FROM order_devices JOIN orders ON id = order_id
                 WHERE device = ?1 ORDER BY issued_ms DESC, id DESC",
            )?;
            let rows = statement.query_map([device], |row| {
                let outcome: Option<String> = row.get(3)?;
                Ok(SentTo {
                    id: order_id(&row.get::<_, String>(0)?)?,
                    what: row.get(1)?,
                    issued: time(row.get(2)?)?,
                    outcome: outcome.map(|text| from_json(&text)).transpose()?,
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// An order's sealed bytes.
    ///
    /// # Errors
    /// When the memory cannot be read.
    pub async fn order(&self, id: OrderId) -> Result<Option<SentOrder>, StoreError> {
        self.call(move |connection| find(connection, id)).await
    }
}

fn insert(connection: &mut Connection, order: &SentOrder, devices: Vec<DeviceId>) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(
        "INSERT INTO orders (id, sealed, what, issued_ms) VALUES (?1, ?2, ?3, ?4)",
        (order.id.to_string(), &order.sealed.0, &order.what, order.issued.as_millisecond()),
    )?;
    for device in devices {
        let values = (order.id.to_string(), device.0);
        transaction.execute("INSERT INTO order_devices (order_id, device) VALUES (?1, ?2)", values)?;
    }
    transaction.commit()
}

fn find(connection: &Connection, id: OrderId) -> rusqlite::Result<Option<SentOrder>> {
    let query = "SELECT sealed, what, issued_ms FROM orders WHERE id = ?1";
    connection
        .query_row(query, [id.to_string()], |row| {
            Ok(SentOrder { id, sealed: Sealed(row.get(0)?), what: row.get(1)?, issued: time(row.get(2)?)? })
        })
        .optional()
}

fn order_id(text: &str) -> rusqlite::Result<OrderId> {
    text.parse()
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))
}
