//! The difference of two package states, and its application: `apply(a, diff(a, b)) == b`.

use crate::debian::PackageKey;
use crate::state::{FileRecord, PackageRecord, PackageState};
use crate::text::FilePath;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What differs between two states, each thing once, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateDiff {
    /// Packages whose records differ.
    pub packages: Vec<Change<PackageKey, PackageRecord>>,
    /// Files whose records differ.
    pub files: Vec<Change<FilePath, FileRecord>>,
}

/// One thing that differs; absent on one side when it is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<K, R> {
    /// Which.
    pub key: K,
    /// As it was.
    pub before: Option<R>,
    /// As it is.
    pub after: Option<R>,
}

impl StateDiff {
    /// What changed from `before` to `after`.
    pub fn between(before: &PackageState, after: &PackageState) -> Self {
        StateDiff { packages: changes(&before.packages, &after.packages), files: changes(&before.files, &after.files) }
    }

    /// `state` with every change made to it.
    pub fn applied_to(&self, mut state: PackageState) -> PackageState {
        self.packages.iter().for_each(|change| make(&mut state.packages, change));
        self.files.iter().for_each(|change| make(&mut state.files, change));
        state
    }

    /// Whether the two states were equal.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty() && self.files.is_empty()
    }

    /// Each differing field in one line, for people: `hello:arm64 version 1.0 → 2.0`.
    pub fn lines(&self) -> Vec<String> {
        let packages = self.packages.iter().flat_map(package_lines);
        let files = self.files.iter().map(|change| format!("{} {}", change.key, file_words(change)));
        packages.chain(files).collect()
    }
}

fn changes<K: Ord + Clone, R: PartialEq + Clone>(before: &BTreeMap<K, R>, after: &BTreeMap<K, R>) -> Vec<Change<K, R>> {
    let mut keys: Vec<&K> = before.keys().chain(after.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter(|key| before.get(key) != after.get(key))
        .map(|key| Change { key: key.clone(), before: before.get(key).cloned(), after: after.get(key).cloned() })
        .collect()
}

fn make<K: Ord + Clone, R: Clone>(map: &mut BTreeMap<K, R>, change: &Change<K, R>) {
    match &change.after {
        Some(record) => map.insert(change.key.clone(), record.clone()),
        None => map.remove(&change.key),
    };
}

fn package_lines(change: &Change<PackageKey, PackageRecord>) -> Vec<String> {
    let key = &change.key;
    let (before, after) = match (&change.before, &change.after) {
        (Some(before), Some(after)) => (before, after),
        (Some(before), None) => return vec![format!("{key} gone (was {})", before.version)],
        (None, Some(after)) => return vec![format!("{key} new ({})", after.version)],
        (None, None) => return Vec::new(),
    };
    let fields = [
        ("version", before.version.to_string(), after.version.to_string()),
        ("status", format!("{:?}", before.status), format!("{:?}", after.status)),
        ("reinstall required", before.reinstall_required.to_string(), after.reinstall_required.to_string()),
        ("selection", format!("{:?}", before.selection), format!("{:?}", after.selection)),
        ("mark", format!("{:?}", before.mark), format!("{:?}", after.mark)),
        ("architecture", before.architecture.to_string(), after.architecture.to_string()),
        ("conffiles", format!("{} recorded", before.conffiles.len()), format!("{} recorded", after.conffiles.len())),
        ("file list", short(before), short(after)),
    ];
    let differing = |(name, was, is): &(&str, String, String)| {
        was != is || (*name == "conffiles" && before.conffiles != after.conffiles)
    };
    fields
        .into_iter()
        .filter(differing)
        .map(|(name, was, is)| format!("{key} {name} {} → {}", was.to_lowercase(), is.to_lowercase()))
        .collect()
}

fn short(record: &PackageRecord) -> String {
    record.file_list.map_or_else(|| "none".to_owned(), |digest| digest.short())
}

fn file_words(change: &Change<FilePath, FileRecord>) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "new",
        (_, None) => "gone",
        (Some(FileRecord::File { sha256: was, .. }), Some(FileRecord::File { sha256: is, .. })) if was == is => {
            "owner or mode changed"
        }
        (Some(_), Some(_)) => "changed",
    }
}
