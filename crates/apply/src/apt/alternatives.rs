//! The links of dpkg's alternatives that lie outside `/etc`, such as `/usr/bin/editor`: their records come back as
//! files, and the links must agree with them.

use crate::fault::{Doing, Result};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Where update-alternatives(1) keeps its records.
pub const RECORDS: &str = "/var/lib/dpkg/alternatives";

/// What the links point to.
pub const TARGETS: &str = "/etc/alternatives";

/// A link, and the name of what it stands for.
pub type Link = (PathBuf, String);

/// The links that the records name now.
///
/// # Errors
/// When a record cannot be read.
pub fn links() -> Result<BTreeSet<Link>> {
    let records = Path::new(RECORDS);
    let mut links = BTreeSet::new();
    let entries = match fs::read_dir(records) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(links),
        entries => entries.at("list", records)?,
    };
    for entry in entries {
        let entry = entry.at("list", records)?;
        let content = fs::read_to_string(entry.path()).at("read", &entry.path())?;
        links.extend(parse(&entry.file_name().to_string_lossy(), &content));
    }
    Ok(links)
}

/// The links that a record of this name names. It begins with its state and its link; pairs of lines follow, a name and
/// its link, up to a blank line.
pub fn parse(name: &str, record: &str) -> Vec<Link> {
    let mut lines = record.lines().skip(1);
    let mut links: Vec<Link> = lines.next().map(|link| (PathBuf::from(link), name.to_owned())).into_iter().collect();
    while let (Some(slave), Some(link)) = (lines.next().filter(|line| !line.is_empty()), lines.next()) {
        links.push((PathBuf::from(link), slave.to_owned()));
    }
    links
}

/// Makes the links as wanted. It comes before the records: once those are put back, nothing names the links to remove.
///
/// # Errors
/// When a link cannot be made or removed.
pub fn put(wanted: &BTreeSet<Link>) -> Result<()> {
    for (link, name) in links()?.difference(wanted) {
        if fs::read_link(link).is_ok_and(|target| target == Path::new(TARGETS).join(name)) {
            fs::remove_file(link).at("remove", link)?;
        }
    }
    for (link, name) in wanted {
        let is_missing = fs::symlink_metadata(link).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if is_missing && link.parent().is_some_and(Path::is_dir) {
            symlink(Path::new(TARGETS).join(name), link).at("link", link)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_record() {
        let record = "auto\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n/bin/nano\n40\n\n\n";
        let links: Vec<String> =
            parse("editor", record).into_iter().map(|(link, name)| format!("{name} {}", link.display())).collect();
        assert_eq!(links, ["editor /usr/bin/editor", "editor.1.gz /usr/share/man/man1/editor.1.gz"]);
    }
}
