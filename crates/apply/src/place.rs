//! A file's place, reached directory by directory from the root, so that nobody who may write on the way can lead root
//! to another file: a link is followed only where root alone could have made it.
//!
//! Below it stand the `*at` system calls (openat(2)): what was reached is what is read, written or removed, whatever
//! becomes of the path meanwhile.

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows (path_resolution(7)).
const LINKS_MAX: usize = 40;

/// What only looks at a directory entry (open(2), `O_PATH`), and never goes through a link at its end.
const LOOK: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// A name in a directory that was reached.
#[derive(Debug)]
pub struct Place {
    directory: OwnedFd,
    name: OsString,
}

/// Who a file belongs to, and what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// Permission bits, set-id and sticky bits included.
    pub mode: u32,
    /// The owner.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Ownership {
    /// That of what was looked at.
    pub fn of(metadata: &Metadata) -> Self {
        Ownership { mode: metadata.mode() & 0o7777, uid: metadata.uid(), gid: metadata.gid() }
    }
}

impl Place {
    /// The place of an absolute path; its last part need not exist, and is not followed where it is a link.
    ///
    /// # Errors
    /// `NotFound` or `NotADirectory` when the way does not lead there; `PermissionDenied` when it leads through a link
    /// in a directory that others than root may write.
    pub fn of(path: &Path) -> io::Result<Place> {
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "not an absolute path to a file");
        let (parent, name) = path.parent().zip(path.file_name()).ok_or_else(invalid)?;
        Ok(Place { directory: reach(parent)?, name: name.to_owned() })
    }

    /// What stands here, itself and not what it points to; none when nothing does.
    ///
    /// # Errors
    /// When the disk does not tell.
    pub fn stat(&self) -> io::Result<Option<Stat>> {
        match fs::statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Err(rustix::io::Errno::NOENT) => Ok(None),
            found => Ok(Some(found?)),
        }
    }

    /// Opens the regular file here for reading.
    ///
    /// # Errors
    /// When it cannot be read, or is no regular file by now.
    pub fn open(&self) -> io::Result<File> {
        // A pipe would keep root waiting.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = fs::openat(&self.directory, &self.name, flags, Mode::empty())?;
        let is_file = FileType::from_raw_mode(fs::fstat(&file)?.st_mode).is_file();
        let invalid = || io::Error::new(io::ErrorKind::InvalidInput, "not a regular file");
        is_file.then(|| file.into()).ok_or_else(invalid)
    }

    /// The target of the link here.
    ///
    /// # Errors
    /// When it is none.
    pub fn target(&self) -> io::Result<OsString> {
        let target = fs::readlinkat(&self.directory, &self.name, Vec::new())?;
        Ok(OsStr::from_bytes(target.as_bytes()).to_owned())
    }

    /// Puts a file here, whole and with its owner or not at all; it survives a power cut when this returns.
    ///
    /// # Errors
    /// When the disk refuses it; what stood here stands here still.
    pub fn put_file(&self, content: &[u8], ownership: Ownership) -> io::Result<()> {
        let fresh = self.fresh();
        self.unlink(&fresh, AtFlags::empty())?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(fs::openat(&self.directory, &fresh, flags, Mode::from_raw_mode(0o600))?);
        let written = file.write_all(content).and_then(|()| own(&file, ownership)).and_then(|()| file.sync_all());
        let put = written.and_then(|()| Ok(fs::renameat(&self.directory, &fresh, &self.directory, &self.name)?));
        if put.is_err() {
            drop(self.unlink(&fresh, AtFlags::empty()));
            return put;
        }
        self.sync()
    }

    /// Puts a link here, in place of whatever file or link there is.
    ///
    /// # Errors
    /// When the disk refuses it; what stood here stands here still.
    pub fn put_link(&self, target: &OsStr) -> io::Result<()> {
        let fresh = self.fresh();
        self.unlink(&fresh, AtFlags::empty())?;
        fs::symlinkat(target, &self.directory, &fresh)?;
        fs::renameat(&self.directory, &fresh, &self.directory, &self.name)?;
        self.sync()
    }

    /// Makes a directory here, or gives the one here this owner.
    ///
    /// # Errors
    /// When the disk refuses it, or something else stands here.
    pub fn put_directory(&self, ownership: Ownership) -> io::Result<()> {
        match fs::mkdirat(&self.directory, &self.name, Mode::from_raw_mode(0o700)) {
            Ok(()) => self.sync()?,
            Err(rustix::io::Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        own(&fs::openat(&self.directory, &self.name, flags, Mode::empty())?.into(), ownership)
    }

    /// Gives what stands here another owner and mode; a link has no mode.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub fn own(&self, ownership: Ownership) -> io::Result<()> {
        let Some(stat) = self.stat()? else { return Err(io::ErrorKind::NotFound.into()) };
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind.is_file() {
            return own(&self.open()?, ownership);
        }
        if kind.is_dir() {
            return self.put_directory(ownership);
        }
        let (uid, gid) = (Uid::from_raw(ownership.uid), Gid::from_raw(ownership.gid));
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(fs::chownat(&self.directory, &self.name, Some(uid), Some(gid), flags)?)
    }

    /// Removes what stands here, if anything does; a directory only when it is empty.
    ///
    /// # Errors
    /// `DirectoryNotEmpty`; or when the disk refuses it.
    pub fn remove(&self) -> io::Result<()> {
        let is_directory = self.stat()?.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir());
        self.unlink(&self.name, if is_directory { AtFlags::REMOVEDIR } else { AtFlags::empty() })
    }

    fn unlink(&self, name: &OsStr, flags: AtFlags) -> io::Result<()> {
        match fs::unlinkat(&self.directory, name, flags) {
            Err(rustix::io::Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }

    /// A name of our own beside it; nobody else's file is called so.
    fn fresh(&self) -> OsString {
        let mut fresh = OsString::from(".framboise-new-");
        fresh.push(&self.name);
        fresh
    }

    fn sync(&self) -> io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(fs::fsync(fs::openat(&self.directory, ".", flags, Mode::empty())?)?)
    }
}

