//! What an unpacking that was cut off leaves, and no list of dpkg's has: files under dpkg's own temporary names, or under
//! their own already, for dpkg writes a package's list last; and the directories that were made for them.

use super::fetching::owner;
use crate::apt::deb::{self, Shipment, Shipped};
use crate::apt::diversions::{self, Diversion};
use crate::apt::query;
use crate::fault::Result;
use crate::files;
use framboise_core::debian::{Architecture, PackageKey};
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};

/// What dpkg appends to the name of a file that it unpacks, and of one that it keeps until that is done.
const ENDINGS: [&str; 2] = [".dpkg-new", ".dpkg-tmp"];

/// Whether it bears one of these names.
pub fn is_temporary(path: &FilePath) -> bool {
    ENDINGS.iter().any(|ending| path.as_str().ends_with(ending))
}

/// What a package's .deb ships, and where that stands on this device.
pub struct Unpacking<'a> {
    /// The package.
    pub package: &'a PackageKey,
    /// Every path.
    pub shipped: &'a Shipment,
    /// Whose files are whose.
    pub ground: &'a Ground,
}

/// Who owns which path, and which stand elsewhere.
pub struct Ground {
    owners: BTreeMap<FilePath, PackageKey>,
    diversions: BTreeSet<Diversion>,
}

impl Ground {
    /// As dpkg has it now.
    ///
    /// # Errors
    /// When dpkg's records cannot be read.
    pub fn now(native: &Architecture) -> Result<Ground> {
        Ok(Ground { owners: query::owners(native)?, diversions: diversions::now()? })
    }
}

impl Unpacking<'_> {
    /// Whether anything of it lies about that is in no list.
    pub fn is_half_done(&self) -> bool {
        self.shipped.iter().any(|(path, what)| {
            let (place, temporary) = self.places(path);
            let is_there = |path: &FilePath| files::place(path).symlink_metadata().is_ok();
            temporary.iter().any(is_there) || (*what != Shipped::Other && self.is_nobodys(path) && is_there(&place))
        })
    }

    /// Takes it away: what has a temporary name, what nobody owns and is just what the .deb ships, and directories that are
    /// empty then. What could not be taken away.
    pub fn sweep(&self) -> Vec<String> {
        let mut left = Vec::new();
        // What is in a directory comes before it.
        for (path, what) in self.shipped.iter().rev() {
            let (place, temporary) = self.places(path);
            let is_directory = || files::place(&place).symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
            let is_its_own = || match what {
                Shipped::Other => is_directory(),
                Shipped::File { .. } | Shipped::Link(_) => deb::stands(&place, what).unwrap_or(false),
            };
            let unwanted = temporary.into_iter().chain((self.is_nobodys(path) && is_its_own()).then_some(place));
            let failures = unwanted.filter_map(|path| files::remove(&files::place(&path)).err());
            left.extend(failures.map(|failure| format!("left by an unpacking that was cut off: {failure}")));
        }
        left
    }

    fn places(&self, path: &FilePath) -> (FilePath, [FilePath; 2]) {
        let place = diversions::place(&self.ground.diversions, path, self.package.name.as_str());
        let temporary = ENDINGS.map(|ending| FilePath::from(format!("{place}{ending}").as_str()));
        (place, temporary)
    }

    fn is_nobodys(&self, path: &FilePath) -> bool {
        owner(&self.ground.owners, path).is_none()
    }
}
