//! Vault before touch: the .deb of everything that will be replaced or removed, before anything is.

use super::{Run, debs};
use crate::apt::dpkg::DpkgName;
use crate::apt::{self, deb, query};
use crate::device::Device;
use crate::durable;
use crate::fault::{Doing, Outcome};
use crate::journal::Work;
use framboise_core::cause::Cause;
use framboise_core::debian::{PackageKey, Version};
use framboise_core::event::EventKind;
use framboise_core::text::FilePath;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

impl Run<'_> {
    /// Gets what the way back needs, from the vault, apt's cache, the archive, and at last from the installed files.
    pub(super) fn vault(&mut self) -> Outcome<()> {
        let lock = self.lock()?;
        let standing = debs::standing(&query::packages(&self.device.native)?, &lock);
        let left = self.keep(&standing)?;
        if left.is_empty() || self.accepts_no_way_back() {
            return Ok(());
        }
        let packages = left.iter().map(|(key, version)| format!("{key} {version}")).collect();
        Err(Cause::NoWayBack { packages }.into())
    }

    /// Keeps these installed versions; the ones that could not be kept exactly.
    pub(super) fn keep(&self, standing: &[(PackageKey, Version)]) -> Outcome<Vec<(PackageKey, Version)>> {
        let device = self.device;
        let mut left = self.not_vaulted(standing)?;
        left.retain(|(key, version)| {
            !debs::cached(key, version).is_some_and(|file| {
                is_installed_one(device, (key, version), &file) && device.vault.take(&file, None, false).is_ok()
            })
        });
        self.keep_from_archive(&mut left)?;
        if !self.accepts_no_way_back() {
            return Ok(left);
        }
        // Rebuilt .debs are taken only where a person has accepted that the way back is not exact.
        let packages = query::packages(&device.native)?;
        let mut lost = Vec::new();
        for (key, version) in left {
            let Some(record) = packages.get(&key) else { continue };
            let name = DpkgName::new(&key, record);
            if let Err(failure) = rebuild(device, &name, (&key, &version), &self.journal.part("rebuilt")) {
                self.log.tell(EventKind::Line { text: format!("No way back for {key}: {failure}") });
                lost.push((key, version));
            }
        }
        Ok(lost)
    }

    fn not_vaulted(&self, standing: &[(PackageKey, Version)]) -> Outcome<Vec<(PackageKey, Version)>> {
        let vaulted = self.device.vault.list()?;
        let mut left = Vec::new();
        for (key, version) in standing {
            if self.device.vault.find_sound(&vaulted, key, version, &self.device.native).is_none() {
                left.push((key.clone(), version.clone()));
            }
        }
        Ok(left)
    }

    fn keep_from_archive(&self, left: &mut Vec<(PackageKey, Version)>) -> Outcome<()> {
        if left.is_empty() {
            return Ok(());
        }
        let known = apt::known(left.iter().map(|(key, _)| key))?;
        let there = apt::versions_in_archives(&known, &self.device.native);
        let wanted: Vec<(PackageKey, Version)> = left.iter().filter(|pair| there.contains(pair)).cloned().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let directory = self.journal.part("way-back");
        let lock = self.wait_for_apt()?;
        self.log.tell(EventKind::Line { text: format!("Fetching the way back of {} packages", wanted.len()) });
        if let Err(failure) = apt::fetch(&lock, &wanted, 0, &directory, &mut |_| {}) {
            // There is one source more for who has accepted it.
            return if self.accepts_no_way_back() { Ok(()) } else { Err(failure) };
        }
        let fetched = take_all(self.device, &directory, &BTreeMap::new())?;
        left.retain(|pair| !fetched.contains(pair));
        Ok(())
    }

    pub(super) fn accepts_no_way_back(&self) -> bool {
        match &self.journal.ticket.work {
            Work::Order { order, .. } => order.accept_no_way_back,
            Work::SeedUpdate { .. } | Work::SeedRollback { .. } => false,
        }
    }
}

/// Takes every .deb of a directory into the vault, each held against the digest that is expected for its package.
///
/// # Errors
/// [`Cause::HashMismatch`]; or when one cannot be read or kept.
pub fn take_all(
    device: &Device,
    directory: &Path,
    expected: &BTreeMap<(PackageKey, Version), framboise_core::digest::Digest>,
) -> Outcome<Vec<(PackageKey, Version)>> {
    let mut taken = Vec::new();
    for entry in fs::read_dir(directory).at("list", directory)? {
        let file = entry.at("list", directory)?.path();
        if file.extension().is_none_or(|extension| extension != "deb") {
            continue;
        }
        let fields = deb::parse_control(&deb::control(&file)?);
        let fields = fields.ok_or_else(|| {
            crate::fault::fault(format!("read {}", file.display()), "its control file breaks Debian's grammar")
        })?;
        let pair = (PackageKey::new(fields.name, &fields.architecture, &device.native), fields.version);
        device.vault.take(&file, expected.get(&pair).copied(), false)?;
        taken.push(pair);
    }
    fs::remove_dir_all(directory).at("remove", directory)?;
    Ok(taken)
}

/// Whether a cached .deb is the one that is installed: no index vouches for it any more, but every file it ships stands as
/// it ships it. (Its own list of sums could say anything, and many packages have none.)
fn is_installed_one(device: &Device, (key, version): (&PackageKey, &Version), file: &Path) -> bool {
    let fields = deb::control(file).ok().and_then(|control| deb::parse_control(&control));
    let is_named = fields.is_some_and(|fields| {
        fields.version == *version && PackageKey::new(fields.name, &fields.architecture, &device.native) == *key
    });
    let place = |path: &FilePath| (!path.as_str().starts_with("/etc/")).then(|| path.clone());
    // A script may have given a file another mode; its content says where it came from.
    let is_whole = |deviations: BTreeMap<FilePath, deb::Deviation>| {
        !deviations.values().any(|found| *found == deb::Deviation::Content)
    };
    is_named && deb::deviations(file, &place).is_ok_and(|(deviations, _)| is_whole(deviations))
}

/// Rebuilds a .deb from the installed files. It is marked, for it is not the real one.
fn rebuild(device: &Device, name: &DpkgName, (key, version): (&PackageKey, &Version), directory: &Path) -> Outcome<()> {
    // Alone in its directory, or it could be taken for another.
    drop(fs::remove_dir_all(directory));
    durable::make_directory(directory, 0o755)?;
    let words = apt::repack(name, directory)?;
    let mut built = fs::read_dir(directory).at("list", directory)?.filter_map(Result::ok).map(|entry| entry.path());
    let built = built.find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let built = built.ok_or_else(|| crate::fault::fault(format!("rebuild {key}"), words))?;
    let taken = device.vault.take(&built, None, true)?;
    if taken.key(&device.native) == *key && taken.control_fields.version == *version {
        return Ok(());
    }
    device.vault.remove(taken.sha256)?;
    Err(crate::fault::fault(format!("rebuild {key}"), "dpkg-repack made another package"))
}
