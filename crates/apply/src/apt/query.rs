//! Reads the package state of the device: dpkg's records, apt's marks, and the files beside them.

use super::marks;
use crate::command::Program;
use crate::fault::{Doing, Result, fault};
use crate::files;
use deb822_fast::borrowed::iter_paragraphs_borrowed;
use framboise_core::cause::Failure;
use framboise_core::debian::{Architecture, PackageKey};
use framboise_core::digest::Digest;
use framboise_core::state::{DpkgStatus, Mark, PackageRecord, PackageState, Selection};
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Where dpkg keeps the lists of files (dpkg-query(1) shows them one package at a time, which takes too long).
pub const INFO: &str = "/var/lib/dpkg/info";

/// dpkg's record of every package (dpkg(1)).
const STATUS: &str = "/var/lib/dpkg/status";

/// dpkg's journal: not empty when dpkg was stopped in the middle (dpkg's `modstatdb`).
const UPDATES: &str = "/var/lib/dpkg/updates";

/// The device's own architecture.
///
/// # Errors
/// When dpkg does not tell.
pub fn native_architecture() -> Result<Architecture> {
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
pub fn package_state(native: &Architecture) -> Result<PackageState> {
    let packages = packages(native)?;
    let conffiles: BTreeSet<FilePath> = packages.values().flat_map(|record| record.conffiles.keys().cloned()).collect();
    Ok(PackageState { files: files::record(&conffiles)?, packages })
}

/// The packages alone.
///
/// # Errors
/// When dpkg's records cannot be read.
pub fn packages(native: &Architecture) -> Result<Records> {
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
pub fn records(native: &Architecture) -> Result<Records> {
    // What dpkg has noted and not yet merged into its file, only dpkg-query reads along.
    if is_interrupted() {
        return queried(native);
    }
    recorded(&status_text()?, native)
}

/// dpkg's own file of records; a maintainer's name may be in any encoding.
///
/// # Errors
/// When it cannot be read.
pub(super) fn status_text() -> Result<String> {
    let text = std::fs::read(STATUS).at("read", Path::new(STATUS))?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// By key.
type Records = BTreeMap<PackageKey, PackageRecord>;

/// Reads dpkg's own file (deb822(5); dpkg-query(1) prints from it, and takes a process to do so).
fn recorded(text: &str, native: &Architecture) -> Result<Records> {
    let mut records = Records::new();
    for stanza in iter_paragraphs_borrowed(text) {
        let stanza = stanza.map_err(|error| not_understood(&error.to_string()))?;
        let field = |name| stanza.get_single(name).unwrap_or_default();
        let status: Vec<&str> = field("Status").split(' ').collect();
        let [want, flag, status] = status.try_into().map_err(|_| not_understood(field("Package")))?;
        let conffiles = stanza.get("Conffiles").unwrap_or_default();
        let of = Fields {
            name: field("Package"),
            architecture: field("Architecture"),
            version: field("Version"),
            want,
            flag,
            status,
        };
        let conffiles = conffiles.iter().filter_map(|line| conffile(line)).collect();
        records.extend(record(&of, conffiles, native).ok_or_else(|| not_understood(of.name))?);
    }
    Ok(records)
}

/// Asks dpkg-query.
fn queried(native: &Architecture) -> Result<Records> {
    let ended = Program::new("dpkg-query").args(["-W", "-f", FORMAT]).run()?;
    if !ended.is_success() {
        return Err(super::failure_of(&ended));
    }
    let mut records = Records::new();
    for text in ended.output.split(RECORD_END).filter(|text| !text.trim().is_empty()) {
        let mut lines = text.trim_start_matches('\n').lines();
        let fields: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
        let [name, architecture, version, want, status, flag] = fields.try_into().map_err(|_| not_understood(text))?;
        let of = Fields { name, architecture, version, want, flag, status };
        let conffiles = lines.filter_map(conffile).collect();
        records.extend(record(&of, conffiles, native).ok_or_else(|| not_understood(name))?);
    }
    Ok(records)
}

fn not_understood(text: &str) -> Failure {
    fault("understand dpkg's records", framboise_core::text::visible(text))
}

const FORMAT: &str = "${Package}\\t${Architecture}\\t${Version}\\t${db:Status-Want}\\t${db:Status-Status}\\t${db:Status-Eflag}\\n${Conffiles}\\n==\\n";
const RECORD_END: &str = "\n==\n";

/// What dpkg says of a package.
struct Fields<'a> {
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
    want: &'a str,
    flag: &'a str,
    status: &'a str,
}

/// One record; `Some(None)` for a package that is known by name only, `None` for what is not understood.
#[expect(clippy::option_option, reason = "not understood is another thing than nothing there")]
fn record(
    of: &Fields<'_>,
    conffiles: BTreeMap<FilePath, String>,
    native: &Architecture,
) -> Option<Option<(PackageKey, PackageRecord)>> {
    if of.status == "not-installed" {
        return Some(None);
    }
    let architecture: Architecture = of.architecture.parse().ok()?;
    let key = PackageKey::new(of.name.parse().ok()?, &architecture, native);
    let record = PackageRecord {
        architecture,
        version: of.version.parse().ok()?,
        status: status_of(of.status)?,
        reinstall_required: of.flag == "reinstreq",
        selection: selection_of(of.want)?,
        mark: Mark::Manual,
        conffiles,
        file_list: None,
    };
    Some(Some((key, record)))
}

/// `/etc/x md5 [obsolete|remove-on-upgrade]`; a path may hold blanks, a digest holds none.
fn conffile(line: &str) -> Option<(FilePath, String)> {
    let line = line.strip_prefix(' ').unwrap_or(line);
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
pub fn owners(native: &Architecture) -> Result<BTreeMap<FilePath, PackageKey>> {
    let mut owners = BTreeMap::new();
    for key in records(native)?.into_keys() {
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

    fn read(text: &str) -> Vec<(PackageKey, PackageRecord)> {
        recorded(text, &"arm64".parse().unwrap()).unwrap().into_iter().collect()
    }

    #[test]
    fn reads_a_record_with_conffiles() {
        let found = read(
            "Package: ssh\nStatus: hold ok installed\nArchitecture: all\nVersion: 1:9.2-2\nConffiles:\n \
             /etc/ssh/a b.conf 0123 obsolete\n /etc/ssh/c 4567\nDescription: x\n y\n",
        );
        let [(key, record)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(key.to_string(), "ssh:arm64");
        assert_eq!((record.selection, record.status), (Selection::Hold, DpkgStatus::Installed));
        let conffiles: Vec<String> = record.conffiles.iter().map(|(path, md5)| format!("{path}|{md5}")).collect();
        assert_eq!(conffiles, ["/etc/ssh/a b.conf|0123 obsolete", "/etc/ssh/c|4567"]);
    }

    #[test]
    fn sees_what_dpkg_left_unfinished() {
        let found = read("Package: a1\nStatus: install reinstreq half-installed\nArchitecture: arm64\nVersion: 1.0\n");
        assert!(found[0].1.is_broken() && found[0].1.reinstall_required);
    }

    #[test]
    fn skips_what_is_known_by_name_only_and_refuses_what_it_does_not_understand() {
        let known = "Package: a1\nStatus: unknown ok not-installed\n\nPackage: a2\nStatus: deinstall ok config-files\n\
                     Architecture: arm64\nVersion: 1\n";
        assert_eq!(read(known).len(), 1);
        let native = "arm64".parse().unwrap();
        assert!(recorded("Package: a1\nStatus: installed\n", &native).is_err());
        assert!(recorded("garbage", &native).is_err());
    }

    /// On the machine that runs this, which has real packages.
    #[test]
    fn reads_what_dpkg_query_tells() {
        let native = native_architecture().unwrap();
        let (own, dpkgs) = (records(&native).unwrap(), queried(&native).unwrap());
        assert!(own.len() > 50, "{}", own.len());
        assert_eq!(own, dpkgs);
    }
}
