//! The chain of receipts on disk: one file each, sealed with the device's key.

use crate::device::Device;
use crate::durable;
use crate::fault::{Doing, Result, fault};
use crate::journal::{Journal, Work};
use framboise_core::digest::Digest;
use framboise_core::receipt::{RECEIPT_TYPE, Receipt};
use framboise_core::trust::{Sealed, seal};
use std::fs;
use std::path::PathBuf;

/// The sealed receipts with numbers above `after`, oldest first.
///
/// # Errors
/// When one cannot be read.
pub fn list(device: &Device, after: u64) -> Result<Vec<Sealed>> {
    let last = last_number(device)?;
    (after.saturating_add(1)..=last).map(|number| read(device, number)).collect()
}

/// Writes the receipt of a transaction that has ended; one it has already stays the only one.
///
/// # Errors
/// When the transaction has not ended, or the receipt cannot be written.
pub fn write(device: &Device, journal: &mut Journal) -> Result<()> {
    if journal.part("receipt").exists() {
        return Ok(());
    }
    durable::make_directory(&device.paths.receipts(), 0o755)?;
    let last = last_number(device)?;
    let previous = if last == 0 { None } else { Some(Digest::of(&bytes_of(device, last)?)) };
    let may_be_written = journal.begin_receipt();
    let written = if may_be_written { number_of(device, journal.ticket.id, last) } else { None };
    if let Some(number) = written {
        // The power went between the two files.
        return durable::replace(&journal.part("receipt"), number.to_string().as_bytes(), 0o644);
    }
    let outcome = journal.outcome().cloned().ok_or_else(|| fault("write a receipt", "the order has not ended"))?;
    let order_digest = match &journal.ticket.work {
        Work::Order { sealed, .. } => Some(Digest::of(sealed.0.as_bytes())),
        Work::SeedUpdate { .. } | Work::SeedRollback { .. } => None,
    };
    let receipt = Receipt {
        number: last + 1,
        previous,
        device: device.id.clone(),
        order: journal.ticket.id,
        order_digest,
        by: journal.ticket.by.clone(),
        action: journal.ticket.work.action(),
        began: journal.ticket.received,
        ended: journal.last()?.at,
        outcome,
    };
    let payload = serde_json::to_vec(&receipt).doing("write a receipt")?;
    let sealed = seal(RECEIPT_TYPE, &payload, &device.key).doing("seal a receipt")?;
    durable::replace(&file_of(device, last + 1), sealed.0.as_bytes(), 0o644)?;
    cut_point!("between a receipt and its number");
    durable::replace(&journal.part("receipt"), (last + 1).to_string().as_bytes(), 0o644)
}

fn last_number(device: &Device) -> Result<u64> {
    let directory = device.paths.receipts();
    if !directory.exists() {
        return Ok(0);
    }
    let mut last = 0;
    for entry in fs::read_dir(&directory).at("list", &directory)? {
        let name = entry.at("list", &directory)?.file_name();
        last = last.max(name.to_str().and_then(|name| name.parse().ok()).unwrap_or(0));
    }
    Ok(last)
}

/// As it stands; one that a failing card has spoilt breaks the chain for who verifies it, and stops nothing here.
fn bytes_of(device: &Device, number: u64) -> Result<Vec<u8>> {
    let file = file_of(device, number);
    fs::read(&file).at("read", &file)
}

fn read(device: &Device, number: u64) -> Result<Sealed> {
    bytes_of(device, number).map(|bytes| Sealed(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The receipt that an order has already, the newest first.
fn number_of(device: &Device, order: framboise_core::ids::OrderId, last: u64) -> Option<u64> {
    (1..=last).rev().find(|number| read(device, *number).is_ok_and(|sealed| order_of(&sealed) == Some(order)))
}

fn order_of(sealed: &Sealed) -> Option<framboise_core::ids::OrderId> {
    framboise_core::trust::unverified_payload(sealed)
        .and_then(|payload| serde_json::from_slice::<Receipt>(&payload).ok())
        .map(|receipt| receipt.order)
}

fn file_of(device: &Device, number: u64) -> PathBuf {
    device.paths.receipts().join(format!("{number:08}"))
}
