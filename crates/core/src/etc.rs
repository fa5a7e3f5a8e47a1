//! The `/etc` rule: what a transaction changed goes back, what a person changed since stays and is reported.

use crate::state::FileRecord;
use crate::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};

type Files = BTreeMap<FilePath, FileRecord>;

/// Left out of the package state: written by the running system, derived from other files, or (the last ones) users and
/// groups, which scripts make and a rollback does not promise to unmake.
const VOLATILE: [&str; 24] = [
    "/etc/.pwd.lock",
    "/etc/.updated",
    "/etc/adjtime",
    "/etc/cups/subscriptions.conf",
    "/etc/cups/subscriptions.conf.O",
    "/etc/fake-hwclock.data",
    "/etc/ld.so.cache",
    "/etc/machine-id",
    "/etc/mtab",
    "/etc/resolv.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/group",
    "/etc/group-",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
    "/etc/subuid",
    "/etc/subgid",
];

/// Directories left out whole: Framboise's own settings, version control of `/etc`, what network managers write, and
/// Pi-hole's databases, which it writes each minute.
const VOLATILE_DIRECTORIES: [&str; 5] =
    ["/etc/framboise", "/etc/.git", "/etc/network/run", "/etc/NetworkManager/system-connections", "/etc/pihole"];

/// Whether the path is left out of the package state.
///
/// ```
/// use framboise_core::etc::is_volatile;
/// assert!(is_volatile("/etc/ld.so.cache"));
/// assert!(is_volatile("/etc/framboise/operators"));
/// assert!(!is_volatile("/etc/ssh/sshd_config"));
/// ```
pub fn is_volatile(path: &str) -> bool {
    let inside =
        |directory: &str| path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    VOLATILE.contains(&path) || VOLATILE_DIRECTORIES.into_iter().any(inside)
}

/// The files around one transaction.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Before it.
    pub before: &'a Files,
    /// After it.
    pub after: &'a Files,
}

/// What a rollback aims at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Goal {
    /// The files as they shall be.
    pub files: Files,
    /// Paths that the transactions had changed and that stay as they are: a person changed them since, or put something
    /// into them, or changed what they lie in.
    pub kept: BTreeSet<FilePath>,
}

/// The files to aim at when the transactions in `undone` (newest first) are undone on a device that holds `now`.
///
/// A path goes back through a transaction as long as it holds what that transaction left; where it holds something
/// else, a person was there, and it stays. A directory stays as long as something in it does; what lay in a directory
/// that is no more stays gone.
pub fn goal(now: &Files, undone: &[Around<'_>]) -> Goal {
    let mut goal = Goal { files: now.clone(), kept: BTreeSet::new() };
    for around in undone {
        undo(&mut goal, around);
    }
    goal
}

fn undo(goal: &mut Goal, around: &Around<'_>) {
    let touched: BTreeSet<&FilePath> = around.before.keys().chain(around.after.keys()).collect();
    let mut cleared = Vec::new();
    for path in touched.into_iter().filter(|path| around.before.get(*path) != around.after.get(*path)) {
        let (stands, before) = (goal.files.get(path), around.before.get(path));
        if goal.kept.contains(path) || stands == before {
            continue;
        }
        if stands != around.after.get(path) || (before.is_some() && is_blocked(&goal.files, path, around.before)) {
            goal.kept.insert(path.clone());
            continue;
        }
        if let Some(directory @ FileRecord::Directory { .. }) = stands {
            cleared.push((path, directory.clone()));
        }
        put(&mut goal.files, path, before);
    }
    keep_filled(goal, cleared, around.before);
}

/// Whether what it would lie in is gone, or something else stands there.
fn is_blocked(files: &Files, path: &FilePath, before: &Files) -> bool {
    path.parents().any(|parent| match files.get(&parent) {
        Some(FileRecord::Directory { .. }) => false,
        // A link to a directory does as well, as long as it is the one that was there.
        other => other != before.get(&parent),
    })
}

/// Keeps those of the cleared directories in which something stands that was not there before.
fn keep_filled(goal: &mut Goal, cleared: Vec<(&FilePath, FileRecord)>, before: &Files) {
    for (path, directory) in cleared {
        let is_inside =
            |other: &FilePath| other.as_str().strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        let is_directory = matches!(goal.files.get(path), Some(FileRecord::Directory { .. }));
        if !is_directory && goal.files.keys().any(|other| is_inside(other) && !before.contains_key(other)) {
            goal.files.insert(path.clone(), directory);
            goal.kept.insert(path.clone());
        }
    }
}

fn put(files: &mut Files, path: &FilePath, record: Option<&FileRecord>) {
    match record {
        Some(record) => files.insert(path.clone(), record.clone()),
        None => files.remove(path),
    };
}
