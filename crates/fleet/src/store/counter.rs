//! The counter of the operator's signed messages: each is above all before it, whoever asks at the same time.

use super::{Store, StoreError};

impl Store {
    /// The next counter of a key. It is at least `now_ms`, so that a desk whose memory was lost is not refused as a
    /// replay, and above `seen`, what a device says that it has seen.
    ///
    /// # Errors
    /// When it cannot be written down.
    pub async fn next_counter(&self, key: &str, now_ms: i64, seen: u64) -> Result<u64, StoreError> {
        let key = key.to_owned();
        let least = now_ms.max(i64::try_from(seen).unwrap_or(i64::MAX - 1) + 1);
        self.call(move |connection| {
            let value: i64 = connection.query_row(
                "INSERT INTO counters (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = max(value + 1, ?2) RETURNING value",
                (key, least),
                |row| row.get(0),
            )?;
            Ok(value.unsigned_abs())
        })
        .await
    }
}
