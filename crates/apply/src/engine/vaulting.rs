//! Vault before touch: the .deb of everything that will be replaced or removed, before anything is.

use super::installed::{handed_over, is_installed_one};
use super::{Run, debs};
use crate::apt::dpkg::DpkgName;
use crate::apt::{self, query};
use crate::device::Device;
use crate::durable;
use crate::fault::{Doing, Result};
use crate::journal::Work;
use crate::vault::Came;
use framboise_core::cause::Cause;
use framboise_core::debian::{PackageKey, Version};
use framboise_core::digest::Digest;
use framboise_core::event::EventKind;
use framboise_core::state::PackageRecord;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A package and its version.
pub type Pair = (PackageKey, Version);

type Packages = BTreeMap<PackageKey, PackageRecord>;

impl Run<'_> {
    /// Gets what the way back needs, from the vault, apt's cache, the archive, and at last from the installed files.
    pub(super) fn vault(&mut self) -> Result<()> {
        let (lock, packages) = (self.lock()?, query::packages(&self.device.native)?);
        self.known = self.device.points.debs_of(&packages)?;
        let left = self.keep(&debs::standing(&packages, &lock), &packages)?;
        if left.is_empty() || self.accepts_no_way_back() {
            return Ok(());
        }
        let packages = left.iter().map(|(key, version)| format!("{key} {version}")).collect();
        Err(Cause::NoWayBack { packages }.into())
    }

    /// Keeps these installed versions, and notes which .deb each was installed from; the ones that could not be kept
    /// exactly.
    pub(super) fn keep(&mut self, standing: &[Pair], packages: &Packages) -> Result<Vec<Pair>> {
        let device = self.device;
        let mut left = self.not_vaulted(standing, packages)?;
        left.retain(|(key, version)| {
            let cached = debs::cached(key, version).zip(packages.get(key));
            let cached = cached.filter(|(file, record)| is_installed_one(device, key, record, file));
            let expected = self.known.get(key).copied();
            let taken = cached.and_then(|(file, _)| device.vault.take(&file, expected, Came::Vouched).ok());
            let is_taken = taken.is_some();
            self.known.extend(taken.map(|deb| (key.clone(), deb.sha256)));
            !is_taken
        });
        self.keep_from_archive(&mut left)?;
        if !self.accepts_no_way_back() {
            return Ok(left);
        }
        // Rebuilt .debs are taken only where a person has accepted that the way back is not exact.
        let mut lost = Vec::new();
        for (key, version) in left {
            let Some(record) = packages.get(&key) else { continue };
            let name = DpkgName::new(&key, record);
            match rebuild(device, &name, (&key, &version), &self.journal.part("rebuilt")) {
                Ok(rebuilt) => drop(self.known.insert(key, rebuilt)),
                Err(failure) => {
                    self.log.tell(EventKind::Line { text: format!("No way back for {key}: {failure}") });
                    lost.push((key, version));
                }
            }
        }
        Ok(lost)
    }

    fn not_vaulted(&mut self, standing: &[Pair], packages: &Packages) -> Result<Vec<Pair>> {
        let (device, vaulted) = (self.device, self.device.vault.list()?);
        let mut left = Vec::new();
        for (key, version) in standing {
            let exact = device.vault.exact_sound(&vaulted, key, version, &self.known, &device.native);
            let found = exact.or_else(|| handed_over(device, &vaulted, (key, version), packages.get(key)?));
            match found {
                Some(deb) => drop(self.known.insert(key.clone(), deb.sha256)),
                None => left.push((key.clone(), version.clone())),
            }
        }
        Ok(left)
    }

    fn keep_from_archive(&mut self, left: &mut Vec<Pair>) -> Result<()> {
        if left.is_empty() {
            return Ok(());
        }
        let digests = self.digests_of(left)?;
        let wanted: Vec<Pair> = left.iter().filter(|pair| digests.contains_key(pair)).cloned().collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let directory = self.journal.part("way-back");
        let apt_idle = self.wait_for_apt()?;
        self.log.tell(EventKind::Line { text: format!("Fetching the way back of {} packages", wanted.len()) });
        if let Err(failure) = apt::fetch(&apt_idle, &wanted, 0, &directory, &mut |_| {}) {
            // There is one source more for who has accepted it.
            return if self.accepts_no_way_back() { Ok(()) } else { Err(failure) };
        }
        take_all(self.device, &directory, &digests)?;
        left.retain(|pair| !digests.contains_key(pair));
        self.known.extend(digests.into_iter().map(|((key, _), sha256)| (key, sha256)));
        Ok(())
    }

    /// The .deb of each that an archive has: the one that was installed where that is known, else the one that the archive's
    /// signed index names.
    fn digests_of(&self, wanted: &[Pair]) -> Result<BTreeMap<Pair, Digest>> {
        let offers = apt::offers_there(wanted, &self.device.native)?;
        let offered = offers.into_iter().filter_map(|offer| Some(((offer.key, offer.version), offer.sha256?)));
        let known = |(key, _): &Pair| self.known.get(key).copied();
        Ok(offered.map(|(pair, sha256)| (pair.clone(), known(&pair).unwrap_or(sha256))).collect())
    }

    pub(super) fn accepts_no_way_back(&self) -> bool {
        match &self.journal.ticket.work {
            Work::Order { order, .. } => order.accept_no_way_back,
            Work::SeedUpdate { .. } | Work::SeedRollback { .. } => false,
        }
    }
}

/// Takes the .debs that were fetched into a directory into the vault: all of the expected digests, and no other is read.
///
/// # Errors
/// [`Cause::HashMismatch`], [`Cause::DebMissing`]; or when one cannot be read or kept.
pub fn take_all(device: &Device, directory: &Path, expected: &BTreeMap<Pair, Digest>) -> Result<()> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).at("list", directory)? {
        let entry = entry.at("list", directory)?;
        let (file, kind) = (entry.path(), entry.file_type().at("read", directory)?);
        if kind.is_file() && file.extension().is_some_and(|extension| extension == "deb") {
            files.push(file);
        }
    }
    let is_expected = |found| expected.values().any(|digest| *digest == found);
    device.vault.take_all(&files, &is_expected, Came::Vouched)?;
    fs::remove_dir_all(directory).at("remove", directory)?;
    let mut packages = Vec::new();
    for ((key, _), digest) in expected {
        if device.vault.get(*digest)?.is_none() {
            packages.push(key.clone());
        }
    }
    if packages.is_empty() { Ok(()) } else { Err(Cause::DebMissing { packages }.into()) }
}

/// Rebuilds a .deb from the installed files. It is marked, for it is not the real one.
fn rebuild(
    device: &Device,
    name: &DpkgName,
    (key, version): (&PackageKey, &Version),
    directory: &Path,
) -> Result<Digest> {
    // Alone in its directory, or it could be taken for another.
    drop(fs::remove_dir_all(directory));
    durable::make_directory(directory, 0o755)?;
    let words = apt::repack(name, directory)?;
    let mut built = fs::read_dir(directory).at("list", directory)?.filter_map(Result::ok).map(|entry| entry.path());
    let built = built.find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    let built = built.ok_or_else(|| crate::fault::fault(format!("rebuild {key}"), words))?;
    let taken = device.vault.take(&built, None, Came::Rebuilt)?;
    if taken.key(&device.native) == *key && taken.control_fields.version == *version {
        return Ok(taken.sha256);
    }
    device.vault.remove(taken.sha256)?;
    Err(crate::fault::fault(format!("rebuild {key}"), "dpkg-repack made another package"))
}
