//! What a lock means for disk, network, reboot and the way back.

use super::boot_partition;
use super::installed::{handed_over, is_installed_one};
use crate::apt::{self, Direction, Known, Simulated, locks::AptIdle};
use crate::device::Device;
use crate::fault::{Doing, Result};
use crate::vault::{self, VaultedDeb};
use framboise_core::cause::Cause;
use framboise_core::debian::{Architecture, PackageKey, Version};
use framboise_core::plan::{Gap, GapReason, Lock, LockEntry, WayBack};
use framboise_core::state::PackageRecord;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

type Packages = BTreeMap<PackageKey, PackageRecord>;

/// Bytes of the lock's .debs that the vault does not have yet.
///
/// # Errors
/// When the vault cannot be read.
pub fn missing_bytes(device: &Device, lock: &Lock) -> Result<u64> {
    let mut bytes = 0;
    for deb in lock.entries.values().filter_map(|entry| entry.after.as_ref()) {
        if device.vault.get(deb.sha256)?.is_none() {
            bytes += deb.bytes;
        }
    }
    Ok(bytes)
}

/// What the disk holds more, or less, after the lock: by the sizes that the packages declare.
pub fn disk_bytes(lock: &Lock, known: &[Known], native: &Architecture) -> i64 {
    let size = |key: &PackageKey, version: &Version| {
        let installed = find(known, key, version, native).map_or(0, |known| known.installed_bytes);
        i64::try_from(installed).unwrap_or(0)
    };
    lock.entries
        .iter()
        .map(|(key, entry)| {
            let after = entry.after.as_ref().map_or(0, |deb| size(key, &deb.version));
            after - entry.before.as_ref().map_or(0, |version| size(key, version))
        })
        .sum()
}

/// Bytes kept free beside what is counted: the journal, recorded states, dpkg's own files, scripts' temporary ones.
const MARGIN_BYTES: u64 = 24 << 20;

/// A list of what a .deb ships is smaller than what that unpacks to, by this at least: some 200 bytes for a file of 10 kB.
const SHIPPED_PER_LISTED: u64 = 50;

/// Whether there is room for all of it before anything is fetched: downloads, the way back, and unpacking, where dpkg
/// holds a package's new files beside its old ones for a moment.
///
/// # Errors
/// [`Cause::DiskFull`] with what is missing.
pub fn check_room(device: &Device, packages: &Packages, lock: &Lock, known: &[Known]) -> Result<()> {
    let native = &device.native;
    let installed = |key, version| find(known, key, version, native).map_or(0, |known| known.installed_bytes);
    let largest =
        lock.entries.iter().filter_map(|(key, entry)| Some(installed(key, &entry.after.as_ref()?.version))).max();
    let growth = u64::try_from(disk_bytes(lock, known, native)).unwrap_or(0);
    let listed: u64 = lock
        .entries
        .iter()
        .flat_map(|(key, entry)| {
            [entry.before.as_ref(), entry.after.as_ref().map(|deb| &deb.version)].map(|version| (key, version))
        })
        .filter_map(|(key, version)| Some(installed(key, version?) / SHIPPED_PER_LISTED))
        .sum();
    let unpacked = growth.saturating_add(largest.unwrap_or(0)).saturating_add(MARGIN_BYTES);
    let mut vaulted = missing_bytes(device, lock)?.saturating_add(boot_partition::bytes(lock)).saturating_add(listed);
    let (debs, exact) = (device.vault.list()?, device.points.debs_of(packages)?);
    for (key, entry) in &lock.entries {
        let Some(version) = &entry.before else { continue };
        if vault::exact(&debs, key, version, &exact, native).is_none() {
            vaulted += find(known, key, version, native).map_or(0, |known| known.bytes);
        }
    }
    let (usr, state) = (Path::new("/usr"), device.paths.state());
    if file_system(usr)? == file_system(state)? {
        return room(usr, unpacked + vaulted);
    }
    room(usr, unpacked).and_then(|()| room(state, vaulted + MARGIN_BYTES))
}

/// The directory's free bytes (statvfs(3)).
///
/// # Errors
/// When the file system does not tell.
pub fn free_bytes(directory: &Path) -> Result<u64> {
    let statistics = rustix::fs::statvfs(directory).at("measure", directory)?;
    Ok(statistics.f_bavail.saturating_mul(statistics.f_frsize))
}

