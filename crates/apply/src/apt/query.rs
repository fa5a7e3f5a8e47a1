//! Reads the package state of the device: dpkg's records, apt's marks, and the files beside them.

use super::marks;
use crate::command::Program;
use crate::fault::{Outcome, fault};
use crate::files;
use framboise_core::debian::{Architecture, PackageKey};
use framboise_core::digest::Digest;
use framboise_core::state::{DpkgStatus, Mark, PackageRecord, PackageState, Selection};
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where dpkg keeps the lists of files (dpkg-query(1) shows them one package at a time, which takes too long).
const INFO: &str = "/var/lib/dpkg/info";

/// dpkg's journal: not empty when dpkg was stopped in the middle (dpkg's `modstatdb`).
const UPDATES: &str = "/var/lib/dpkg/updates";

/// The device's own architecture.
///
/// # Errors
/// When dpkg does not tell.
pub fn native_architecture() -> Outcome<Architecture> {
    let ended = Program::new("dpkg").arg("--print-architecture").run()?;
    ended.output.trim().parse().map_err(|error| fault("learn its architecture", format!("{error}")))
}

/// Whether dpkg was stopped in the middle of writing its records.
pub fn is_interrupted() -> bool {
    std::fs::read_dir(UPDATES).is_ok_and(|entries| entries.count() > 0)
}

/// The whole package state, read now.
///
/// # Errors
/// When dpkg's records or a file cannot be read.
pub fn package_state(native: &Architecture) -> Outcome<PackageState> {
    let packages = packages(native)?;
    let conffiles: BTreeSet<FilePath> = packages.values().flat_map(|record| record.conffiles.keys().cloned()).collect();
    Ok(PackageState { files: files::record(&conffiles)?, packages })
}

/// The packages alone.
///
/// # Errors
/// When dpkg's records cannot be read.
pub fn packages(native: &Architecture) -> Outcome<BTreeMap<PackageKey, PackageRecord>> {
    let auto = marks::auto(native)?;
    let mut packages = records(native)?;
    for (key, record) in &mut packages {
        // apt forgets the mark of what is not installed when it likes, and has no word to set one.
        let is_auto = record.is_installed() && auto.contains(key);
        record.mark = if is_auto { Mark::Auto } else { Mark::Manual };
        record.file_list = file_list(key, native);
    }
    Ok(packages)
}

/// dpkg's records of the packages, without apt's marks and the lists of files: enough for a base
/// ([`PackageState::base`]), and quick.
///
/// # Errors
/// When dpkg's records cannot be read.
pub fn records(native: &Architecture) -> Outcome<BTreeMap<PackageKey, PackageRecord>> {
    let ended = Program::new("dpkg-query").args(["-W", "-f", FORMAT]).run()?;
    if !ended.is_success() {
        return Err(super::failure_of(&ended));
    }
    let mut packages = BTreeMap::new();
    for text in ended.output.split(RECORD_END).filter(|text| !text.trim().is_empty()) {
        let read = record(text, native)
            .ok_or_else(|| fault("understand dpkg's records", framboise_core::text::visible(text)))?;
        packages.extend(read);
    }
    Ok(packages)
}

const FORMAT: &str = "${Package}\\t${Architecture}\\t${Version}\\t${db:Status-Want}\\t${db:Status-Status}\\t${db:Status-Eflag}\\n${Conffiles}\\n==\\n";
const RECORD_END: &str = "\n==\n";

/// One record; `Some(None)` for a package that is known by name only, `None` for what is not understood.
#[expect(clippy::option_option, reason = "not understood is another thing than nothing there")]
fn record(text: &str, native: &Architecture) -> Option<Option<(PackageKey, PackageRecord)>> {
    let mut lines = text.trim_start_matches('\n').lines();
    let fields: Vec<&str> = lines.next()?.split('\t').collect();
    let [name, architecture, version, want, status, flag] = fields.try_into().ok()?;
    if status == "not-installed" {
        return Some(None);
    }
    let architecture: Architecture = architecture.parse().ok()?;
    let key = PackageKey::new(name.parse().ok()?, &architecture, native);
    let record = PackageRecord {
        architecture,
        version: version.parse().ok()?,
        status: status_of(status)?,
        reinstall_required: flag == "reinstreq",
        selection: selection_of(want)?,
        mark: Mark::Manual,
        conffiles: lines.filter_map(conffile).collect(),
        file_list: None,
    };
    Some(Some((key, record)))
}

