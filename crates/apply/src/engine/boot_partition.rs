//! The boot partition: what a Pi starts from lies there, put there by packages' scripts (raspi-firmware's kernel hooks), so
//! that no list of dpkg's names it. Recorded and kept around a transaction that may change it, and put back with it.

use super::boot_place::{self, BootPlace, PLACES};
use super::{Run, target};
use crate::device::Device;
use crate::fault::Result;
use crate::journal::{Journal, left_undone};
use crate::{durable, files};
use framboise_core::cause::Cause;
use framboise_core::diff::StateDiff;
use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::Lock;
use framboise_core::state::{FileRecord, PackageState};
use framboise_core::text::FilePath;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Files, by path.
pub type Files = BTreeMap<FilePath, FileRecord>;

/// What a transaction changed on the boot partition: the files that differ, before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootChange {
    /// Before it.
    pub before: Files,
    /// After it.
    pub after: Files,
    /// Where that is; none in records that are older than this field.
    #[serde(default)]
    pub place: Option<BootPlace>,
}

/// The boot partition as it shall be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BootGoal {
    files: Files,
    /// The paths that count; all of them when none are named.
    only: Option<BTreeSet<FilePath>>,
    /// Where they lie, as it was before anything was touched; none where that was not noted.
    place: Option<BootPlace>,
}

/// FAT's magic number (statfs(2)): the firmware reads no other file system.
const FAT: rustix::fs::FsWord = 0x4d44;

/// Part of a transaction: the boot partition before it.
const BEFORE: &str = "boot.json";

/// Part of a transaction: where that is.
const PLACE: &str = "boot-place.json";

/// Names, and beginnings of names, of packages whose scripts write to the boot partition (Raspberry Pi OS and Debian).
/// An initramfs is made anew for others too (dpkg's trigger `update-initramfs`); what that holds is as old or new as they.
const WRITERS: [&str; 7] = [
    "initramfs-tools",
    "linux-image-",
    "raspberrypi-bootloader",
    "raspberrypi-kernel",
    "raspi-firmware",
    "rpi-eeprom",
    "u-boot-rpi",
];

/// The packages of a lock that write to the boot partition.
pub fn writers(lock: &Lock) -> Vec<String> {
    let is_one = |name: &&str| {
        WRITERS.iter().any(|writer| name == writer || (writer.ends_with('-') && name.starts_with(writer)))
    };
    lock.entries.keys().map(|key| key.name.as_str()).filter(is_one).map(str::to_owned).collect()
}

/// What a plan says of the boot partition.
pub fn remarks(lock: &Lock) -> Vec<String> {
    let writers = writers(lock);
    let (Some(place), false) = (place(), writers.is_empty()) else { return Vec::new() };
    let mut remarks = vec![format!(
        "{} may write to {place} by scripts of their own: what stands there is kept, a rollback puts it back, and needs a \
         restart too",
        writers.join(", ")
    )];
    if writers.iter().any(|name| name == "rpi-eeprom") {
        remarks.push("a bootloader that rpi-eeprom writes into the board itself is not brought back".into());
    }
    remarks
}

/// Bytes that keeping the boot partition takes for this lock, at most.
pub fn bytes(lock: &Lock) -> u64 {
    let Some(place) = place().filter(|_| !writers(lock).is_empty()) else { return 0 };
    files::sizes(Path::new(place))
}

/// None where there is no boot partition: another board, or a container.
fn place() -> Option<&'static str> {
    let is_it = |place: &&str| {
        let is_own = *place != "/boot" || rustix::fs::statfs(*place).is_ok_and(|found| found.f_type == FAT);
        Path::new(place).is_dir() && is_own
    };
    PLACES.into_iter().find(is_it)
}

/// What stands at the noted place; else where the boot partition is found.
fn now(noted: Option<&BootPlace>) -> Result<Files> {
    let path = if let Some(noted) = noted { Some(noted.path()) } else { place() };
    path.map_or(Ok(Files::new()), |path| files::tree(Path::new(path)))
}

