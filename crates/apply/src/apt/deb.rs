//! What a .deb says and holds (deb(5)), by dpkg-deb.

use super::stanza::field;
use crate::fault::{Doing, Result, fault};
use crate::place::Ownership;
use framboise_core::debian::{Architecture, PackageName, Version};
use framboise_core::digest::Digest;
use framboise_core::text::FilePath;
use serde::{Deserialize, Serialize};
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

/// Every path that a .deb ships, absolute.
pub type Shipment = BTreeMap<FilePath, Shipped>;

/// What stands at a path that a .deb ships.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shipped {
    /// A file of this content, mode and owner.
    File { sha256: Digest, ownership: Ownership },
    /// A link to this target.
    Link(FilePath),
    /// A directory, or something rarer: only its presence counts.
    Other,
}

/// How a shipped path does not stand as it was shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deviation {
    /// It is gone, or of another content.
    Content,
    /// Its content stands, its mode or owner is another one.
    Ownership(Ownership),
}

/// The control stanza of a .deb, as it stands in it. (`dpkg-deb --field` tells the same, and takes four processes to do so.)
///
/// # Errors
/// When the file is no .deb, or its control file is not just one stanza (deb822(5)): what follows a blank line would be
/// another package in an index that is made of it.
pub fn control(path: &Path) -> Result<String> {
    let no_deb = || fault(format!("read {}", path.display()), "it is no .deb");
    let text = through_tar(path, "--ctrl-tarfile", control_file).map_err(|_| no_deb())?.ok_or_else(no_deb)?;
    let text = text.trim_end();
    let is_one = !text.is_empty() && text.lines().all(|line| !line.trim().is_empty());
    if is_one { Ok(format!("{text}\n")) } else { Err(no_deb()) }
}

/// The control file in a control archive.
fn control_file(output: &mut dyn Read) -> io::Result<Option<String>> {
    for entry in tar::Archive::new(output).entries()? {
        let mut entry = entry?;
        if absolute(&entry.path_bytes()).as_str() == "/control" && entry.header().entry_type().is_file() {
            let mut text = Vec::new();
            entry.read_to_end(&mut text)?;
            return Ok(Some(String::from_utf8_lossy(&text).into_owned()));
        }
    }
    Ok(None)
}

/// The fields of a control stanza that matter here; none when one is missing or breaks Debian's grammar.
pub fn parse_control(control: &str) -> Option<Control> {
    let field = |name| field(control, name);
    Some(Control {
        name: field("Package")?.parse().ok()?,
        architecture: field("Architecture")?.parse().ok()?,
        version: field("Version")?.parse().ok()?,
    })
}

/// What a .deb ships.
///
/// # Errors
/// When the .deb cannot be read.
pub fn shipment(path: &Path) -> Result<Shipment> {
    through_tar(path, "--fsys-tarfile", read_tar)
}

/// The files of a .deb's control archive by name, with the digest of each.
///
/// # Errors
/// When the .deb cannot be read.
pub fn control_members(path: &Path) -> Result<BTreeMap<String, Digest>> {
    let members = through_tar(path, "--ctrl-tarfile", read_tar)?.into_iter().filter_map(|(path, what)| match what {
        Shipped::File { sha256, .. } => Some((path.as_str().trim_start_matches('/').to_owned(), sha256)),
        Shipped::Link(_) | Shipped::Other => None,
    });
    Ok(members.collect())
}

/// What `read` makes of one of the two archives in a .deb.
fn through_tar<T>(path: &Path, which: &str, read: impl FnOnce(&mut dyn Read) -> io::Result<T>) -> Result<T> {
    let doing = format!("read {}", path.display());
    let mut child = Command::new("dpkg-deb")
        .arg(which)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .doing(doing.clone())?;
    let mut output = child.stdout.take().ok_or_else(|| fault(doing.clone(), "no output"))?;
    let found = read(&mut output);
    // To its end, or dpkg-deb would fail for want of a reader.
    let ended = io::copy(&mut output, &mut io::sink());
    let status = child.wait().doing(doing.clone())?;
    let found = found.and_then(|found| ended.map(|_| found)).doing(doing.clone())?;
    if status.success() { Ok(found) } else { Err(fault(doing, "dpkg-deb failed")) }
}

