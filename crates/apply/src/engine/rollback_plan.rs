//! The plan for the way to a restore point: the difference of two states, no resolver's choice in it.

use super::{boot_partition, debs, others, planning, set_aside, target};
use crate::apt::{self, locks::AptIdle, query};
use crate::device::Device;
use crate::fault::Result;
use crate::journal::left_undone;
use crate::vault::InstalledFrom;
use framboise_core::cause::{Cause, Failure};
use framboise_core::debian::{PackageKey, Version};
use framboise_core::diff::StateDiff;
use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::{Lock, LockEntry, LockedDeb, Plan, Reason};
use framboise_core::state::{DpkgStatus, PackageRecord, PackageState};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What leads from what stands to a restore point.
pub struct Course {
    /// What changes.
    pub lock: Lock,
    /// The state that it leads to: the recorded one, but for what stays.
    pub goal: PackageState,
    /// The .debs that its packages were installed from, as far as that is known.
    pub debs: InstalledFrom,
    /// What to tell where something stays that no order but somebody else changed since; none where nothing does.
    pub left: Option<String>,
}

/// The plan for the way to a restore point.
///
/// # Errors
/// [`Cause::UnknownRestorePoint`]; [`Cause::DebMissing`] when a .deb is nowhere to be had.
pub fn plan(device: &Device, to: RestorePointId, apt_idle: &AptIdle) -> Result<Plan> {
    // The state of a deleted point may still be led through; nothing leads to it.
    device.points.get(to)?;
    let now = PackageState { packages: query::packages(&device.native)?, files: BTreeMap::new() };
    let Course { lock, left, .. } = course(device, &now, to, apt_idle)?;
    let known = planning::known(&lock)?;
    debs::check_room(device, &now.packages, &lock, &known)?;
    let (way_back, remarks) = debs::way_back(device, &now.packages, &lock, &known, apt_idle)?;
    let unfinished = left_undone(&device.paths)?.is_some();
    let too = undone_too(device, to, &lock)?;
    let undone = unfinished.then(|| "the last order needs you: what it left of files is put back, too".to_owned());
    Ok(Plan {
        device: device.id.clone(),
        made: Timestamp::now(),
        action: planning::rollback_to(to),
        base: now.base(),
        download_bytes: debs::missing_bytes(device, &lock)?,
        disk_bytes: debs::disk_bytes(&lock, &known, &device.native),
        kept_back: Vec::new(),
        unfinished,
        reboot_for: debs::reboot_for(&lock),
        way_back,
        remarks: remarks
            .into_iter()
            .chain(boot_partition::remarks(&lock))
            .chain(left)
            .chain(too)
            .chain(undone)
            .collect(),
        lock: lock.into(),
    })
}

/// The course from what stands `now` to a restore point. What an order changed on the way goes back to the last package.
/// What somebody else changed goes back too, if all of it can: an archive drops the older version, and a device that upgrades
/// itself must not lose its way back for that. Where not, all that somebody else did stays: half of it would leave packages
/// without what came with them.
///
/// # Errors
/// [`Cause::DebMissing`], also where what goes back does not go with what would be left; or when a point cannot be read.
pub fn course(device: &Device, now: &PackageState, to: RestorePointId, apt_idle: &AptIdle) -> Result<Course> {
    let (recorded, mut debs) = (device.points.state(to)?, device.points.debs(to)?);
    let Difference { lock, mut nowhere } = difference(device, &now.packages, (&recorded.packages, &debs))?;
    nowhere.extend(leftovers_nowhere(device, now, (&recorded.packages, &debs))?);
    if nowhere.is_empty() {
        return Ok(Course { lock, goal: recorded, debs, left: None });
    }
    let Some(ordered) = target::changed_by_orders(device, to)? else { return Err(debs_missing(nowhere)) };
    // A .deb that the point knows was in the vault for an order, and is lost there.
    let is_lost = |key: &&PackageKey| ordered.contains(*key) || debs.contains_key(*key);
    let lost: BTreeSet<PackageKey> = nowhere.iter().filter(is_lost).cloned().collect();
    if !lost.is_empty() {
        return Err(debs_missing(lost));
    }
    // What is unfinished is nothing to stay.
    if !now.broken().is_empty() {
        return Err(debs_missing(nowhere));
    }
    let differing = StateDiff::between(now, &recorded).packages.into_iter().map(|change| change.key);
    let packages: BTreeSet<PackageKey> = differing.filter(|key| !ordered.contains(key)).collect();
    let goal = others::sparing(&recorded, now, &packages, &device.native)?;
    debs.retain(|key, _| !packages.contains(key));
    let lock = lock_between(device, &now.packages, (&goal.packages, &debs))?;
    if !debs::goes_together(device, &lock, &planning::known(&lock)?, apt_idle)? {
        return Err(debs_missing(nowhere));
    }
    let left = others::changes(&packages, &recorded, now).map(|changes| {
        let nowhere: Vec<String> = nowhere.iter().map(ToString::to_string).collect();
        let nowhere = set_aside::some(&nowhere);
        format!(
            "changed since by other means, and left so, for older .debs are nowhere to be had ({nowhere}): {changes}"
        )
    });
    Ok(Course { lock, goal, debs, left })
}

