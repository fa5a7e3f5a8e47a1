//! A device as dpkg, apt, systemd and its file system show it, to be compared before and after.

use framboise_lab::Device;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Mutex;

/// More lines of a difference only hide the first ones.
const SHOWN_MAX: usize = 20;

/// Prints all that is compared, on the device.
pub const SCRIPT: &str = include_str!("snapshot.sh");

/// The lab's own, in virtual machines.
const OWN_SERVICES: &str = "service framboise-lab-";

/// What a running system writes by itself, or derives from what else is compared.
const VOLATILE: [&str; 5] = [
    "/etc/.updated",
    "/etc/ld.so.cache",
    "/var/lib/dpkg/triggers/Lock",
    "service framboise-apply.service",
    "service framboise-recover.service",
];

/// Users and groups that a package's scripts made: DESIGN does not promise that they go.
pub const ACCOUNTS: [&str; 8] = [
    "/etc/passwd",
    "/etc/passwd-",
    "/etc/group",
    "/etc/group-",
    "/etc/shadow",
    "/etc/shadow-",
    "/etc/gshadow",
    "/etc/gshadow-",
];

/// All that is compared: one fact a line, the thing first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    facts: BTreeSet<String>,
}

impl Snapshot {
    /// Reads it from inside the device, with Debian's own tools.
    pub fn of(device: &Device) -> Snapshot {
        let text = device.check(["sh", "-c", SCRIPT]).unwrap_or_else(|error| panic!("{error}"));
        let (mut facts, files) = read(&text);
        facts.extend(digests(device, files));
        Snapshot::new(facts)
    }

    /// What [`SCRIPT`] printed elsewhere, with the SHA-256 of each file by its path.
    pub fn told(text: &str, digests: &BTreeMap<String, String>) -> Snapshot {
        let (mut facts, files) = read(text);
        let digest = |file: File| Some(format!("{}\tsha256 {}", file.path, digests.get(&file.path)?));
        facts.extend(files.into_iter().filter_map(digest));
        Snapshot::new(facts)
    }

    fn new(mut facts: BTreeSet<String>) -> Snapshot {
        assert!(facts.len() > 10_000, "the snapshot read only {} facts", facts.len());
        facts.retain(|fact| !is_about(fact, &VOLATILE) && !fact.starts_with(OWN_SERVICES));
        Snapshot { facts }
    }

    /// Without what begins with one of these paths or words.
    pub fn without(mut self, subjects: &[&str]) -> Snapshot {
        self.facts.retain(|fact| !is_about(fact, subjects));
        self
    }

    /// Asserts that nothing differs from `before`.
    #[track_caller]
    pub fn same_as(&self, before: &Snapshot, when: &str) {
        let difference = self.difference(before);
        assert!(difference.is_empty(), "{when}: the device is not as it was\n{difference}");
    }

    /// Whether a fact holds; its first words are enough.
    pub fn has(&self, fact: &str) -> bool {
        self.facts.range(fact.to_owned()..).next().is_some_and(|found| is_about(found, &[fact]))
    }

    /// The files whose content is another than what was read from the disk, path by path; empty when none is.
    pub fn contradicted(&self, read: &BTreeMap<String, String>) -> String {
        let mut text = String::new();
        for (path, digest) in read {
            let known = format!("{path}\tsha256 ");
            let fact = self.facts.range(known.clone()..).next().and_then(|fact| fact.strip_prefix(&known));
            if let Some(told) = fact.filter(|told| told != digest) {
                writeln!(text, "  {path} was read as {told}, and is {digest} on the disk").unwrap();
            }
        }
        text
    }

    /// The first lines that differ, as `diff` would print them; empty when none do.
    pub fn difference(&self, before: &Snapshot) -> String {
        let gone = before.facts.difference(&self.facts).map(|fact| (fact, '-'));
        let new = self.facts.difference(&before.facts).map(|fact| (fact, '+'));
        let mut all: Vec<_> = gone.chain(new).collect();
        all.sort();
        let mut text = String::new();
        for (fact, sign) in all.iter().take(SHOWN_MAX) {
            writeln!(text, "  {sign} {}", fact.replace('\t', " ")).unwrap();
        }
        if all.len() > SHOWN_MAX {
            writeln!(text, "  and {} more", all.len() - SHOWN_MAX).unwrap();
        }
        text
    }
}

/// Takes the script's lines as facts; the files that are to be hashed.
fn read(text: &str) -> (BTreeSet<String>, Vec<File>) {
    let mut facts = BTreeSet::new();
    let mut section = "";
    let mut stanza = Stanza::default();
    let mut files = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            section = name;
        } else if section == "status" {
            stanza.read(line, &mut facts);
        } else if section == "paths" {
            files.extend(path(line, &mut facts));
        } else if let Some(subject) = section.strip_prefix("lines ") {
            facts.insert(format!("{subject} {line}"));
        } else {
            facts.insert(line.to_owned());
        }
    }
    (facts, files)
}