fn read_tar(output: &mut dyn Read) -> io::Result<Shipment> {
    let mut shipped = BTreeMap::new();
    for entry in tar::Archive::new(output).entries()? {
        let mut entry = entry?;
        let path = absolute(&entry.path_bytes());
        let kind = entry.header().entry_type();
        let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned);
        let what = match target {
            Some(target) if kind.is_symlink() => Shipped::Link(FilePath::from_bytes(&target)),
            // A hard link has the content of an entry before it.
            Some(target) if kind.is_hard_link() => shipped.get(&absolute(&target)).cloned().unwrap_or(Shipped::Other),
            _ if kind.is_file() => {
                let ownership = ownership(entry.header())?;
                Shipped::File { sha256: digest(&mut entry)?, ownership }
            }
            _ => Shipped::Other,
        };
        shipped.insert(path, what);
    }
    Ok(shipped)
}

/// By number, as dpkg falls back to: packages ship files of users and groups that Debian numbers for all (policy 9.2).
fn ownership(header: &tar::Header) -> io::Result<Ownership> {
    let number = |number: u64| u32::try_from(number).map_err(io::Error::other);
    Ok(Ownership { mode: header.mode()? & 0o7777, uid: number(header.uid()?)?, gid: number(header.gid()?)? })
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

/// The shipped paths that do not stand on the device as they were shipped. `place` says where a path really is
/// (diversions move it); none for what is not to be judged. With them, the mode and owner that each file was shipped with.
///
/// # Errors
/// When a file of the device cannot be read.
pub fn deviations(
    shipped: &Shipment,
    place: &dyn Fn(&FilePath) -> Option<FilePath>,
) -> Result<(BTreeMap<FilePath, Deviation>, BTreeMap<FilePath, Ownership>)> {
    let (mut deviations, mut ownerships) = (BTreeMap::new(), BTreeMap::new());
    for (shipped, what) in shipped {
        let Some(place) = place(shipped) else { continue };
        if let Some(deviation) = deviation(&place, what).at("read", &crate::files::place(&place))? {
            deviations.insert(place.clone(), deviation);
        }
        if let Shipped::File { ownership, .. } = what {
            ownerships.insert(place, *ownership);
        }
    }
    Ok((deviations, ownerships))
}

/// Whether this stands at a path, content, mode and owner.
///
/// # Errors
/// When it cannot be read.
pub fn stands(path: &FilePath, what: &Shipped) -> io::Result<bool> {
    deviation(path, what).map(|deviation| deviation.is_none())
}

fn deviation(path: &FilePath, what: &Shipped) -> io::Result<Option<Deviation>> {
    match deviation_read(path, what) {
        // To unpack the package again is what mends it.
        Err(error) if crate::files::is_bad_block(&error) => Ok(Some(Deviation::Content)),
        read => read,
    }
}

fn deviation_read(path: &FilePath, what: &Shipped) -> io::Result<Option<Deviation>> {
    let place = crate::files::place(path);
    let metadata = match std::fs::symlink_metadata(&place) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Some(Deviation::Content));
        }
        Err(error) => return Err(error),
    };
    let is_content = match what {
        Shipped::File { sha256, .. } => metadata.is_file() && digest(&mut std::fs::File::open(&place)?)? == *sha256,
        Shipped::Link(target) => {
            metadata.is_symlink() && std::fs::read_link(&place)?.as_os_str().as_bytes() == target.to_bytes()
        }
        Shipped::Other => true,
    };
    let stands = Ownership::of(&metadata);
    Ok(match what {
        _ if !is_content => Some(Deviation::Content),
        Shipped::File { ownership, .. } if *ownership != stands => Some(Deviation::Ownership(stands)),
        Shipped::File { .. } | Shipped::Link(_) | Shipped::Other => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kernel refuses to read the first page of a process's memory with EIO, as it does a bad block of a card.
    #[test]
    fn a_file_that_cannot_be_read_is_lost() {
        let what = Shipped::File { sha256: Digest::of(b""), ownership: Ownership { mode: 0o600, uid: 0, gid: 0 } };
        let found = deviation(&FilePath::from("/proc/self/mem"), &what).unwrap();
        assert_eq!(found, Some(Deviation::Content));
    }
}
