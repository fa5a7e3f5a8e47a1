//! Files that a package ships and that do not stand as they did.
//!
//! dpkg's own `--verify` cannot see them: a file that moved to another package and back is in no list any more, and a
//! mode that a newer version's statoverride set is in none either. So each touched package is held against its .deb.
//! What did not stand as shipped before the transaction (excluded by dpkg's settings, changed by a script or by hand) is
//! noted then, and no loss.

use super::shipments::Shipments;
use crate::apt::deb::{self, Deviation};
use crate::apt::diversions::{self, Diversion};
use crate::device::Device;
use crate::durable;
use crate::fault::Result;
use crate::files;
use crate::journal::{Journal, TOUCHED};
use crate::parallel;
use crate::place::Ownership;
use crate::vault::{self, InstalledFrom};
use framboise_core::debian::PackageKey;
use framboise_core::etc::is_volatile;
use framboise_core::state::PackageRecord;
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Packages, the .debs that they are known to be installed from, and what those ship.
#[derive(Clone, Copy)]
pub struct Packages<'a> {
    /// Each as it is, or as it shall be.
    pub packages: &'a BTreeMap<PackageKey, PackageRecord>,
    /// The .deb of each, as far as it is known.
    pub known: &'a InstalledFrom,
    /// What has been looked into already.
    pub shipments: &'a Shipments,
}

/// Paths that do not stand as shipped.
type Deviations = BTreeMap<FilePath, Deviation>;

/// By `name:architecture=version`: what did not stand as shipped while that version was installed.
type Noted = BTreeMap<String, Deviations>;

/// Notes, before anything is touched, which packages will be, and what of theirs does not stand already.
///
/// # Errors
/// When a .deb cannot be read, or the note not be written.
pub fn note(device: &Device, journal: &Journal, packages: Packages<'_>, touched: &BTreeSet<PackageKey>) -> Result<()> {
    let mut noted = noted(device)?;
    for (key, deviations) in deviations(device, packages, touched)? {
        noted.insert(key, deviations.now);
    }
    durable::replace_json(&note_file(device), &noted)?;
    durable::replace_json(&journal.part(TOUCHED), touched)
}

/// The packages that the transaction noted as touched.
///
/// # Errors
/// When the note cannot be read.
pub fn touched(journal: &Journal) -> Result<BTreeSet<PackageKey>> {
    Ok(durable::read_json_if_sound(&journal.part(TOUCHED))?.unwrap_or_default())
}

/// Those of these packages that are to be installed, and whose files cannot be held against anything: the vault has lost
/// their .debs.
///
/// # Errors
/// When the vault cannot be read.
pub fn unjudged(device: &Device, goal: Packages<'_>, touched: &BTreeSet<PackageKey>) -> Result<Vec<PackageKey>> {
    let debs = device.vault.list()?;
    let is_lost = |key: &&PackageKey| {
        let record = goal.packages.get(*key).filter(|record| record.is_installed());
        record.is_some_and(|record| vault::exact(&debs, key, &record.version, goal.known, &device.native).is_none())
    };
    Ok(touched.iter().filter(is_lost).cloned().collect())
}

/// What of packages does not stand as it shall.
#[derive(Debug, Default)]
pub struct Losses {
    /// Packages that lack files, with the files.
    pub lossy: BTreeMap<PackageKey, Vec<FilePath>>,
    /// Files whose mode or owner is not as it was, with what it was.
    pub disowned: BTreeMap<FilePath, Ownership>,
}

/// Holds these packages, as they shall be, against their .debs and against what was noted.
///
/// # Errors
/// When a .deb or a file cannot be read.
pub fn losses(device: &Device, goal: Packages<'_>, touched: &BTreeSet<PackageKey>) -> Result<Losses> {
    let noted = noted(device)?;
    let mut losses = Losses::default();
    for (name, found) in deviations(device, goal, touched)? {
        let noted = noted.get(&name);
        losses.disowned.extend(noted.into_iter().flat_map(|noted| disowned(noted, &found)));
        let was_lost = |path: &FilePath| noted.is_some_and(|noted| noted.get(path) == Some(&Deviation::Content));
        let lost = found.now.into_iter().filter(|(path, now)| *now == Deviation::Content && !was_lost(path));
        let lost: Vec<FilePath> = lost.map(|(path, _)| path).collect();
        if !lost.is_empty() {
            losses.lossy.insert(found.key, lost);
        }
    }
    Ok(losses)
}

fn disowned(noted: &Deviations, found: &Found) -> BTreeMap<FilePath, Ownership> {
    let paths: BTreeSet<&FilePath> = noted.keys().chain(found.now.keys()).collect();
    let wanted = |path: &FilePath| match (noted.get(path), found.now.get(path)) {
        (was, now) if was == now => None,
        (Some(Deviation::Content), _) | (_, Some(Deviation::Content)) => None,
        (Some(Deviation::Ownership(was)), _) => Some(*was),
        (None, _) => found.shipped.get(path).copied(),
    };
    paths.into_iter().filter_map(|path| Some((path.clone(), wanted(path)?))).collect()
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
    Packages { packages, known, shipments }: Packages<'_>,
    keys: &BTreeSet<PackageKey>,
) -> Result<BTreeMap<String, Found>> {
    let debs = device.vault.list()?;
    let diversions = diversions::now()?;
    let kept = |key| {
        let record = packages.get(key).filter(|record| record.is_installed())?;
        Some((key, record, vault::exact(&debs, key, &record.version, known, &device.native)?))
    };
    let kept: Vec<_> = keys.iter().filter_map(kept).collect();
    shipments.look_into(device, kept.iter().map(|(_, _, deb)| *deb))?;
    let shipped = kept.iter().map(|(_, _, deb)| shipments.of(device, deb)).collect::<Result<Vec<_>>>()?;
    let held: Vec<_> = kept.into_iter().zip(shipped).collect();
    let found = parallel::map(&held, |((key, record, _), shipped)| {
        let place = |path: &FilePath| place(path, key, record, &diversions);
        let (now, shipped) = deb::deviations(shipped, &place)?;
        Ok((format!("{key}={}", record.version), Found { key: (*key).clone(), now, shipped }))
    });
    found.into_iter().collect()
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

fn noted(device: &Device) -> Result<Noted> {
    Ok(durable::read_json_if_sound(&note_file(device))?.unwrap_or_default())
}

fn note_file(device: &Device) -> PathBuf {
    device.paths.state().join("deviations.json")
}

/// Gives files the mode and owner that they shall have.
///
/// # Errors
/// When the disk refuses it.
pub fn own(disowned: &BTreeMap<FilePath, Ownership>) -> Result<()> {
    disowned.iter().try_for_each(|(path, ownership)| files::own(path, *ownership))
}
