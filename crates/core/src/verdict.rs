//! The verdict on what apt left: whether exactly a lock was done. An exit status proves nothing.

use crate::cause::Cause;
use crate::debian::{PackageKey, Version};
use crate::plan::Lock;
use crate::state::{PackageRecord, PackageState};
use std::collections::{BTreeMap, BTreeSet};

/// Judges what stands `after` a lock was carried out on `before`: its packages are at the versions and have the marks that it
/// names, nothing else changed but what `others` did to their packages, and dpkg left nothing unfinished that it had finished before.
///
/// # Errors
/// [`Cause::DpkgBroken`], [`Cause::StateDiffers`].
pub fn judge(
    before: &PackageState,
    lock: &Lock,
    after: &PackageState,
    others: &BTreeSet<PackageKey>,
) -> Result<(), Cause> {
    let broken: Vec<String> = after.broken().difference(&before.broken()).map(ToString::to_string).collect();
    if !broken.is_empty() {
        return Err(Cause::DpkgBroken { packages: broken });
    }
    let mut differences = Vec::new();
    for (key, entry) in &lock.entries {
        let (stands, meant) = (after.installed_version(key), entry.after.as_ref().map(|deb| &deb.version));
        if stands != meant {
            differences.push(format!("{key} is {} instead of {}", words(stands), words(meant)));
        }
        let marked = after.packages.get(key).map(|record| record.mark);
        if entry.mark.is_some() && marked.is_some() && marked != entry.mark {
            differences.push(format!("{key} has another mark than planned"));
        }
    }
    let besides = |state: &PackageState| -> BTreeMap<PackageKey, PackageRecord> {
        let is_besides = |key: &PackageKey| !lock.entries.contains_key(key) && !others.contains(key);
        let packages = state.packages.iter().filter(|(key, _)| is_besides(key));
        packages.map(|(key, record)| (key.clone(), record.without_files())).collect()
    };
    let (were, are) = (besides(before), besides(after));
    let keys: BTreeSet<&PackageKey> = were.keys().chain(are.keys()).collect();
    let changed = keys.into_iter().filter(|key| were.get(key) != are.get(key));
    differences.extend(changed.map(|key| format!("{key} changed besides")));
    if differences.is_empty() { Ok(()) } else { Err(Cause::StateDiffers { differences }) }
}

/// Whole packages that stand `now` otherwise than `meant`, and that a transaction has nothing to do with, for it `touched`
/// none of them. Until it was judged what apt left, only a version that apt was never told to install proves that: what
/// dpkg does besides is to take away a package of which another has replaced every file.
pub fn changed_by_others(
    meant: &PackageState,
    now: &PackageState,
    touched: &BTreeSet<PackageKey>,
    is_judged: bool,
) -> BTreeSet<PackageKey> {
    let is_others = |key: &&PackageKey| {
        let (was, is) = (meant.packages.get(*key), now.packages.get(*key));
        let is_new = now.installed_version(key).is_some_and(|version| meant.installed_version(key) != Some(version));
        !touched.contains(*key)
            && was.map(PackageRecord::without_files) != is.map(PackageRecord::without_files)
            && !is.is_some_and(PackageRecord::is_broken)
            && (is_judged || is_new)
    };
    meant.packages.keys().chain(now.packages.keys()).filter(is_others).cloned().collect()
}

fn words(version: Option<&Version>) -> String {
    version.map_or("absent".to_owned(), ToString::to_string)
}
