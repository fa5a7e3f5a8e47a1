//! The plan for the way to a restore point: the difference of two states, no resolver's choice in it.

use super::{boot_partition, debs, planning};
use crate::apt::{self, locks::AptIdle, query};
use crate::device::Device;
use crate::fault::Result;
use crate::vault::InstalledFrom;
use framboise_core::cause::Cause;
use framboise_core::debian::{PackageKey, Version};
use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::{Lock, LockEntry, LockedDeb, Plan, Reason};
use framboise_core::state::{PackageRecord, PackageState};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The plan for the way to a restore point.
///
/// # Errors
/// [`Cause::UnknownRestorePoint`]; [`Cause::DebMissing`] when a .deb is nowhere to be had.
pub fn plan(device: &Device, to: RestorePointId, apt_idle: &AptIdle) -> Result<Plan> {
    // The state of a deleted point may still be led through; nothing leads to it.
    device.points.get(to)?;
    let target = device.points.state(to)?;
    let now = PackageState { packages: query::packages(&device.native)?, files: BTreeMap::new() };
    let lock = lock_between(device, &now.packages, (&target.packages, &device.points.debs(to)?))?;
    let known = planning::known(&lock)?;
    debs::check_room(device, &now.packages, &lock, &known)?;
    let (way_back, remarks) = debs::way_back(device, &now.packages, &lock, &known, apt_idle)?;
    Ok(Plan {
        device: device.id.clone(),
        made: Timestamp::now(),
        action: planning::rollback_to(to),
        base: now.base(),
        download_bytes: debs::missing_bytes(device, &lock)?,
        disk_bytes: debs::disk_bytes(&lock, &known, &device.native),
        kept_back: Vec::new(),
        reboot_for: debs::reboot_for(&lock),
        way_back,
        remarks: remarks.into_iter().chain(boot_partition::remarks(&lock)).collect(),
        lock,
    })
}

type Packages = BTreeMap<PackageKey, PackageRecord>;

/// The lock that leads from one set of packages to another, with .debs of the vault, or else of the archive; each the very
/// one that the package was installed from, where that is known.
///
/// # Errors
/// [`Cause::DebMissing`].
pub fn lock_between(device: &Device, now: &Packages, (target, exact): (&Packages, &InstalledFrom)) -> Result<Lock> {
    let debs = device.vault.list()?;
    // A version that was built again is another package, where it is known which of both stands.
    let installed_from = device.points.debs_of(now)?;
    let is_another_build =
        |key: &PackageKey| matches!((installed_from.get(key), exact.get(key)), (Some(is), Some(was)) if is != was);
    let keys: BTreeSet<&PackageKey> = now.keys().chain(target.keys()).collect();
    let (mut lock, mut missing) = (Lock::default(), Vec::new());
    for key in keys {
        let (before, wanted) = (now.get(key), target.get(key));
        let version = wanted.filter(|record| record.is_installed()).map(|record| &record.version);
        let standing = before.filter(|record| record.is_installed()).map(|record| &record.version);
        let is_broken = before.is_some_and(PackageRecord::is_broken);
        // What was unfinished when it was recorded is nothing to return to.
        let was_broken = wanted.is_some_and(PackageRecord::is_broken);
        if was_broken || (version == standing && !is_broken && !is_another_build(key)) {
            continue;
        }
        let after = match version {
            None => None,
            // A damaged one is none: it may be had elsewhere, and if not, that is known before anything begins.
            Some(version) => match device.vault.exact_sound(&debs, key, version, exact, &device.native) {
                Some(deb) => Some(LockedDeb { version: version.clone(), bytes: deb.bytes, sha256: deb.sha256 }),
                None => {
                    missing.push((key.clone(), version.clone()));
                    continue;
                }
            },
        };
        let mark = after.as_ref().and(wanted.map(|record| record.mark));
        lock.entries
            .insert(key.clone(), LockEntry { before: standing.cloned(), after, mark, reason: Reason::Requested });
    }
    add_from_archive(&mut lock, missing, now, (target, exact), device)?;
    Ok(lock)
}

fn add_from_archive(
    lock: &mut Lock,
    missing: Vec<(PackageKey, Version)>,
    now: &Packages,
    (target, exact): (&Packages, &InstalledFrom),
    device: &Device,
) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let offers = apt::offers_there(&missing, &device.native)?;
    let mut nowhere = Vec::new();
    for (key, version) in missing {
        let Some(offer) = offers.iter().find(|offer| offer.key == key && offer.version == version) else {
            nowhere.push(key);
            continue;
        };
        // An archive may have built the same version again.
        let is_it = |sha256: &Digest| exact.get(&key).is_none_or(|known| known == sha256);
        let Some(sha256) = offer.sha256.filter(is_it) else {
            nowhere.push(key);
            continue;
        };
        let after = Some(LockedDeb { version, bytes: offer.bytes, sha256 });
        let mark = target.get(&key).map(|record| record.mark);
        let before = now.get(&key).filter(|record| record.is_installed()).map(|record| record.version.clone());
        lock.entries.insert(key, LockEntry { before, after, mark, reason: Reason::Requested });
    }
    if nowhere.is_empty() { Ok(()) } else { Err(Cause::DebMissing { packages: nowhere }.into()) }
}
