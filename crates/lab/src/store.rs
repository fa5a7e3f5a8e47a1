//! Where the lab keeps things: a cache that all labs share, and one folder a lab.

use std::collections::HashSet;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::device::Record;
use crate::error::{Error, Result};
use crate::{files, progress};

/// The folder of all labs, `/var/lib/framboise-lab` unless `FRAMBOISE_LAB_DIR` says otherwise.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    root: PathBuf,
}

/// The ending of what is not finished; a process's id stands before it.
const PARTIAL: &str = ".partial";

/// A file lock, held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Store {
    pub(crate) fn open() -> Store {
        let root =
            env::var_os("FRAMBOISE_LAB_DIR").map_or_else(|| PathBuf::from("/var/lib/framboise-lab"), PathBuf::from);
        Store { root }
    }

    /// Roots, layers and packages, shared by all labs.
    pub(crate) fn cache(&self, name: &str) -> PathBuf {
        self.root.join("cache").join(name)
    }

    /// One lab's own folder, a tmpfs while the lab is up.
    pub(crate) fn lab(&self, lab: &str) -> PathBuf {
        self.root.join("labs").join(lab)
    }

    /// The names of all labs that have a folder.
    pub(crate) fn labs(&self) -> Result<Vec<String>> {
        let folder = self.root.join("labs");
        let mut names = files::names(&folder)?;
        names.retain(|name| folder.join(name).is_dir());
        Ok(names)
    }

    /// The read-only layers that devices of all labs stand on.
    pub(crate) fn layers_in_use(&self) -> Result<HashSet<PathBuf>> {
        let labs = self.root.join("labs");
        let mut used = HashSet::new();
        for lab in self.labs()? {
            let devices = labs.join(lab).join("devices");
            for device in files::names(&devices)? {
                if let Ok(record) = files::read_json::<Record>(&devices.join(device).join("device.json")) {
                    used.extend(record.lower);
                }
            }
        }
        Ok(used)
    }

    /// Removes what a crash left half-built, as far as that goes: programs that outlived it may still write there.
    fn remove_partial(&self, kind: &str, id: &str) -> Result<()> {
        let folder = self.cache(kind);
        for name in files::names(&folder)? {
            if name.starts_with(&format!("{id}.")) && name.ends_with(PARTIAL) {
                let _ = files::remove_dir(&folder.join(name));
            }
        }
        Ok(())
    }

    /// Keeps two commands from building the cache at once.
    pub(crate) fn lock_cache(&self) -> Result<Lock> {
        Lock::take(&self.root.join("cache.lock"), "another lab command is building the cache")
    }

    /// Keeps two commands from changing one lab at once.
    pub(crate) fn lock_lab(&self, lab: &str) -> Result<Lock> {
        Lock::take(&self.lock_of(lab), "another command is changing this lab")
    }

    /// Removes a lock's file; only for labs whose name nobody else uses.
    pub(crate) fn forget_lock(&self, lab: &str) -> Result<()> {
        files::remove_file(&self.lock_of(lab))
    }

    fn lock_of(&self, lab: &str) -> PathBuf {
        self.root.join("labs").join(format!("{lab}.lock"))
    }

    /// Gives the cached folder `kind/id`, made by `build` in a folder beside it if it is not there yet.
    pub(crate) fn cached(
        &self,
        _lock: &Lock,
        kind: &str,
        id: &str,
        build: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let finished = self.cache(kind).join(id);
        if finished.is_dir() {
            return Ok(finished);
        }
        self.remove_partial(kind, id)?;
        let partial = self.cache(kind).join(format!("{id}.{}{PARTIAL}", std::process::id()));
        files::create_dir(&partial)?;
        build(&partial)?;
        files::rename(&partial, &finished)?;
        Ok(finished)
    }
}

impl Lock {
    fn take(path: &Path, busy: &str) -> Result<Lock> {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        }
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(Error::io("open", path))?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            progress::say(format!("{busy}: waiting for it"));
            flock(&file, FlockOperation::LockExclusive).map_err(Error::kernel(format!("lock {}", path.display())))?;
        }
        Ok(Lock { _file: file })
    }
}
