//! Files that a package ships and that do not stand as shipped.
//!
//! dpkg's own `--verify` cannot see them: a file that moved to another package and back is in no list any more. So each
//! touched package is held against its .deb. What did not stand before the transaction (excluded by dpkg's settings,
//! diverted, changed by hand) is noted then, and no loss.

use crate::apt::deb;
use crate::device::Device;
use crate::durable;
use crate::fault::Outcome;
use crate::journal::Journal;
use crate::vault;
use framboise_core::debian::PackageKey;
use framboise_core::etc::is_volatile;
use framboise_core::state::PackageRecord;
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};

type Packages = BTreeMap<PackageKey, PackageRecord>;

/// By `name:architecture=version`: the shipped paths that did not stand while that version was installed.
type Noted = BTreeMap<String, BTreeSet<FilePath>>;

/// Notes, before anything is touched, which packages will be, and what of theirs does not stand already.
///
/// # Errors
/// When a .deb cannot be read, or the note not be written.
pub fn note(device: &Device, journal: &Journal, packages: &Packages, touched: &BTreeSet<PackageKey>) -> Outcome<()> {
    let mut noted: Noted =
        durable::read_json_if_sound(&device.paths.state().join("not-standing.json"))?.unwrap_or_default();
    let debs = device.vault.list()?;
    for key in touched {
        let Some(record) = packages.get(key).filter(|record| record.is_installed()) else { continue };
        if let Some(deb) = vault::find(&debs, key, &record.version, &device.native) {
            let missing = not_standing(record, &deb.path)?;
            noted.insert(format!("{key}={}", record.version), missing);
        }
    }
    durable::replace_json(&device.paths.state().join("not-standing.json"), &noted)?;
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
    goal: &Packages,
    touched: &BTreeSet<PackageKey>,
) -> Outcome<BTreeMap<PackageKey, Vec<FilePath>>> {
    let noted: Noted =
        durable::read_json_if_sound(&device.paths.state().join("not-standing.json"))?.unwrap_or_default();
    let debs = device.vault.list()?;
    let mut lossy = BTreeMap::new();
    for key in touched {
        let Some(record) = goal.get(key).filter(|record| record.is_installed()) else { continue };
        let Some(deb) = vault::find(&debs, key, &record.version, &device.native) else { continue };
        let known = noted.get(&format!("{key}={}", record.version));
        let missing = not_standing(record, &deb.path)?;
        let lost: Vec<FilePath> =
            missing.into_iter().filter(|path| known.is_none_or(|known| !known.contains(path))).collect();
        if !lost.is_empty() {
            lossy.insert(key.clone(), lost);
        }
    }
    Ok(lossy)
}

fn not_standing(record: &PackageRecord, deb: &std::path::Path) -> Outcome<BTreeSet<FilePath>> {
    let is_state = |path: &FilePath| {
        path.as_str().starts_with("/etc/") || is_volatile(path.as_str()) || record.conffiles.contains_key(path)
    };
    Ok(deb::lost(deb, &is_state)?.into_iter().collect())
}
