//! The files of a package state: reading their records, keeping their contents, putting them back.

use crate::durable;
use crate::fault::{Doing, Result, fault};
use crate::place::{Ownership, Place, make_way};
use crate::vault::{digest_of, digest_of_open};
use framboise_core::cause::Failure;
use framboise_core::digest::Digest;
use framboise_core::etc::is_volatile;
use framboise_core::state::{FileRecord, PackageState};
use framboise_core::text::FilePath;
use md5::{Digest as _, Md5};
use rustix::fs::{FileType, Mode, OFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Trees recorded whole: settings, and what Debian's own tools note of them for the next update: ucf(1) holds the hash of
/// what it last installed, deb-systemd-helper(1p) which units it enabled, for users too.
const TREES: [&str; 7] = [
    "/etc",
    "/var/lib/dpkg/alternatives",
    "/var/lib/systemd/deb-systemd-helper-enabled",
    "/var/lib/systemd/deb-systemd-helper-masked",
    "/var/lib/systemd/deb-systemd-user-helper-enabled",
    "/var/lib/systemd/deb-systemd-user-helper-masked",
    "/var/lib/ucf",
];

/// Single files recorded besides the conffiles.
const SINGLE: [&str; 2] = ["/var/lib/dpkg/diversions", "/var/lib/dpkg/statoverride"];

/// The records of everything recorded: `/etc`, these conffiles, dpkg's alternatives, diversions and statoverrides.
///
/// # Errors
/// When a file cannot be read.
pub fn record(conffiles: &BTreeSet<FilePath>) -> Result<BTreeMap<FilePath, FileRecord>> {
    let mut records = BTreeMap::new();
    for tree in TREES {
        walk(Path::new(tree), &is_left_out, &mut records)?;
    }
    let single = SINGLE.iter().map(|path| FilePath::from(*path));
    for path in single.chain(conffiles.iter().cloned()) {
        if !records.contains_key(&path)
            && !is_volatile(path.as_str())
            && let Some(found) = read(&place(&path))?
        {
            records.insert(path, found);
        }
    }
    Ok(records)
}

/// The records of everything below a directory, whatever it is.
///
/// # Errors
/// When a file cannot be read.
pub fn tree(directory: &Path) -> Result<BTreeMap<FilePath, FileRecord>> {
    let mut records = BTreeMap::new();
    walk(directory, &|_| false, &mut records)?;
    Ok(records)
}

/// Bytes of all files below a directory, as far as it can be read.
pub fn sizes(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => sizes(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

fn is_left_out(path: &Path) -> bool {
    is_volatile(FilePath::from_bytes(path.as_os_str().as_bytes()).as_str()) || is_data(path)
}

fn walk(
    directory: &Path,
    is_left_out: &dyn Fn(&Path) -> bool,
    records: &mut BTreeMap<FilePath, FileRecord>,
) -> Result<()> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).at("list", directory),
    };
    for entry in entries {
        let path = entry.at("list", directory)?.path();
        let name = FilePath::from_bytes(path.as_os_str().as_bytes());
        if is_left_out(&path) {
            continue;
        }
        let Some(found) = read(&path)? else { continue };
        let is_directory = matches!(found, FileRecord::Directory { .. });
        records.insert(name, found);
        if is_directory {
            walk(&path, is_left_out, records)?;
        }
    }
    Ok(())
}

/// Larger than any setting: a program's data, which a rollback would overwrite with an old copy. A package's conffile of
/// that size is recorded all the same.
fn is_data(path: &Path) -> bool {
    const SETTINGS_BYTES_MAX: u64 = 4 << 20;
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() > SETTINGS_BYTES_MAX)
}

fn read(path: &Path) -> Result<Option<FileRecord>> {
    match look(path) {
        // Gone; or behind a link that somebody else may turn: nothing that root should look at.
        Err(error) if is_absence(&error) || error.kind() == io::ErrorKind::PermissionDenied => Ok(None),
        // A bad block: one file that is lost must not keep all others from being put back.
        Err(error) if is_bad_block(&error) => {
            eprintln!("<4>framboise-apply: {} cannot be read: {error}", path.display());
            Ok(Some(FileRecord::Special))
        }
        found => found.at("read", path),
    }
}

