//! What somebody else's apt did to other packages: while a transaction was at work, for dpkg's lock is free while a device
//! restarts and is checked, and unattended-upgrades starts when it likes; or since a restore point, where that cannot be
//! undone any more. It stays, stops nothing, and is told.

use super::fetching::owner;
use super::{Run, lost, set_aside};
use crate::apt::query;
use crate::fault::Result;
use framboise_core::debian::{Architecture, PackageKey, Version};
use framboise_core::diff::StateDiff;
use framboise_core::state::{FileRecord, PackageState};
use framboise_core::text::FilePath;
use framboise_core::verdict::changed_by_others;
use std::collections::BTreeSet;

impl Run<'_> {
    /// The packages that somebody else has changed from what is `meant`.
    pub(super) fn others(&self, meant: &PackageState, now: &PackageState) -> BTreeSet<PackageKey> {
        // Where a failing card leaves it open what is this transaction's, all is.
        let (Ok(lock), Ok(touched)) = (self.lock(), lost::touched(&self.journal)) else { return BTreeSet::new() };
        if !lock.entries.keys().all(|key| touched.contains(key)) {
            return BTreeSet::new();
        }
        changed_by_others(meant, now, &touched, self.journal.has_applied())
    }

    /// What is meant, but for what somebody else changed.
    pub(super) fn sparing_others(&self, meant: &PackageState, now: &PackageState) -> Result<PackageState> {
        sparing(meant, now, &self.others(meant, now), &self.device.native)
    }
}

/// What is meant, but for these packages: they as they stand `now`, with their files under `/etc` and what links to their
/// files.
pub(super) fn sparing(
    meant: &PackageState,
    now: &PackageState,
    others: &BTreeSet<PackageKey>,
    native: &Architecture,
) -> Result<PackageState> {
    if others.is_empty() {
        return Ok(meant.clone());
    }
    let owners = query::owners(native)?;
    let records = others.iter().flat_map(|key| [meant.packages.get(key), now.packages.get(key)]).flatten();
    let conffiles: BTreeSet<&FilePath> = records.flat_map(|record| record.conffiles.keys()).collect();
    let is_theirs = |path: &FilePath| owner(&owners, path).is_some_and(|key| others.contains(key));
    let links_to_theirs =
        |record: &Option<FileRecord>| matches!(record, Some(FileRecord::Link { target }) if is_theirs(target));
    let mut changes = StateDiff::between(meant, now);
    changes.packages.retain(|change| others.contains(&change.key));
    changes
        .files
        .retain(|change| conffiles.contains(&change.key) || is_theirs(&change.key) || links_to_theirs(&change.after));
    Ok(changes.applied_to(meant.clone()))
}

/// What to tell of what somebody else has changed; nothing when there is nothing.
pub(super) fn remark(others: &BTreeSet<PackageKey>, meant: &PackageState, now: &PackageState) -> Option<String> {
    let changes = changes(others, meant, now);
    changes.map(|changes| format!("changed meanwhile by other means, and left so: {changes}"))
}

/// `tree:arm64 2.1.0-1 → 2.1.1-1`, of each of these; none when there is none.
pub(super) fn changes(packages: &BTreeSet<PackageKey>, meant: &PackageState, now: &PackageState) -> Option<String> {
    let words = |version: Option<&Version>| version.map_or("absent".to_owned(), ToString::to_string);
    let change = |key: &PackageKey| {
        let (was, is) = (meant.installed_version(key), now.installed_version(key));
        if was == is { key.to_string() } else { format!("{key} {} → {}", words(was), words(is)) }
    };
    let changes: Vec<String> = packages.iter().map(change).collect();
    (!changes.is_empty()).then(|| set_aside::some(&changes))
}
