//! Where the boot partition stands, and which file system that is: one that is not mounted leaves an empty directory of
//! the same name, on the root's own file system.

use crate::command::Program;
use crate::fault::{Doing, Result, fault};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// Where the boot partition is mounted: since bookworm, and before.
pub const PLACES: [&str; 2] = ["/boot/firmware", "/boot"];

/// A directory, and what is mounted just there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootPlace {
    path: String,
    /// None where the directory is the root's own.
    mounted: Option<FileSystem>,
}

/// A file system, told by what stays over a restart; its device number does not (proc_pid_mountinfo(5)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FileSystem {
    kind: String,
    source: String,
    /// The directory of it that is mounted.
    root: String,
    /// None where udev tells none.
    uuid: Option<String>,
}

impl BootPlace {
    /// What stands there now.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn now(path: &str) -> Result<BootPlace> {
        // A look inside has systemd mount what waits for one (systemd.automount(5)).
        drop(fs::read_dir(path));
        let table = fs::read_to_string("/proc/self/mountinfo").at("read", Path::new("/proc/self/mountinfo"))?;
        let mounted = mounted_at(&table, path).map(|found| FileSystem { uuid: uuid_of(&found.source), ..found });
        Ok(BootPlace { path: path.to_owned(), mounted })
    }

    /// The directory.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether a file system of its own was there, and the directory is the root's own by `now`.
    pub fn is_gone(&self, now: &BootPlace) -> bool {
        self.mounted.is_some() && now.mounted.is_none()
    }

    /// Sees to it that the same file system stands here; one that is not mounted is mounted as fstab(5) says.
    ///
    /// # Errors
    /// When it is not there, or another one is.
    pub fn restore(&self) -> Result<()> {
        let now = BootPlace::now(&self.path)?;
        let refused = if self.is_gone(&now) { mount(&self.path).err() } else { None };
        self.check().map_err(|failure| refused.unwrap_or(failure))
    }

    /// Whether the same file system stands here.
    ///
    /// # Errors
    /// When it is not there, or another one is.
    pub fn check(&self) -> Result<()> {
        let now = BootPlace::now(&self.path)?;
        let problem = match (&self.mounted, &now.mounted) {
            (None, None) => return Ok(()),
            (Some(meant), Some(found)) if meant.is(found) => return Ok(()),
            (Some(meant), None) => format!("it is not mounted any more (it was {})", meant.source),
            (Some(meant), Some(found)) => format!("{} is mounted there, not {}", found.source, meant.source),
            (None, Some(found)) => format!("{} was mounted over it meanwhile", found.source),
        };
        Err(fault(format!("put the boot partition {} back", self.path), problem))
    }
}

/// Mounts what fstab(5) has for the boot partition and is not mounted, so that neither scripts nor records take the empty
/// directory for it.
///
/// # Errors
/// When it cannot be mounted.
pub fn mount_missing() -> Result<()> {
    let table = fs::read_to_string("/etc/fstab").unwrap_or_default();
    let is_listed = |place: &str| table.lines().any(|line| mount_point(line) == Some(place));
    for place in PLACES.into_iter().rev().filter(|place| is_listed(place)) {
        if BootPlace::now(place)?.mounted.is_none() {
            mount(place)?;
        }
    }
    Ok(())
}

impl FileSystem {
    fn is(&self, other: &FileSystem) -> bool {
        let is_same = match (&self.uuid, &other.uuid) {
            (Some(one), Some(another)) => one == another,
            _ => self.source == other.source,
        };
        is_same && self.kind == other.kind && self.root == other.root
    }
}

/// `mount` by the place alone, as fstab(5) has it.
fn mount(place: &str) -> Result<()> {
    let ended = Program::new("mount").arg(place).run()?;
    if ended.is_success() {
        return Ok(());
    }
    Err(fault(format!("mount the boot partition {place}"), ended.words.trim()))
}

/// The mount point of a line of fstab(5).
fn mount_point(line: &str) -> Option<&str> {
    line.split_whitespace().nth(1).filter(|_| !line.trim_start().starts_with('#'))
}

/// What is mounted just there, the topmost, by a table as /proc/self/mountinfo is (proc_pid_mountinfo(5)).
fn mounted_at(table: &str, place: &str) -> Option<FileSystem> {
    let read = |line: &str| {
        let (mount, system) = line.split_once(" - ")?;
        let (mount, system): (Vec<&str>, Vec<&str>) = (mount.split(' ').collect(), system.split(' ').collect());
        let is_it = mount.get(4) == Some(&place);
        let part = |from: &[&str], at: usize| from.get(at).map(|part| (*part).to_owned());
        let found =
            FileSystem { kind: part(&system, 0)?, source: part(&system, 1)?, root: part(&mount, 3)?, uuid: None };
        // systemd's own, which waits for somebody to look, holds nothing.
        (is_it && found.kind != "autofs").then_some(found)
    };
    table.lines().rev().find_map(read)
}

/// The UUID of the file system on a block device, as udev links it.
fn uuid_of(source: &str) -> Option<String> {
    let device = fs::canonicalize(source).ok()?;
    let links = fs::read_dir("/dev/disk/by-uuid").ok()?.flatten();
    let mut of_it = links.filter(|link| fs::canonicalize(link.path()).is_ok_and(|target| target == device));
    of_it.next().map(|link| link.file_name().to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "25 1 179:2 / / rw,noatime shared:1 - ext4 /dev/mmcblk0p2 rw\n\
                         40 25 0:30 / /boot/firmware rw,relatime shared:9 - autofs systemd-1 rw,fd=60\n\
                         41 40 179:1 / /boot/firmware rw,relatime shared:10 - vfat /dev/mmcblk0p1 rw,fmask=0022\n";

    fn system(source: &str, uuid: Option<&str>) -> FileSystem {
        FileSystem { kind: "vfat".into(), source: source.into(), root: "/".into(), uuid: uuid.map(Into::into) }
    }

    #[test]
    fn finds_what_is_mounted_just_there() {
        assert_eq!(mounted_at(TABLE, "/boot/firmware"), Some(system("/dev/mmcblk0p1", None)));
        assert_eq!(mounted_at(TABLE, "/boot"), None);
        let waiting: String = TABLE.lines().take(2).map(|line| format!("{line}\n")).collect();
        assert_eq!(mounted_at(&waiting, "/boot/firmware"), None);
    }

    #[test]
    fn a_file_system_is_the_same_under_another_name() {
        assert!(system("/dev/sda1", Some("8A38-1C4B")).is(&system("/dev/sdb1", Some("8A38-1C4B"))));
        assert!(!system("/dev/sda1", Some("8A38-1C4B")).is(&system("/dev/sda1", Some("0001-0002"))));
        assert!(system("/dev/sda1", None).is(&system("/dev/sda1", Some("8A38-1C4B"))));
        assert!(!system("/dev/sda1", None).is(&system("/dev/sdb1", None)));
    }

    #[test]
    fn reads_where_fstab_mounts() {
        assert_eq!(mount_point("PARTUUID=1-01  /boot/firmware  vfat  defaults  0  2"), Some("/boot/firmware"));
        assert_eq!(mount_point(" # PARTUUID=1-01 /boot/firmware vfat"), None);
        assert_eq!(mount_point(""), None);
    }
}