impl Run<'_> {
    /// Records and keeps the boot partition, where the lock may change it.
    pub(super) fn keep_boot_partition(&self, lock: &Lock) -> Result<()> {
        if writers(lock).is_empty() {
            return Ok(());
        }
        boot_place::mount_missing()?;
        let Some(place) = place() else { return Ok(()) };
        let noted = BootPlace::now(place)?;
        let before = files::tree(Path::new(place))?;
        noted.check()?;
        self.device.contents.keep(&before)?;
        durable::replace_json(&self.journal.part(PLACE), &noted)?;
        durable::replace_json(&self.journal.part(BEFORE), &before)
    }

    /// Notes with a restore point what this transaction changed on the boot partition.
    pub(super) fn note_boot_change(&self, point: RestorePointId) -> Result<()> {
        let Some(mut before) = before(&self.journal)? else { return Ok(()) };
        let place = noted_place(&self.journal)?;
        place.as_ref().map_or(Ok(()), BootPlace::restore)?;
        let mut after = now(place.as_ref())?;
        let same: Vec<FilePath> = before
            .iter()
            .filter(|(path, record)| after.get(*path) == Some(record))
            .map(|(path, _)| path.clone())
            .collect();
        for path in same {
            before.remove(&path);
            after.remove(&path);
        }
        self.device.contents.keep(&after)?;
        self.device.points.note_boot_change(point, &BootChange { before, after, place })
    }

    /// Aims at the boot partition as it was before this transaction.
    pub(super) fn aim_at_boot_before(&mut self) {
        // A spoilt record must not keep the packages from going back.
        let read = before(&self.journal).and_then(|before| Ok((before, noted_place(&self.journal)?)));
        let (before, place) = read.unwrap_or_else(|failure| {
            self.remarks.push(format!("the boot partition was not put back: {failure}"));
            (None, None)
        });
        self.boot_goal = before.map(|files| BootGoal { files, only: None, place });
    }

    /// Aims at what the transactions on the way to a restore point changed on the boot partition, but for what was changed
    /// since by other means; all else there is the packages' own scripts' to do.
    /// After a transaction from there that needs a person, it is as it stood before that one.
    pub(super) fn aim_at_boot_of(&mut self, to: RestorePointId, undone: Option<&Journal>) -> Result<()> {
        if let Some(undone) = undone
            && let Some(files) = before(undone)?
        {
            self.boot_goal = Some(BootGoal { files, only: None, place: noted_place(undone)? });
            return Ok(());
        }
        if before(&self.journal)?.is_none() {
            return Ok(());
        }
        let place = noted_place(&self.journal)?;
        let (target, mut changed) = target::boot_for(self.device, to, place.as_ref(), &now(place.as_ref())?)?;
        changed.retain(|path| !target.kept.contains(path));
        let kept =
            target.kept.iter().map(|path| format!("{path} was changed since, and is left to the packages' scripts"));
        self.remarks.extend(kept);
        self.boot_goal = Some(BootGoal { files: target.files, only: Some(changed), place });
        Ok(())
    }

    /// Has the boot partition stand where it stood, before scripts write to it.
    pub(super) fn mount_boot_partition(&self) -> Result<()> {
        self.boot_goal.as_ref().and_then(|goal| goal.place.as_ref()).map_or(Ok(()), BootPlace::restore)
    }

    /// Puts the boot partition's files as they shall be; never into the directory that it leaves when it is not mounted.
    pub(super) fn put_boot_partition(&self) -> Result<()> {
        let Some(goal) = &self.boot_goal else { return Ok(()) };
        self.mount_boot_partition()?;
        cut_point!("the way back, before the boot partition");
        let put = self.device.contents.put(&goal.wanted()?);
        match put {
            Err(failure) if matches!(failure.cause, Cause::DiskFull { .. }) => {
                self.put_into_freed_room(&goal.wanted()?)
            }
            put => put,
        }
    }

    /// Puts files where no second version of one fits beside the first: what is wrong goes before what is right comes. One
    /// after the other, so that as few as can be are missing at a time, and only what is sure to come again: recovery goes
    /// on with it, but a Pi that loses its power just then may lack the file that it starts from.
    fn put_into_freed_room(&self, wanted: &BTreeMap<FilePath, Option<FileRecord>>) -> Result<()> {
        for (path, record) in wanted {
            if let Some(FileRecord::File { sha256, .. }) = record
                && self.device.contents.read(*sha256).is_ok()
            {
                files::remove(&files::place(path))?;
                // What has no room yet has it when the others have made theirs.
                drop(self.device.contents.put(&BTreeMap::from([(path.clone(), record.clone())])));
            }
        }
        self.device.contents.put(wanted)
    }

    /// What differs on the boot partition from what shall be.
    pub(super) fn boot_differences(&self) -> Vec<String> {
        let Some(goal) = &self.boot_goal else { return Vec::new() };
        match goal.now() {
            Ok(now) => goal.missed(&now).iter().map(|path| format!("{path} is not as it was")).collect(),
            Err(failure) => vec![failure.message],
        }
    }
}

fn before(journal: &Journal) -> Result<Option<Files>> {
    durable::read_json(&journal.part(BEFORE))
}

