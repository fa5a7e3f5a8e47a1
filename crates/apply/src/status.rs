//! How the device is, told to whoever asks.

use crate::apt::query;
use crate::device::Device;
use crate::engine;
use crate::fault::Result;
use crate::journal::Journal;
use crate::restart;
use crate::settings;
use crate::vault;
use framboise_core::digest::Digest;
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::DeviceStatus;
use framboise_core::restore_point::RestorePoint;
use framboise_core::state::{FileRecord, PackageState};
use framboise_core::text::FilePath;
use std::collections::BTreeSet;
use std::path::Path;

/// Where Debian's and Raspberry Pi OS's hooks note packages that wait for a reboot (one a line).
const REBOOT_PACKAGES: &str = "/run/reboot-required.pkgs";

/// The status of the device; `at_work` is the order that keeps others waiting: its end may be known before room is made.
///
/// # Errors
/// When the device cannot be read.
pub fn status(device: &Device, at_work: Option<OrderId>) -> Result<DeviceStatus> {
    let state = query::package_state(&device.native)?;
    let journals = Journal::list(&device.paths)?;
    let ended = |journal: &&Journal| journal.state().is_final();
    let is_at_work = |journal: &&Journal| !journal.is_closed() || at_work == Some(journal.ticket.id);
    let waiting = std::fs::read_to_string(REBOOT_PACKAGES).unwrap_or_default();
    let mut reboot_for: Vec<String> = waiting.lines().map(str::to_owned).collect();
    reboot_for.extend(journals.iter().flat_map(changed_in_this_boot));
    reboot_for.sort();
    reboot_for.dedup();
    Ok(DeviceStatus {
        device: device.id.clone(),
        packages: count(state.packages.values().filter(|record| record.is_installed()).count()),
        broken: state.broken().iter().map(ToString::to_string).collect(),
        // One whose end the disk has not taken yet keeps the others waiting still.
        running: journals.iter().find(is_at_work).map(Journal::status),
        unsettled: None,
        last: journals.iter().rev().find(ended).map(Journal::status),
        stands_on: engine::stands_on_now(device, &state)?,
        restore_points: count(device.points.list()?.len()),
        free_bytes: engine::free_bytes(Path::new("/var"))?,
        vault_bytes: device.vault.bytes(),
        reboot_for,
        operators: Some(settings::operators(&device.paths)?.list().to_vec()),
    })
}

/// Packages that a transaction changed in this boot, and that only a restart makes effective: not every system notes them.
fn changed_in_this_boot(journal: &Journal) -> Vec<String> {
    let boot = restart::boot_id();
    let committed = journal.outcome().filter(|outcome| outcome.is_success());
    let is_of_now = boot.is_some() && journal.boot_of_begin() == boot.as_deref();
    committed.filter(|_| is_of_now).map(|outcome| engine::reboot_for(&outcome.lock)).unwrap_or_default()
}

/// A state as anybody may see it. The digest of a file that others may not read would let its content be guessed: it is
/// mixed with the device's own key, which keeps equal what is equal.
pub fn shown(device: &Device, state: PackageState) -> PackageState {
    mixed(device.key.as_bytes(), state)
}

fn mixed(key: &[u8], mut state: PackageState) -> PackageState {
    let is_shut = |record: &FileRecord| matches!(record, FileRecord::Directory { mode, .. } if *mode & 0o001 == 0);
    let shut = state.files.iter().filter(|(_, record)| is_shut(record)).map(|(path, _)| path.clone());
    let shut: BTreeSet<FilePath> = shut.collect();
    for (path, record) in &mut state.files {
        if let FileRecord::File { sha256, mode, .. } = record
            && (*mode & 0o004 == 0 || path.parents().any(|parent| shut.contains(&parent)))
        {
            *sha256 = Digest::of(&[key, sha256.to_string().as_bytes()].concat());
        }
    }
    state
}

/// All restore points, each with what the vault lacks for it.
///
/// # Errors
/// When they cannot be read.
pub fn restore_points(device: &Device) -> Result<Vec<RestorePoint>> {
    let debs = device.vault.list()?;
    let now = query::packages(&device.native)?;
    let stands_on = device.points.stands_on()?;
    let mut points = device.points.list()?;
    for point in &mut points {
        point.current = stands_on == Some(point.id);
        let (Some(state), known) = (device.points.state_if_sound(point.id)?, device.points.debs(point.id)?) else {
            // Nothing of it is left to go back to.
            point.missing_debs = point.packages;
            continue;
        };
        let differing = state.packages.iter().filter(|(key, record)| {
            record.is_installed()
                && now.get(*key).is_none_or(|now| now.version != record.version || !now.is_installed())
        });
        let missing = differing
            .filter(|(key, record)| vault::exact(&debs, key, &record.version, &known, &device.native).is_none());
        point.missing_debs = count(missing.count());
    }
    Ok(points)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digest_of_what_others_cannot_read_is_told() {
        let plain = Digest::of(b"secret");
        let directory = |mode| FileRecord::Directory { mode, uid: 0, gid: 0 };
        let file = |mode| FileRecord::File { sha256: plain, mode, uid: 0, gid: 0 };
        let files = [
            ("/etc/open", directory(0o755)),
            ("/etc/open/shown", file(0o644)),
            ("/etc/open/own", file(0o600)),
            ("/etc/shut", directory(0o700)),
            ("/etc/shut/file", file(0o644)),
            ("/etc/shut/open", directory(0o755)),
            ("/etc/shut/open/deep", file(0o644)),
            // Its files are found by whoever knows their names.
            ("/etc/unlisted", directory(0o711)),
            ("/etc/unlisted/shown", file(0o644)),
            // Beside a shut directory whose name it begins with.
            ("/etc/shutter/shown", file(0o644)),
        ];
        let files = files.map(|(path, record)| (FilePath::from(path), record)).into();
        let state = mixed(b"key", PackageState { files, ..PackageState::default() });
        let is_plain = |path: &str| matches!(&state.files[&FilePath::from(path)], FileRecord::File { sha256, .. } if *sha256 == plain);
        for path in ["/etc/open/shown", "/etc/unlisted/shown", "/etc/shutter/shown"] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["/etc/open/own", "/etc/shut/file", "/etc/shut/open/deep"] {
            assert!(!is_plain(path), "{path}");
        }
        assert_eq!(state.files[&"/etc/shut/file".into()], state.files[&"/etc/shut/open/deep".into()]);
    }
}
