//! The pulled plug: killing processes keeps the page cache, losing power does not. Every write and flush of an update and
//! of a rollback is recorded; the disk is rebuilt as a power cut at random places of that record would have left it, what
//! no flush had covered lost, torn or reordered; a device started on it recovers by itself, and is compared.
//!
//! `FRAMBOISE_PLUG_POINTS` says how many places, `FRAMBOISE_SEED` which. The record itself differs from run to run, so a
//! disk that went wrong is kept: `target/plug-SEED.img` is the disk of a device before it was started, `target/plug-SEED` what
//! the device told then.

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
    let record = Record::make(rig, &device);
    let mut disk = place::Disk::new(rig, &device, &record);
    for place in place::all(seeds, &record) {
        let (words, result) = place.perform(rig, &device, &record, &mut disk);
        report.lock().unwrap().add(place.seed, &format!("{suite}, {words}"), result);
    }
}
