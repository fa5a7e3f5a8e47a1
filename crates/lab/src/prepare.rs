//! Builds all that devices are made of, or finds it in the cache.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::archive::{Excerpt, Keys, TestPackages};
use crate::build::Build;
use crate::error::Result;
use crate::layers::Layers;
use crate::roots::{Root, architecture};
use crate::store::Store;
use crate::suite::Suite;

/// All that devices of some suites are made of.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The lab's own suite, published.
    pub(crate) offer: PathBuf,
    pub(crate) parts: BTreeMap<Suite, Parts>,
}

/// What devices of one suite are made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) arch: String,
    /// Debian's suite, published.
    pub(crate) offer: PathBuf,
    /// Read-only layers, the topmost first.
    pub(crate) lower: Vec<PathBuf>,
}

impl Prepared {
    /// Builds what is missing for `suites`; with Framboise installed when `agent` is set.
    pub(crate) fn build(store: &Store, build: &Build, suites: &[Suite], agent: bool) -> Result<Prepared> {
        let lock = store.lock_cache()?;
        let deb = if agent { Some(build.deb(&architecture()?)?) } else { None };
        let keys = Keys::make(store, &lock)?;
        let tests = TestPackages::build(store, &lock)?;
        let offer = tests.publish(store, &lock, &keys, &architecture()?)?;
        let layers = Layers { store, lock: &lock, helper: build.helper(), keys: &keys };
        let one = |suite: Suite| -> Result<(Suite, Parts)> {
            let parts = parts(&layers, &tests, &offer, suite, deb.as_deref())?;
            Ok((suite, parts))
        };
        let parts = std::thread::scope(|scope| {
            let running: Vec<_> = suites.iter().map(|suite| scope.spawn(|| one(*suite))).collect();
            let ended = running.into_iter().map(|thread| match thread.join() {
                Ok(result) => result,
                Err(payload) => std::panic::resume_unwind(payload),
            });
            ended.collect::<Result<_>>()
        })?;
        Ok(Prepared { offer, parts })
    }
}

fn parts(layers: &Layers, tests: &TestPackages, offer: &Path, suite: Suite, deb: Option<&Path>) -> Result<Parts> {
    let root = Root::build(layers.store, layers.lock, suite)?;
    let excerpt = Excerpt::build(layers.store, layers.lock, layers.keys, &root)?;
    let sources = layers.with_sources(&root, &excerpt, tests, offer)?;
    let mut lower = vec![sources.clone(), root.tree.clone()];
    if let Some(deb) = deb {
        lower.insert(0, layers.with_framboise(&root, &sources, deb)?);
    }
    Ok(Parts { arch: root.arch, offer: excerpt.folder, lower })
}
