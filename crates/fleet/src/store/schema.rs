//! The tables, and the steps from each form of them to the next.

use rusqlite::{Connection, TransactionBehavior};

/// The form that this version writes.
pub(super) const FORM: i64 = STEPS.len() as i64;

/// Step N leads from form N to form N + 1. A step is never changed once it was released.
const STEPS: [&str; 1] = ["
    CREATE TABLE devices (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        address TEXT NOT NULL,
        identity TEXT NOT NULL,
        found_ms INTEGER NOT NULL,
        seen_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE orders (
        id TEXT PRIMARY KEY,
        sealed TEXT NOT NULL,
        what TEXT NOT NULL,
        issued_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE order_devices (
        order_id TEXT NOT NULL REFERENCES orders (id),
        device TEXT NOT NULL,
        outcome TEXT,
        PRIMARY KEY (order_id, device)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX order_devices_by_device ON order_devices (device, order_id);
    CREATE TABLE receipts (
        device TEXT NOT NULL,
        number INTEGER NOT NULL,
        sealed TEXT NOT NULL,
        PRIMARY KEY (device, number)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counters (
        key TEXT PRIMARY KEY,
        value INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
"];

/// Takes the steps that are missing, all or none, and tells the form the file has then. A later form is left alone.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<i64> {
    if form(connection)? >= FORM {
        return form(connection);
    }
    // Another command may take the same steps at this moment: look again once nobody else can write.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = form(&transaction)?;
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or(usize::MAX)) {
        transaction.execute_batch(step)?;
    }
    if from < FORM {
        transaction.pragma_update(None, "user_version", FORM)?;
    }
    transaction.commit()?;
    form(connection)
}

fn form(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
