//! Whether a .deb is the one that a package was installed from: its name and its version can be anybody's.

use crate::apt::deb;
use crate::apt::dpkg::DpkgName;
use crate::apt::query::INFO;
use crate::device::Device;
use crate::fault::Result;
use crate::files;
use crate::vault::{self, VaultedDeb};
use framboise_core::debian::{PackageKey, Version};
use framboise_core::digest::Digest;
use framboise_core::state::PackageRecord;
use framboise_core::text::FilePath;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What dpkg keeps of a control archive just as it came. (Sums are left out: many packages have none, and who fakes the
/// files fakes them.)
const KEPT_MEMBERS: [&str; 8] =
    ["preinst", "postinst", "prerm", "postrm", "config", "templates", "conffiles", "triggers"];

/// Whether this .deb is the one that the package was installed from: no index vouches for it any more, but every file that
/// it ships stands as it ships it, and dpkg has its scripts. What a person may have edited since counts for nothing.
pub fn is_installed_one(device: &Device, key: &PackageKey, record: &PackageRecord, file: &Path) -> bool {
    let fields = deb::control(file).ok().and_then(|control| deb::parse_control(&control));
    let is_named = fields.is_some_and(|fields| {
        fields.version == record.version
            && fields.architecture == record.architecture
            && PackageKey::new(fields.name, &fields.architecture, &device.native) == *key
    });
    is_named && has_its_scripts(key, record, file).unwrap_or(false) && stands_whole(record, file).unwrap_or(false)
}

/// The .deb in the vault that a desk handed over and that turns out to be the installed one.
pub fn handed_over<'d>(
    device: &Device,
    debs: &'d [VaultedDeb],
    (key, version): (&PackageKey, &Version),
    record: &PackageRecord,
) -> Option<&'d VaultedDeb> {
    let mut handed = vault::of_version(debs, key, version, &device.native).filter(|deb| deb.staged);
    handed
        .find(|deb| device.vault.sound(deb, &device.native).is_ok() && is_installed_one(device, key, record, &deb.path))
}

fn stands_whole(record: &PackageRecord, file: &Path) -> Result<bool> {
    let place = |path: &FilePath| {
        // A conffile that nobody wrote in stands as it was shipped; an edited one says nothing.
        let is_told = match record.conffiles.get(path) {
            Some(shipped) => files::is_as_shipped(path, shipped),
            None => !path.as_str().starts_with("/etc/"),
        };
        is_told.then(|| path.clone())
    };
    // A script may have given a file another mode; its content says where it came from.
    let (deviations, _) = deb::deviations(&deb::shipment(file)?, &place)?;
    Ok(!deviations.values().any(|found| *found == deb::Deviation::Content))
}

fn has_its_scripts(key: &PackageKey, record: &PackageRecord, file: &Path) -> Result<bool> {
    if !record.is_installed() {
        // Of a package of which only conffiles are left dpkg keeps too little to tell.
        return Ok(false);
    }
    let shipped: BTreeMap<String, Digest> = deb::control_members(file)?;
    let name = DpkgName::new(key, record);
    Ok(KEPT_MEMBERS.iter().all(|member| {
        let kept = places(key, &name, member).into_iter().find(|path| path.exists());
        let kept = kept.and_then(|path| vault::digest_of(&path).ok());
        kept == shipped.get(*member).copied()
    }))
}

/// dpkg names them with the architecture where several of one package can stand side by side.
fn places(key: &PackageKey, name: &DpkgName, member: &str) -> [PathBuf; 2] {
    [format!("{INFO}/{}.{member}", name.as_str()).into(), format!("{INFO}/{}.{member}", key.name).into()]
}
