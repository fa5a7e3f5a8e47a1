//! A signed excerpt of Debian's archive: what the root is made of, and packages in an old and a newer version.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::index::Offer;
use super::keys::Keys;
use crate::error::{Error, Result};
use crate::files;
use crate::host_apt::{HostApt, Prefer, SuiteApt};
use crate::progress::{Step, say};
use crate::roots::Root;
use crate::store::{Lock, Store};

/// Small packages that often have two versions in a suite's archives: libraries that others need, services, tools.
/// Versions move, so which of them do is found out anew; names that a suite does not know are passed over.
const CANDIDATES: &str = "openssl libssl3 libssl3t64 curl libcurl4 libcurl4t64 nginx openssh-server rsync jq \
    libarchive13 libarchive13t64 libxml2 dnsmasq-base bind9-host xz-utils liblzma5 libexpat1 libnghttp2-14 libssh2-1 \
    libssh2-1t64 libtiff6 libgnutls30 libgnutls30t64 libfreetype6 libpng16-16 libpng16-16t64 libgpgme11 libgpgme11t64 \
    libgd3 libxslt1.1 less sudo cups-client bird2 haproxy unbound-host";

/// Always offered, installed nowhere: for trying things out.
const ALWAYS: [&str; 2] = ["tree", "file"];

/// So many packages of a suite should come in two versions.
const PAIRS_WANTED: usize = 10;

/// More only take time to fetch.
const PAIRS_MAX: usize = 24;

/// Part of every excerpt's id: raise it when the way they are made changes.
const RECIPE: &str = "1";

/// The excerpt of one suite.
#[derive(Debug, Clone)]
pub(crate) struct Excerpt {
    /// Changes whenever its recipe or its root does.
    pub(crate) id: String,
    /// The published suite.
    pub(crate) folder: PathBuf,
}

impl Excerpt {
    /// Fetches and signs it, unless it is cached.
    pub(crate) fn build(store: &Store, lock: &Lock, keys: &Keys, root: &Root) -> Result<Excerpt> {
        let id = files::sha256(format!("{RECIPE} {} {} {CANDIDATES}", root.id, keys.id()?));
        let id = format!("{}-{}", root.suite, &id[..12]);
        let folder = store.cached(lock, "excerpts", &id, |folder| {
            let step = Step::begin(format!("fetching an excerpt of Debian {}", root.suite));
            let mut debs = take_over(&root.debs, &pool(store, root))?;
            let apt = suite_apt(store, root)?;
            debs.extend(collect(&apt, root, &step)?);
            let mut offer = Offer {
                suite: root.suite.name().into(),
                origin: "Debian".into(),
                arch: root.arch.clone(),
                pool: pool(store, root),
                debs,
                dated: 0,
            };
            if pairs(&offer)?.len() < PAIRS_WANTED {
                offer.debs.extend(download_all(&apt, root, Prefer::Backports, &candidates(&apt)?));
            }
            warn_if_short(&offer)?;
            offer.publish(&folder.join("suite"), keys)
        })?;
        Ok(Excerpt { id, folder: folder.join("suite") })
    }
}

/// A private apt that decides as a fresh device of this root would.
pub(crate) fn suite_apt(store: &Store, root: &Root) -> Result<SuiteApt> {
    let status = root.tree.join("var/lib/dpkg/status");
    let folder = store.cache("apt").join(&root.id);
    SuiteApt::new(&HostApt::detect()?, root.suite, &root.arch, &status, folder, pool(store, root))
}

/// Every package in `offer` that comes in several versions.
pub(crate) fn pairs(offer: &Offer) -> Result<Vec<String>> {
    let mut names: Vec<_> = offer.stanzas()?.into_iter().map(|(_, stanza)| stanza.package).collect();
    names.sort();
    let mut several: Vec<_> = names.windows(2).filter(|two| two[0] == two[1]).map(|two| two[0].clone()).collect();
    several.dedup();
    Ok(several)
}

fn pool(store: &Store, root: &Root) -> PathBuf {
    store.cache("debian-pool").join(format!("{}-{}", root.suite, root.arch))
}

/// Puts the root's own .debs into the pool.
fn take_over(debs: &Path, pool: &Path) -> Result<BTreeSet<String>> {
    files::create_dir(pool)?;
    let names = files::names(debs)?;
    for name in &names {
        let target = pool.join(name);
        if !target.exists() {
            fs::hard_link(debs.join(name), &target).map_err(Error::io("link", &target))?;
        }
    }
    Ok(names.into_iter().collect())
}

/// Downloads each version of the candidates, with what it needs.
fn collect(apt: &SuiteApt, root: &Root, step: &Step) -> Result<BTreeSet<String>> {
    let mut debs = apt.download(Prefer::Newest, &ALWAYS.map(String::from))?;
    let several = candidates(apt)?;
    for prefer in [Prefer::Release, Prefer::Security, Prefer::Newest] {
        step.detail(&format!("{prefer:?} versions of {} packages", several.len()));
        debs.extend(download_all(apt, root, prefer, &several));
    }
    Ok(debs)
}

/// Those of [`CANDIDATES`] that come in several versions just now.
fn candidates(apt: &SuiteApt) -> Result<Vec<String>> {
    let names: Vec<_> = CANDIDATES.split_whitespace().collect();
    let mut several = apt.in_several_versions(&names)?;
    several.truncate(PAIRS_MAX);
    Ok(several)
}

/// All at once, or one by one where some of them do not go together.
fn download_all(apt: &SuiteApt, root: &Root, prefer: Prefer, packages: &[String]) -> BTreeSet<String> {
    if let Ok(debs) = apt.download(prefer, packages) {
        return debs;
    }
    let mut debs = BTreeSet::new();
    for package in packages {
        match apt.download(prefer, std::slice::from_ref(package)) {
            Ok(more) => debs.extend(more),
            Err(error) => say(format!("{}: left out {package} ({prefer:?}): {error}", root.suite)),
        }
    }
    debs
}

fn warn_if_short(offer: &Offer) -> Result<()> {
    let count = pairs(offer)?.len();
    say(format!("{}: {count} packages of Debian in an old and a newer version", offer.suite));
    if count < PAIRS_WANTED {
        say(format!(
            "warning: {PAIRS_WANTED} were wanted; add names to CANDIDATES in crates/lab/src/archive/excerpt.rs"
        ));
    }
    Ok(())
}
