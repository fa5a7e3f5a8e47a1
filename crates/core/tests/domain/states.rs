//! Package states: the digest sees every field, the base what a plan stands on.

use super::made::{any_state, directory, file, record};
use framboise_core::digest::Digest;
use framboise_core::state::{DpkgStatus, FileRecord, Mark, PackageRecord, PackageState, Selection};
use framboise_core::text::FilePath;
use proptest::prelude::*;
use std::collections::BTreeSet;

type Change = fn(&mut PackageRecord);

/// One change of each field; the base sees the first ones only.
const SEEN_BY_THE_BASE: [Change; 4] = [
    |record| record.version = "1.0-2".parse().unwrap(),
    |record| record.status = DpkgStatus::Unpacked,
    |record| record.reinstall_required = true,
    |record| record.selection = Selection::Hold,
];
const NOT_SEEN_BY_THE_BASE: [Change; 5] = [
    |record| record.architecture = "all".parse().unwrap(),
    |record| record.mark = Mark::Auto,
    |record| record.file_list = Some(Digest::of(b"list")),
    |record| record.conffiles = [("/etc/a".into(), "0123".to_owned())].into(),
    |record| record.conffiles = [("/etc/a".into(), "0123 obsolete".to_owned())].into(),
];

#[test]
fn the_digest_sees_each_field_of_a_package() {
    let changed = SEEN_BY_THE_BASE.iter().chain(&NOT_SEEN_BY_THE_BASE).map(with);
    let states: Vec<PackageState> = changed.chain([with(&no_change()), PackageState::default()]).collect();
    assert_eq!(digests(&states).len(), states.len());
}

#[test]
fn the_digest_sees_each_field_of_a_file() {
    let sha256 = Digest::of(b"a");
    let (mode, uid, gid) = (0o644, 0, 0);
    let records = [
        file("a"),
        file("b"),
        FileRecord::File { sha256, mode: 0o4644, uid, gid },
        FileRecord::File { sha256, mode, uid: 1, gid },
        FileRecord::File { sha256, mode, uid, gid: 1 },
        FileRecord::Link { target: "/a".into() },
        FileRecord::Link { target: "/b".into() },
        directory(),
        FileRecord::Directory { mode: 0o700, uid, gid },
        FileRecord::Directory { mode: 0o755, uid: 1, gid },
        FileRecord::Directory { mode: 0o755, uid, gid: 1 },
        FileRecord::Special,
    ];
    let states: Vec<PackageState> = records.into_iter().map(|record| holding("/etc/a", record)).collect();
    let elsewhere = [holding("/etc/b", file("a")), PackageState::default()];
    assert_eq!(digests(states.iter().chain(&elsewhere)).len(), states.len() + 2);
}

#[test]
fn the_base_sees_versions_status_and_selection_alone() {
    let base = with(&no_change()).base();
    let changed: BTreeSet<Digest> = SEEN_BY_THE_BASE.iter().map(|change| with(change).base()).collect();
    assert_eq!(changed.len(), SEEN_BY_THE_BASE.len());
    assert!(!changed.contains(&base) && PackageState::default().base() != base);
    for change in NOT_SEEN_BY_THE_BASE {
        assert_eq!(with(&change).base(), base);
    }
    let files = [("/etc/a".into(), file("a"))].into();
    assert_eq!(PackageState { files, ..with(&no_change()) }.base(), base);
}

#[test]
fn only_whole_packages_count_as_installed() {
    let mut state = with(&no_change());
    let broken: Change = |record| record.reinstall_required = true;
    let left: Change = |record| record.status = DpkgStatus::ConfigFiles;
    let half: Change = |record| record.status = DpkgStatus::TriggersPending;
    for (name, change) in [("b1:arm64", broken), ("b2:arm64", left), ("b3:armhf", half)] {
        state.packages.insert(name.parse().unwrap(), with(&change).packages.into_values().next().unwrap());
    }
    assert_eq!(state.rollback_file(), "a1:arm64=1.0-1\n");
    let broken: Vec<String> = state.broken().iter().map(ToString::to_string).collect();
    assert_eq!(broken, ["b1:arm64", "b3:armhf"]);
    let version = |key: &str| state.installed_version(&key.parse().unwrap()).map(ToString::to_string);
    assert_eq!(["a1:arm64", "b1:arm64", "b2:arm64", "c1:arm64"].map(version), [Some("1.0-1".into()), None, None, None]);
}

proptest! {
    #[test]
    fn digests_are_equal_when_states_are(one in any_state(), other in any_state()) {
        prop_assert_eq!(one.digest().unwrap() == other.digest().unwrap(), one == other);
        let read: PackageState = serde_json::from_str(&serde_json::to_string(&one).unwrap()).unwrap();
        prop_assert_eq!(read.digest().unwrap(), one.digest().unwrap());
        prop_assert_eq!(read, one);
    }
}

fn no_change() -> Change {
    |_| ()
}

fn with(change: &Change) -> PackageState {
    let mut record = record();
    change(&mut record);
    PackageState { packages: [("a1:arm64".parse().unwrap(), record)].into(), ..PackageState::default() }
}

fn holding(path: &str, record: FileRecord) -> PackageState {
    PackageState { files: [(FilePath::from(path), record)].into(), ..PackageState::default() }
}

fn digests<'a>(states: impl IntoIterator<Item = &'a PackageState>) -> BTreeSet<Digest> {
    states.into_iter().map(|state| state.digest().unwrap()).collect()
}
