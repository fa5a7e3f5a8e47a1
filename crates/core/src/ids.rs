//! Typed ids.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An order's id, a UUID version 7 (RFC 9562): sorted by the time of issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub uuid::Uuid);

impl OrderId {
    /// The id of an order issued at `at_ms` (milliseconds since 1970) with these random bytes.
    pub fn new(at_ms: u64, random: [u8; 10]) -> Self {
        OrderId(uuid::Builder::from_unix_timestamp_millis(at_ms, &random).into_uuid())
    }
}

impl std::fmt::Display for OrderId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::str::FromStr for OrderId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(OrderId)
    }
}

/// Who a device is: its Ed25519 public key, in unpadded URL-safe base64 (43 characters). Clones share it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub Arc<str>);

impl DeviceId {
    /// The first eight characters, for people.
    pub fn short(&self) -> String {
        self.0.chars().take(8).collect()
    }
}

impl std::fmt::Display for DeviceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.0)
    }
}

/// A restore point of one device: 1 is its first; numbers are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RestorePointId(pub u32);

impl std::fmt::Display for RestorePointId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}
