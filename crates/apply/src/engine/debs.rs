//! What a lock means for disk, network, reboot and the way back.

use crate::apt::{self, Known};
use crate::device::Device;
use crate::fault::Outcome;
use crate::vault;
use framboise_core::debian::{Architecture, PackageKey, Version};
use framboise_core::plan::{Gap, GapReason, Lock, WayBack};
use std::path::Path;

/// Bytes of the lock's .debs that the vault does not have yet.
///
/// # Errors
/// When the vault cannot be read.
pub fn missing_bytes(device: &Device, lock: &Lock) -> Outcome<u64> {
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
        let is_it = |known: &&Known| {
            known.version == *version && PackageKey::new(known.name.clone(), &known.architecture, native) == *key
        };
        known.iter().find(is_it).and_then(|known| i64::try_from(known.installed_bytes).ok()).unwrap_or(0)
    };
    lock.entries
        .iter()
        .map(|(key, entry)| {
            let after = entry.after.as_ref().map_or(0, |deb| size(key, &deb.version));
            after - entry.before.as_ref().map_or(0, |version| size(key, version))
        })
        .sum()
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

/// Where each .deb of the way back would come from, without fetching any yet.
///
/// # Errors
/// When the vault cannot be read.
pub fn way_back(device: &Device, lock: &Lock, known: &[Known]) -> Outcome<WayBack> {
    let debs = device.vault.list()?;
    let in_archive = apt::versions_in_archives(known, &device.native);
    let mut gaps = Vec::new();
    for (key, entry) in &lock.entries {
        let Some(version) = &entry.before else { continue };
        let vaulted = vault::find(&debs, key, version, &device.native);
        let is_there = vaulted.is_some_and(|deb| !deb.rebuilt)
            || in_archive.contains(&(key.clone(), version.clone()))
            || cached(key, version).is_some();
        let reason = if migrates_data(key) { Some(GapReason::Data) } else { (!is_there).then_some(GapReason::Rebuilt) };
        gaps.extend(reason.map(|reason| Gap { package: key.clone(), reason }));
    }
    Ok(WayBack { packages: u32::try_from(lock.entries.len()).unwrap_or(u32::MAX), gaps })
}

/// The .deb in apt's own cache, if it is there: under the name apt gives it, with `all` or the architecture.
pub fn cached(key: &PackageKey, version: &Version) -> Option<std::path::PathBuf> {
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
