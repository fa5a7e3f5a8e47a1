//! The plan for an update file: apt decides, in simulation; this writes down what it decided.

use super::{boot_partition, debs};
use crate::apt::{self, Offer, Simulated, SimulatedPackage, locks::AptIdle, query};
use crate::device::Device;
use crate::fault::{Result, fault};
use crate::vault::VaultedDeb;
use framboise_core::cause::Cause;
use framboise_core::debian::{Architecture, PackageKey, PackageName, Version};
use framboise_core::plan::{Action, Lock, LockEntry, LockedDeb, Plan, Reason};
use framboise_core::state::{Mark, PackageState};
use framboise_core::update_file::{PackageSpec, UpdateFile};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The plan for an update file.
///
/// # Errors
/// The cause, when apt finds no way to it, or the device cannot learn what there is.
pub fn plan(device: &Device, file: &UpdateFile, apt_idle: &AptIdle) -> Result<Plan> {
    if file.specs().any(|spec| !matches!(spec, PackageSpec::Staged { .. } | PackageSpec::Remove { .. })) {
        apt::refresh(apt_idle)?;
    }
    let packages = query::packages(&device.native)?;
    let now = PackageState { packages, files: BTreeMap::new() };
    refuse_unfinished(&now)?;
    let asked = Asked::of(device, file, &now)?;
    let simulated = apt::simulate_install(&asked.arguments, &device.native)?;
    asked.check(&simulated, &now, &device.native)?;
    let lock = lock_of(device, &asked, &simulated, &now)?;
    refuse_own_removal(&lock)?;
    let known = super::planning::known(&lock)?;
    let download_bytes = debs::missing_bytes(device, &lock)?;
    debs::check_room(device, &now.packages, &lock, &known)?;
    let (way_back, remarks) = debs::way_back(device, &now.packages, &lock, &known, apt_idle)?;
    Ok(Plan {
        device: device.id.clone(),
        made: Timestamp::now(),
        action: Action::Update,
        base: now.base(),
        download_bytes,
        disk_bytes: debs::disk_bytes(&lock, &known, &device.native),
        unfinished: false,
        kept_back: asked.kept_back,
        reboot_for: debs::reboot_for(&lock),
        way_back,
        remarks: remarks.into_iter().chain(boot_partition::remarks(&lock)).collect(),
        lock: lock.into(),
    })
}

/// Nothing is built on what dpkg left unfinished: the state before could not be returned to.
pub(super) fn refuse_unfinished(now: &PackageState) -> Result<()> {
    let packages: Vec<String> = now.broken().iter().map(ToString::to_string).collect();
    if packages.is_empty() { Ok(()) } else { Err(Cause::DpkgUnfinished { packages }.into()) }
}

/// Without Framboise nothing would bring the device back.
fn refuse_own_removal(lock: &Lock) -> Result<()> {
    let goes = |(key, entry): (&PackageKey, &LockEntry)| key.name.as_str() == OWN_PACKAGE && entry.after.is_none();
    if lock.entries.iter().any(goes) {
        return Err(Cause::EssentialRemoval { packages: vec![OWN_PACKAGE.into()] }.into());
    }
    Ok(())
}

/// What packaging/debian calls it.
const OWN_PACKAGE: &str = "framboise";

/// What an update file comes to on this device.
struct Asked {
    /// For apt-get, in simulation.
    arguments: Vec<String>,
    /// The names the file gives.
    names: BTreeSet<PackageName>,
    /// The names whose mark becomes manual.
    wanted: BTreeSet<PackageName>,
    /// .debs that the desk has handed over.
    staged: Vec<VaultedDeb>,
    kept_back: Vec<String>,
}

impl Asked {
    fn of(device: &Device, file: &UpdateFile, now: &PackageState) -> Result<Asked> {
        let mut asked = Asked {
            arguments: Vec::new(),
            names: BTreeSet::new(),
            wanted: BTreeSet::new(),
            staged: Vec::new(),
            kept_back: Vec::new(),
        };
        for spec in file.specs() {
            asked.add(device, spec, now)?;
        }
        Ok(asked)
    }