/// ` /etc/x md5 [obsolete|remove-on-upgrade]`; a path may hold blanks, a digest holds none.
fn conffile(line: &str) -> Option<(FilePath, String)> {
    let line = line.strip_prefix(' ')?;
    let is_flag = |word: &str| word == "obsolete" || word == "remove-on-upgrade";
    let (rest, last) = line.rsplit_once(' ')?;
    let (path, recorded) = if is_flag(last) {
        (rest.rsplit_once(' ')?.0, &line[rest.rsplit_once(' ')?.0.len() + 1..])
    } else {
        (rest, last)
    };
    Some((FilePath::from(path), recorded.to_owned()))
}

fn status_of(word: &str) -> Option<DpkgStatus> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}

fn selection_of(word: &str) -> Option<Selection> {
    serde_json::from_value(serde_json::Value::from(word)).ok()
}

/// Which package owns each path, by dpkg's lists; the last to be unpacked counts where several share a directory.
///
/// # Errors
/// When dpkg's records cannot be read.
pub fn owners(native: &Architecture) -> Outcome<BTreeMap<FilePath, PackageKey>> {
    let mut owners = BTreeMap::new();
    for key in packages(native)?.into_keys() {
        let content = list_of(&key, native).unwrap_or_default();
        let paths = content.split(|byte| *byte == b'\n').filter(|path| path.len() > 1);
        owners.extend(paths.map(|path| (FilePath::from_bytes(path), key.clone())));
    }
    Ok(owners)
}

/// dpkg's list of a package's files, a path a line.
fn list_of(key: &PackageKey, native: &Architecture) -> Option<Vec<u8>> {
    let plain = Path::new(INFO).join(format!("{}.list", key.name));
    let qualified = Path::new(INFO).join(format!("{key}.list"));
    let content = std::fs::read(qualified)
        .or_else(|error| if key.architecture == *native { std::fs::read(plain) } else { Err(error) });
    content.ok()
}

/// The digest of the sorted list of a package's files.
fn file_list(key: &PackageKey, native: &Architecture) -> Option<Digest> {
    let content = list_of(key, native)?;
    let mut lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    Some(Digest::of(&lines.join(&b'\n')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (PackageKey, PackageRecord) {
        record(text, &"arm64".parse().unwrap()).unwrap().unwrap()
    }

    #[test]
    fn reads_a_record_with_conffiles() {
        let (key, record) =
            read("ssh\tall\t1:9.2-2\thold\tinstalled\tok\n\n /etc/ssh/a b.conf 0123 obsolete\n /etc/ssh/c 4567");
        assert_eq!(key.to_string(), "ssh:arm64");
        assert_eq!((record.selection, record.status), (Selection::Hold, DpkgStatus::Installed));
        let conffiles: Vec<String> = record.conffiles.iter().map(|(path, md5)| format!("{path}|{md5}")).collect();
        assert_eq!(conffiles, ["/etc/ssh/a b.conf|0123 obsolete", "/etc/ssh/c|4567"]);
    }

    #[test]
    fn sees_what_dpkg_left_unfinished() {
        let (_, record) = read("a1\tarm64\t1.0\tinstall\thalf-installed\treinstreq\n\n");
        assert!(record.is_broken() && record.reinstall_required);
    }

    #[test]
    fn skips_what_is_known_by_name_only() {
        assert_eq!(record("a1\tarm64\t\tunknown\tnot-installed\tok\n\n", &"arm64".parse().unwrap()), Some(None));
        assert_eq!(record("garbage", &"arm64".parse().unwrap()), None);
    }
}
