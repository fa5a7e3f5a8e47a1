//! Everything new into the vault, verified; then the state before is recorded.

use super::{Run, lost, target, vaulting};
use crate::apt::{self, deb, query};
use crate::fault::Result;
use framboise_core::cause::Cause;
use framboise_core::debian::{PackageKey, Version};
use framboise_core::digest::Digest;
use framboise_core::plan::Lock;
use framboise_core::state::PackageRecord;
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};

impl Run<'_> {
    /// Fetches what the lock names and the vault lacks; records the state before.
    pub(super) fn download(&mut self) -> Result<()> {
        let lock = self.lock()?;
        let wanted = self.missing(&lock)?;
        if !wanted.is_empty() {
            let directory = self.journal.part("download");
            let bytes = wanted.iter().map(|(_, _, bytes)| bytes).sum();
            let packages: Vec<_> = wanted.iter().map(|(pair, _, _)| pair.clone()).collect();
            let apt_idle = self.wait_for_apt()?;
            apt::fetch(&apt_idle, &packages, bytes, &directory, &mut self.teller())?;
            let expected = wanted.iter().map(|(pair, sha256, _)| (pair.clone(), *sha256)).collect();
            vaulting::take_all(self.device, &directory, &expected)?;
        }
        cut_point!("downloading, before what is lost is noted");
        let standing = query::packages(&self.device.native)?;
        let touched = self.keep_overwritten(&lock, &standing)?;
        lost::note(self.device, &self.journal, self.as_shipped(&standing), &touched)?;
        self.note_units(&touched)?;
        self.keep_boot_partition(&lock)?;
        let before = target::record_before(self.device, self.journal.ticket.id)?;
        self.device.points.note_debs(before, &self.known)?;
        cut_point!("downloading, before the state before is named");
        let mut record = self.journal.next(self.journal.state());
        record.before = Some(before);
        self.journal.append(record)
    }

    #[expect(clippy::type_complexity, reason = "a package, its version, its digest and its size, used just above")]
    fn missing(&self, lock: &Lock) -> Result<Vec<((PackageKey, Version), Digest, u64)>> {
        let mut missing = Vec::new();
        for (key, entry) in &lock.entries {
            let Some(deb) = &entry.after else { continue };
            let vaulted = self.device.vault.get(deb.sha256)?;
            let is_sound = vaulted.is_some_and(|found| self.device.vault.sound(&found, &self.device.native).is_ok());
            if !is_sound {
                missing.push(((key.clone(), deb.version.clone()), deb.sha256, deb.bytes));
            }
        }
        Ok(missing)
    }

    /// Keeps the packages whose files a new .deb takes over (Replaces, Debian policy 7.6.1): they do not change, and
    /// still lose files that only their own .deb brings back. All packages that will lose or change files.
    fn keep_overwritten(
        &mut self,
        lock: &Lock,
        packages: &BTreeMap<PackageKey, PackageRecord>,
    ) -> Result<BTreeSet<PackageKey>> {
        let owners = query::owners(&self.device.native)?;
        let mut touched: BTreeSet<PackageKey> = lock.entries.keys().cloned().collect();
        let mut vaulted = BTreeMap::new();
        for (key, entry) in &lock.entries {
            let deb = entry.after.as_ref().map(|locked| self.device.vault.get(locked.sha256)).transpose()?;
            vaulted.extend(deb.flatten().map(|deb| (key, deb)));
        }
        self.shipments.look_into(self.device, vaulted.values())?;
        for (key, deb) in &vaulted {
            let shipped = self.shipments.of(self.device, deb)?;
            let files = shipped.iter().filter(|(_, what)| **what != deb::Shipped::Other).map(|(path, _)| path);
            touched.extend(files.filter_map(|path| owner(&owners, path)).filter(|owner| owner != key).cloned());
        }
        let standing: Vec<(PackageKey, Version)> = touched
            .iter()
            .filter(|key| !lock.entries.contains_key(key))
            .filter_map(|key| Some((key.clone(), packages.get(key)?.version.clone())))
            .collect();
        let lost = self.keep(&standing, packages)?;
        if lost.is_empty() || self.accepts_no_way_back() {
            return Ok(touched);
        }
        let packages = lost.iter().map(|(key, version)| format!("{key} {version}")).collect();
        Err(Cause::NoWayBack { packages }.into())
    }
}

/// Who owns a path, also where a directory on the way to it is a link (`/lib` → `/usr/lib`).
pub(super) fn owner<'a>(owners: &'a BTreeMap<FilePath, PackageKey>, path: &FilePath) -> Option<&'a PackageKey> {
    let merged = |prefix: &str| path.as_str().strip_prefix(prefix).map(FilePath::from);
    owners
        .get(path)
        .or_else(|| merged("/usr").and_then(|bare| owners.get(&bare)))
        .or_else(|| owners.get(&FilePath::from(format!("/usr{path}").as_str())))
}
