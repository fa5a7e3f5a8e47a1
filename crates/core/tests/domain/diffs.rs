//! Differences: what leads from one state to the other, and in which words it is told.

use super::made::{any_state, directory, file, record};
use framboise_core::diff::StateDiff;
use framboise_core::digest::Digest;
use framboise_core::state::{DpkgStatus, FileRecord, Mark, PackageRecord, PackageState, Selection};
use proptest::prelude::*;

#[test]
fn each_field_is_told_in_plain_words() {
    let changed = PackageRecord {
        architecture: "all".parse().unwrap(),
        version: "1.0-1Ubuntu".parse().unwrap(),
        status: DpkgStatus::HalfInstalled,
        reinstall_required: true,
        selection: Selection::Hold,
        mark: Mark::Auto,
        conffiles: [("/etc/\u{1b}x".into(), "0123".to_owned())].into(),
        file_list: Some(Digest::of(b"list")),
    };
    let file_with = |mode| FileRecord::File { sha256: Digest::of(b"a"), mode, uid: 0, gid: 0 };
    let before = PackageState {
        packages: [("a1:arm64".parse().unwrap(), record()), ("b1:arm64".parse().unwrap(), record())].into(),
        files: [("/etc/1".into(), file("a")), ("/etc/2".into(), file("a")), ("/etc/3".into(), file("a"))].into(),
    };
    let after = PackageState {
        packages: [("a1:arm64".parse().unwrap(), changed), ("c1:arm64".parse().unwrap(), record())].into(),
        files: [("/etc/2".into(), file_with(0o600)), ("/etc/3".into(), file("b")), ("/etc/4".into(), directory())]
            .into(),
    };
    insta::assert_snapshot!(StateDiff::between(&before, &after).lines().join("\n"), @r"
    a1:arm64 version 1.0-1 → 1.0-1Ubuntu
    a1:arm64 status installed → half-installed
    a1:arm64 reinstall required no → yes
    a1:arm64 selection install → hold
    a1:arm64 mark manual → auto
    a1:arm64 architecture arm64 → all
    a1:arm64 conffiles differ: /etc/\u{1b}x
    a1:arm64 file list none → a330395c
    b1:arm64 gone (was 1.0-1)
    c1:arm64 new (1.0-1)
    /etc/1 gone
    /etc/2 owner or mode changed
    /etc/3 changed
    /etc/4 new
    ");
}

proptest! {
    #[test]
    fn a_difference_leads_from_one_state_to_the_other(one in any_state(), other in any_state()) {
        let difference = StateDiff::between(&one, &other);
        prop_assert_eq!(difference.is_empty(), one == other);
        prop_assert_eq!(&difference.applied_to(one.clone()), &other);
        prop_assert_eq!(&StateDiff::between(&other, &one).applied_to(other), &one);
        prop_assert_eq!(StateDiff::between(&one, &one), StateDiff::default());
        prop_assert_eq!(&StateDiff::default().applied_to(one.clone()), &one);
        let json = serde_json::to_string(&difference).unwrap();
        prop_assert_eq!(serde_json::from_str::<StateDiff>(&json).unwrap(), difference);
    }

    #[test]
    fn each_differing_field_has_one_line(one in any_state(), other in any_state()) {
        let lines = StateDiff::between(&one, &other).lines();
        prop_assert_eq!(lines.len(), fields(&one, &other), "{:#?}", lines);
        for line in lines {
            prop_assert!(!line.contains(|c: char| c.is_control() || c == '\u{202e}'), "{line:?}");
        }
    }
}

/// How many fields differ, a package or file that is new or gone counting as one.
fn fields(one: &PackageState, other: &PackageState) -> usize {
    let keys: std::collections::BTreeSet<_> = one.packages.keys().chain(other.packages.keys()).collect();
    let packages: usize = keys.into_iter().map(|key| differing(one.packages.get(key), other.packages.get(key))).sum();
    let paths: std::collections::BTreeSet<_> = one.files.keys().chain(other.files.keys()).collect();
    packages + paths.into_iter().filter(|path| one.files.get(*path) != other.files.get(*path)).count()
}

fn differing(one: Option<&PackageRecord>, other: Option<&PackageRecord>) -> usize {
    let (Some(one), Some(other)) = (one, other) else { return usize::from(one != other) };
    let fields = [
        one.architecture != other.architecture,
        one.version != other.version,
        one.status != other.status,
        one.reinstall_required != other.reinstall_required,
        one.selection != other.selection,
        one.mark != other.mark,
        one.conffiles != other.conffiles,
        one.file_list != other.file_list,
    ];
    fields.into_iter().filter(|differs| *differs).count()
}
