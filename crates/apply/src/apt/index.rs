//! The archives' index: fetching it, and what it knows of packages.

use super::failure_of;
use super::locks::AptIdle;
use super::options::{apt_cache, apt_get, options};
use super::stanza::field;
use crate::fault::Result;
use framboise_core::debian::{Architecture, PackageKey, PackageName, Version};
use framboise_core::digest::Digest;

/// Fetches the index of every source the device has.
///
/// # Errors
/// The cause when any index could not be had: an old one would plan the wrong thing.
pub fn refresh(_apt_idle: &AptIdle) -> Result<()> {
    let ended = apt_get().args(options(&["APT::Update::Error-Mode=any"])).arg("update").run()?;
    if ended.is_success() { Ok(()) } else { Err(failure_of(&ended)) }
}

/// One version of a package as the archives or dpkg know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The package.
    pub name: PackageName,
    /// Its control file's architecture.
    pub architecture: Architecture,
    /// The version.
    pub version: Version,
    /// What it takes on the disk, in bytes (Debian policy 5.6.20 gives KiB).
    pub installed_bytes: u64,
    /// The .deb's size in bytes; 0 when no archive lists this version.
    pub bytes: u64,
    /// The whole stanza.
    pub stanza: String,
    /// The .deb's digest; none when no archive lists this version.
    pub sha256: Option<Digest>,
}

/// Everything known of these packages, all versions.
///
/// # Errors
/// When apt-cache cannot be run.
pub fn known<'a>(packages: impl IntoIterator<Item = &'a PackageKey>) -> Result<Vec<Known>> {
    let names: Vec<String> = packages.into_iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let ended = apt_cache().arg("show").arg("--").args(names).run()?;
    Ok(ended.output.split("\n\n").filter_map(stanza).collect())
}

/// Whether apt has heard of the name at all: as a package, or as what others provide or depend on.
///
/// # Errors
/// When apt-cache cannot be run.
pub fn is_heard_of(name: &PackageName) -> Result<bool> {
    let ended = apt_cache().args(["pkgnames", "--"]).arg(name.as_str()).run()?;
    Ok(ended.output.lines().any(|line| line == name.as_str()))
}

fn stanza(text: &str) -> Option<Known> {
    let field = |name| field(text, name);
    Some(Known {
        name: field("Package")?.parse().ok()?,
        architecture: field("Architecture")?.parse().ok()?,
        version: field("Version")?.parse().ok()?,
        installed_bytes: field("Installed-Size").and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024,
        bytes: field("Size").and_then(|bytes| bytes.parse().ok()).unwrap_or(0),
        stanza: text.trim_end().to_owned(),
        sha256: field("Filename").and(field("SHA256")).and_then(|digest| digest.parse().ok()),
    })
}
