//! The links of dpkg's alternatives that lie outside `/etc`, such as `/usr/bin/editor`: their records come back as
//! files, and the links must agree with them.

use super::locks::AptLock;
use crate::fault::{Doing, Outcome};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Where update-alternatives(1) keeps its records.
const RECORDS: &str = "/var/lib/dpkg/alternatives";

/// What the links point to.
const TARGETS: &str = "/etc/alternatives";

/// A link, and the name of what it stands for.
type Link = (PathBuf, String);

/// The links that the records name now.
///
/// # Errors
/// When a record cannot be read.
pub fn links() -> Outcome<BTreeSet<Link>> {
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

/// A record begins with its state and its link; pairs of lines follow, a name and its link, up to a blank line.
fn parse(name: &str, record: &str) -> Vec<Link> {
    let mut lines = record.lines().skip(1);
    let mut links: Vec<Link> = lines.next().map(|link| (PathBuf::from(link), name.to_owned())).into_iter().collect();
    while let (Some(slave), Some(link)) = (lines.next().filter(|line| !line.is_empty()), lines.next()) {
        links.push((PathBuf::from(link), slave.to_owned()));
    }
    links
}

/// Makes the links agree with the records, which named `before` until they were put back.
///
/// # Errors
/// When a link cannot be made or removed.
pub fn agree(_lock: &AptLock, before: &BTreeSet<Link>) -> Outcome<()> {
    let after = links()?;
    for (link, name) in before.difference(&after) {
        if fs::read_link(link).is_ok_and(|target| target == Path::new(TARGETS).join(name)) {
            fs::remove_file(link).at("remove", link)?;
        }
    }
    for (link, name) in &after {
        let target = Path::new(TARGETS).join(name);
        let is_chosen = fs::symlink_metadata(&target).is_ok();
        let is_missing = fs::symlink_metadata(link).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if is_chosen && is_missing && link.parent().is_some_and(Path::is_dir) {
            symlink(&target, link).at("link", link)?;
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
