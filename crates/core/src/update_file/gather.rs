//! From words to entries: each parsed, duplicates dropped, contradictions told.

use super::problem::{Problem, quoted};
use super::words::Word;
use super::{ENTRIES_MAX, Entry, PackageSpec, SpecError};
use crate::debian::{Architecture, PackageName};
use std::collections::BTreeMap;
use std::collections::btree_map;

/// What an entry may be about only once.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Subject<'a> {
    Package(&'a PackageName, Option<&'a Architecture>),
    /// `@security` and the like, and .deb files, which contradict nothing that can be seen in the list.
    Itself(&'a PackageSpec),
}

/// The entries that the words spell, or everything that is wrong with them. `next_step` tells how to list a package.
pub(super) fn entries(words: &[Word<'_>], next_step: &str) -> Result<Vec<Entry>, Vec<Problem>> {
    if words.is_empty() {
        return Err(vec![Problem::at((1, 1), "", format!("a package, but this lists no package; {next_step}"))]);
    }
    let (entries, mut problems) = parsed(words);
    let (kept, contradictions) = without_duplicates(entries);
    problems.extend(contradictions);
    if problems.is_empty() { Ok(kept) } else { Err(problems) }
}

fn parsed(words: &[Word<'_>]) -> (Vec<Entry>, Vec<Problem>) {
    let mut entries = Vec::new();
    let mut problems = Vec::new();
    for word in words.iter().take(ENTRIES_MAX) {
        match word.text.parse() {
            Ok(spec) => entries.push(Entry { spec, line: word.line, column: word.column }),
            Err(SpecError { expected, .. }) => {
                problems.push(Problem::at((word.line, word.column), word.text, expected))
            }
        }
    }
    if let Some(word) = words.get(ENTRIES_MAX) {
        let expected = format!("within the limit of {ENTRIES_MAX} packages; split the list");
        problems.push(Problem::at((word.line, word.column), word.text, expected));
    }
    (entries, problems)
}

fn without_duplicates(entries: Vec<Entry>) -> (Vec<Entry>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut first_of = BTreeMap::new();
    let mut keep = vec![true; entries.len()];
    for (entry, keep) in entries.iter().zip(&mut keep) {
        match first_of.entry(subject(&entry.spec)) {
            btree_map::Entry::Vacant(place) => {
                place.insert(entry);
            }
            btree_map::Entry::Occupied(first) if *first.get() == entry => *keep = false,
            btree_map::Entry::Occupied(first) => problems.push(contradiction(entry, first.get())),
        }
    }
    drop(first_of);
    let kept = entries.into_iter().zip(keep).filter_map(|(entry, keep)| keep.then_some(entry)).collect();
    (kept, problems)
}

fn subject(spec: &PackageSpec) -> Subject<'_> {
    match spec {
        PackageSpec::Install { name, architecture, .. }
        | PackageSpec::InstallFrom { name, architecture, .. }
        | PackageSpec::Remove { name, architecture } => Subject::Package(name, architecture.as_ref()),
        PackageSpec::Security | PackageSpec::Upgrade | PackageSpec::Deb(_) | PackageSpec::Staged { .. } => {
            Subject::Itself(spec)
        }
    }
}

fn contradiction(entry: &Entry, first: &Entry) -> Problem {
    let Entry { line, column, .. } = *first;
    let place = if line == entry.line { format!("line {line}, column {column}") } else { format!("line {line}") };
    let expected = format!("compatible with {} on {place}; keep one of the two", quoted(&first.spec.to_string()));
    Problem::at((entry.line, entry.column), &entry.spec.to_string(), expected)
}