fn room(directory: &Path, bytes: u64) -> Result<()> {
    let free = free_bytes(directory)?;
    if bytes <= free {
        return Ok(());
    }
    let path = directory.display().to_string();
    Err(Cause::DiskFull { path, missing_bytes: Some(bytes - free) }.into())
}

fn file_system(directory: &Path) -> Result<u64> {
    std::fs::metadata(directory).map(|metadata| std::os::unix::fs::MetadataExt::dev(&metadata)).at("measure", directory)
}

fn find<'k>(known: &'k [Known], key: &PackageKey, version: &Version, native: &Architecture) -> Option<&'k Known> {
    known.iter().find(|known| {
        known.version == *version && PackageKey::new(known.name.clone(), &known.architecture, native) == *key
    })
}

/// Packages whose change only a reboot makes effective (Raspberry Pi OS and Debian names).
pub fn reboot_for(lock: &Lock) -> Vec<String> {
    const BEGINNINGS: [&str; 8] = [
        "linux-image-",
        "raspi-firmware",
        "raspberrypi-kernel",
        "raspberrypi-bootloader",
        "rpi-eeprom",
        "firmware-brcm80211",
        "dbus-daemon",
        "libc6",
    ];
    let is_one = |name: &str| {
        BEGINNINGS
            .iter()
            .any(|beginning| name == *beginning || (beginning.ends_with('-') && name.starts_with(beginning)))
    };
    let names = lock.entries.keys().map(|key| key.name.as_str()).filter(|name| is_one(name));
    names.map(str::to_owned).collect()
}

/// What stands of the lock's packages, packages of which only conffiles are left included: their way back is a .deb too. What
/// dpkg left unfinished does not stand, and is nothing to come back to.
pub fn standing(packages: &Packages, lock: &Lock) -> Vec<(PackageKey, Version)> {
    let whole = |key: &PackageKey| packages.get(key).filter(|record| !record.is_broken());
    let recorded = |key: &PackageKey| Some((key.clone(), whole(key)?.version.clone()));
    lock.entries.keys().filter_map(recorded).collect()
}

/// Where each .deb of the way back would come from, without fetching any yet; and what a person should know of it.
///
/// # Errors
/// When the vault cannot be read.
pub fn way_back(
    device: &Device,
    packages: &Packages,
    lock: &Lock,
    known: &[Known],
    apt_idle: &AptIdle,
) -> Result<(WayBack, Vec<String>)> {
    let (debs, exact) = (device.vault.list()?, device.points.debs_of(packages)?);
    let in_archive = apt::versions_in_archives(known, &device.native);
    let mut gaps = Vec::new();
    for (key, version) in &standing(packages, lock) {
        let vaulted = device.vault.exact_sound(&debs, key, version, &exact, &device.native);
        let is_there = vaulted.is_some_and(|deb| !deb.rebuilt) || in_archive.contains(&(key.clone(), version.clone()));
        let reason = match packages.get(key) {
            _ if migrates_data(key) => Some(GapReason::Data),
            Some(record) if !is_there => not_at_hand(device, &debs, (key, version), record),
            _ => None,
        };
        gaps.extend(reason.map(|reason| Gap { package: key.clone(), reason }));
    }
    let mut remarks = Vec::new();
    if packages.values().any(PackageRecord::is_broken) {
        // Only a rollback begins there, and must not be held back for it.
        remarks.push("packages are unfinished now, and not to be brought back so".to_owned());
    } else if gaps.is_empty() && !lock.entries.is_empty() {
        gaps = match rehearse(device, lock, Direction::Back, known, apt_idle)? {
            Ok(back) => strays(lock, Direction::Back, &back).into_iter().map(refusal).collect(),
            Err(failure) => {
                remarks.push(format!("apt, asked for the way back: {failure}"));
                lock.entries.keys().map(refusal).collect()
            }
        };
    }
    Ok((WayBack { packages: u32::try_from(lock.entries.len()).unwrap_or(u32::MAX), gaps }, remarks))
}

/// Why a .deb that neither the vault nor the archive is known to have is not to be had; none when one in apt's cache, or
/// one that a desk handed over, is the installed one.
fn not_at_hand(
    device: &Device,
    debs: &[VaultedDeb],
    (key, version): (&PackageKey, &Version),
    record: &PackageRecord,
) -> Option<GapReason> {
    let is_cached = || cached(key, version).is_some_and(|file| is_installed_one(device, key, record, &file));
    if handed_over(device, debs, (key, version), record).is_some() || is_cached() {
        return None;
    }
    let is_another = vault::of_version(debs, key, version, &device.native).any(|deb| deb.staged);
    Some(if is_another { GapReason::OtherDeb } else { GapReason::Rebuilt })
}

