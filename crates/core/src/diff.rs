//! The difference of two package states, and its application: `between(a, b).applied_to(a) == b`.

use crate::debian::PackageKey;
use crate::digest::Digest;
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
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            field_lines(before, after).into_iter().map(|line| format!("{key} {line}")).collect()
        }
        (Some(before), None) => vec![format!("{key} gone (was {})", before.version)],
        (None, Some(after)) => vec![format!("{key} new ({})", after.version)],
        (None, None) => Vec::new(),
    }
}

fn field_lines(before: &PackageRecord, after: &PackageRecord) -> Vec<String> {
    // Taken apart whole, so that no field to come can be forgotten.
    let PackageRecord { architecture, version, status, reinstall_required, selection, mark, conffiles, file_list } =
        before;
    let yes_or_no = |is: &bool| if *is { "yes" } else { "no" }.to_owned();
    let short = |list: &Option<Digest>| list.map_or("none".to_owned(), |digest| digest.short());
    [
        line("version", version, &after.version, ToString::to_string),
        line("status", status, &after.status, word),
        line("reinstall required", reinstall_required, &after.reinstall_required, yes_or_no),
        line("selection", selection, &after.selection, word),
        line("mark", mark, &after.mark, word),
        line("architecture", architecture, &after.architecture, ToString::to_string),
        conffiles_line(conffiles, &after.conffiles),
        line("file list", file_list, &after.file_list, short),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn line<T: PartialEq>(name: &str, was: &T, is: &T, words: impl Fn(&T) -> String) -> Option<String> {
    (was != is).then(|| format!("{name} {} → {}", words(was), words(is)))
}

/// `HalfInstalled` as dpkg writes it: `half-installed`.
fn word(value: &impl std::fmt::Debug) -> String {
    let mut word = String::new();
    for character in format!("{value:?}").chars() {
        if character.is_ascii_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.push(character.to_ascii_lowercase());
    }
    word
}

fn conffiles_line(was: &BTreeMap<FilePath, String>, is: &BTreeMap<FilePath, String>) -> Option<String> {
    let paths: Vec<String> = changes(was, is).into_iter().map(|change| change.key.to_string()).collect();
    (!paths.is_empty()).then(|| format!("conffiles differ: {}", paths.join(", ")))
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
