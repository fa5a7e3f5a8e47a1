//! Which installed versions the archives still have.

use super::index::Known;
use framboise_core::debian::{Architecture, PackageKey, Version};
use std::collections::BTreeSet;

/// Of what is known, each version that an archive offers.
pub fn versions_in_archives(known: &[Known], native: &Architecture) -> BTreeSet<(PackageKey, Version)> {
    known
        .iter()
        .filter(|known| known.sha256.is_some())
        .map(|known| (PackageKey::new(known.name.clone(), &known.architecture, native), known.version.clone()))
        .collect()
}