/// What to tell of packages that go back and that no order but somebody else changed.
fn undone_too(device: &Device, to: RestorePointId, lock: &Lock) -> Result<Option<String>> {
    let Some(ordered) = target::changed_by_orders(device, to)? else { return Ok(None) };
    let others = lock.entries.keys().filter(|key| !ordered.contains(*key));
    let names: Vec<String> = others.map(|key| key.name.to_string()).collect();
    Ok((!names.is_empty())
        .then(|| format!("changed by other means since, and undone, too: {}", set_aside::some(&names))))
}

/// Packages of which the point has only the conffiles, which were purged since, and whose .debs the vault lacks.
fn leftovers_nowhere(
    device: &Device,
    now: &PackageState,
    (target, exact): (&Packages, &InstalledFrom),
) -> Result<BTreeSet<PackageKey>> {
    let debs = device.vault.list()?;
    let is_nowhere = |(key, record): &(&PackageKey, &PackageRecord)| {
        record.status == DpkgStatus::ConfigFiles
            && !now.packages.contains_key(*key)
            && device.vault.exact_sound(&debs, key, &record.version, exact, &device.native).is_none()
    };
    Ok(target.iter().filter(is_nowhere).map(|(key, _)| key.clone()).collect())
}

fn debs_missing(packages: BTreeSet<PackageKey>) -> Failure {
    Cause::DebMissing { packages: packages.into_iter().collect() }.into()
}

type Packages = BTreeMap<PackageKey, PackageRecord>;

/// The difference of two sets of packages.
struct Difference {
    lock: Lock,
    /// Packages that differ and are in no lock, for their .debs are nowhere to be had.
    nowhere: BTreeSet<PackageKey>,
}

/// The lock that leads from one set of packages to another, with .debs of the vault, or else of the archive; each the very
/// one that the package was installed from, where that is known.
///
/// # Errors
/// [`Cause::DebMissing`].
pub fn lock_between(device: &Device, now: &Packages, target: (&Packages, &InstalledFrom)) -> Result<Lock> {
    let Difference { lock, nowhere } = difference(device, now, target)?;
    if nowhere.is_empty() { Ok(lock) } else { Err(debs_missing(nowhere)) }
}

fn difference(device: &Device, now: &Packages, (target, exact): (&Packages, &InstalledFrom)) -> Result<Difference> {
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
    let nowhere = add_from_archive(&mut lock, missing, now, (target, exact), device)?;
    Ok(Difference { lock, nowhere })
}

/// Adds to a lock what an archive has. Tells what none has.
fn add_from_archive(
    lock: &mut Lock,
    missing: Vec<(PackageKey, Version)>,
    now: &Packages,
    (target, exact): (&Packages, &InstalledFrom),
    device: &Device,
) -> Result<BTreeSet<PackageKey>> {
    let mut nowhere = BTreeSet::new();
    if missing.is_empty() {
        return Ok(nowhere);
    }
    let offers = apt::offers_there(&missing, &device.native)?;
    for (key, version) in missing {
        let Some(offer) = offers.iter().find(|offer| offer.key == key && offer.version == version) else {
            nowhere.insert(key);
            continue;
        };
        // An archive may have built the same version again.
        let is_it = |sha256: &Digest| exact.get(&key).is_none_or(|known| known == sha256);
        let Some(sha256) = offer.sha256.filter(is_it) else {
            nowhere.insert(key);
            continue;
        };
        let after = Some(LockedDeb { version, bytes: offer.bytes, sha256 });
        let mark = target.get(&key).map(|record| record.mark);
        let before = now.get(&key).filter(|record| record.is_installed()).map(|record| record.version.clone());
        lock.entries.insert(key, LockEntry { before, after, mark, reason: Reason::Requested });
    }
    Ok(nowhere)
}
