//! What is kept, and what goes first: restore points, .debs, contents of files, old transactions.
//!
//! The policy: a point goes when there are more than the settings allow or the vault outgrows its budget, the oldest first. Never one that is pinned, that the
//! device stands on, or that the newest way back leads to. A .deb goes when no point that is left has its version.

use super::boot_partition;
use crate::device::Device;
use crate::fault::{Doing, Outcome};
use crate::journal::Journal;
use crate::settings::{Keep, Settings};
use framboise_core::debian::{PackageKey, Version};
use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::restore_point::RestorePoint;
use framboise_core::state::FileRecord;
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

/// Transactions whose journal and events are kept for `framboise log`; receipts stay for ever.
const TRANSACTIONS_KEPT: usize = 50;

/// So many more are let stand before the oldest go: looking through all of them takes its time.
const TRANSACTIONS_SLACK: usize = 20;

/// A .deb that was handed over waits so long for the order that needs it.
const STAGED_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets go of what the policy does not keep; `has_kept_boot` says that the last transaction kept the boot partition.
///
/// # Errors
/// When something cannot be read or removed; what was not removed is tried again after the next transaction.
pub fn tidy(device: &Device, has_kept_boot: bool) -> Outcome<()> {
    let settings = Settings::read(&device.paths)?;
    let removed = tidy_points(device, &settings.keep)?;
    tidy_vault(device)?;
    if removed {
        device.points.prune()?;
    }
    // What a transaction kept of the boot partition and did not change is let go.
    if removed || has_kept_boot {
        tidy_contents(device)?;
    }
    tidy_transactions(device)
}

fn tidy_points(device: &Device, keep: &Keep) -> Outcome<bool> {
    let mut removed = false;
    loop {
        let points = device.points.list()?;
        let bytes = needed_bytes(device, &points)?;
        let is_over = points.len() > keep.restore_points || bytes > keep.vault_bytes();
        let Some(oldest) = expendable(device, &points)?.filter(|_| is_over) else { return Ok(removed) };
        device.points.delete(oldest)?;
        removed = true;
    }
}

/// The oldest point that may go.
fn expendable(device: &Device, points: &[RestorePoint]) -> Outcome<Option<RestorePointId>> {
    let stands_on = device.points.stands_on()?;
    let way_back = points.iter().find(|point| Some(point.id) == stands_on).and_then(|point| point.parent);
    let may_go = |point: &&RestorePoint| !point.pinned && Some(point.id) != stands_on && Some(point.id) != way_back;
    Ok(points.iter().find(may_go).map(|point| point.id))
}

fn needed_bytes(device: &Device, points: &[RestorePoint]) -> Outcome<u64> {
    let needed = needed(device, points)?;
    let debs = device.vault.list()?;
    let is_needed = |deb: &&crate::vault::VaultedDeb| {
        needed.contains(&(deb.key(&device.native), deb.control_fields.version.clone()))
    };
    Ok(debs.iter().filter(is_needed).map(|deb| deb.bytes).sum())
}

/// Every package and version that a point has.
fn needed(device: &Device, points: &[RestorePoint]) -> Outcome<BTreeSet<(PackageKey, Version)>> {
    let mut needed = BTreeSet::new();
    for point in points {
        let packages = device.points.state(point.id)?.packages;
        needed.extend(packages.into_iter().map(|(key, record)| (key, record.version)));
    }
    Ok(needed)
}

fn tidy_vault(device: &Device) -> Outcome<()> {
    let needed = needed(device, &device.points.list()?)?;
    let now = SystemTime::now();
    for deb in device.vault.list()? {
        let arrived = fs::metadata(&deb.path).and_then(|metadata| metadata.modified()).at("read", &deb.path)?;
        let is_young = now.duration_since(arrived).is_ok_and(|age| age < STAGED_KEPT);
        if !is_young && !needed.contains(&(deb.key(&device.native), deb.control_fields.version.clone())) {
            device.vault.remove(deb.sha256)?;
        }
    }
    Ok(())
}

/// Contents that no point's files have, those of deleted points included as long as the way leads through them.
fn tidy_contents(device: &Device) -> Outcome<()> {
    let mut kept = BTreeSet::new();
    for point in device.points.tree()? {
        kept.extend(device.points.boot_change(point.id)?.iter().flat_map(boot_partition::contents_of));
        let files = device.points.state(point.id)?.files;
        kept.extend(files.into_values().filter_map(|record| match record {
            FileRecord::File { sha256, .. } => Some(sha256),
            FileRecord::Link { .. } | FileRecord::Directory { .. } | FileRecord::Special => None,
        }));
    }
    let directory = device.paths.contents();
    for entry in fs::read_dir(&directory).at("list", &directory)? {
        let path = entry.at("list", &directory)?.path();
        let digest = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.parse::<Digest>().ok());
        if digest.is_none_or(|digest| !kept.contains(&digest)) {
            fs::remove_file(&path).at("remove", &path)?;
        }
    }
    Ok(())
}

/// Lets go of old transactions alone.
///
/// # Errors
/// As [`tidy`].
pub fn tidy_transactions(device: &Device) -> Outcome<()> {
    let directory = device.paths.transactions();
    if fs::read_dir(&directory).at("list", &directory)?.count() <= TRANSACTIONS_KEPT + TRANSACTIONS_SLACK {
        return Ok(());
    }
    let closed: Vec<Journal> = Journal::list(&device.paths)?.into_iter().filter(Journal::is_closed).collect();
    let excess = closed.len().saturating_sub(TRANSACTIONS_KEPT);
    for journal in closed.iter().take(excess) {
        let directory = device.paths.transaction(journal.ticket.id);
        fs::remove_dir_all(&directory).at("remove", &directory)?;
    }
    Ok(())
}
