//! The pulled plug: killing processes keeps the page cache, losing power does not. Every write and flush of an update and
//! of a rollback is recorded; the disk is rebuilt as a power cut at random places of that record would have left it, what
//! no flush had covered lost, torn or reordered; a device started on it recovers by itself, and is compared.
//!
//! Nothing may come between the disk and the verdict: each place has an image and a loop device of its own that nobody had
//! before, past the page cache; afterwards e2fsck judges the file system, and each file is read once more, from the disk
//! itself. The record as a whole is held against the disk that was written before any place of it counts.
//!
//! `FRAMBOISE_PLUG_POINTS` says how many places, `FRAMBOISE_SEED` which. No two records are alike, so that of a place that
//! went wrong is kept in `target/plug-record`: with `FRAMBOISE_PLUG_RECORD=target/plug-record` the same seed gives the same
//! disk again. `target/plug-SEED` holds what the device told.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/answer.rs"]
mod answer;
#[path = "../crash/books.rs"]
mod books;
#[allow(dead_code, reason = "shared with the crash matrix, which uses all of it")]
#[path = "../crash/desk.rs"]
mod desk;
#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/pi.rs"]
mod pi;
#[path = "../crash/report.rs"]
mod report;
#[path = "../crash/rig.rs"]
mod rig;
#[allow(dead_code, reason = "shared with the crash matrix, which uses all of it")]
#[path = "../crash/seed.rs"]
mod seed;
#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/snapshot.rs"]
mod snapshot;
#[path = "../crash/standing.rs"]
mod standing;

mod place;
mod record;

use framboise_lab::{Suite, Up};
use record::Record;
use report::Report;
use std::path::Path;
use std::sync::Mutex;

/// As many as an ordinary run has time for.
const POINTS: u64 = 40;

#[test]
fn whatever_the_disk_had_not_written_the_device_is_as_before_or_as_after() {
    let (first, count) = (seed::first(), seed::count("FRAMBOISE_PLUG_POINTS", POINTS));
    let rig = rig::Rig::raise("plug", &Up::devices(2));
    let report = Mutex::new(Report::new("plug", first));
    std::thread::scope(|scope| {
        for (parity, suite) in Suite::ALL.into_iter().enumerate() {
            let seeds: Vec<u64> = (first..first + count).filter(|seed| seed % 2 == parity as u64).collect();
            let (rig, report) = (&rig, &report);
            scope.spawn(move || run_all(rig, suite, &seeds, report));
        }
    });
    report.into_inner().unwrap().publish();
}

fn run_all(rig: &rig::Rig, suite: Suite, seeds: &[u64], report: &Mutex<Report>) {
    if seeds.is_empty() {
        return;
    }
    let device = rig.lab.devices().unwrap().into_iter().find(|device| device.suite() == suite).unwrap();
    let record = match std::env::var_os("FRAMBOISE_PLUG_RECORD") {
        Some(folder) => Record::kept(rig, &device, &Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder)),
        None => Record::make(rig, &device),
    };
    let mut is_kept = std::env::var_os("FRAMBOISE_PLUG_RECORD").is_some();
    let mut disk = place::Disk::new(rig, &device, &record);
    for place in place::all(seeds, &record) {
        let (words, result) = place.perform(rig, &device, &record, &mut disk);
        if result.is_err() && !is_kept {
            record.keep(&device, &Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("plug-record"));
            is_kept = true;
        }
        report.lock().unwrap().add(place.seed, &format!("{suite}, {words}"), result);
    }
}
