//! The lab's archive: signed, served inside the lab's network, and changed at will while devices run.

mod deb;
pub(crate) mod excerpt;
mod index;
mod keys;
pub(crate) mod server;
pub(crate) mod site;
mod test_packages;

use std::collections::BTreeSet;
use std::path::Path;

pub(crate) use excerpt::Excerpt;
pub(crate) use index::Offer;
pub(crate) use keys::Keys;
pub(crate) use site::Site;
pub(crate) use test_packages::TestPackages;

use crate::cgroup::Cgroup;
use crate::error::{Error, Result, called};
use crate::host_apt::Prefer;
use crate::network::Network;
use crate::progress::Step;
use crate::roots::Root;
use crate::store::{Lock, Store};
use crate::suite::Suite;

/// The cgroup of the archive's server within its lab's.
const MEMBER: &str = "archive";

/// The archive of one lab.
#[derive(Debug)]
pub struct Archive {
    store: Store,
    lab: String,
    helper: std::path::PathBuf,
}

/// One of the archives that make a suite of Debian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DebianArchive {
    /// The point release.
    Release,
    /// The security archive, and the point release for what that lacks.
    Security,
    /// Whatever is newest in the release, its updates and its security archive.
    #[value(name = "newest")]
    Stable,
    /// Backports.
    Backports,
}

impl From<DebianArchive> for Prefer {
    fn from(archive: DebianArchive) -> Prefer {
        match archive {
            DebianArchive::Release => Prefer::Release,
            DebianArchive::Security => Prefer::Security,
            DebianArchive::Stable => Prefer::Newest,
            DebianArchive::Backports => Prefer::Backports,
        }
    }
}

/// One package version that the archive offers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offered {
    /// `lab`, `bookworm` or `trixie`.
    pub suite: String,
    /// The package's name.
    pub package: String,
    /// Its version.
    pub version: String,
}

impl Offered {
    /// Of a .deb named as apt names it.
    fn by_deb(suite: Suite, deb: &str) -> Option<Offered> {
        let (package, rest) = deb.split_once('_')?;
        let (version, _) = rest.split_once('_')?;
        Some(Offered { suite: suite.name().into(), package: package.into(), version: version.replace("%3a", ":") })
    }
}

impl std::fmt::Display for Offered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={} {}", self.package, self.version, self.suite)
    }
}

impl Archive {
    pub(crate) fn of(store: &Store, lab: &str, helper: &Path) -> Archive {
        Archive { store: store.clone(), lab: lab.to_owned(), helper: helper.to_path_buf() }
    }

    pub(crate) fn site(&self) -> Site {
        Site::at(self.store.lab(&self.lab).join("archive"))
    }

    /// Accepts connections.
    pub fn on(&self) -> Result<()> {
        if self.is_on()? {
            return Ok(());
        }
        let cgroup = self.cgroup()?;
        cgroup.create()?;
        let namespace = Network::of(&self.lab).namespace("archive");
        let mut server = self.site().serve(&self.helper, &namespace, Some(&cgroup))?;
        // Whoever started it may live on: without a waiter a killed server would stay a zombie.
        std::thread::spawn(move || server.wait());
        Ok(())
    }

    /// Refuses connections, as an archive that is down does.
    pub fn off(&self) -> Result<()> {
        self.cgroup()?.kill()
    }

    /// Whether it accepts connections.
    pub fn is_on(&self) -> Result<bool> {
        Ok(self.cgroup()?.is_populated())
    }

    /// All that it offers.
    pub fn offers(&self) -> Result<Vec<Offered>> {
        let mut offered = Vec::new();
        for suite in self.site().suites()? {
            let offer = Offer::read(&self.site().suite(&suite))?;
            offered.extend(offer.stanzas()?.into_iter().map(|(_, stanza)| Offered {
                suite: suite.clone(),
                package: stanza.package,
                version: stanza.version,
            }));
        }
        offered.sort();
        Ok(offered)
    }

    /// Takes a version away from every suite that offers it.
    pub fn drop_version(&self, package: &str, version: &str) -> Result<()> {
        let _lock = self.store.lock_lab(&self.lab)?;
        let mut dropped = false;
        for suite in self.suites_up()? {
            let folder = self.site().suite(&suite);
            let mut offer = Offer::read(&folder)?;
            for (deb, stanza) in offer.stanzas()? {
                if stanza.package == package && stanza.version == version {
                    offer.debs.remove(&deb);
                    offer.publish(&folder, &Keys::cached(&self.store))?;
                    dropped = true;
                }
            }
        }
        if dropped {
            return Ok(());
        }
        Err(Error::Invalid(format!(
            "the archive has no {package}={version} (it has: {})",
            self.versions_shown(package)?
        )))
    }

