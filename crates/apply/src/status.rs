//! How the device is, told to whoever asks.

use crate::apt::query;
use crate::device::Device;
use crate::engine;
use crate::fault::Outcome;
use crate::journal::Journal;
use crate::restart;
use crate::settings;
use crate::vault;
use framboise_core::digest::Digest;
use framboise_core::protocol::http::DeviceStatus;
use framboise_core::restore_point::RestorePoint;
use framboise_core::state::{FileRecord, PackageState};
use std::path::Path;

/// Where Debian's and Raspberry Pi OS's hooks note packages that wait for a reboot (one a line).
const REBOOT_PACKAGES: &str = "/run/reboot-required.pkgs";

/// The status of the device.
///
/// # Errors
/// When the device cannot be read.
pub fn status(device: &Device) -> Outcome<DeviceStatus> {
    let state = query::package_state(&device.native)?;
    let journals = Journal::list(&device.paths)?;
    let ended = |journal: &&Journal| journal.state().is_final();
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
        running: journals.iter().find(|journal| !journal.is_closed()).map(Journal::status),
        last: journals.iter().rev().find(ended).map(Journal::status),
        stands_on: engine::stands_on_now(device, &state)?,
        restore_points: count(device.points.list()?.len()),
        free_bytes: engine::free_bytes(Path::new("/var"))?,
        vault_bytes: device.vault.bytes(),
        reboot_for,
        operators: settings::operators(&device.paths)?.list().iter().map(|operator| operator.name.clone()).collect(),
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
pub fn shown(device: &Device, mut state: PackageState) -> PackageState {
    for record in state.files.values_mut() {
        if let FileRecord::File { sha256, mode, .. } = record
            && *mode & 0o004 == 0
        {
            *sha256 = Digest::of(&[device.key.as_bytes().as_slice(), sha256.to_string().as_bytes()].concat());
        }
    }
    state
}

/// All restore points, each with what the vault lacks for it.
///
/// # Errors
/// When they cannot be read.
pub fn restore_points(device: &Device) -> Outcome<Vec<RestorePoint>> {
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
