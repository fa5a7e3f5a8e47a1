//! What one suite of the archive offers, and its signed index files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::deb::{self, Stanza};
use super::keys::Keys;
use crate::error::{Error, Result};
use crate::files;

/// One suite of the archive: which .debs it offers, and when it last said so.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Offer {
    /// `lab`, or a suite of Debian's.
    pub(crate) suite: String,
    pub(crate) origin: String,
    pub(crate) arch: String,
    /// The folder of the .debs.
    pub(crate) pool: PathBuf,
    /// File names in the pool.
    pub(crate) debs: BTreeSet<String>,
    /// Seconds since 1970: apt ignores an index that is not newer than the one it has.
    pub(crate) dated: u64,
}

impl Offer {
    /// The offer published in `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Offer> {
        files::read_json(&folder.join("offer.json"))
    }

    /// Every package offered.
    pub(crate) fn stanzas(&self) -> Result<Vec<(String, Stanza)>> {
        let named = |deb: &String| Ok((deb.clone(), deb::stanza(&self.pool, &self.suite, deb)?));
        self.debs.iter().map(named).collect()
    }

    /// Writes the index of this offer into `folder`, signed, newer than the last.
    pub(crate) fn publish(&mut self, folder: &Path, keys: &Keys) -> Result<()> {
        self.dated = later_than(self.dated)?;
        let mut packages = String::new();
        for (_, stanza) in self.stanzas()? {
            packages.push_str(&stanza.text);
            packages.push_str("\n\n");
        }
        let fresh = folder.with_extension("fresh");
        files::remove_dir(&fresh)?;
        let index = format!("main/binary-{}/Packages", self.arch);
        files::write(&fresh.join(&index), &packages)?;
        files::write(&fresh.join("Release"), self.release(&index, &packages))?;
        keys.clearsign(&fresh.join("Release"), &fresh.join("InRelease"))?;
        files::write_json(&fresh.join("offer.json"), self)?;
        let stale = folder.with_extension("stale");
        files::remove_dir(&stale)?;
        if folder.exists() {
            files::rename(folder, &stale)?;
        }
        files::rename(&fresh, folder)?;
        files::remove_dir(&stale)
    }

    fn release(&self, index: &str, packages: &str) -> String {
        let date = UNIX_EPOCH + Duration::from_secs(self.dated);
        format!(
            "Origin: {origin}\nLabel: {origin}\nSuite: {suite}\nCodename: {suite}\nDate: {date}\n\
             Architectures: {arch}\nComponents: main\nSHA256:\n {sha256} {size} {index}\n",
            origin = self.origin,
            suite = self.suite,
            date = httpdate::fmt_http_date(date),
            arch = self.arch,
            sha256 = files::sha256(packages),
            size = packages.len(),
        )
    }
}

/// Now, if that is later than `previous`; waits the rest of the second if it is not.
fn later_than(previous: u64) -> Result<u64> {
    loop {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_err(|_| Error::Invalid("this machine's clock is before 1970".into()))?
            .as_secs();
        if now > previous {
            return Ok(now);
        }
        if previous - now > 5 {
            return Err(Error::Invalid(format!(
                "this machine's clock went back by {} s: apt would ignore the new index",
                previous - now
            )));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Copies a published suite, its date and all, from one place to another.
pub(crate) fn copy_published(from: &Path, to: &Path) -> Result<()> {
    files::create_dir(to)?;
    for name in files::names(from)? {
        let (source, target) = (from.join(&name), to.join(&name));
        if source.is_dir() {
            copy_published(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(Error::io("copy", &source))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_names_its_index_and_date() {
        let offer = Offer {
            suite: "lab".into(),
            origin: "Framboise lab".into(),
            arch: "arm64".into(),
            pool: PathBuf::new(),
            debs: BTreeSet::new(),
            dated: 1_700_000_000,
        };
        let release = offer.release("main/binary-arm64/Packages", "");
        assert!(release.contains("\nDate: Tue, 14 Nov 2023 22:13:20 GMT\n"), "{release}");
        let empty = files::sha256("");
        assert!(release.ends_with(&format!("SHA256:\n {empty} 0 main/binary-arm64/Packages\n")), "{release}");
    }

    #[test]
    fn an_index_is_always_newer_than_the_last() {
        let first = later_than(0).unwrap();
        assert!(later_than(first).unwrap() > first);
        assert!(later_than(first + 1000).is_err());
    }
}