/// Makes the directories on the way to a path that are missing, as root's.
///
/// # Errors
/// As [`Place::of`].
pub fn make_way(path: &Path) -> io::Result<()> {
    let Some(parent) = path.parent() else { return Ok(()) };
    match reach(parent) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make_way(parent)?;
            Place::of(parent)?.put_directory(Ownership { mode: 0o755, uid: 0, gid: 0 })
        }
        reached => reached.map(drop),
    }
}

/// The directory at an absolute path.
fn reach(path: &Path) -> io::Result<OwnedFd> {
    let root = || fs::open("/", LOOK | OFlags::DIRECTORY, Mode::empty());
    let mut directory = root()?;
    let mut ahead = parts(path);
    let mut links = 0;
    while let Some(part) = ahead.pop() {
        let next = fs::openat(&directory, &part, LOOK, Mode::empty())?;
        let kind = FileType::from_raw_mode(fs::fstat(&next)?.st_mode);
        if kind.is_symlink() {
            links += 1;
            if links > LINKS_MAX {
                return Err(rustix::io::Errno::LOOP.into());
            }
            let target = target_of(&next, &directory, &part)?;
            if target.is_absolute() {
                directory = root()?;
            }
            ahead.extend(parts(&target));
        } else if kind.is_dir() {
            directory = next;
        } else {
            return Err(io::ErrorKind::NotADirectory.into());
        }
    }
    Ok(directory)
}

/// Where a link leads that stands in a directory which is root's alone.
fn target_of(link: &OwnedFd, directory: &OwnedFd, name: &OsStr) -> io::Result<PathBuf> {
    if !is_roots_alone(&fs::fstat(directory)?) {
        let problem = format!("{} is a link that not only root may make", name.display());
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, problem));
    }
    let target = fs::readlinkat(link, "", Vec::new())?;
    Ok(PathBuf::from(OsStr::from_bytes(target.as_bytes())))
}

/// The parts of a path, the last first.
fn parts(path: &Path) -> Vec<OsString> {
    let part = |component: Component<'_>| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    };
    path.components().rev().filter_map(part).collect()
}

/// Whether nobody but root may put a name into this directory.
fn is_roots_alone(directory: &Stat) -> bool {
    directory.st_uid == 0 && directory.st_mode & 0o022 == 0
}

/// By the open file: its path may be another's by now.
fn own(file: &File, ownership: Ownership) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(ownership.uid), Gid::from_raw(ownership.gid));
    // chown clears set-id bits, so the mode comes after it.
    fs::fchown(file, Some(uid), Some(gid))?;
    Ok(fs::fchmod(file, Mode::from_raw_mode(ownership.mode))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// What the tests' user may give a file: root's are the only ones that can be given away.
    fn mine(mode: u32) -> Ownership {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        Ownership { mode, uid, gid }
    }

    #[test]
    fn a_file_is_put_with_its_mode_and_leaves_no_other_behind() {
        let directory = tempfile::tempdir().unwrap();
        let (path, other) = (directory.path().join("x.conf"), directory.path().join("x.conf.new"));
        std::fs::write(&other, "a person's").unwrap();
        Place::of(&path).unwrap().put_file(b"one", mine(0o640)).unwrap();
        Place::of(&path).unwrap().put_file(b"two", mine(0o4750)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o7777, 0o4750);
        assert_eq!(std::fs::read(&other).unwrap(), b"a person's");
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 2);
    }

    #[test]
    fn a_link_at_the_end_is_replaced_and_never_written_through() {
        let directory = tempfile::tempdir().unwrap();
        let (victim, path) = (directory.path().join("victim"), directory.path().join("link"));
        std::fs::write(&victim, "whole").unwrap();
        symlink(&victim, &path).unwrap();
        let place = Place::of(&path).unwrap();
        assert!(place.open().is_err(), "read through a link");
        assert_eq!(place.target().unwrap(), victim.as_os_str());
        place.put_file(b"new", mine(0o600)).unwrap();
        assert!(!path.is_symlink());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "whole");
    }

    #[test]
    fn no_link_is_followed_that_others_may_make() {
        let directory = tempfile::tempdir().unwrap();
        let (open, real) = (directory.path().join("open"), directory.path().join("real"));
        std::fs::create_dir(&open).unwrap();
        std::fs::create_dir(&real).unwrap();
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).unwrap();
        symlink(&real, open.join("way")).unwrap();
        let error = Place::of(&open.join("way/x")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("way is a link"), "{error}");
        // A link of root's is a way like any other.
        assert!(Place::of(Path::new("/proc/self/fd/0")).is_ok_and(|place| place.stat().is_ok()));
    }

    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        assert!(Place::of(&path).unwrap().open().is_err());
    }

    #[test]
    fn the_way_is_made_and_only_what_is_empty_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/c");
        assert_eq!(Place::of(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        if rustix::process::geteuid().is_root() {
            make_way(&path).unwrap();
            Place::of(&path).unwrap().put_file(b"", mine(0o600)).unwrap();
            let full = Place::of(&directory.path().join("a/b")).unwrap().remove();
            assert_eq!(full.unwrap_err().kind(), io::ErrorKind::DirectoryNotEmpty);
            Place::of(&path).unwrap().remove().unwrap();
            Place::of(&directory.path().join("a/b")).unwrap().remove().unwrap();
        }
    }
}
