//! What a .deb says and holds (deb(5)), by dpkg-deb.

use crate::command::Program;
use crate::fault::{Doing, Outcome, fault};
use framboise_core::debian::{Architecture, PackageName, Version};
use framboise_core::digest::Digest;
use framboise_core::text::FilePath;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The control fields that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// The package.
    pub name: PackageName,
    /// Its architecture, `all` included.
    pub architecture: Architecture,
    /// Its version.
    pub version: Version,
}

/// What stands at a path that a .deb ships.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shipped {
    /// A file of this content.
    File(Digest),
    /// A link to this target.
    Link(Vec<u8>),
    /// A directory, or something rarer: only its presence counts.
    Other,
}

/// The control stanza of a .deb, as it stands in it.
///
/// # Errors
/// When the file is no .deb.
pub fn control(path: &Path) -> Outcome<String> {
    let ended = Program::new("dpkg-deb").arg("-f").arg(path).run()?;
    let readable = ended.is_success() && !ended.output.trim().is_empty();
    readable.then_some(ended.output).ok_or_else(|| fault(format!("read {}", path.display()), "it is no .deb"))
}

/// The fields of a control stanza that matter here; none when one is missing or breaks Debian's grammar.
pub fn parse_control(control: &str) -> Option<Control> {
    let field = |name: &str| control.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim);
    Some(Control {
        name: field("Package")?.parse().ok()?,
        architecture: field("Architecture")?.parse().ok()?,
        version: field("Version")?.parse().ok()?,
    })
}

/// Every path that a .deb ships, absolute, with its content.
///
/// # Errors
/// When the .deb cannot be read.
pub fn contents(path: &Path) -> Outcome<BTreeMap<FilePath, Shipped>> {
    let doing = format!("read {}", path.display());
    let mut child = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .doing(doing.clone())?;
    let output = child.stdout.take().ok_or_else(|| fault(doing.clone(), "no output"))?;
    let shipped = read_tar(output);
    let status = child.wait().doing(doing.clone())?;
    let shipped = shipped.doing(doing.clone())?;
    if status.success() { Ok(shipped) } else { Err(fault(doing, "dpkg-deb failed")) }
}

fn read_tar(mut output: impl Read) -> io::Result<BTreeMap<FilePath, Shipped>> {
    let mut shipped = BTreeMap::new();
    let mut archive = tar::Archive::new(&mut output);
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = absolute(&entry.path_bytes());
        let kind = entry.header().entry_type();
        let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
        let what = match target {
            Some(target) if kind.is_symlink() => Shipped::Link(target),
            // A hard link has the content of an entry before it.
            Some(target) if kind.is_hard_link() => shipped.get(&absolute(&target)).cloned().unwrap_or(Shipped::Other),
            _ if kind.is_file() => Shipped::File(digest(&mut entry)?),
            _ => Shipped::Other,
        };
        shipped.insert(path, what);
    }
    io::copy(&mut output, &mut io::sink())?;
    Ok(shipped)
}

fn absolute(path: &[u8]) -> FilePath {
    let path = path.strip_prefix(b".").unwrap_or(path);
    let path = path.strip_suffix(b"/").unwrap_or(path);
    let path = if path.starts_with(b"/") { path.to_vec() } else { [b"/", path].concat() };
    FilePath::from_bytes(&path)
}

fn digest(reader: &mut impl Read) -> io::Result<Digest> {
    let mut hasher = Sha256::new();
    io::copy(reader, &mut hasher)?;
    Ok(Digest::from_hasher(hasher))
}

/// The shipped paths that are not on the device as they were shipped: lost, or of another content. Conffiles and what a
/// statoverride, diversion or alternative replaced by a link are not judged.
///
/// # Errors
/// When the .deb, or a file of the device, cannot be read.
pub fn lost(path: &Path, is_exempt: &dyn Fn(&FilePath) -> bool) -> Outcome<Vec<FilePath>> {
    let mut lost = Vec::new();
    for (shipped, what) in contents(path)? {
        if !is_exempt(&shipped) && !stands(&shipped, &what).doing(format!("read {shipped}"))? {
            lost.push(shipped);
        }
    }
    Ok(lost)
}

fn stands(path: &FilePath, what: &Shipped) -> io::Result<bool> {
    let bytes = path.to_bytes();
    let place = Path::new(std::ffi::OsStr::from_bytes(&bytes));
    let metadata = match std::fs::symlink_metadata(place) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(error) => return Err(error),
    };
    match what {
        Shipped::File(sha256) if metadata.is_file() => Ok(digest(&mut std::fs::File::open(place)?)? == *sha256),
        Shipped::File(_) => Ok(false),
        Shipped::Link(target) => {
            Ok(metadata.is_symlink() && std::fs::read_link(place)?.as_os_str().as_bytes() == target)
        }
        Shipped::Other => Ok(true),
    }
}
