//! dpkg's diversions: files of one package that stand elsewhere because another one wants their place.

use super::locks::AptIdle;
use crate::command::Program;
use crate::fault::{Doing, Result};
use framboise_core::text::FilePath;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

/// Where dpkg keeps them (`dpkg-divert(1)`).
pub const FILE: &str = "/var/lib/dpkg/diversions";

/// One diversion.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diversion {
    /// The path that packages ship.
    pub from: FilePath,
    /// Where it stands instead.
    pub to: FilePath,
    /// Whose own file stays at the path; `:` for nobody's.
    pub owner: String,
}

/// The diversions there are.
///
/// # Errors
/// When dpkg's file is there and cannot be read.
pub fn now() -> Result<BTreeSet<Diversion>> {
    match std::fs::read(FILE) {
        Ok(content) => Ok(parse(&content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error).at("read", Path::new(FILE)),
    }
}

/// Reads dpkg's file: three lines for each.
pub fn parse(content: &[u8]) -> BTreeSet<Diversion> {
    let lines: Vec<&[u8]> = content.split(|byte| *byte == b'\n').collect();
    let diversion = |lines: &[&[u8]]| match lines {
        [from, to, owner] => Some(Diversion {
            from: FilePath::from_bytes(from),
            to: FilePath::from_bytes(to),
            owner: String::from_utf8_lossy(owner).into_owned(),
        }),
        _ => None,
    };
    lines.chunks(3).filter_map(diversion).collect()
}

/// Where a path that this package ships really stands.
pub fn place(diversions: &BTreeSet<Diversion>, path: &FilePath, package: &str) -> FilePath {
    let diverted = diversions.iter().find(|diversion| diversion.from == *path && diversion.owner != package);
    diverted.map_or_else(|| path.clone(), |diversion| diversion.to.clone())
}

/// Ends a diversion and moves the file back; where something else stands in its place by now, dpkg leaves both.
///
/// # Errors
/// When dpkg-divert cannot be run.
pub fn end(_apt_idle: &AptIdle, diversion: &Diversion) -> Result<()> {
    divert("--remove", diversion)
}

/// Begins a diversion and moves the file away.
///
/// # Errors
/// When dpkg-divert cannot be run.
pub fn begin(_apt_idle: &AptIdle, diversion: &Diversion) -> Result<()> {
    divert("--add", diversion)
}

fn divert(verb: &str, diversion: &Diversion) -> Result<()> {
    let owner = if diversion.owner == ":" {
        vec!["--local".to_owned()]
    } else {
        vec!["--package".to_owned(), diversion.owner.clone()]
    };
    let [from, to] = [&diversion.from, &diversion.to].map(crate::files::place);
    Program::new("dpkg-divert").args(owner).args(["--rename", "--divert"]).arg(to).arg(verb).arg(from).run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dpkgs_file() {
        let diversions = parse(b"/bin/sh\n/bin/sh.distrib\ndash\n/usr/bin/x\n/usr/bin/x.real\n:\n");
        let at = |path: &str, package: &str| place(&diversions, &FilePath::from(path), package).as_str().to_owned();
        assert_eq!(at("/bin/sh", "bash"), "/bin/sh.distrib");
        assert_eq!(at("/bin/sh", "dash"), "/bin/sh");
        assert_eq!(at("/usr/bin/x", "any"), "/usr/bin/x.real");
        assert_eq!(at("/usr/bin/y", "any"), "/usr/bin/y");
    }
}
