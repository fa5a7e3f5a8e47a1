//! What an unpacking that was cut off leaves, and no list of dpkg's has: files under dpkg's own temporary names, and the
//! directories that were made for them.

use crate::apt::{deb, query};
use crate::fault::Outcome;
use crate::files;
use framboise_core::debian::Architecture;
use framboise_core::text::FilePath;
use std::path::PathBuf;

/// What dpkg appends to the name of a file that it unpacks, and of one that it keeps until that is done.
const ENDINGS: [&str; 2] = [".dpkg-new", ".dpkg-tmp"];

/// Takes it away beside everything that these .debs ship; and those of their directories that are empty then and no package's.
///
/// # Errors
/// When a .deb cannot be read, or the disk refuses it.
pub fn sweep(debs: &[PathBuf], native: &Architecture) -> Outcome<()> {
    if debs.is_empty() {
        return Ok(());
    }
    let owners = query::owners(native)?;
    for deb in debs {
        // What is in a directory comes before it.
        for path in deb::contents(deb)?.keys().rev() {
            for ending in ENDINGS {
                files::remove(&files::place(&FilePath::from(format!("{path}{ending}").as_str())))?;
            }
            let place = files::place(path);
            if place.is_dir() && !place.is_symlink() && !owners.contains_key(path) {
                files::remove(&place)?;
            }
        }
    }
    Ok(())
}
