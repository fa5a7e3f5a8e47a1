//! apt-get changing the device, and fetching what that needs.

use super::locks::AptIdle;
use super::options::{apt_get, options, own_archives};
use super::stall::stalled;
use super::{Source, failure_of, status_fd};
use crate::command::{Line, Program, STATUS_FD};
use crate::durable;
use crate::fault::Result;
use framboise_core::debian::{PackageKey, Version};
use framboise_core::event::EventKind;
use framboise_core::plan::{Lock, LockEntry};
use std::path::Path;

/// Which way a lock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// An update: nothing held is touched.
    Forward,
    /// A rollback: whatever brings the recorded state back is right.
    Back,
}

impl Direction {
    /// The version that a package of a lock has at its end; none when it is not installed there.
    pub fn leads_to(self, entry: &LockEntry) -> Option<&Version> {
        match self {
            Direction::Forward => entry.after.as_ref().map(|deb| &deb.version),
            Direction::Back => entry.before.as_ref(),
        }
    }
}

/// How apt reaches the gate.
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// The program that is the gate.
    pub program: &'a Path,
    /// Where the lock is written for it.
    pub lock_file: &'a Path,
}

/// Runs apt-get on exactly this lock, out of `source`, behind the gate. No network is used.
///
/// # Errors
/// The cause, when apt or dpkg failed; the package state must be read anew in any case.
pub fn install(
    _apt_idle: &AptIdle,
    lock: &Lock,
    direction: Direction,
    source: &Source,
    gate: Gate<'_>,
    tell: &mut dyn FnMut(EventKind),
) -> Result<()> {
    durable::replace_json(gate.lock_file, lock)?;
    let removes = lock.entries.values().any(|entry| entry.after.is_none());
    let run = apt_get()
        .args(source.options())
        .args(gate_options(gate))
        .args(options(&[&format!("APT::Status-Fd={STATUS_FD}")]))
        .args(if removes { None } else { Some("--no-remove") })
        .args(match direction {
            Direction::Forward => &["--no-install-recommends", "--allow-downgrades"][..],
            Direction::Back => &[
                "--no-install-recommends",
                "--allow-downgrades",
                "--allow-remove-essential",
                "--allow-change-held-packages",
                "--reinstall",
            ],
        })
        .arg("install")
        .arg("--")
        .args(arguments(lock));
    run_telling(run, 0, tell)
}

/// apt's own user, by its own default.
const SANDBOX_USER: &str = "_apt";

/// Fetches these .debs into `directory` under the names apt gives them; apt holds each against its index. What speaks to
/// the network runs as apt's own user (apt.conf(5), `APT::Sandbox::User`), who owns the directory for that: what lies
/// there afterwards is to be held against digests.
///
/// # Errors
/// The cause, when one could not be fetched.
pub fn fetch(
    _apt_idle: &AptIdle,
    packages: &[(PackageKey, Version)],
    bytes: u64,
    directory: &Path,
    tell: &mut dyn FnMut(EventKind),
) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    // What an earlier try left there is nobody's.
    drop(std::fs::remove_dir_all(directory));
    durable::make_directory(directory, 0o755)?;
    // A system without that user fetches as root, as its apt-get always does.
    drop(Program::new("chown").args(["--", SANDBOX_USER]).arg(directory).run()?);
    let run = apt_get()
        .args(own_archives(directory))
        .args(options(&[&format!("APT::Status-Fd={STATUS_FD}")]))
        .arg("download")
        .arg("--")
        .args(packages.iter().map(|(key, version)| format!("{key}={version}")))
        .within(directory);
    run_telling(run, bytes, tell)
}

/// `name:architecture=version` for what shall stand, `name:architecture-` for what shall go. No other form is used.
fn arguments(lock: &Lock) -> Vec<String> {
    let argument = |(key, entry): (&PackageKey, &framboise_core::plan::LockEntry)| match &entry.after {
        Some(deb) => format!("{key}={}", deb.version),
        None => format!("{key}-"),
    };
    lock.entries.iter().map(argument).collect()
}

fn gate_options(gate: Gate<'_>) -> Vec<String> {
    let program = gate.program.display();
    options(&[
        &format!("DPkg::Pre-Install-Pkgs::={program} gate {}", gate.lock_file.display()),
        &format!("DPkg::Tools::Options::{program}::Version=3"),
    ])
}

fn run_telling(run: Program, download_bytes: u64, tell: &mut dyn FnMut(EventKind)) -> Result<()> {
    let mut progress = Progress::default();
    let ended = run.with_status_fd().joined().run_telling(&mut |line| match line {
        Line::Said(text) if is_noise(text) => {}
        Line::Said(text) => {
            progress.last_line.clone_from(text);
            tell(EventKind::Line { text: text.clone() });
        }
        Line::Quiet(quiet) => tell(stalled(progress.package(), &progress.last_line, quiet)),
        Line::Status(status) => {
            if let Some(event) = status_fd::event(status, download_bytes).and_then(|event| progress.next(event)) {
                tell(event);
            }
        }
    })?;
    if ended.is_success() { Ok(()) } else { Err(failure_of(&ended)) }
}

/// apt counts anew for each run of dpkg; a bar never goes back, and what it shows already is not told again.
#[derive(Default)]
struct Progress {
    percent: u8,
    done_bytes: u64,
    last: Option<EventKind>,
    last_line: String,
}

impl Progress {
    /// The package that it was at last at work on.
    fn package(&self) -> Option<String> {
        match &self.last {
            Some(EventKind::Package { package, .. }) => Some(package.clone()),
            _ => None,
        }
    }

    fn next(&mut self, mut event: EventKind) -> Option<EventKind> {
        match &mut event {
            EventKind::Package { percent, .. } => {
                self.percent = self.percent.max(*percent);
                *percent = self.percent;
            }
            EventKind::Download { done_bytes, .. } => {
                self.done_bytes = self.done_bytes.max(*done_bytes);
                *done_bytes = self.done_bytes;
                if self.done_bytes == 0 {
                    return None;
                }
            }
            EventKind::State { .. }
            | EventKind::Waiting { .. }
            | EventKind::Line { .. }
            | EventKind::AwaitingDesk { .. }
            | EventKind::Failure { .. }
            | EventKind::Ended { .. }
            | EventKind::Unknown => {}
        }
        let is_news = self.last.as_ref() != Some(&event);
        self.last = Some(event.clone());
        is_news.then_some(event)
    }
}

/// What apt and dpkg say at each run, and what only repeats the vault's file names.
fn is_noise(text: &str) -> bool {
    const BEGINNINGS: [&str; 6] = [
        "Get:",
        "(Reading database",
        "Reading package lists",
        "Building dependency tree",
        "Reading state information",
        "Need to get 0 B",
    ];
    text.trim().is_empty() || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::digest::Digest;
    use framboise_core::plan::{LockEntry, LockedDeb, Reason};

    #[test]
    fn spells_a_lock_exactly() {
        let deb = LockedDeb { version: "1:2.0-1".parse().unwrap(), bytes: 1, sha256: Digest::of(b"") };
        let entry = |after| LockEntry { before: None, after, mark: None, reason: Reason::Requested };
        let entries = [("g++:arm64", entry(Some(deb))), ("old:armhf", entry(None))];
        let lock = Lock { entries: entries.into_iter().map(|(key, entry)| (key.parse().unwrap(), entry)).collect() };
        assert_eq!(arguments(&lock), ["g++:arm64=1:2.0-1", "old:armhf-"]);
    }
}
