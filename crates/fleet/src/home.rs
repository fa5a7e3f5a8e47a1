//! Where the desk keeps things: the XDG directories of the operator.

use etcetera::BaseStrategy as _;
use std::path::{Path, PathBuf};

/// The desk's directories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// What must not be lost: the key, and what the desk knows.
    pub data: PathBuf,
    /// What can be fetched again.
    pub cache: PathBuf,
}

/// No place to keep things.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// Neither XDG directories nor a home are set.
    #[error("there is no home directory to keep the key and the list of devices in")]
    NoHome(#[source] etcetera::HomeDirError),
    /// A directory that cannot be made.
    #[error("{path} could not be made", path = path.display())]
    NotMade {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Home {
    /// The directories of whoever runs this, made if need be.
    ///
    /// # Errors
    /// When there is no home, or it cannot be written to.
    pub fn of_operator() -> Result<Self, HomeError> {
        let strategy = etcetera::choose_base_strategy().map_err(HomeError::NoHome)?;
        Home::at(&strategy.data_dir().join("framboise"), &strategy.cache_dir().join("framboise"))
    }

    /// These directories, made if need be. Nobody else may look into them.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn at(data: &Path, cache: &Path) -> Result<Self, HomeError> {
        for path in [data, cache] {
            make_private(path).map_err(|source| HomeError::NotMade { path: path.to_owned(), source })?;
        }
        Ok(Home { data: data.to_owned(), cache: cache.to_owned() })
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
