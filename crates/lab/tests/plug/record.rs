//! Records an update and a rollback on a disk of their own, write by write.

use crate::books::{self, Books};
use crate::desk::Ask;
use crate::rig::Rig;
use crate::standing::Standing;
use framboise_lab::{Device, Recording, WriteLog, copy_image, make_image};
use std::path::{Path, PathBuf};

/// Packages of all kinds, and an older OpenSSL that the device starts with.
const LIST: &str = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-b fram-mode openssl tree";

/// A disk with room for two of each package; only what is used takes memory.
const MEGABYTES: u64 = 1024;

/// What was recorded.
pub struct Record {
    /// The disk before the first entry of the log.
    pub image: PathBuf,
    /// All that was written to it.
    pub log: WriteLog,
    /// The update, then the rollback.
    pub acts: [Act; 2],
}

/// One request, and what stands before and after it.
pub struct Act {
    /// In a word.
    pub name: &'static str,
    /// What was asked.
    pub ask: Ask,
    /// Entries of the log when it was asked.
    pub asked: usize,
    /// Entries of the log when it had been answered.
    pub answered: usize,
    /// As the device was.
    pub before: Standing,
    /// As it was then.
    pub after: Standing,
    /// Its books before.
    pub books: Books,
}

impl Record {
    /// Plays both on a recorded disk. The device is switched off afterwards, with nothing mounted.
    pub fn make(rig: &Rig, device: &Device) -> Record {
        let file = |kind: &str| rig.scratch(&format!("{}.{kind}", device.name()));
        let (image, live, log) = (file("base"), file("live"), file("log"));
        device.power_cut().unwrap();
        make_image(&image, &device.disk(), MEGABYTES).unwrap();
        copy_image(&image, &live).unwrap();
        let recording = Recording::begin(&live, &log).unwrap();
        device.use_image(recording.image()).unwrap();
        device.power_on().and_then(|()| device.wait_for_agent()).unwrap_or_else(|error| panic!("{error}"));
        let update = act(rig, device, "update", Ask::Update(LIST), &log);
        let rollback = act(rig, device, "rollback", Ask::Rollback, &log);
        device.power_cut().unwrap();
        recording.end().unwrap();
        std::fs::remove_file(live).unwrap();
        assert_eq!(
            rollback.after.packages_difference(&update.before),
            "",
            "the rollback is not exact, even undisturbed"
        );
        let log = WriteLog::read(&log).unwrap();
        eprintln!("{}: recorded {} entries, {} flushes", device.suite(), log.len(), log.flushes());
        Record { image, log, acts: [update, rollback] }
    }
}

fn act(rig: &Rig, device: &Device, name: &'static str, ask: Ask, log: &Path) -> Act {
    let entries = || WriteLog::read(log).unwrap().len();
    let (before, books, asked) = (Standing::of(device), books::read(device).unwrap(), entries());
    let answer = ask.answer(&rig.lab, device);
    let answered = entries();
    assert_eq!(answer.status, 200, "the {name} failed undisturbed: {}", answer.text);
    Act { name, ask, asked, answered, before, after: Standing::of(device), books }
}
