//! Rehearsal: apt simulates a lock on the device as it is, or the way back on the device as it would be after it, with
//! nothing at hand but the lock's .debs or what the vault will hold. No .deb is needed for it, only control stanzas.

use super::Direction;
use super::locks::AptIdle;
use super::options::{PRIVATE_PARTS, apt_get, options, private};
use super::simulate::{self, Simulated};
use super::{query, stanza};
use crate::fault::{Doing, Result};
use framboise_core::debian::{Architecture, PackageKey};
use framboise_core::plan::Lock;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The index of what the vault will hold; apt takes what is called `Packages` for one.
const INDEX: &str = "vault/Packages";

/// Fields that stand in dpkg's record and in no archive's index.
const RECORD_FIELDS: [&str; 4] = ["Status", "Conffiles", "Config-Version", "Triggers-Pending"];

/// Fields that stand in an archive's index and in no .deb.
const INDEX_FIELDS: [&str; 6] = ["Filename", "Size", "MD5sum", "SHA1", "SHA256", "SHA512"];

/// Simulates a lock, or the way back from it. `after` holds the control stanza of what the lock installs.
///
/// # Errors
/// The cause, when apt finds no way.
pub fn rehearse(
    directory: &Path,
    lock: &Lock,
    direction: Direction,
    after: &BTreeMap<PackageKey, String>,
    native: &Architecture,
    _apt_idle: &AptIdle,
) -> Result<Simulated> {
    let records = query::status_text()?;
    let (status, index) = match direction {
        Direction::Forward => {
            (records, after.values().map(|stanza| offered(&without(stanza, &INDEX_FIELDS))).collect())
        }
        Direction::Back => after_it(&records, lock, after, native),
    };
    for part in ["vault"].into_iter().chain(PRIVATE_PARTS) {
        fs::create_dir_all(directory.join(part)).at("write", directory)?;
    }
    let write = |part: &str, text: String| fs::write(directory.join(part), text).at("write", directory);
    write("status", status)?;
    write(INDEX, index)?;
    let wanted = lock.entries.iter().map(|(key, entry)| match direction.leads_to(entry) {
        Some(version) => format!("{key}={version}"),
        None => format!("{key}-"),
    });
    let status = format!("Dir::State::status={}", directory.join("status").display());
    let own: Vec<String> = private(directory, INDEX).into_iter().chain(options(&[&status])).collect();
    let flags = ["-s", "--allow-downgrades", "--allow-remove-essential", "--allow-change-held-packages"];
    let run = apt_get().args(own).args(flags).args(["--no-install-recommends", "install", "--"]);
    let simulated = simulate::read(&run.args(wanted).run()?, native);
    fs::remove_dir_all(directory).at("remove", directory)?;
    simulated
}

/// dpkg's records as they would be after a lock, and an index of what it replaced or removed.
fn after_it(
    records: &str,
    lock: &Lock,
    after: &BTreeMap<PackageKey, String>,
    native: &Architecture,
) -> (String, String) {
    let (mut status, mut index) = (String::new(), String::new());
    for record in records.split("\n\n").filter(|record| !record.trim().is_empty()) {
        let key = stanza::key(record, native);
        match key.as_ref().and_then(|key| lock.entries.get(key)) {
            Some(entry) if entry.before.is_some() => index.push_str(&offered(record)),
            Some(_) => {}
            None => status.extend([record.trim_end(), "\n\n"]),
        }
    }
    for stanza in after.values() {
        status.push_str(&installed(stanza));
    }
    (status, index)
}

/// dpkg's record as an index would have it.
fn offered(record: &str) -> String {
    format!("{}Filename: ./x.deb\nSize: 1\n\n", without(record, &RECORD_FIELDS))
}

/// An index's stanza as dpkg would have it.
fn installed(stanza: &str) -> String {
    let kept = without(&without(stanza, &INDEX_FIELDS), &["Status"]);
    let (first, rest) = kept.split_once('\n').unwrap_or((&kept, ""));
    format!("{first}\nStatus: install ok installed\n{rest}\n")
}

/// The stanza without these fields and their continuation lines.
fn without(stanza: &str, fields: &[&str]) -> String {
    let mut kept = String::new();
    let mut is_kept = true;
    for line in stanza.lines().filter(|line| !line.is_empty()) {
        if !line.starts_with([' ', '\t']) {
            is_kept = line.split_once(':').is_none_or(|(name, _)| !fields.contains(&name));
        }
        if is_kept {
            kept.extend([line, "\n"]);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_records_into_offers_and_back() {
        let record = "Package: hello\nStatus: install ok installed\nConffiles:\n /etc/hello 0123\nVersion: 1.0";
        assert_eq!(offered(record), "Package: hello\nVersion: 1.0\nFilename: ./x.deb\nSize: 1\n\n");
        let offer = "Package: hello\nVersion: 2.0\nFilename: pool/hello.deb\nSize: 7\nSHA256: 00";
        assert_eq!(installed(offer), "Package: hello\nStatus: install ok installed\nVersion: 2.0\n\n");
    }
}
