//! One cgroup for each device and server of a lab: systemd needs one, and what is in it can be ended at once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::files;

/// SIGKILL needs no time but the kernel's.
const KILL_WAIT: Duration = Duration::from_secs(10);

/// A cgroup of version 2 below `framboise-lab`.
#[derive(Debug, Clone)]
pub(crate) struct Cgroup {
    path: PathBuf,
}

impl Cgroup {
    /// The cgroup of a whole lab.
    pub(crate) fn of_lab(lab: &str) -> Result<Cgroup> {
        let path = hierarchy()?.join("framboise-lab").join(lab);
        Ok(Cgroup { path })
    }

    /// The cgroup at this path.
    pub(crate) fn at(path: &Path) -> Cgroup {
        Cgroup { path: path.to_path_buf() }
    }

    /// The cgroup of one member of a lab.
    pub(crate) fn member(&self, name: &str) -> Cgroup {
        Cgroup { path: self.path.join(name) }
    }

    /// Makes it, empty: what an earlier init left below is removed.
    pub(crate) fn create(&self) -> Result<()> {
        self.remove()?;
        files::create_dir(&self.path)
    }

    /// Moves this process into it.
    pub(crate) fn join(&self) -> Result<()> {
        let procs = self.path.join("cgroup.procs");
        fs::write(&procs, "0").map_err(Error::io("write", procs))
    }

    /// Removes all cgroups below it; they must be empty of processes.
    pub(crate) fn clear(&self) -> Result<()> {
        let below = files::names(&self.path)?.into_iter().map(|name| self.path.join(name));
        below.filter(|path| path.is_dir()).try_for_each(|path| remove_tree(&path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether any process lives in it or below.
    pub(crate) fn is_populated(&self) -> bool {
        fs::read_to_string(self.path.join("cgroup.events")).is_ok_and(|text| text.contains("populated 1"))
    }

    /// Whether process `pid` lives in it or below.
    pub(crate) fn holds(&self, pid: &str) -> bool {
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/cgroup")) else {
            return false;
        };
        let Ok(relative) = self.path.strip_prefix(hierarchy().unwrap_or_default()) else {
            return false;
        };
        text.lines().filter_map(|line| line.strip_prefix("0::/")).any(|path| Path::new(path).starts_with(relative))
    }

    /// Ends every process in it and below, and waits until they are gone.
    pub(crate) fn kill(&self) -> Result<()> {
        let file = self.path.join("cgroup.kill");
        if file.exists() {
            fs::write(&file, "1").map_err(Error::io("write", &file))?;
        }
        self.wait_until_empty()
    }

    pub(crate) fn wait_until_empty(&self) -> Result<()> {
        let deadline = Instant::now() + KILL_WAIT;
        while self.is_populated() {
            if Instant::now() > deadline {
                return Err(Error::Invalid(format!("processes in {} do not end", self.path.display())));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(())
    }

    /// Removes it and all below; they must be empty of processes.
    pub(crate) fn remove(&self) -> Result<()> {
        remove_tree(&self.path)
    }
}

fn remove_tree(path: &Path) -> Result<()> {
    for name in files::names(path)? {
        let below = path.join(name);
        if below.is_dir() {
            remove_tree(&below)?;
        }
    }
    match fs::remove_dir(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path)(e)),
        _ => Ok(()),
    }
}

/// Where the hierarchy of version 2 is mounted: alone, or beside version 1.
fn hierarchy() -> Result<PathBuf> {
    let file = "/proc/self/mounts";
    let mounts = fs::read_to_string(file).map_err(Error::io("read", file))?;
    mounts
        .lines()
        .map(|line| line.split(' ').collect::<Vec<_>>())
        .find(|fields| fields.get(2) == Some(&"cgroup2"))
        .and_then(|fields| fields.get(1).map(PathBuf::from))
        .ok_or_else(|| {
            Error::Invalid("no cgroup2 is mounted: systemd in the devices needs it (mount -t cgroup2 none DIR)".into())
        })
}
