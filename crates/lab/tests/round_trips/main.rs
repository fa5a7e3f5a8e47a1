//! There and back, widely: real packages of Debian, random universes of packages, and faults that packages bring.
//!
//! Framboise is asked from outside, and what dpkg, apt and the file system of the device say is compared before and
//! after. The ordinary run takes a part of it; `./dev test --round-trips` takes all and writes `target/round-trips.md`.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

#[macro_use]
#[path = "../end_to_end/suites.rs"]
mod suites;

#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/answer.rs"]
mod answer;
#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/pi.rs"]
mod pi;
#[allow(dead_code, reason = "shared with the end-to-end tests, which use all of it")]
#[path = "../end_to_end/snapshot.rs"]
mod snapshot;

mod build;
mod faults;
mod real;
mod source;
mod table;
mod universe;

/// The device as it is compared here: without accounts, which no rollback promises to take away.
pub fn compared(pi: &pi::Pi) -> snapshot::Snapshot {
    // dpkg writes the same interests in another order when packages are installed in another order.
    pi.sh("file=/var/lib/dpkg/triggers/File; [ ! -e $file ] || sort -o $file $file");
    pi.snapshot().without(&snapshot::ACCOUNTS)
}

/// Whether all of it is wanted, not only what fits in an ordinary run.
pub fn everything() -> bool {
    std::env::var_os("FRAMBOISE_ROUND_TRIPS").is_some()
}
