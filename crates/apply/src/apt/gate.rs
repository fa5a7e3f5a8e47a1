//! The gate: apt's real transaction against the lock, each .deb by hash, before dpkg starts.
//!
//! apt runs it as its `DPkg::Pre-Install-Pkgs` hook, protocol version 3 (apt.conf(5)): after a header and a blank line,
//! one line for each thing dpkg will do. Its exit status 1 stops apt before anything has changed.

use crate::fault::{Doing, Result};
use framboise_core::debian::{PackageKey, Version};
use framboise_core::digest::Digest;
use framboise_core::plan::Lock;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// What each line of a refusal begins with, for the engine to find it among apt's words.
pub const REFUSAL: &str = "framboise-apply gate: ";

/// What apt hands to a hook, of version 3.
const HEADER: &str = "VERSION 3";

/// Compares what apt is about to do with the lock in `lock_file`; the differences, none when it may go on.
///
/// # Errors
/// When the lock, or a .deb that apt names, cannot be read.
pub fn differences(lock_file: &Path, mut from_apt: impl Read) -> Result<Vec<String>> {
    let lock: Lock = crate::durable::read_json(lock_file)?
        .ok_or_else(|| crate::fault::fault(format!("read {}", lock_file.display()), "it is absent"))?;
    let mut text = String::new();
    from_apt.read_to_string(&mut text).doing("read apt's plan")?;
    let Some(actions) = parse(&text) else {
        return Ok(vec!["apt speaks a protocol that the gate does not know".into()]);
    };
    compare(&lock, &actions, &mut |path| crate::vault::digest_of(Path::new(path)))
}

/// One thing that dpkg will do.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Unpack { version: Version, file: String },
    Configure,
    Remove,
}

/// Every line of the protocol, or none when one is not understood.
fn parse(text: &str) -> Option<Vec<(PackageKey, Action)>> {
    let (header, actions) = text.split_once("\n\n")?;
    if header.lines().next() != Some(HEADER) {
        return None;
    }
    let native = header.lines().find_map(|line| line.strip_prefix("APT::Architecture="))?.parse().ok()?;
    actions.lines().filter(|line| !line.is_empty()).map(|line| action(line, &native)).collect()
}

/// `name old-version architecture multiarch relation new-version architecture multiarch what`.
fn action(line: &str, native: &framboise_core::debian::Architecture) -> Option<(PackageKey, Action)> {
    let words: Vec<&str> = line.splitn(9, ' ').collect();
    let [name, _, old_architecture, _, _, new_version, new_architecture, _, what] = words.try_into().ok()?;
    let architecture = if new_architecture == "-" { old_architecture } else { new_architecture };
    let key = PackageKey::new(name.parse().ok()?, &architecture.parse().ok()?, native);
    let action = match what {
        "**CONFIGURE**" => Action::Configure,
        "**REMOVE**" => Action::Remove,
        file => Action::Unpack { version: new_version.parse().ok()?, file: file.to_owned() },
    };
    Some((key, action))
}

fn compare(
    lock: &Lock,
    actions: &[(PackageKey, Action)],
    digest_of: &mut dyn FnMut(&str) -> Result<Digest>,
) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let mut unpacked = BTreeSet::new();
    for (key, action) in actions {
        let locked = lock.entries.get(key);
        match (action, locked.map(|entry| &entry.after)) {
            (Action::Unpack { version, file }, Some(Some(deb))) => {
                unpacked.insert(key);
                if deb.version != *version {
                    differences.push(format!("{key} {version} instead of {}", deb.version));
                } else if digest_of(file)? != deb.sha256 {
                    differences.push(format!("{key} {version}: the .deb is not the one that was planned"));
                }
            }
            (Action::Unpack { version, .. }, Some(None)) => {
                differences.push(format!("{key} {version} instead of its removal"))
            }
            (Action::Unpack { version, .. }, None) => differences.push(format!("{key} {version} besides")),
            (Action::Remove, None) => differences.push(format!("{key} removed")),
            // Removed to make room and unpacked again: that it is unpacked is seen below.
            (Action::Remove, Some(_)) => {}
            // One besides was left unconfigured before: dpkg finishes it, its version stays.
            (Action::Configure, _) => {}
        }
    }
    let missing = lock.entries.iter().filter(|(key, entry)| entry.after.is_some() && !unpacked.contains(key));
    differences.extend(missing.map(|(key, _)| format!("{key} left out")));
    let removed =
        |key: &PackageKey| actions.iter().any(|(removed, action)| removed == key && *action == Action::Remove);
    let staying = lock.entries.iter().filter(|(key, entry)| entry.after.is_none() && !removed(key));
    differences.extend(staying.map(|(key, _)| format!("{key} not removed")));
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::plan::{LockEntry, LockedDeb, Reason};

    const PLANNED: &str = "VERSION 3\nAPT::Architecture=arm64\n\n\
        hello 1.0 all none < 2.0 all none /v/hello.deb\n\
        old 1.0 all none > - - - **REMOVE**\n\
        hello 1.0 all none < 2.0 all none **CONFIGURE**\n";

    fn lock() -> Lock {
        let deb = LockedDeb { version: "2.0".parse().unwrap(), bytes: 1, sha256: Digest::of(b"hello 2.0") };
        let entry = |after| LockEntry { before: None, after, mark: None, reason: Reason::Requested };
        let entries = [("hello:arm64", entry(Some(deb))), ("old:arm64", entry(None))];
        Lock { entries: entries.into_iter().map(|(key, entry)| (key.parse().unwrap(), entry)).collect() }
    }

    fn refused(text: &str, content: &'static [u8]) -> Vec<String> {
        compare(&lock(), &parse(text).unwrap(), &mut |_| Ok(Digest::of(content))).unwrap()
    }

    #[test]
    fn lets_the_lock_through() {
        assert_eq!(refused(PLANNED, b"hello 2.0"), Vec::<String>::new());
    }

    #[test]
    fn stops_another_file() {
        assert_eq!(refused(PLANNED, b"evil"), ["hello:arm64 2.0: the .deb is not the one that was planned"]);
    }

    #[test]
    fn stops_one_line_more() {
        let more = format!("{PLANNED}evil - - none < 1.0 all none /v/evil.deb\n");
        assert_eq!(refused(&more, b"hello 2.0"), ["evil:arm64 1.0 besides"]);
        let removal = format!("{PLANNED}sudo 1.0 all none > - - - **REMOVE**\n");
        assert_eq!(refused(&removal, b"hello 2.0"), ["sudo:arm64 removed"]);
    }

    #[test]
    fn stops_one_line_less() {
        let less = PLANNED.replace("old 1.0 all none > - - - **REMOVE**\n", "");
        assert_eq!(refused(&less, b"hello 2.0"), ["old:arm64 not removed"]);
    }

    #[test]
    fn knows_no_other_protocol() {
        assert!(parse("VERSION 4\nAPT::Architecture=arm64\n\n").is_none());
        assert!(parse("VERSION 3\nAPT::Architecture=arm64\n\nhello 1.0\n").is_none());
    }
}
