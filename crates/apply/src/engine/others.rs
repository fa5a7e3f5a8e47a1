//! What somebody else's apt does to other packages while a transaction is at work: dpkg's lock is free while a device
//! restarts and is checked, and unattended-upgrades starts when it likes. It stays, stops nothing, and is told.

use super::fetching::owner;
use super::{Run, applying, lost, set_aside};
use crate::apt::query;
use crate::fault::Outcome;
use framboise_core::debian::{PackageKey, Version};
use framboise_core::diff::StateDiff;
use framboise_core::state::{FileRecord, PackageRecord, PackageState};
use framboise_core::text::FilePath;
use std::collections::BTreeSet;

impl Run<'_> {
    /// The packages that somebody else has changed from what is `meant`.
    pub(super) fn others(&self, meant: &PackageState, now: &PackageState) -> BTreeSet<PackageKey> {
        // Where a failing card leaves it open what is this transaction's, all is.
        let (Ok(lock), Ok(touched)) = (self.lock(), lost::touched(&self.journal)) else { return BTreeSet::new() };
        if !lock.entries.keys().all(|key| touched.contains(key)) {
            return BTreeSet::new();
        }
        changed_besides(meant, now, &touched, self.journal.has_applied())
    }

    /// What is meant, but for what somebody else changed: their packages as they stand `now`, with their files under
    /// `/etc` and what links to their files.
    pub(super) fn sparing_others(&self, meant: &PackageState, now: &PackageState) -> Outcome<PackageState> {
        let others = self.others(meant, now);
        if others.is_empty() {
            return Ok(meant.clone());
        }
        let owners = query::owners(&self.device.native)?;
        let records = others.iter().flat_map(|key| [meant.packages.get(key), now.packages.get(key)]).flatten();
        let conffiles: BTreeSet<&FilePath> = records.flat_map(|record| record.conffiles.keys()).collect();
        let is_theirs = |path: &FilePath| owner(&owners, path).is_some_and(|key| others.contains(key));
        let links_to_theirs =
            |record: &Option<FileRecord>| matches!(record, Some(FileRecord::Link { target }) if is_theirs(target));
        let mut changes = StateDiff::between(meant, now);
        changes.packages.retain(|change| others.contains(&change.key));
        changes.files.retain(|change| {
            conffiles.contains(&change.key) || is_theirs(&change.key) || links_to_theirs(&change.after)
        });
        Ok(changes.applied_to(meant.clone()))
    }
}

/// What to tell of what somebody else has changed; nothing when there is nothing.
pub(super) fn remark(others: &BTreeSet<PackageKey>, meant: &PackageState, now: &PackageState) -> Option<String> {
    let words = |version: Option<&Version>| version.map_or("absent".to_owned(), ToString::to_string);
    let change = |key: &PackageKey| {
        let (was, is) = (meant.installed_version(key), now.installed_version(key));
        if was == is { key.to_string() } else { format!("{key} {} → {}", words(was), words(is)) }
    };
    let others: Vec<String> = others.iter().map(change).collect();
    (!others.is_empty()).then(|| format!("changed meanwhile by other means, and left so: {}", set_aside::some(&others)))
}

/// Whole packages that differ, and that the transaction has nothing to do with. Until it was judged what apt left, only a
/// version that apt was never told to install proves that: what dpkg does besides is to take away a package of which
/// another has replaced every file.
fn changed_besides(
    meant: &PackageState,
    now: &PackageState,
    touched: &BTreeSet<PackageKey>,
    is_judged: bool,
) -> BTreeSet<PackageKey> {
    let is_others = |key: &&PackageKey| {
        let (was, is) = (meant.packages.get(*key), now.packages.get(*key));
        let is_new = now.installed_version(key).is_some_and(|version| meant.installed_version(key) != Some(version));
        !touched.contains(*key)
            && was.map(applying::comparable) != is.map(applying::comparable)
            && !is.is_some_and(PackageRecord::is_broken)
            && (is_judged || is_new)
    };
    meant.packages.keys().chain(now.packages.keys()).filter(is_others).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name version status` each.
    fn state(packages: &[(&str, &str, &str)]) -> PackageState {
        let record = |(name, version, status): &(&str, &str, &str)| {
            let record = serde_json::json!({
                "architecture": "arm64", "version": version, "status": status, "selection": "install", "mark": "manual",
            });
            (format!("{name}:arm64").parse().unwrap(), serde_json::from_value(record).unwrap())
        };
        PackageState { packages: packages.iter().map(record).collect(), ..PackageState::default() }
    }

    #[test]
    fn what_was_never_ordered_is_somebody_elses() {
        let meant = state(&[
            ("ours", "1", "installed"),
            ("same", "1", "installed"),
            ("older", "1", "installed"),
            ("gone", "1", "installed"),
            ("torn", "1", "installed"),
        ]);
        let now = state(&[
            ("ours", "2", "installed"),
            ("same", "1", "installed"),
            ("older", "2", "installed"),
            ("new", "1", "installed"),
            ("torn", "2", "half-configured"),
        ]);
        let touched = BTreeSet::from(["ours:arm64".parse().unwrap()]);
        let others = |is_judged| {
            let others = changed_besides(&meant, &now, &touched, is_judged);
            others.iter().map(|key| key.name.to_string()).collect::<Vec<_>>()
        };
        // What is gone may be dpkg's own doing until that was judged; what is unfinished is nobody's to keep.
        assert_eq!(others(false), ["new", "older"]);
        assert_eq!(others(true), ["gone", "new", "older"]);
    }
}
