//! Files that a package ships and that do not stand as they did.
//!
//! dpkg's own `--verify` cannot see them: a file that moved to another package and back is in no list any more, and a
//! mode that a newer version's statoverride set is in none either. So each touched package is held against its .deb.
//! What did not stand as shipped before the transaction (excluded by dpkg's settings, changed by a script or by hand) is
//! noted then, and no loss.

use crate::apt::deb::{self, Deviation};
use crate::apt::diversions::{self, Diversion};
use crate::device::Device;
use crate::durable;
use crate::fault::Outcome;
use crate::files;
use crate::journal::Journal;
use crate::place::Ownership;
use crate::vault::{self, Debs};
use framboise_core::debian::PackageKey;
use framboise_core::etc::is_volatile;
use framboise_core::state::PackageRecord;
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Packages, and the .debs that they are known to be installed from.
type Packages<'a> = (&'a BTreeMap<PackageKey, PackageRecord>, &'a Debs);

/// Paths that do not stand as shipped.
type Deviations = BTreeMap<FilePath, Deviation>;

/// By `name:architecture=version`: what did not stand as shipped while that version was installed.
type Noted = BTreeMap<String, Deviations>;

/// Notes, before anything is touched, which packages will be, and what of theirs does not stand already.
///
/// # Errors
/// When a .deb cannot be read, or the note not be written.
pub fn note(device: &Device, journal: &Journal, packages: Packages<'_>, touched: &BTreeSet<PackageKey>) -> Outcome<()> {
    let mut noted = noted(device)?;
    for (key, deviations) in deviations(device, packages, touched)? {
        noted.insert(key, deviations.now);
    }
    durable::replace_json(&note_file(device), &noted)?;
    durable::replace_json(&journal.part("touched.json"), touched)
}

/// The packages that the transaction noted as touched.
///
/// # Errors
/// When the note cannot be read.
pub fn touched(journal: &Journal) -> Outcome<BTreeSet<PackageKey>> {
    Ok(durable::read_json_if_sound(&journal.part("touched.json"))?.unwrap_or_default())
}

/// Of these packages as they shall be, those that lack files now, with the files.
///
/// # Errors
/// When a .deb or a file cannot be read.
pub fn lossy(
    device: &Device,
    goal: Packages<'_>,
    touched: &BTreeSet<PackageKey>,
) -> Outcome<BTreeMap<PackageKey, Vec<FilePath>>> {
    let noted = noted(device)?;
    let mut lossy = BTreeMap::new();
    for (name, deviations) in deviations(device, goal, touched)? {
        let was_lost =
            |path: &FilePath| noted.get(&name).is_some_and(|known| known.get(path) == Some(&Deviation::Content));
        let lost = deviations.now.into_iter().filter(|(path, now)| *now == Deviation::Content && !was_lost(path));
        let lost: Vec<FilePath> = lost.map(|(path, _)| path).collect();
        if !lost.is_empty() {
            lossy.insert(deviations.key, lost);
        }
    }
    Ok(lossy)
}

/// Of these packages as they shall be, the files whose mode or owner is not as it was, with what it was.
///
/// # Errors
/// When a .deb or a file cannot be read.
pub fn disowned(
    device: &Device,
    goal: Packages<'_>,
    touched: &BTreeSet<PackageKey>,
) -> Outcome<BTreeMap<FilePath, Ownership>> {
    let noted = noted(device)?;
    let mut disowned = BTreeMap::new();
    for (name, deviations) in deviations(device, goal, touched)? {
        let Some(known) = noted.get(&name) else { continue };
        let paths: BTreeSet<&FilePath> = known.keys().chain(deviations.now.keys()).collect();
        for path in paths {
            let wanted = match (known.get(path), deviations.now.get(path)) {
                (was, now) if was == now => continue,
                (Some(Deviation::Content), _) | (_, Some(Deviation::Content)) => continue,
                (Some(Deviation::Ownership(was)), _) => Some(*was),
                (None, _) => deviations.shipped.get(path).copied(),
            };
            disowned.extend(wanted.map(|wanted| (path.clone(), wanted)));
        }
    }
    Ok(disowned)
}

struct Found {
    key: PackageKey,
    now: Deviations,
    /// By the path where it stands.
    shipped: BTreeMap<FilePath, Ownership>,
}

/// What does not stand as shipped now, for each of these packages that is recorded as installed and whose .deb is kept.
fn deviations(
    device: &Device,
    (packages, known): Packages<'_>,
    keys: &BTreeSet<PackageKey>,
) -> Outcome<BTreeMap<String, Found>> {
    let debs = device.vault.list()?;
    let diversions = diversions::now()?;
    let mut found = BTreeMap::new();
    for key in keys {
        let Some(record) = packages.get(key).filter(|record| record.is_installed()) else { continue };
        let Some(deb) = vault::exact(&debs, key, &record.version, known, &device.native) else { continue };
        let place = |path: &FilePath| place(path, key, record, &diversions);
        let (now, shipped) = deb::deviations(&deb.path, &place)?;
        found.insert(format!("{key}={}", record.version), Found { key: key.clone(), now, shipped });
    }
    Ok(found)
}

/// Where a shipped path stands; none for what is part of the recorded files.
fn place(
    path: &FilePath,
    key: &PackageKey,
    record: &PackageRecord,
    diversions: &BTreeSet<Diversion>,
) -> Option<FilePath> {
    let is_state =
        path.as_str().starts_with("/etc/") || is_volatile(path.as_str()) || record.conffiles.contains_key(path);
    (!is_state).then(|| diversions::place(diversions, path, key.name.as_str()))
}

fn noted(device: &Device) -> Outcome<Noted> {
    Ok(durable::read_json_if_sound(&note_file(device))?.unwrap_or_default())
}

fn note_file(device: &Device) -> PathBuf {
    device.paths.state().join("deviations.json")
}

/// Gives files the mode and owner that they shall have.
///
/// # Errors
/// When the disk refuses it.
pub fn own(disowned: &BTreeMap<FilePath, Ownership>) -> Outcome<()> {
    disowned.iter().try_for_each(|(path, ownership)| files::own(path, *ownership))
}