fn look(path: &Path) -> io::Result<Option<FileRecord>> {
    let place = Place::of(path)?;
    let Some(stat) = place.stat()? else { return Ok(None) };
    let (mode, uid, gid) = (stat.st_mode & 0o7777, stat.st_uid, stat.st_gid);
    let kind = FileType::from_raw_mode(stat.st_mode);
    Ok(Some(if kind.is_symlink() {
        FileRecord::Link { target: FilePath::from_bytes(place.target()?.as_bytes()) }
    } else if kind.is_dir() {
        FileRecord::Directory { mode, uid, gid }
    } else if kind.is_file() {
        let file = place.open()?;
        let Ownership { mode, uid, gid } = Ownership::of(&file.metadata()?);
        FileRecord::File { sha256: digest_of_open(file)?, mode, uid, gid }
    } else {
        FileRecord::Special
    }))
}

/// Whether the disk has lost what should be read (EIO).
pub fn is_bad_block(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error())
}

/// The content of a file, and whose it is; none when there is no file, or none any more.
fn content_of(path: &Path) -> Result<Option<(Vec<u8>, Ownership)>> {
    let read = || {
        let place = Place::of(path)?;
        let is_file = place.stat()?.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode).is_file());
        if !is_file {
            return Ok(None);
        }
        let (mut file, mut content) = (place.open()?, Vec::new());
        file.read_to_end(&mut content)?;
        Ok(Some((content, Ownership::of(&file.metadata()?))))
    };
    match read() {
        Err(error) if is_absence(&error) => Ok(None),
        read => read.at("read", path),
    }
}

/// How a file is recorded that stood like this when it was to be kept.
fn correction(path: &FilePath, stands: Option<&(Vec<u8>, Ownership)>) -> Result<Option<FileRecord>> {
    let Some((content, Ownership { mode, uid, gid })) = stands else {
        return Ok(read(&place(path))?.map(|record| match record {
            // There again, and not kept; or a directory, and what is in it not read: never put and never taken away.
            FileRecord::File { .. } | FileRecord::Directory { .. } => FileRecord::Special,
            record @ (FileRecord::Link { .. } | FileRecord::Special) => record,
        }));
    };
    Ok(Some(FileRecord::File { sha256: Digest::of(content), mode: *mode, uid: *uid, gid: *gid }))
}

/// Nothing there; editors and daemons replace files while they are read, too.
fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Files, by path.
type Files = BTreeMap<FilePath, FileRecord>;

/// What stands otherwise than it was recorded; none where nothing stands.
type Corrections = BTreeMap<FilePath, Option<FileRecord>>;

/// What becomes of a file that changes between its reading and its keeping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restless {
    /// Nothing is kept: whoever changes it may be in the middle of more.
    Refused,
    /// It is recorded as it was when it was kept.
    AsKept,
}

/// Why a state could not be kept.
#[derive(Debug)]
pub enum Missed {
    /// A file changed between its reading and its keeping.
    Changed(Failure),
    /// It may go the next time: somebody else was in the middle of something.
    Meanwhile(Failure),
    /// The disk refused it, and tells so only once (syncfs(2)).
    Refused(Failure),
}

impl From<Failure> for Missed {
    fn from(failure: Failure) -> Self {
        Missed::Meanwhile(failure)
    }
}

impl From<Missed> for Failure {
    fn from(missed: Missed) -> Self {
        match missed {
            Missed::Changed(failure) | Missed::Meanwhile(failure) | Missed::Refused(failure) => failure,
        }
    }
}

/// A state, the contents of whose files are kept.
#[derive(Debug, Clone)]
pub struct KeptState(PackageState);

impl KeptState {
    /// The state.
    pub fn state(&self) -> &PackageState {
        &self.0
    }

