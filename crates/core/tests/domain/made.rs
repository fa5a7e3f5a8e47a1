//! Makes package states: few packages and few paths, so that two states have much in common.

use framboise_core::debian::PackageKey;
use framboise_core::digest::Digest;
use framboise_core::state::{DpkgStatus, FileRecord, Mark, PackageRecord, PackageState, Selection};
use framboise_core::text::FilePath;
use proptest::collection::btree_map;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;

pub type Files = BTreeMap<FilePath, FileRecord>;

/// A plain installed package.
pub fn record() -> PackageRecord {
    PackageRecord {
        architecture: "arm64".parse().unwrap(),
        version: "1.0-1".parse().unwrap(),
        status: DpkgStatus::Installed,
        reinstall_required: false,
        selection: Selection::Install,
        mark: Mark::Manual,
        conffiles: BTreeMap::new(),
        file_list: None,
    }
}

/// A plain file with this content.
pub fn file(content: &str) -> FileRecord {
    FileRecord::File { sha256: Digest::of(content.as_bytes()), mode: 0o644, uid: 0, gid: 0 }
}

/// A plain directory.
pub fn directory() -> FileRecord {
    FileRecord::Directory { mode: 0o755, uid: 0, gid: 0 }
}

pub fn any_state() -> impl Strategy<Value = PackageState> {
    let files = btree_map(any_path(), any_file(), 0..5);
    (btree_map(any_key(), any_record(), 0..5), files).prop_map(|(packages, files)| PackageState { packages, files })
}

fn any_key() -> impl Strategy<Value = PackageKey> {
    select(vec!["a1:arm64", "a1:armhf", "b+.-2:arm64", "g++:arm64"]).prop_map(|text| text.parse().unwrap())
}

fn any_path() -> impl Strategy<Value = FilePath> {
    let paths: [&[u8]; 6] =
        [b"/etc", b"/etc/a", b"/etc/new\nline", b"/etc/\x1b[2J\xe9", "/etc/\u{202e}\u{9b}".as_bytes(), b"/etc/\\"];
    select(paths.map(FilePath::from_bytes).to_vec())
}

prop_compose! {
    pub fn any_record()(
        architecture in select(vec!["arm64", "armhf", "all"]),
        version in select(vec!["1.0", "1.0A", "1.0a", "2:1.0~rc1-1"]),
        status in select(vec![
            DpkgStatus::ConfigFiles, DpkgStatus::HalfInstalled, DpkgStatus::Unpacked, DpkgStatus::HalfConfigured,
            DpkgStatus::TriggersAwaited, DpkgStatus::TriggersPending, DpkgStatus::Installed,
        ]),
        reinstall_required in any::<bool>(),
        selection in select(vec![
            Selection::Unknown, Selection::Install, Selection::Hold, Selection::Deinstall, Selection::Purge,
        ]),
        mark in select(vec![Mark::Auto, Mark::Manual]),
        conffiles in btree_map(any_path(), select(vec!["0123".to_owned(), "4567 obsolete\u{7}".to_owned()]), 0..3),
        file_list in prop::option::of(any_digest()),
    ) -> PackageRecord {
        let (architecture, version) = (architecture.parse().unwrap(), version.parse().unwrap());
        PackageRecord { architecture, version, status, reinstall_required, selection, mark, conffiles, file_list }
    }
}

pub fn any_file() -> impl Strategy<Value = FileRecord> {
    let (modes, ids) = (|| select(vec![0o644, 0o755, 0o4755]), || 0_u32..2);
    prop_oneof![
        3 => (any_digest(), modes(), ids(), ids())
            .prop_map(|(sha256, mode, uid, gid)| FileRecord::File { sha256, mode, uid, gid }),
        1 => any_path().prop_map(|target| FileRecord::Link { target }),
        1 => (modes(), ids(), ids()).prop_map(|(mode, uid, gid)| FileRecord::Directory { mode, uid, gid }),
        1 => Just(FileRecord::Special),
    ]
}

/// The first two look alike to people, who are shown eight digits.
fn any_digest() -> impl Strategy<Value = Digest> {
    select(["0", "1", "f"].map(|last| format!("{}{last}", "0".repeat(63)).parse().unwrap()).to_vec())
}
