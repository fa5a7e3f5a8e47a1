//! Files that survive a pulled plug: written whole beside their place, synced, renamed, and the directory synced.

use crate::fault::{Doing, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Replaces a file atomically (rename(2)); after it returns, the new content survives a power cut.
///
/// # Errors
/// When the file or its directory cannot be written; the old content is then still there.
pub fn replace(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let fresh = path.with_added_extension("new");
    write_synced(&fresh, content, mode).at("write", path)?;
    fs::rename(&fresh, path).at("write", path)?;
    sync_parent(path)
}

/// [`replace`] with a value's JSON.
///
/// # Errors
/// As [`replace`].
pub fn replace_json(path: &Path, value: &impl Serialize) -> Result<()> {
    let content = serde_json::to_vec(value).at("write", path)?;
    replace(path, &content, 0o600)
}

/// Reads a value back; none when the file is absent.
///
/// # Errors
/// When the file is there and cannot be read or understood.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(content) => serde_json::from_slice(&content).at("understand", path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("read", path),
    }
}

/// Reads a value that can be done without; a spoilt file counts as absent, and is said.
///
/// # Errors
/// When the file is there and cannot be read at all.
pub fn read_json_if_sound<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let content = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.at("read", path)?,
    };
    let read = serde_json::from_slice(&content);
    if let Err(error) = &read {
        eprintln!("<4>framboise-apply: {} is spoilt: {error}", path.display());
    }
    Ok(read.ok())
}

/// Appends a line, on disk when it returns.
///
/// # Errors
/// When the file cannot be written.
pub fn append_synced(path: &Path, line: &str) -> Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).mode(0o600).open(path).at("write", path)?;
    let length = file.metadata().at("write", path)?.len();
    if let Err(error) = file.write_all(line.as_bytes()).and_then(|()| file.sync_all()) {
        // Half a line would spoil the next one.
        drop(file.set_len(length));
        return Err(error).at("write", path);
    }
    if is_new { sync_parent(path) } else { Ok(()) }
}

/// Makes a directory and its parents, on disk when it returns.
///
/// # Errors
/// When it cannot be made.
pub fn make_directory(path: &Path, mode: u32) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        make_directory(parent, 0o755)?;
    }
    match rustix::fs::mkdir(path, rustix::fs::Mode::from_raw_mode(mode)) {
        Ok(()) | Err(rustix::io::Errno::EXIST) => sync_parent(path),
        Err(error) => Err(error).at("make", path),
    }
}

/// Syncs the directory that holds `path`, so that its names survive a power cut.
///
/// # Errors
/// When the directory cannot be synced.
pub fn sync_parent(path: &Path) -> Result<()> {
    let Some(parent) = path.parent() else { return Ok(()) };
    File::open(parent).and_then(|directory| directory.sync_all()).at("sync", parent)
}

/// The file system of a directory, to put much on disk at once: a card takes as long for one file as for a hundred.
pub struct FileSystem<'a> {
    directory: &'a Path,
    open: File,
}

impl<'a> FileSystem<'a> {
    /// Opened before anything is written: what the disk refuses from then on is told at [`FileSystem::sync`] (syncfs(2)).
    ///
    /// # Errors
    /// When the directory cannot be opened.
    pub fn of(directory: &'a Path) -> Result<Self> {
        File::open(directory).map(|open| FileSystem { directory, open }).at("open", directory)
    }

    /// Puts all that was written on disk.
    ///
    /// # Errors
    /// When the disk refuses it, or refused any of it since this was opened.
    pub fn sync(&self) -> Result<()> {
        rustix::fs::syncfs(&self.open).map_err(io::Error::from).at("sync", self.directory)
    }
}

fn write_synced(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    // A leftover of a power cut may have another mode: begin anew.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
