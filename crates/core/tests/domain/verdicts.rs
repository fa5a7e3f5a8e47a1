//! What apt left, held against what it was told.

use crate::made::{any_record, any_state, record};
use framboise_core::cause::Cause;
use framboise_core::debian::PackageKey;
use framboise_core::digest::Digest;
use framboise_core::plan::{Lock, LockEntry, LockedDeb, Reason};
use framboise_core::state::{DpkgStatus, Mark, PackageRecord, PackageState};
use framboise_core::verdict::{changed_by_others, judge};
use proptest::prelude::*;
use std::collections::BTreeSet;

const NOBODY: BTreeSet<PackageKey> = BTreeSet::new();

/// The lock that leads from one state to another.
fn lock_between(before: &PackageState, after: &PackageState) -> Lock {
    let mut lock = Lock::default();
    for key in before.packages.keys().chain(after.packages.keys()) {
        let (was, is) = (before.installed_version(key), after.installed_version(key));
        let deb = |version: &framboise_core::debian::Version| LockedDeb {
            version: version.clone(),
            bytes: 1,
            sha256: Digest::of(b""),
        };
        if before.packages.get(key) != after.packages.get(key) {
            let mark = is.and_then(|_| after.packages.get(key)).map(|record| record.mark);
            let entry = LockEntry { before: was.cloned(), after: is.map(deb), mark, reason: Reason::Requested };
            lock.entries.insert(key.clone(), entry);
        }
    }
    lock
}

/// With nothing between two states.
fn whole(mut state: PackageState) -> PackageState {
    for record in state.packages.values_mut().filter(|record| record.is_broken()) {
        (record.status, record.reinstall_required) = (DpkgStatus::Installed, false);
    }
    state
}

proptest! {
    #[test]
    fn what_the_lock_says_is_right(before in any_state(), after in any_state()) {
        let after = whole(after);
        prop_assert_eq!(judge(&before, &lock_between(&before, &after), &after, &NOBODY), Ok(()));
    }

    #[test]
    fn a_mark_that_is_not_the_planned_one_is_seen(before in any_state(), after in any_state()) {
        let mut after = whole(after);
        let lock = lock_between(&before, &after);
        let marked = lock.entries.iter().find(|(_, entry)| entry.mark.is_some()).map(|(key, _)| key.clone());
        let Some(key) = marked else { return Ok(()) };
        let record = after.packages.get_mut(&key).unwrap();
        record.mark = if record.mark == Mark::Auto { Mark::Manual } else { Mark::Auto };
        let differences = vec![format!("{key} has another mark than planned")];
        prop_assert_eq!(judge(&before, &lock, &after, &NOBODY), Err(Cause::StateDiffers { differences }));
    }

    #[test]
    fn any_other_package_that_changed_is_seen(before in any_state(), after in any_state(), other in any_record()) {
        let (before, mut after) = (whole(before), whole(after));
        let lock = lock_between(&before, &after);
        let key: PackageKey = "other:arm64".parse().unwrap();
        after.packages.insert(key.clone(), other.clone());
        let verdict = judge(&before, &lock, &after, &NOBODY);
        if other.is_broken() {
            prop_assert_eq!(verdict, Err(Cause::DpkgBroken { packages: vec![key.to_string()] }));
        } else {
            prop_assert_eq!(verdict, Err(Cause::StateDiffers { differences: vec![format!("{key} changed besides")] }));
            // Unless somebody else is known to have done it.
            prop_assert_eq!(judge(&before, &lock, &after, &BTreeSet::from([key])), Ok(()));
        }
    }

    #[test]
    fn nothing_of_ours_is_taken_for_somebody_elses(meant in any_state(), now in any_state(), is_judged in any::<bool>()) {
        let all: BTreeSet<PackageKey> = meant.packages.keys().chain(now.packages.keys()).cloned().collect();
        prop_assert!(changed_by_others(&meant, &now, &all, is_judged).is_empty());
        // What differs and is spared is spared whole: with it, the rest is as it was meant.
        let others = changed_by_others(&meant, &now, &NOBODY, true);
        let left = all.difference(&others).filter(|key| {
            meant.packages.get(*key).map(PackageRecord::without_files) != now.packages.get(*key).map(PackageRecord::without_files)
        });
        for key in left {
            prop_assert!(now.packages.get(key).is_some_and(PackageRecord::is_broken), "{}", key);
        }
    }
}

#[test]
fn a_version_that_is_not_the_planned_one_is_named() {
    let before = state(&[("ours", "1", "installed")]);
    let lock = lock_between(&before, &state(&[("ours", "2", "installed")]));
    let verdict = judge(&before, &lock, &before, &NOBODY);
    let differences = vec!["ours:arm64 is 1 instead of 2".to_owned()];
    assert_eq!(verdict, Err(Cause::StateDiffers { differences }));
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
        let others = changed_by_others(&meant, &now, &touched, is_judged);
        others.iter().map(|key| key.name.to_string()).collect::<Vec<_>>()
    };
    // What is gone may be dpkg's own doing until that was judged; what is unfinished is nobody's to keep.
    assert_eq!(others(false), ["new", "older"]);
    assert_eq!(others(true), ["gone", "new", "older"]);
}

/// `name version status` each.
fn state(packages: &[(&str, &str, &str)]) -> PackageState {
    let record = |(name, version, status): &(&str, &str, &str)| {
        let status = serde_json::from_value((*status).into()).unwrap();
        let record = PackageRecord { version: version.parse().unwrap(), status, ..record() };
        (format!("{name}:arm64").parse().unwrap(), record)
    };
    PackageState { packages: packages.iter().map(record).collect(), ..PackageState::default() }
}
