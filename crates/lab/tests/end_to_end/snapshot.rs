//! A device as dpkg, apt, systemd and its file system show it, to be compared before and after.

use framboise_lab::Device;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Mutex;

/// More lines of a difference only hide the first ones.
const SHOWN_MAX: usize = 20;

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
        let text = device.check(["sh", "-c", include_str!("snapshot.sh")]).unwrap_or_else(|error| panic!("{error}"));
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
        facts.extend(digests(device, files));
        assert!(facts.len() > 10_000, "the snapshot read only {} facts", facts.len());
        facts.retain(|fact| !is_about(fact, &VOLATILE));
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

/// A regular file, and what changes with its content: the kernel lets nobody choose the time of a file's last change.
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

/// The SHA-256 of each file as a fact. What was hashed before and has not changed since is not hashed again.
fn digests(device: &Device, files: Vec<File>) -> Vec<String> {
    static KNOWN: Mutex<BTreeMap<File, String>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap();
    let new: Vec<&File> = files.iter().filter(|file| !known.contains_key(file)).collect();
    let hashed = hash(device, &new);
    known.extend(hashed);
    files.iter().filter_map(|file| Some(format!("{}\tsha256 {}", file.path, known.get(file)?))).collect()
}

fn hash(device: &Device, files: &[&File]) -> Vec<(File, String)> {
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