/// A regular file, with its size and the time of its last change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct File {
    path: String,
    size_and_time: String,
}

/// Takes a path's kind, mode, owner and target as a fact; the file to be hashed, if it is one.
fn path(line: &str, facts: &mut BTreeSet<String>) -> Option<File> {
    let [path, mode, target, size_and_time] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line:?}") };
    facts.insert(format!("{path}\tmode {mode} {target}"));
    mode.starts_with('f').then(|| File { path: path.to_owned(), size_and_time: size_and_time.to_owned() })
}

/// The SHA-256 of each file as a fact. One that a layer of the device still shows through is hashed once, for nobody ever
/// writes there. Any other is hashed each time: size and time do not tell what a disk holds, and two devices write files
/// of the same size within the same tick of the clock.
fn digests(device: &Device, files: Vec<File>) -> Vec<String> {
    static KNOWN: Mutex<BTreeMap<PathBuf, String>> = Mutex::new(BTreeMap::new());
    let known = KNOWN.lock().unwrap().clone();
    let places: Vec<Option<PathBuf>> = files.iter().map(|file| place_in_layer(device, file)).collect();
    let is_known = |place: &Option<PathBuf>| place.as_ref().is_some_and(|place| known.contains_key(place));
    let new: Vec<&File> =
        files.iter().zip(&places).filter(|(_, place)| !is_known(place)).map(|(file, _)| file).collect();
    let hashed = hash(device, &new);
    let layered =
        files.iter().zip(&places).filter_map(|(file, place)| Some((place.clone()?, hashed.get(file)?.clone())));
    KNOWN.lock().unwrap().extend(layered);
    let digest = |(file, place): (&File, &Option<PathBuf>)| {
        let digest = hashed.get(file).or_else(|| known.get(place.as_ref()?))?;
        Some(format!("{}\tsha256 {digest}", file.path))
    };
    files.iter().zip(&places).filter_map(digest).collect()
}

/// Where a file of a layer lies, if it is that one that the device shows: a copy of it on the device's own disk was
/// changed later.
fn place_in_layer(device: &Device, file: &File) -> Option<PathBuf> {
    let places = device.layers().iter().map(|layer| layer.join(file.path.trim_start_matches('/')));
    let (place, metadata) =
        places.into_iter().find_map(|place| place.symlink_metadata().ok().map(|metadata| (place, metadata)))?;
    // As find(1) prints it.
    let size_and_time = format!("{} {}.{:09}0", metadata.len(), metadata.ctime(), metadata.ctime_nsec());
    (metadata.is_file() && size_and_time == file.size_and_time).then_some(place)
}

fn hash(device: &Device, files: &[&File]) -> BTreeMap<File, String> {
    let mut command = device.command(["xargs", "-0", "--no-run-if-empty", "sha256sum", "--zero"]).unwrap();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let names: String = files.iter().map(|file| format!("{}\0", file.path)).collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(names.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let digests: BTreeMap<&str, &str> =
        lines.split('\0').filter_map(|line| line.split_once("  ")).map(|(sum, path)| (path, sum)).collect();
    // A file that went away meanwhile has no digest, and is missed by whoever compares.
    let of = |file: &&File| Some(((*file).clone(), (*digests.get(file.path.as_str())?).to_owned()));
    files.iter().filter_map(of).collect()
}

fn is_about(fact: &str, subjects: &[&str]) -> bool {
    let follows = |rest: &str| rest.is_empty() || rest.starts_with(['\t', ' ', '/']);
    subjects.iter().any(|subject| fact.strip_prefix(subject).is_some_and(follows))
}

/// A stanza of dpkg's status file, each field of which becomes a fact.
#[derive(Default)]
struct Stanza {
    fields: BTreeMap<String, String>,
    field: String,
}

impl Stanza {
    fn read(&mut self, line: &str, facts: &mut BTreeSet<String>) {
        if line.is_empty() {
            let package = self.fields.get("Package").cloned().unwrap_or_default();
            let architecture = self.fields.get("Architecture").cloned().unwrap_or_default();
            let fields = std::mem::take(&mut self.fields).into_iter();
            facts.extend(fields.map(|(name, value)| format!("status {package}:{architecture} {name}: {value}")));
        } else if line.starts_with(' ') {
            self.fields.entry(self.field.clone()).or_default().push_str(line);
        } else if let Some((name, value)) = line.split_once(':') {
            name.clone_into(&mut self.field);
            self.fields.insert(name.to_owned(), value.trim().to_owned());
        }
    }
}
