//! The crash matrix: the power goes at every point of a transaction, at random instants inside dpkg, and again while the
//! device recovers. Each time it comes back by itself, exactly as before or exactly as after.
//!
//! A run is made from its seed alone: suite, what is asked, where the power goes. `FRAMBOISE_SEED` is the first one,
//! `FRAMBOISE_CRASH_RUNS` how many follow; seeds that failed once stand in `seeds.txt` and always run. At named points
//! (crates/apply/src/faults.rs) a run repeats exactly, at instants as far as the machine's timing does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/answer.rs"]
mod answer;
#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/pi.rs"]
mod pi;
#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/snapshot.rs"]
mod snapshot;

mod books;
mod desk;
mod faults;
mod report;
mod rig;
mod run;
mod scene;
#[allow(dead_code, reason = "shared with the pulled plug, which uses all of it")]
mod seed;
#[allow(dead_code, reason = "shared with the pulled plug, which uses all of it")]
mod standing;

use framboise_lab::{Suite, Up};
use report::Report;
use run::Run;
use std::sync::Mutex;

/// Enough to meet every kind of cut, few enough for the ordinary run.
const RUNS: u64 = 40;

#[test]
fn wherever_the_power_goes_the_device_is_as_before_or_as_after() {
    let (first, count) = (seed::first(), seed::count("FRAMBOISE_CRASH_RUNS", RUNS));
    let mut seeds: Vec<u64> = (first..first + count).collect();
    // One run alone is one that is repeated.
    if count > 1 {
        seeds.extend(seed::listed(include_str!("seeds.txt")));
    }
    let rig = rig::Rig::raise("crash", &Up::devices(2));
    let report = Mutex::new(Report::new("crash", first));
    std::thread::scope(|scope| {
        for (parity, suite) in Suite::ALL.into_iter().enumerate() {
            let seeds: Vec<u64> = seeds.iter().copied().filter(|seed| seed % 2 == parity as u64).collect();
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
    let (device, scenes) = scene::prepare(rig, suite);
    for seed in seeds {
        let run = Run::of(*seed, &scenes);
        let result = run.perform(rig, &device, &scenes);
        if result.is_err() {
            books::keep(&device, "crash", *seed);
        }
        report.lock().unwrap().add(*seed, &format!("{suite}, {}", run.words(&scenes)), result);
    }
}
