//! Records an update and a rollback on a disk of their own, write by write.

use crate::books::{self, Books};
use crate::desk::Ask;
use crate::rig::Rig;
use crate::standing::Standing;
use framboise_lab::{Device, Recording, WriteLog, copy_image, make_image};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Packages of all kinds, and an older OpenSSL that the device starts with.
const LIST: &str = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-b fram-mode openssl tree";

const UPDATE: Request = Request { name: "update", ask: Ask::Update(LIST) };
const ROLLBACK: Request = Request { name: "rollback", ask: Ask::Rollback };

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
    log_file: PathBuf,
}

/// One request, and what stands before and after it.
pub struct Act {
    /// The request.
    pub request: Request,
    /// Where in the record it is.
    pub marks: Marks,
    /// As the device was.
    pub before: Standing,
    /// As it was then.
    pub after: Standing,
    /// Its books before.
    pub books: Books,
}

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// In a word.
    pub name: &'static str,
    /// In full.
    pub ask: Ask,
}

/// Numbers of entries of the log.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Marks {
    /// When it was asked; all that stood then had been written.
    pub asked: usize,
    /// When it had been answered.
    pub answered: usize,
}

impl Record {
    /// Plays both on a recorded disk. The device is switched off afterwards, with nothing mounted.
    pub fn make(rig: &Rig, device: &Device) -> Record {
        let file = |kind: &str| rig.scratch(&format!("{}.{kind}", device.name()));
        let (image, live, log_file) = (file("base"), file("live"), file("log"));
        device.power_cut().unwrap();
        make_image(&image, &device.disk(), MEGABYTES).unwrap();
        copy_image(&image, &live).unwrap();
        let recording = Recording::begin(&live, &log_file).unwrap();
        device.use_image(recording.image()).unwrap();
        device.power_on().and_then(|()| device.wait_for_agent()).unwrap_or_else(|error| panic!("{error}"));
        let update = act(rig, device, UPDATE, &log_file);
        let rollback = act(rig, device, ROLLBACK, &log_file);
        device.power_cut().unwrap();
        recording.end().unwrap();
        let difference = rollback.after.packages_difference(&update.before);
        assert_eq!(difference, "", "the rollback is not exact, even undisturbed");
        let log = WriteLog::read(&log_file).unwrap();
        eprintln!("{}: recorded {} entries, {} flushes", device.suite(), log.len(), log.flushes());
        let record = Record { image, log, acts: [update, rollback], log_file };
        record.must_give(rig, device, &live);
        fs::remove_file(live).unwrap();
        record
    }

    /// One that [`Record::keep`] kept.
    pub fn kept(rig: &Rig, device: &Device, folder: &Path) -> Record {
        let folder = folder.join(device.suite().name());
        let (image, log_file) = (folder.join("base"), folder.join("log"));
        let text = fs::read_to_string(folder.join("marks.json")).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
        let [update, rollback]: [Marks; 2] = serde_json::from_str(&text).unwrap();
        let log = WriteLog::read(&log_file).unwrap();
        device.power_cut().unwrap();
        let at = |entries: usize| stand(device, &whole(rig, device, (&image, &log), entries));
        let (before, books) = at(update.asked);
        let (between, books_between) = at(rollback.asked);
        let (after, _) = at(log.len());
        let update = Act { request: UPDATE, marks: update, before, after: between.clone(), books };
        let rollback = Act { request: ROLLBACK, marks: rollback, before: between, after, books: books_between };
        Record { image, log, acts: [update, rollback], log_file }
    }

    /// Keeps it where [`Record::kept`] finds it: no two records are alike, so that a seed alone repeats nothing.
    pub fn keep(&self, device: &Device, folder: &Path) {
        let folder = folder.join(device.suite().name());
        fs::create_dir_all(&folder).unwrap();
        copy_image(&self.image, &folder.join("base")).unwrap();
        copy_image(&self.log_file, &folder.join("log")).unwrap();
        let marks = self.acts.each_ref().map(|act| act.marks);
        fs::write(folder.join("marks.json"), serde_json::to_vec(&marks).unwrap()).unwrap();
    }

    /// Holds the record itself against the disk that was written: byte by byte, and as a device that starts on it.
    fn must_give(&self, rig: &Rig, device: &Device, live: &Path) {
        let image = whole(rig, device, (&self.image, &self.log), self.log.len());
        let compared = Command::new("cmp").args([live, &image]).status().unwrap();
        assert!(compared.success(), "the record does not give the disk that was written");
        let (standing, _) = stand(device, &image);
        let difference = standing.difference(&self.acts[1].after);
        assert_eq!(difference, "", "a device on the recorded disk is not as it was, though nothing was lost");
    }
}

/// A disk that lost nothing of the first entries.
fn whole(rig: &Rig, device: &Device, (image, log): (&Path, &WriteLog), entries: usize) -> PathBuf {
    let copy = rig.scratch(&format!("{}.whole-{entries}", device.name()));
    copy_image(image, &copy).unwrap();
    log.replay(&fs::File::options().write(true).open(&copy).unwrap(), 0..entries).unwrap();
    copy
}

/// Starts a device on this disk, once, and gives where it stands.
fn stand(device: &Device, image: &Path) -> (Standing, Books) {
    device.use_image(image).unwrap();
    device.power_on().and_then(|()| device.wait_for_agent()).unwrap_or_else(|error| panic!("{error}"));
    let stands = (Standing::of(device), books::read(device).unwrap());
    device.power_cut().unwrap();
    fs::remove_file(image).unwrap();
    stands
}

fn act(rig: &Rig, device: &Device, request: Request, log: &Path) -> Act {
    let entries = || WriteLog::read(log).unwrap().len();
    let (before, books) = (Standing::of(device), books::read(device).unwrap());
    device.check(["sync"]).unwrap();
    let asked = entries();
    let answer = request.ask.answer(&rig.lab, device);
    let answered = entries();
    assert_eq!(answer.status, 200, "the {} failed undisturbed: {}", request.name, answer.text);
    Act { request, marks: Marks { asked, answered }, before, after: Standing::of(device), books }
}
