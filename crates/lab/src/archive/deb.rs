//! Makes small .debs, and describes .debs as an archive's index does.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use crate::command::Tool;
use crate::error::{Error, Result};
use crate::files;

/// A .deb to be made, of architecture `all`.
#[derive(Debug, Clone, Default)]
pub(super) struct Deb {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Whole lines of the control file, such as `Depends: fram-lib`.
    pub(super) fields: Vec<String>,
    pub(super) files: Vec<DebFile>,
    /// Maintainer scripts by name: `postinst`.
    pub(super) scripts: Vec<(&'static str, String)>,
}

/// One file of a .deb to be made.
#[derive(Debug, Clone)]
pub(super) struct DebFile {
    pub(super) path: &'static str,
    pub(super) content: String,
    pub(super) mode: u32,
    /// The group's number; the owner is always root.
    pub(super) group: u32,
}

/// What an index says about one .deb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stanza {
    pub(crate) package: String,
    pub(crate) version: String,
    /// The whole text, without a blank line at its end.
    pub(crate) text: String,
}

impl Deb {
    pub(super) fn new(name: &'static str, version: &'static str) -> Deb {
        Deb { name, version, ..Deb::default() }
    }

    pub(super) fn field(mut self, line: &str) -> Deb {
        self.fields.push(line.to_owned());
        self
    }

    pub(super) fn file(self, path: &'static str, content: impl Into<String>) -> Deb {
        self.file_with(path, content, 0o644, 0)
    }

    pub(super) fn program(self, path: &'static str, content: impl Into<String>) -> Deb {
        self.file_with(path, content, 0o755, 0)
    }

    pub(super) fn file_with(mut self, path: &'static str, content: impl Into<String>, mode: u32, group: u32) -> Deb {
        self.files.push(DebFile { path, content: content.into(), mode, group });
        self
    }

    pub(super) fn script(mut self, name: &'static str, body: &str) -> Deb {
        self.scripts.push((name, format!("#!/bin/sh\nset -e\n{body}\n")));
        self
    }

    pub(super) fn file_name(&self) -> String {
        format!("{}_{}_all.deb", self.name, self.version)
    }

    /// Builds it into `pool`.
    pub(super) fn build(&self, pool: &Path) -> Result<()> {
        let tree = tempfile::tempdir_in(pool).map_err(Error::io("create a folder in", pool))?;
        make_dir(tree.path(), Path::new(""))?;
        for file in &self.files {
            self.place(tree.path(), file)?;
        }
        files::write_with_mode(&tree.path().join("DEBIAN/control"), self.control(), 0o644)?;
        let conffiles: String = self
            .files
            .iter()
            .filter(|file| file.path.starts_with("etc/"))
            .map(|file| format!("/{}\n", file.path))
            .collect();
        if !conffiles.is_empty() {
            files::write_with_mode(&tree.path().join("DEBIAN/conffiles"), conffiles, 0o644)?;
        }
        for (name, body) in &self.scripts {
            files::write_with_mode(&tree.path().join("DEBIAN").join(name), body, 0o755)?;
        }
        make_dir(tree.path(), Path::new("DEBIAN"))?;
        Tool::new("dpkg-deb")
            .env("SOURCE_DATE_EPOCH", "1700000000")
            .args(["-Zgzip", "-z1", "--build"])
            .arg(tree.path())
            .arg(pool.join(self.file_name()))
            .run()
            .map(drop)
    }

    fn place(&self, tree: &Path, file: &DebFile) -> Result<()> {
        let path = PathBuf::from(file.path);
        let folders: Vec<_> = path.ancestors().skip(1).collect();
        for folder in folders.into_iter().rev() {
            make_dir(tree, folder)?;
        }
        let path = tree.join(path);
        files::write(&path, &file.content)?;
        chown(&path, Some(0), Some(file.group)).map_err(Error::io("chown", &path))?;
        // After chown, which clears setuid.
        fs::set_permissions(&path, Permissions::from_mode(file.mode)).map_err(Error::io("chmod", &path))
    }

    fn control(&self) -> String {
        let mut text = format!(
            "Package: {}\nVersion: {}\nArchitecture: all\nMaintainer: Framboise lab <lab@example.invalid>\n\
             Section: misc\nPriority: optional\nDescription: test package of the Framboise lab\n",
            self.name, self.version
        );
        for line in &self.fields {
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

/// Makes a folder whose mode does not depend on the caller's umask.
fn make_dir(tree: &Path, folder: &Path) -> Result<()> {
    let path = tree.join(folder);
    files::create_dir(&path)?;
    fs::set_permissions(&path, Permissions::from_mode(0o755)).map_err(Error::io("chmod", &path))
}

/// The index's stanza of a .deb in a pool; computed once, then kept beside it.
pub(crate) fn stanza(pool: &Path, suite: &str, file_name: &str) -> Result<Stanza> {
    let deb = pool.join(file_name);
    let kept = pool.join(format!("{file_name}.stanza"));
    if let Ok(text) = fs::read_to_string(&kept) {
        return Stanza::parse(text);
    }
    let control = Tool::new("dpkg-deb").arg("--field").arg(&deb).run()?;
    let (size, sha256) = files::sha256_of_file(&deb)?;
    let text = format!("{}\nFilename: pool/{suite}/{file_name}\nSize: {size}\nSHA256: {sha256}", control.trim_end());
    files::replace(&kept, &text)?;
    Stanza::parse(text)
}

impl Stanza {
    fn parse(text: String) -> Result<Stanza> {
        let field = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
                .map(str::to_owned)
                .ok_or_else(|| Error::Invalid(format!("a .deb's control file has no {name}:\n{text}")))
        };
        Ok(Stanza { package: field("Package")?, version: field("Version")?, text })
    }
}
