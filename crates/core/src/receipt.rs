//! Receipts: a device's signed record of what it did, each chained to the one before.

use crate::digest::Digest;
use crate::ids::{DeviceId, OrderId};
use crate::outcome::Outcome;
use crate::plan::Action;
use crate::trust::Sealed;
use serde::{Deserialize, Serialize};

/// The payload type under which receipts are sealed.
pub const RECEIPT_TYPE: &str = "application/vnd.framboise.receipt.v1+json";

/// What a device reports of one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its place in the device's chain, from 1.
    pub number: u64,
    /// The digest of the sealed receipt before it; none for the first.
    pub previous: Option<Digest>,
    /// The device.
    pub device: DeviceId,
    /// The order.
    pub order: OrderId,
    /// The digest of the order's sealed bytes; none for a seed route's request.
    pub order_digest: Option<Digest>,
    /// Who gave it: an operator's name, or the address a seed route's request came from.
    pub by: String,
    /// What it was.
    pub action: Action,
    /// When the device began, by its clock.
    pub began: jiff::Timestamp,
    /// When it ended.
    pub ended: jiff::Timestamp,
    /// How it ended.
    pub outcome: Outcome,
}

/// The newest receipt of a chain: what the next one must follow.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Newest {
    /// Its number; 0 before the first.
    pub number: u64,
    /// The digest of its sealed bytes; none before the first.
    pub digest: Option<Digest>,
}

impl Newest {
    /// A receipt as the newest of its chain.
    pub fn of(receipt: &Receipt, sealed: &Sealed) -> Self {
        Newest { number: receipt.number, digest: Some(Digest::of(sealed.0.as_bytes())) }
    }

    /// Whether this receipt is the next one: none is left out between the two, and none was exchanged.
    pub fn is_followed_by(&self, receipt: &Receipt) -> bool {
        receipt.number == self.number.saturating_add(1) && receipt.previous == self.digest
    }
}
