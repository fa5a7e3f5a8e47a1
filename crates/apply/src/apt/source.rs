//! The vault as an apt source of its own, private to one run: what is to be installed and nothing besides.

use super::options::{PRIVATE_PARTS, private};
use crate::fault::{Doing, Result};
use crate::vault::VaultedDeb;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// apt takes what is called `Packages` for an index.
const INDEX: &str = "debs/Packages";

/// A directory with .debs, their index, and the apt state that goes with it.
#[derive(Debug, Clone)]
pub struct Source {
    directory: PathBuf,
}

impl Source {
    /// Lays these .debs out as a source in `directory`, which is made anew.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn make(directory: &Path, debs: &[VaultedDeb]) -> Result<Source> {
        let source = Source { directory: directory.to_owned() };
        source.remove()?;
        for part in ["debs"].into_iter().chain(PRIVATE_PARTS) {
            fs::create_dir_all(directory.join(part)).at("write", directory)?;
        }
        fs::write(source.part(INDEX), source.link(debs)?).at("write", directory)?;
        Ok(source)
    }

    /// The options that make apt see this source and no other, and keep its traces out of the device's own apt state.
    pub fn options(&self) -> Vec<String> {
        private(&self.directory, INDEX)
    }

    /// Removes it.
    ///
    /// # Errors
    /// When its directory is there and cannot be removed.
    pub fn remove(&self) -> Result<()> {
        match fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("remove", &self.directory),
            _ => Ok(()),
        }
    }

    fn part(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Links each .deb and writes its stanza of the index (deb822 as apt-ftparchive(1) writes it).
    fn link(&self, debs: &[VaultedDeb]) -> Result<String> {
        let mut index = String::new();
        for deb in debs {
            // apt and dpkg tell of files by their names.
            let fields = &deb.control_fields;
            let version = fields.version.as_str().replace(':', "%3a");
            let name = format!("{}_{version}_{}.deb", fields.name, fields.architecture);
            let link = self.part("debs").join(&name);
            fs::hard_link(&deb.path, &link)
                .or_else(|_| fs::copy(&deb.path, &link).map(|_| ()))
                .at("link", &deb.path)?;
            let control = deb.control.trim_end();
            let written =
                write!(index, "{control}\nFilename: ./{name}\nSize: {}\nSHA256: {}\n\n", deb.bytes, deb.sha256);
            written.map_err(|error| crate::fault::fault("write an index", error.to_string()))?;
        }
        Ok(index)
    }
}