    fn add(&mut self, device: &Device, spec: &PackageSpec, now: &PackageState) -> Result<()> {
        match spec {
            PackageSpec::Install { name, .. } | PackageSpec::InstallFrom { name, .. } => {
                self.names.insert(name.clone());
                self.wanted.insert(name.clone());
                self.arguments.push(spec.to_string());
            }
            PackageSpec::Remove { name, architecture } => {
                self.names.insert(name.clone());
                let here = |key: &&PackageKey| {
                    key.name == *name && architecture.as_ref().is_none_or(|named| *named == key.architecture)
                };
                let installed = now.packages.keys().filter(here).filter(|key| now.installed_version(key).is_some());
                self.arguments.extend(installed.map(|key| format!("{key}-")));
            }
            PackageSpec::Staged { sha256 } => {
                let deb = device.vault.get(*sha256)?.ok_or_else(|| Cause::NotStaged { sha256: sha256.to_string() })?;
                device.vault.sound(&deb, &device.native)?;
                self.names.insert(deb.control_fields.name.clone());
                self.wanted.insert(deb.control_fields.name.clone());
                // A path, but the vault's own, and in simulation only.
                self.arguments.push(deb.path.display().to_string());
                self.staged.push(deb);
            }
            PackageSpec::Upgrade => self.upgrade(device, |_| true)?,
            PackageSpec::Security => {
                self.upgrade(device, |package| package.origin.to_lowercase().contains("security"))?
            }
            PackageSpec::Deb(_) => {
                let problems = format!("{spec}: a .deb must be handed over by the desk (framboise update)");
                return Err(Cause::BadList { problems }.into());
            }
        }
        Ok(())
    }

    fn upgrade(&mut self, device: &Device, is_meant: impl Fn(&SimulatedPackage) -> bool) -> Result<()> {
        let simulated = apt::simulate_upgrade(&device.native)?;
        self.kept_back = simulated.kept_back;
        let meant = simulated.packages.into_iter().filter(|(_, package)| package.before.is_some() && is_meant(package));
        for (key, package) in meant {
            if let Some(version) = package.after {
                self.arguments.push(format!("{key}={version}"));
                self.names.insert(key.name);
            }
        }
        Ok(())
    }

    /// A name that apt took for a pattern or a virtual package shows in nothing that apt would do.
    fn check(&self, simulated: &Simulated, now: &PackageState, native: &Architecture) -> Result<()> {
        for name in &self.names {
            let is_changed = simulated.packages.keys().any(|key| key.name == *name);
            let is_there = now.packages.keys().any(|key| key.name == *name);
            if !is_changed && !is_there && self.wanted.contains(name) {
                let package = name.to_string();
                let is_heard_of = apt::is_heard_of(name)?;
                return Err(if is_heard_of {
                    Cause::NotInstallable { package }
                } else {
                    Cause::UnknownPackage { package }
                }
                .into());
            }
        }
        for deb in &self.staged {
            let architecture = &deb.control_fields.architecture;
            let is_foreign = !architecture.is_all() && architecture != native;
            if is_foreign && !simulated.packages.contains_key(&deb.key(native)) {
                return Err(Cause::ForeignDeb { package: deb.control_fields.name.to_string() }.into());
            }
        }
        Ok(())
    }
}

fn lock_of(device: &Device, asked: &Asked, simulated: &Simulated, now: &PackageState) -> Result<Lock> {
    let is_staged = |key: &PackageKey, version: &Version| {
        asked.staged.iter().any(|deb| deb.key(&device.native) == *key && deb.control_fields.version == *version)
    };
    let offered: Vec<(PackageKey, Version)> = simulated
        .packages
        .iter()
        .filter_map(|(key, package)| Some((key.clone(), package.after.clone()?)))
        .filter(|(key, version)| !is_staged(key, version))
        .collect();
    let offers = apt::offers(&offered, &device.native)?;
    let mut lock = Lock::default();
    for (key, package) in &simulated.packages {
        let after = deb_for(key, package, asked, &offers, &device.native)?;
        let is_named = asked.names.contains(&key.name);
        let mark = after.as_ref().map(|_| match now.packages.get(key) {
            _ if asked.wanted.contains(&key.name) => Mark::Manual,
            Some(record) if record.is_installed() => record.mark,
            _ => Mark::Auto,
        });
        let reason = if is_named { Reason::Requested } else { Reason::Dependency };
        let before = now.installed_version(key).cloned();
        lock.entries.insert(key.clone(), LockEntry { before, after, mark, reason });
    }
    Ok(lock)
}

fn deb_for(
    key: &PackageKey,
    package: &SimulatedPackage,
    asked: &Asked,
    offers: &[Offer],
    native: &Architecture,
) -> Result<Option<LockedDeb>> {
    let Some(version) = &package.after else { return Ok(None) };
    let staged = asked.staged.iter().find(|deb| deb.key(native) == *key && deb.control_fields.version == *version);
    if let Some(deb) = staged {
        return Ok(Some(LockedDeb { version: version.clone(), bytes: deb.bytes, sha256: deb.sha256 }));
    }
    let offer = offers.iter().find(|offer| offer.key == *key && offer.version == *version);
    let offer = offer.ok_or_else(|| fault(format!("find {key} {version}"), "apt names no file for it"))?;
    let sha256 = offer.sha256.ok_or_else(|| Cause::UntrustedArchive { uri: Some(offer.uri.clone()) })?;
    Ok(Some(LockedDeb { version: version.clone(), bytes: offer.bytes, sha256 }))
}
