//! The pulled plug for real: a virtual machine with a kernel, a systemd and a disk of its own loses power in an update, in a
//! rollback, and while it recovers. Its disk loses what no flush had covered; it boots by itself, recovers by itself, and
//! is compared. One more boot is an ordinary reboot.
//!
//! Slow, for nothing here runs at the processor's own speed: `./dev test --vm`. `FRAMBOISE_VM_CUTS` says how often the power
//! goes, `FRAMBOISE_SEED` is the first seed. Each run begins where the one before ended: `target/vm-SEED.img` is the disk of
//! a machine that went wrong, as the power cut left it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/answer.rs"]
mod answer;
#[allow(dead_code, reason = "shared with the crash matrix, which uses all of it")]
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
#[allow(dead_code, reason = "shared with the crash matrix, which uses all of it")]
#[path = "../crash/standing.rs"]
mod standing;

mod bench;
mod cache;
mod cut;

use framboise_lab::{Suite, Up};
use report::Report;
use std::sync::Mutex;

/// As many as the promise is measured by.
const CUTS: u64 = 20;

#[test]
fn a_machine_that_loses_power_comes_back_as_before_or_as_after() {
    let (first, count) = (seed::first(), seed::count("FRAMBOISE_VM_CUTS", CUTS));
    let rig = rig::Rig::raise("vm", &Up::devices(2));
    let report = Mutex::new(Report::new("vm", first));
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
    let mut bench = bench::Bench::prepare(rig, suite);
    for seed in seeds {
        let (words, result) = cut::perform(&mut bench, rig, *seed);
        let went_wrong = result.is_err();
        report.lock().unwrap().add(*seed, &format!("{suite}, {words}"), result);
        if went_wrong {
            bench.begin_anew();
        }
    }
    bench.reboot();
}
