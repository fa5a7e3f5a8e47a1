//! Small file operations whose errors name the path.

use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

pub(crate) fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(Error::io("create", path))
}

pub(crate) fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

pub(crate) fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::io("read", path))
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    if let Some(parent) = path.parent() {
        create_dir(parent)?;
    }
    fs::write(path, content).map_err(Error::io("write", path))
}

pub(crate) fn write_with_mode(path: &Path, content: impl AsRef<[u8]>, mode: u32) -> Result<()> {
    write(path, content)?;
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(Error::io("chmod", path))
}

/// Replaces a file whole: a reader sees the old or the new content, never a part.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> Result<()> {
    let fresh = path.with_extension("new");
    write(&fresh, content)?;
    rename(&fresh, path)
}

pub(crate) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(Error::io("rename to", to))
}

/// The names in a folder, sorted; none when it does not exist.
pub(crate) fn names(path: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(Error::io("list", path)(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(Error::io("list", path))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read(path)?).map_err(|source| Error::Record { path: path.to_path_buf(), source })
}

pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let text =
        serde_json::to_string_pretty(value).map_err(|source| Error::Record { path: path.to_path_buf(), source })?;
    replace(path, text)
}

/// How long ago a file or folder was last written to.
pub(crate) fn age(path: &Path) -> Option<Duration> {
    path.metadata().ok()?.modified().ok()?.elapsed().ok()
}

/// SHA-256 of a text, in hexadecimal.
pub(crate) fn sha256(content: impl AsRef<[u8]>) -> String {
    hex(&Sha256::digest(content))
}

/// Size and SHA-256 of a file.
pub(crate) fn sha256_of_file(path: &Path) -> Result<(u64, String)> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    let mut hash = Sha256::new();
    let mut size = 0;
    let mut chunk = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut chunk).map_err(Error::io("read", path))?;
        if count == 0 {
            return Ok((size, hex(&hash.finalize())));
        }
        hash.update(&chunk[..count]);
        size += count as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
