//! A device as dpkg, apt, systemd and its file system show it, to be compared before and after.

use framboise_lab::Device;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

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
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("== ") {
                section = name;
            } else if section == "status" {
                stanza.read(line, &mut facts);
            } else if let Some(subject) = section.strip_prefix("lines ") {
                facts.insert(format!("{subject} {line}"));
            } else {
                facts.insert(line.to_owned());
            }
        }
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
