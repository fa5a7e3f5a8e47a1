//! Receipts: a device's signed record of what it did, each chained to the one before.

use crate::digest::Digest;
use crate::ids::{DeviceId, OrderId};
use crate::outcome::Outcome;
use crate::plan::Action;
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