/// Whether apt would do just this lock: it may lead to packages of several times, which nobody has seen together.
///
/// # Errors
/// When the vault cannot be read, or the disk refuses the rehearsal.
pub fn goes_together(device: &Device, lock: &Lock, known: &[Known], apt_idle: &AptIdle) -> Result<bool> {
    let there = rehearse(device, lock, Direction::Forward, known, apt_idle)?;
    Ok(there.is_ok_and(|there| strays(lock, Direction::Forward, &there).is_empty()))
}

/// What apt would do for the lock, or for the way back from it; or why it finds no way.
///
/// # Errors
/// When the vault cannot be read, or the disk refuses it.
fn rehearse(
    device: &Device,
    lock: &Lock,
    direction: Direction,
    known: &[Known],
    apt_idle: &AptIdle,
) -> Result<Result<Simulated>> {
    let after = stanzas(device, lock, known)?;
    let stage = device.paths.scratch().join(format!("rehearsal-{:?}", std::thread::current().id()));
    match apt::rehearse(&stage, lock, direction, &after, &device.native, apt_idle) {
        // The disk's word, not apt's.
        Err(failure) if matches!(failure.cause, Cause::DiskFull { .. } | Cause::ReadOnly { .. }) => Err(failure),
        rehearsed => Ok(rehearsed),
    }
}

/// The control stanza of each .deb that the lock installs, as far as it is known.
fn stanzas(device: &Device, lock: &Lock, known: &[Known]) -> Result<BTreeMap<PackageKey, String>> {
    let mut stanzas = BTreeMap::new();
    for (key, entry) in &lock.entries {
        let Some(deb) = &entry.after else { continue };
        let stanza = match device.vault.get(deb.sha256)? {
            Some(vaulted) => Some(vaulted.control),
            None => find(known, key, &deb.version, &device.native).map(|known| known.stanza.clone()),
        };
        stanzas.extend(stanza.map(|stanza| (key.clone(), stanza)));
    }
    Ok(stanzas)
}

/// The packages that apt, in rehearsal, would bring elsewhere than meant; and those it would change besides.
fn strays<'a>(lock: &'a Lock, direction: Direction, simulated: &'a Simulated) -> Vec<&'a PackageKey> {
    // To apt another build of the same version is nothing to do; it is installed by its name all the same.
    let is_same_version = |entry: &LockEntry| {
        entry.before.is_some() && Direction::Forward.leads_to(entry) == Direction::Back.leads_to(entry)
    };
    let goes_elsewhere = |(key, entry): &(&PackageKey, &LockEntry)| {
        let after = simulated.packages.get(*key).map(|package| package.after.as_ref());
        after.map_or(!is_same_version(entry), |after| after != direction.leads_to(entry))
    };
    let besides = simulated.packages.keys().filter(|key| !lock.entries.contains_key(*key));
    lock.entries.iter().filter(goes_elsewhere).map(|(key, _)| key).chain(besides).collect()
}

fn refusal(package: &PackageKey) -> Gap {
    Gap { package: package.clone(), reason: GapReason::Refused }
}

/// The .deb in apt's own cache, if it is there: under the name apt gives it, with `all` or the architecture.
pub fn cached(key: &PackageKey, version: &Version) -> Option<PathBuf> {
    let version = version.as_str().replace(':', "%3a");
    let name = |architecture: &str| format!("/var/cache/apt/archives/{}_{version}_{architecture}.deb", key.name);
    [name(key.architecture.as_str()), name("all")]
        .into_iter()
        .map(|path| Path::new(&path).to_owned())
        .find(|path| path.exists())
}

/// Servers whose maintainer scripts convert, move or re-create a data directory between versions.
fn migrates_data(key: &PackageKey) -> bool {
    const BEGINNINGS: [&str; 6] =
        ["mariadb-server", "mysql-server", "default-mysql-server", "postgresql", "slapd", "influxdb"];
    const HARMLESS: [&str; 2] = ["postgresql-client", "postgresql-common"];
    let name = key.name.as_str();
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        && !HARMLESS.iter().any(|other| name.starts_with(other))
}
