//! One entry of an update file: apt's own forms, narrowed to what names a package exactly.

use super::hint;
use crate::debian::{Architecture, PackageName, Suite, Version};
use crate::digest::Digest;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What one entry asks for. Its text form is what people write; printing it and reading that back gives the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PackageSpec {
    /// `name`, `name:arch`, `name=version`: this package, the newest or just this version.
    Install {
        /// Which package.
        name: PackageName,
        /// The device's own when there is none.
        architecture: Option<Architecture>,
        /// The one that apt prefers when there is none.
        version: Option<Version>,
    },
    /// `name/suite`: this package as this suite has it.
    InstallFrom {
        /// Which package.
        name: PackageName,
        /// The device's own when there is none.
        architecture: Option<Architecture>,
        /// Where it comes from.
        suite: Suite,
    },
    /// `name-`: this package is to be gone.
    Remove {
        /// Which package.
        name: PackageName,
        /// The device's own when there is none.
        architecture: Option<Architecture>,
    },
    /// `@security`: whatever has a security update.
    Security,
    /// `@upgrade`: whatever has a newer version.
    Upgrade,
    /// A .deb file that the desk has or can fetch.
    Deb(DebSource),
    /// `sha256:…`: a .deb file whose bytes were handed to the device.
    Staged {
        /// Of the whole file.
        sha256: Digest,
    },
}

/// Where the desk finds a .deb file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DebSource {
    /// Holds a slash, so that it is no package's name: `./x.deb`.
    Path(String),
    /// http or https.
    Url(String),
}

/// A text that is no entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct SpecError {
    /// What was there.
    pub found: String,
    /// What it is not, and what to do about it.
    pub expected: String,
}

/// Digests are longer than any architecture, so `sha256:armhf` stays a package's name.
const ARCHITECTURE_CHARS_MAX: usize = 32;

/// What Debian bookworm and trixie both mark as essential. Whoever writes `dpkg-` has not finished a word, or does not know
/// what a `-` at the end does: apt's own answer, dependencies that cannot be met, explains neither.
const NEEDED_EVERYWHERE: [&str; 22] = [
    "base-files",
    "base-passwd",
    "bash",
    "bsdutils",
    "coreutils",
    "dash",
    "debianutils",
    "diffutils",
    "dpkg",
    "findutils",
    "grep",
    "gzip",
    "hostname",
    "init-system-helpers",
    "libc-bin",
    "ncurses-base",
    "ncurses-bin",
    "perl-base",
    "sed",
    "sysvinit-utils",
    "tar",
    "util-linux",
];

impl std::str::FromStr for PackageSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        read(text).map_err(|expected| SpecError { found: text.to_owned(), expected })
    }
}

fn read(text: &str) -> Result<PackageSpec, String> {
    if text.starts_with('@') {
        return group(text);
    }
    if hint::is_url(text) {
        return url(text);
    }
    if let Some((package, suite)) = text.split_once('/') {
        return if text.ends_with(".deb") { path(text) } else { from_suite(text, package, suite) };
    }
    if let Some(digits) = text.strip_prefix("sha256:").filter(|digits| digits.len() > ARCHITECTURE_CHARS_MAX) {
        let sha256 = digits.parse().map_err(|_| "sha256: and 64 hexadecimal digits".to_owned())?;
        return Ok(PackageSpec::Staged { sha256 });
    }
    if let Some((package, version)) = text.split_once('=') {
        return with_version(text, package, version);
    }
    if let Some(package) = text.strip_suffix('-').filter(|package| !package.is_empty()) {
        let (name, architecture) = name_and_architecture(text, package)?;
        // That of another architecture may go.
        if architecture.is_none() && NEEDED_EVERYWHERE.contains(&name.as_str()) {
            return Err(hint::for_needed(&name));
        }
        return Ok(PackageSpec::Remove { name, architecture });
    }
    let (name, architecture) = name_and_architecture(text, text)?;
    Ok(PackageSpec::Install { name, architecture, version: None })
}

fn group(text: &str) -> Result<PackageSpec, String> {
    match text {
        "@security" => Ok(PackageSpec::Security),
        "@upgrade" => Ok(PackageSpec::Upgrade),
        _ => Err("known: after @ only @security and @upgrade are".to_owned()),
    }
}

fn url(text: &str) -> Result<PackageSpec, String> {
    if hint::is_deb_url(text) {
        Ok(PackageSpec::Deb(DebSource::Url(text.to_owned())))
    } else {
        Err("the address of a package file (http:// or https://, its path ending in .deb)".to_owned())
    }
}

fn path(text: &str) -> Result<PackageSpec, String> {
    if hint::is_deb_path(text) {
        Ok(PackageSpec::Deb(DebSource::Path(text.to_owned())))
    } else {
        Err("the path of one package file; write it in full, without blanks or * ? [ (such as ./x.deb)".to_owned())
    }
}

fn from_suite(text: &str, package: &str, suite: &str) -> Result<PackageSpec, String> {
    let is_path = package.is_empty() || package.starts_with('.') || suite.contains('/') || suite.is_empty();
    if is_path {
        return Err(hint::for_package(text));
    }
    let (name, architecture) = name_and_architecture(text, package)?;
    let suite = suite.parse().map_err(|_| "name/suite: a suite is a word such as bookworm-backports".to_owned())?;
    Ok(PackageSpec::InstallFrom { name, architecture, suite })
}

fn with_version(text: &str, package: &str, version: &str) -> Result<PackageSpec, String> {
    let (name, architecture) = name_and_architecture(text, package)?;
    let version = version.parse().map_err(|_| hint::for_version(version))?;
    Ok(PackageSpec::Install { name, architecture, version: Some(version) })
}

fn name_and_architecture(text: &str, package: &str) -> Result<(PackageName, Option<Architecture>), String> {
    let (name, architecture) = match package.split_once(':') {
        Some((name, architecture)) => (name, Some(architecture)),
        None => (package, None),
    };
    let parsed: PackageName = name.parse().map_err(|_| hint::for_package(text))?;
    if name.ends_with(".deb") {
        return Err(hint::for_package(text));
    }
    Ok((parsed, architecture.map(one_architecture).transpose()?))
}

fn one_architecture(text: &str) -> Result<Architecture, String> {
    text.parse()
        .map_err(|_| "name:architecture, such as libc6:arm64; for the device's own write the name alone".to_owned())
}

impl fmt::Display for PackageSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PackageSpec::Install { name, architecture, version } => {
                write_name(f, name, architecture.as_ref())?;
                version.as_ref().map_or(Ok(()), |version| write!(f, "={version}"))
            }
            PackageSpec::InstallFrom { name, architecture, suite } => {
                write_name(f, name, architecture.as_ref())?;
                write!(f, "/{suite}")
            }
            PackageSpec::Remove { name, architecture } => {
                write_name(f, name, architecture.as_ref())?;
                f.write_str("-")
            }
            PackageSpec::Security => f.write_str("@security"),
            PackageSpec::Upgrade => f.write_str("@upgrade"),
            PackageSpec::Deb(DebSource::Path(text) | DebSource::Url(text)) => f.write_str(text),
            PackageSpec::Staged { sha256 } => write!(f, "sha256:{sha256}"),
        }
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &PackageName, architecture: Option<&Architecture>) -> fmt::Result {
    write!(f, "{name}")?;
    architecture.map_or(Ok(()), |architecture| write!(f, ":{architecture}"))
}

impl TryFrom<String> for PackageSpec {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        text.parse()
    }
}

impl From<PackageSpec> for String {
    fn from(spec: PackageSpec) -> String {
        spec.to_string()
    }
}