fn noted_place(journal: &Journal) -> Result<Option<BootPlace>> {
    durable::read_json(&journal.part(PLACE))
}

/// What a transaction that needs a person kept of the boot partition: a rollback puts it back.
///
/// # Errors
/// When the transactions, or what one kept, cannot be read.
pub fn contents_left_undone(device: &Device) -> Result<Vec<Digest>> {
    let files = left_undone(&device.paths)?.map(|undone| before(&undone)).transpose()?.flatten();
    Ok(files.unwrap_or_default().values().filter_map(FileRecord::content).collect())
}

/// Whether a transaction kept the boot partition: then there may be room to make after it.
pub fn was_kept(journal: &Journal) -> bool {
    journal.part(BEFORE).exists()
}

impl BootGoal {
    /// What stands.
    fn now(&self) -> Result<Files> {
        self.place.as_ref().map_or(Ok(()), BootPlace::check)?;
        now(self.place.as_ref())
    }

    /// What has to be put, and how.
    fn wanted(&self) -> Result<BTreeMap<FilePath, Option<FileRecord>>> {
        let missed = self.missed(&self.now()?).into_iter();
        Ok(missed.map(|path| (path.clone(), self.files.get(&path).cloned())).collect())
    }

    /// What stands otherwise than it shall.
    fn missed(&self, now: &Files) -> Vec<FilePath> {
        let state = |files: &Files| PackageState { packages: BTreeMap::new(), files: files.clone() };
        let differing = StateDiff::between(&state(now), &state(&self.files)).files.into_iter().map(|change| change.key);
        differing.filter(|path| self.only.as_ref().is_none_or(|only| only.contains(path))).collect()
    }
}

/// What stands on the boot partition of a device, for whoever tidies up.
pub fn contents_of(change: &BootChange) -> impl Iterator<Item = Digest> + '_ {
    change.before.values().chain(change.after.values()).filter_map(FileRecord::content)
}

/// What a step to a restore point changed on the boot partition, which stands at `place` by now.
///
/// # Errors
/// When it cannot be read, or was changed on a file system of its own that is not mounted.
pub fn step(device: &Device, id: RestorePointId, place: Option<&BootPlace>) -> Result<Option<(Files, Files)>> {
    let Some(change) = device.points.boot_change(id)? else { return Ok(None) };
    // Another file system is a card that was copied; a directory of the root's is no boot partition.
    match (&change.place, place) {
        (Some(then), Some(now)) if then.is_gone(now) => then.check()?,
        _ => {}
    }
    Ok(Some((change.before, change.after)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::debian::PackageKey;
    use framboise_core::plan::{LockEntry, Reason};

    #[test]
    fn recognises_what_writes_to_the_boot_partition() {
        let names = ["linux-image-rpi-v8", "linux-headers-rpi-v8", "raspi-firmware", "rpi-eeprom", "libc6", "hello"];
        let entry = LockEntry { before: None, after: None, mark: None, reason: Reason::Requested };
        let key = |name: &str| format!("{name}:arm64").parse::<PackageKey>().unwrap();
        let lock = Lock { entries: names.iter().map(|name| (key(name), entry.clone())).collect() };
        assert_eq!(writers(&lock), ["linux-image-rpi-v8", "raspi-firmware", "rpi-eeprom"]);
    }

    #[test]
    fn what_no_transaction_changed_is_left_to_the_scripts() {
        let file =
            |content: &str| FileRecord::File { sha256: Digest::of(content.as_bytes()), mode: 0o755, uid: 0, gid: 0 };
        let files = |pairs: &[(&str, &str)]| -> Files {
            pairs.iter().map(|(path, content)| (FilePath::from(*path), file(content))).collect()
        };
        let now = files(&[("/boot/firmware/kernel8.img", "2"), ("/boot/firmware/new", "2"), ("/boot/firmware/x", "2")]);
        let goal = files(&[("/boot/firmware/kernel8.img", "1"), ("/boot/firmware/x", "1")]);
        let names = |goal: &BootGoal| goal.missed(&now).iter().map(ToString::to_string).collect::<Vec<_>>();
        let all = BootGoal { files: goal.clone(), only: None, place: None };
        assert_eq!(names(&all), ["/boot/firmware/kernel8.img", "/boot/firmware/new", "/boot/firmware/x"]);
        let some =
            BootGoal { files: goal, only: Some([FilePath::from("/boot/firmware/kernel8.img")].into()), place: None };
        assert_eq!(names(&some), ["/boot/firmware/kernel8.img"]);
    }
}
