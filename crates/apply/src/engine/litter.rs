//! What an unpacking that was cut off leaves, and no list of dpkg's has: files under dpkg's own temporary names, and the
//! directories that were made for them.

use crate::apt::deb::Shipped;
use crate::fault::Outcome;
use crate::files;
use framboise_core::debian::PackageKey;
use framboise_core::text::FilePath;
use std::collections::BTreeMap;

/// What dpkg appends to the name of a file that it unpacks, and of one that it keeps until that is done.
const ENDINGS: [&str; 2] = [".dpkg-new", ".dpkg-tmp"];

/// Takes it away beside everything that a .deb ships; and those of its directories that are empty then and no package's.
///
/// # Errors
/// When the disk refuses it.
pub fn sweep(shipped: &BTreeMap<FilePath, Shipped>, owners: &BTreeMap<FilePath, PackageKey>) -> Outcome<()> {
    // What is in a directory comes before it.
    for path in shipped.keys().rev() {
        for ending in ENDINGS {
            files::remove(&files::place(&FilePath::from(format!("{path}{ending}").as_str())))?;
        }
        let place = files::place(path);
        if place.is_dir() && !place.is_symlink() && !owners.contains_key(path) {
            files::remove(&place)?;
        }
    }
    Ok(())
}
