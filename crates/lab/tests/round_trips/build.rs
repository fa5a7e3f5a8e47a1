//! One version of a package that a test makes up, and the .deb of it.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// A file with this text.
    Text(String),
    /// A link to this.
    Link(String),
}

/// One version of a package.
#[derive(Debug, Clone)]
pub struct Build {
    pub name: String,
    pub version: String,
    pub architecture: String,
    /// Relations and other fields: name and value.
    pub fields: BTreeMap<&'static str, Vec<String>>,
    /// By path, without the slash at its beginning.
    pub files: BTreeMap<String, Content>,
    pub conffiles: BTreeSet<String>,
    /// Lines of each maintainer script.
    pub scripts: BTreeMap<&'static str, Vec<String>>,
    /// The `triggers` file.
    pub triggers: String,
}

impl Build {
    /// A package that does nothing yet.
    pub fn new(name: &str, version: &str) -> Build {
        Build {
            name: name.into(),
            version: version.into(),
            architecture: "all".into(),
            fields: BTreeMap::new(),
            files: BTreeMap::new(),
            conffiles: BTreeSet::new(),
            scripts: BTreeMap::new(),
            triggers: String::new(),
        }
    }

    /// Adds to a field that is a list, such as `Depends`.
    pub fn relate(&mut self, field: &'static str, value: String) {
        self.fields.entry(field).or_default().push(value);
    }

    /// Adds a file.
    pub fn file(&mut self, path: &str, text: impl Into<String>) {
        self.files.insert(path.into(), Content::Text(text.into()));
    }

    /// Adds a conffile.
    pub fn conffile(&mut self, path: &str, text: impl Into<String>) {
        self.file(path, text);
        self.conffiles.insert(path.into());
    }

    /// Adds a line to a maintainer script.
    pub fn script(&mut self, name: &'static str, line: String) {
        self.scripts.entry(name).or_default().push(line);
    }

    /// Its file name.
    pub fn file_name(&self) -> String {
        format!("{}_{}_{}.deb", self.name, self.version.replace(':', "%3a"), self.architecture)
    }

    fn control(&self) -> String {
        let mut text = format!(
            "Package: {}\nVersion: {}\nArchitecture: {}\nMaintainer: Framboise lab <lab@example.invalid>\n\
             Section: misc\nPriority: optional\nDescription: of a random universe\n",
            self.name, self.version, self.architecture
        );
        for (name, values) in &self.fields {
            writeln!(text, "{name}: {}", values.join(", ")).unwrap();
        }
        text
    }

    /// Builds it into `folder`; its stanza of the index.
    pub fn make(&self, folder: &Path) -> String {
        let tree = tempfile::tempdir_in(folder).unwrap();
        for (path, content) in &self.files {
            let place = tree.path().join(path);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            match content {
                Content::Text(text) => write(&place, text, 0o644),
                Content::Link(target) => symlink(target, &place).unwrap(),
            }
        }
        self.write_control(tree.path());
        let deb = folder.join(self.file_name());
        let status = Command::new("dpkg-deb")
            .args(["--root-owner-group", "-Znone", "--build"])
            .args([tree.path(), &deb])
            .stdout(std::process::Stdio::null())
            .status();
        assert!(status.unwrap().success(), "dpkg-deb: {self:?}");
        let bytes = fs::read(&deb).unwrap();
        let control = self.control();
        format!(
            "{control}Filename: ./{}\nSize: {}\nSHA256: {:x}\n\n",
            self.file_name(),
            bytes.len(),
            Sha256::digest(&bytes)
        )
    }

    fn write_control(&self, tree: &Path) {
        let folder = tree.join("DEBIAN");
        fs::create_dir_all(&folder).unwrap();
        write(&folder.join("control"), &self.control(), 0o644);
        let conffiles: String = self.conffiles.iter().map(|path| format!("/{path}\n")).collect();
        if !conffiles.is_empty() {
            write(&folder.join("conffiles"), &conffiles, 0o644);
        }
        if !self.triggers.is_empty() {
            write(&folder.join("triggers"), &self.triggers, 0o644);
        }
        for (name, lines) in &self.scripts {
            write(&folder.join(name), &format!("#!/bin/sh\nset -e\n{}\n", lines.join("\n")), 0o755);
        }
        // Not the caller's umask.
        for entry in walk(tree) {
            if entry.is_dir() {
                fs::set_permissions(&entry, Permissions::from_mode(0o755)).unwrap();
            }
        }
    }
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = vec![folder.to_owned()];
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_symlink() && path.is_dir() {
            all.extend(walk(&path));
        }
    }
    all
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}