    /// The state.
    pub fn into_state(self) -> PackageState {
        self.0
    }
}

/// The contents of recorded files, by digest, each once.
#[derive(Debug, Clone)]
pub struct Contents {
    directory: PathBuf,
}

impl Contents {
    /// Those kept in `directory`, which only root may read: `/etc` has secrets.
    pub fn new(directory: PathBuf) -> Self {
        Contents { directory }
    }

    /// Keeps the contents of a state's files.
    ///
    /// # Errors
    /// As [`Contents::keep`].
    pub fn keep_state(&self, mut state: PackageState, restless: Restless) -> Result<KeptState, Missed> {
        for (path, record) in self.write(&state.files, restless)? {
            match record {
                Some(record) => state.files.insert(path, record),
                None => state.files.remove(&path),
            };
        }
        Ok(KeptState(state))
    }

    /// Keeps the content of every file among these records that is not kept already.
    ///
    /// # Errors
    /// When a file cannot be read, or has changed since it was recorded.
    pub fn keep(&self, records: &Files) -> Result<()> {
        Ok(self.write(records, Restless::Refused).map(drop)?)
    }

    /// Writes what is not kept already. Tells what was found to be other than recorded.
    fn write(&self, records: &Files, restless: Restless) -> Result<Corrections, Missed> {
        durable::make_directory(&self.directory, 0o700)?;
        let file_system = durable::FileSystem::of(&self.directory)?;
        let mut fresh = BTreeMap::new();
        let written = self.write_beside(records, restless, &mut fresh);
        let settle = || {
            file_system.sync()?;
            fresh.iter().try_for_each(|(place, beside)| fs::rename(beside, place).at("write", place))?;
            durable::sync_parent(&self.directory.join("any"))
        };
        let kept = written.and_then(|corrections| {
            if fresh.is_empty() { Ok(corrections) } else { settle().map_err(Missed::Refused).map(|()| corrections) }
        });
        if kept.is_err() {
            // A full disk needs the room.
            fresh.values().for_each(|beside| drop(fs::remove_file(beside)));
        }
        kept
    }

    /// Writes what is not kept already beside its place; both, by the place.
    fn write_beside(
        &self,
        records: &Files,
        restless: Restless,
        fresh: &mut BTreeMap<PathBuf, PathBuf>,
    ) -> Result<Corrections, Missed> {
        let mut corrections = Corrections::new();
        for (path, record) in records {
            let FileRecord::File { sha256, .. } = *record else { continue };
            if self.is_kept(sha256, fresh) {
                continue;
            }
            let stands = content_of(&place(path))?;
            if stands.as_ref().map(|(content, _)| Digest::of(content)) != Some(sha256) {
                if restless == Restless::Refused {
                    return Err(Missed::Changed(fault(format!("keep {path}"), "it changed while it was read")));
                }
                corrections.insert(path.clone(), correction(path, stands.as_ref())?);
            }
            let Some((content, _)) = stands else { continue };
            let found = Digest::of(&content);
            if !self.is_kept(found, fresh) {
                let kept = self.place(found);
                let beside = kept.with_added_extension("new");
                fresh.insert(kept, beside.clone());
                fs::write(&beside, &content).at("write", &beside).map_err(Missed::Refused)?;
            }
        }
        Ok(corrections)
    }

    /// A card forgets: what is kept is held against its digest while there is the file to keep it from again.
    fn is_kept(&self, sha256: Digest, fresh: &BTreeMap<PathBuf, PathBuf>) -> bool {
        let kept = self.place(sha256);
        fresh.contains_key(&kept) || kept.exists() && digest_of(&kept).is_ok_and(|found| found == sha256)
    }

