//! What apt would fetch: `apt-get download --print-uris`, which names SHA-256 where `install` names MD5.

use super::failure_of;
use super::index::known;
use super::options::apt_get;
use super::policy::versions_in_archives;
use crate::fault::Result;
use framboise_core::debian::{Architecture, PackageKey, PackageName, Version};
use framboise_core::digest::Digest;

/// A .deb that an archive offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The package.
    pub key: PackageKey,
    /// The version.
    pub version: Version,
    /// Where it is.
    pub uri: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its digest; none when the index gives none, and then it is not to be trusted.
    pub sha256: Option<Digest>,
}

/// What the archives offer for these exact versions; each must be in one.
///
/// # Errors
/// The cause, when one is in none.
pub fn offers(packages: &[(PackageKey, Version)], native: &Architecture) -> Result<Vec<Offer>> {
    if packages.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = packages.iter().map(|(key, version)| format!("{key}={version}"));
    let ended = apt_get().args(["--print-uris", "download", "--"]).args(wanted).run()?;
    if !ended.is_success() {
        return Err(failure_of(&ended));
    }
    Ok(ended.output.lines().filter_map(|line| offer(line, native)).collect())
}

/// What the archives have of these, where one that none has hides no other: apt names all of them or none.
///
/// # Errors
/// The cause, when apt-get does not tell.
pub fn offers_there(packages: &[(PackageKey, Version)], native: &Architecture) -> Result<Vec<Offer>> {
    offers(packages, native).or_else(|_| {
        let there = versions_in_archives(&known(packages.iter().map(|(key, _)| key))?, native);
        let packages: Vec<_> = packages.iter().filter(|pair| there.contains(pair)).cloned().collect();
        offers(&packages, native)
    })
}

/// `'URI' name_version_architecture.deb bytes SHA256:digest`.
fn offer(line: &str, native: &Architecture) -> Option<Offer> {
    let (uri, rest) = line.strip_prefix('\'')?.split_once("' ")?;
    let mut words = rest.split(' ');
    let mut parts = words.next()?.strip_suffix(".deb")?.splitn(3, '_');
    let name: PackageName = parts.next()?.parse().ok()?;
    let version: Version = parts.next()?.replace("%3a", ":").parse().ok()?;
    let architecture: Architecture = parts.next()?.parse().ok()?;
    let bytes = words.next()?.parse().ok()?;
    let sha256 = words.next().and_then(|hash| hash.strip_prefix("SHA256:")).and_then(|digest| digest.parse().ok());
    Some(Offer { key: PackageKey::new(name, &architecture, native), version, uri: uri.to_owned(), bytes, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_epoch_and_a_hash() {
        let line = "'http://a/pool/v/vim_9.0%2b1-1_arm64.deb' vim_2%3a9.0+1-1_arm64.deb 1234 \
                    SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let offer = offer(line, &"arm64".parse().unwrap()).unwrap();
        assert_eq!(offer.version.as_str(), "2:9.0+1-1");
        assert_eq!(offer.key.to_string(), "vim:arm64");
        assert_eq!((offer.bytes, offer.sha256.is_some()), (1234, true));
    }

    #[test]
    fn takes_no_weaker_hash() {
        let line = "'http://a/x.deb' x1_1_all.deb 12 MD5Sum:d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(offer(line, &"arm64".parse().unwrap()).unwrap().sha256, None);
    }
}
