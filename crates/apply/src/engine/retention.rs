//! What is kept, and what goes first: restore points, .debs, contents of files, old transactions.
//!
//! The policy: a point goes when there are more than the settings allow or the vault outgrows its budget, the oldest
//! first. Never one that is pinned, that the device stands on, or that the newest way back leads to. A .deb goes a
//! day after the last point that needs it.

use super::boot_partition;
use super::holdings::{contents, going_with};
use crate::device::Device;
use crate::fault::{Doing, Result};
use crate::journal::Journal;
use crate::settings::{Keep, Settings};
use framboise_core::digest::Digest;
use framboise_core::state::FileRecord;
use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, SystemTime};

/// Transactions whose journal and events are kept for `framboise log`; receipts stay for ever.
const TRANSACTIONS_KEPT: usize = 50;

/// So many more are let stand before the oldest go: looking through all of them takes its time.
const TRANSACTIONS_SLACK: usize = 20;

/// A .deb that no point needs waits so long for an order: it was handed over for one, or one that failed is given again.
const UNUSED_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Lets go of what the policy does not keep; `has_kept_boot` says that the last transaction kept the boot partition.
///
/// # Errors
/// When something cannot be read or removed; what was not removed is tried again after the next transaction.
pub fn tidy(device: &Device, has_kept_boot: bool) -> Result<()> {
    let settings = Settings::read(&device.paths)?;
    let removed = tidy_points(device, &settings.keep)?;
    tidy_vault(device)?;
    if removed {
        forget_deleted(device)?;
    } else if has_kept_boot {
        // What a transaction kept of the boot partition and did not change is let go.
        tidy_contents(device)?;
    }
    tidy_transactions(device)
}

/// Removes what only deleted points had.
///
/// # Errors
/// As [`tidy`].
pub fn forget_deleted(device: &Device) -> Result<()> {
    device.points.prune()?;
    tidy_contents(device)
}

fn tidy_points(device: &Device, keep: &Keep) -> Result<bool> {
    let mut removed = false;
    loop {
        let contents = contents(device)?;
        let needed: u64 = contents.debs.iter().filter(|deb| !deb.points.is_empty()).map(|deb| deb.bytes).sum();
        let is_over = contents.points.len() > keep.restore_points || needed > keep.vault_bytes();
        let may_go = contents.points.iter().find(|point| point.fixed.is_none());
        let Some(oldest) = may_go.filter(|_| is_over) else { return Ok(removed) };
        // Its .debs have been of use, and make room at once.
        let gone = going_with(&contents, oldest.id);
        device.points.delete(oldest.id)?;
        gone.debs.iter().try_for_each(|deb| device.vault.remove(*deb))?;
        removed = true;
    }
}

fn tidy_vault(device: &Device) -> Result<()> {
    let now = SystemTime::now();
    for deb in contents(device)?.debs.iter().filter(|deb| deb.points.is_empty()) {
        let Some(kept) = device.vault.get(deb.sha256)? else { continue };
        let arrived = fs::metadata(&kept.path).and_then(|metadata| metadata.modified()).at("read", &kept.path)?;
        // A clock that jumped back tells no age.
        let is_young = now.duration_since(arrived).map_or(true, |age| age < UNUSED_KEPT);
        if !is_young {
            device.vault.remove(deb.sha256)?;
        }
    }
    Ok(())
}

/// Contents that no point's files have, those of deleted points included as long as the way leads through them, and that no
/// transaction left undone.
fn tidy_contents(device: &Device) -> Result<()> {
    let mut kept: BTreeSet<Digest> = boot_partition::contents_left_undone(device)?.into_iter().collect();
    for point in device.points.tree()? {
        kept.extend(device.points.boot_change(point.id)?.iter().flat_map(boot_partition::contents_of));
        let files = device.points.state_if_sound(point.id)?.unwrap_or_default().files;
        kept.extend(files.values().filter_map(FileRecord::content));
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
pub fn tidy_transactions(device: &Device) -> Result<()> {
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