    /// Puts what stands at these paths as recorded; where nothing is recorded, nothing will stand.
    ///
    /// # Errors
    /// When a path cannot be written, or a content is not kept.
    pub fn put(&self, wanted: &BTreeMap<FilePath, Option<FileRecord>>) -> Result<()> {
        let mut result = Ok(());
        // What shall go goes first, deepest first; then directories come before what is in them. One that cannot be
        // written keeps no other from its place.
        for (path, _) in wanted.iter().rev().filter(|(_, record)| record.is_none()) {
            result = result.and(remove(&place(path)));
        }
        for (path, record) in wanted {
            if let Some(record) = record {
                result = result.and(self.put_one(&place(path), record));
            }
        }
        result
    }

    fn put_one(&self, path: &Path, record: &FileRecord) -> Result<()> {
        if read(path)?.as_ref() == Some(record) {
            return Ok(());
        }
        let content = match record {
            FileRecord::File { sha256, .. } => self.read(*sha256)?,
            FileRecord::Link { .. } | FileRecord::Directory { .. } | FileRecord::Special => Vec::new(),
        };
        make_way(path).and_then(|()| put_at(&Place::of(path)?, record, &content)).at("write", path)
    }

    /// A kept content.
    ///
    /// # Errors
    /// When it is not kept, or damaged.
    pub fn read(&self, sha256: Digest) -> Result<Vec<u8>> {
        let place = self.place(sha256);
        let content = fs::read(&place).at("read", &place)?;
        if Digest::of(&content) == sha256 {
            return Ok(content);
        }
        Err(fault(format!("read {}", place.display()), "the kept content of a file is damaged"))
    }

    fn place(&self, sha256: Digest) -> PathBuf {
        self.directory.join(sha256.to_string())
    }
}

/// The path on this device.
pub fn place(path: &FilePath) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(&path.to_bytes()))
}

/// Whether a conffile stands just as its package ships it: nobody wrote in it. `shipped` is dpkg's record of it, which begins
/// with its MD5 (deb-conffiles(5)): that tells edits, it guards nothing. What cannot be read is not known to stand so.
pub fn is_as_shipped(path: &FilePath, shipped: &str) -> bool {
    let sum = || {
        // Through a link, as dpkg looks at a conffile. A pipe would keep root waiting.
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut file = fs::File::from(rustix::fs::open(place(path), flags, Mode::empty())?);
        let mut hasher = Md5::new();
        if file.metadata()?.is_file() {
            io::copy(&mut file, &mut hasher)?;
        }
        Ok::<_, io::Error>(format!("{:x}", hasher.finalize()))
    };
    sum().is_ok_and(|sum| shipped.split_whitespace().next() == Some(&sum))
}

/// Gives a file this mode and owner.
///
/// # Errors
/// When the disk refuses it.
pub fn own(path: &FilePath, ownership: Ownership) -> Result<()> {
    let path = place(path);
    Place::of(&path).and_then(|place| place.own(ownership)).at("write", &path)
}

fn put_at(place: &Place, record: &FileRecord, content: &[u8]) -> io::Result<()> {
    let is_directory = place.stat()?.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir());
    match record {
        FileRecord::Special => Ok(()),
        FileRecord::Directory { mode, uid, gid } => {
            if !is_directory {
                place.remove()?;
            }
            place.put_directory(Ownership { mode: *mode, uid: *uid, gid: *gid })
        }
        // A file or a link takes a file's or a link's place at once; a directory has to go first.
        FileRecord::File { .. } | FileRecord::Link { .. } if is_directory => {
            place.remove()?;
            put_at(place, record, content)
        }
        FileRecord::File { mode, uid, gid, .. } => {
            place.put_file(content, Ownership { mode: *mode, uid: *uid, gid: *gid })
        }
        FileRecord::Link { target } => place.put_link(OsStr::from_bytes(&target.to_bytes())),
    }
}

/// Removes what stands there; a directory only when it is empty, for what a person put in it is not ours.
///
/// # Errors
/// When the disk refuses it.
pub fn remove(path: &Path) -> Result<()> {
    match Place::of(path).and_then(|place| place.remove()) {
        Err(error) if is_absence(&error) || error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(()),
        removed => removed.at("remove", path),
    }
}