    /// Adds packages, each `NAME` or `NAME=VERSION`: test packages that were dropped, or Debian's with what they need.
    pub fn add(&self, packages: &[impl AsRef<str>]) -> Result<()> {
        let _lab = self.store.lock_lab(&self.lab)?;
        let cache = self.store.lock_cache()?;
        let tests = TestPackages::build(&self.store, &cache)?;
        let mut debian = Vec::new();
        for package in packages.iter().map(AsRef::as_ref) {
            let (name, version) = package.split_once('=').unwrap_or((package, "2.0"));
            match tests.find(name, version) {
                Some(deb) => self.extend(site::LAB, [deb])?,
                None => debian.push(package.to_owned()),
            }
        }
        if debian.is_empty() {
            return Ok(());
        }
        self.fetch_for_each(&cache, Prefer::Newest, &debian).map(drop)
    }

    /// Adds packages of Debian in the version that one of its archives has, with what they need, and gives every
    /// `NAME=VERSION` that a fresh device would fetch for them.
    pub fn add_from(&self, suite: Suite, archive: DebianArchive, packages: &[&str]) -> Result<Vec<String>> {
        let _lab = self.store.lock_lab(&self.lab)?;
        let cache = self.store.lock_cache()?;
        let packages: Vec<String> = packages.iter().map(|package| (*package).to_owned()).collect();
        let debs = self.fetch(&cache, suite, archive.into(), &packages)?;
        let fetched = debs.iter().filter_map(|deb| Offered::by_deb(suite, deb));
        Ok(fetched.map(|offered| format!("{}={}", offered.package, offered.version)).collect())
    }

    /// As [`Archive::add_from`], in each suite that knows the packages.
    pub fn add_from_each(&self, archive: DebianArchive, packages: &[String]) -> Result<Vec<Offered>> {
        let _lab = self.store.lock_lab(&self.lab)?;
        let cache = self.store.lock_cache()?;
        let fetched = self.fetch_for_each(&cache, archive.into(), packages)?;
        let offered =
            fetched.iter().flat_map(|(suite, debs)| debs.iter().filter_map(|deb| Offered::by_deb(*suite, deb)));
        Ok(offered.collect())
    }

    /// A version may be in one suite alone: an error only where none has it.
    fn fetch_for_each(
        &self,
        cache: &Lock,
        prefer: Prefer,
        packages: &[String],
    ) -> Result<Vec<(Suite, BTreeSet<String>)>> {
        let suites = self.suites_up()?;
        let mut fetched = Vec::new();
        let mut failure = None;
        for suite in Suite::ALL.into_iter().filter(|suite| suites.iter().any(|name| name == suite.name())) {
            match self.fetch(cache, suite, prefer, packages) {
                Ok(debs) => fetched.push((suite, debs)),
                Err(error) => failure = Some(error),
            }
        }
        match failure {
            Some(error) if fetched.is_empty() => Err(error),
            _ => Ok(fetched),
        }
    }

    /// Adds what a fresh device would fetch for these packages, and gives the names of the .debs.
    fn fetch(&self, cache: &Lock, suite: Suite, prefer: Prefer, packages: &[String]) -> Result<BTreeSet<String>> {
        let _step = Step::begin(format!("fetching {} from Debian {suite}", packages.join(" ")));
        let root = Root::build(&self.store, cache, suite)?;
        let apt = excerpt::suite_apt(&self.store, &root)?;
        let debs = apt.download(prefer, packages)?;
        self.extend(suite.name(), debs.iter().cloned())?;
        Ok(debs)
    }

    fn extend(&self, suite: &str, debs: impl IntoIterator<Item = String>) -> Result<()> {
        let folder = self.site().suite(suite);
        let mut offer = Offer::read(&folder)?;
        let before = offer.debs.len();
        offer.debs.extend(debs);
        if offer.debs.len() == before {
            return Ok(());
        }
        offer.publish(&folder, &Keys::cached(&self.store))
    }

    fn suites_up(&self) -> Result<Vec<String>> {
        let suites = self.site().suites()?;
        if suites.is_empty() {
            return Err(Error::Invalid(format!("lab `{}` is not up: {} up N", self.lab, called())));
        }
        Ok(suites)
    }

    fn versions_shown(&self, package: &str) -> Result<String> {
        let offered = self.offers()?;
        let versions = offered.iter().filter(|offer| offer.package == package);
        let shown: Vec<_> = versions.map(|offer| format!("{} in {}", offer.version, offer.suite)).collect();
        if shown.is_empty() {
            return Ok(format!("no version of {package}"));
        }
        Ok(shown.join(", "))
    }

    fn cgroup(&self) -> Result<Cgroup> {
        Ok(Cgroup::of_lab(&self.lab)?.member(MEMBER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deb_tells_what_it_offers() {
        let offered = Offered::by_deb(Suite::Bookworm, "bind9-host_1%3a9.18.49-1~deb12u1_amd64.deb");
        assert_eq!(offered.unwrap().to_string(), "bind9-host=1:9.18.49-1~deb12u1 bookworm");
        assert_eq!(Offered::by_deb(Suite::Bookworm, "bind9-host.deb"), None);
    }
}
