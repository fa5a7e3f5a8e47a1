//! The .debs that an update file names: fetched by the desk, known by their hash from then on.

use super::{DebError, LoadedFile, Source, SourceError, directory_of, fetch};
use crate::home::Home;
use crate::reason;
use framboise_core::digest::Digest;
use framboise_core::update_file::{DebSource, PackageSpec, UpdateFile};
use sha2::{Digest as _, Sha256};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use tempfile::TempPath;

/// The largest Debian packages have about 1 GB.
const DEB_BYTES_MAX: u64 = 2 << 30;

/// How every .deb begins (deb(5)).
pub(crate) const MAGIC: &[u8] = b"!<arch>\ndebian-binary";

/// A .deb at hand.
#[derive(Debug)]
pub struct LoadedDeb {
    /// As the list names it.
    pub name: String,
    /// Its digest, by which devices know it.
    pub sha256: Digest,
    /// Its size.
    pub bytes: u64,
    file: DebFile,
}

/// Where its bytes are.
#[derive(Debug)]
enum DebFile {
    Kept(PathBuf),
    /// Deleted with it.
    Fetched(TempPath),
}

impl LoadedDeb {
    /// The file. What is in it by now may differ: the device holds it against the digest.
    pub fn path(&self) -> &Path {
        match &self.file {
            DebFile::Kept(path) => path,
            DebFile::Fetched(path) => path,
        }
    }
}

/// Fetches each .deb that the file names, and names it by its digest there.
pub(super) async fn load(
    file: &mut UpdateFile,
    source: &Source,
    home: &Home,
    tell: &impl Fn(String),
) -> Result<Vec<LoadedDeb>, SourceError> {
    let mut debs: Vec<LoadedDeb> = Vec::new();
    for entry in &mut file.entries {
        let PackageSpec::Deb(at) = &entry.spec else { continue };
        let name = entry.spec.to_string();
        let failed = |problem| SourceError::Deb { name: name.clone(), problem };
        let deb = match at {
            DebSource::Path(_) if matches!(source, Source::Url(_)) => return Err(failed(DebError::LocalInRemoteList)),
            DebSource::Path(path) => local(directory_of(source).join(path), name.clone()).await,
            DebSource::Url(url) => {
                tell(format!("fetching {url}"));
                remote(url, home, name.clone()).await
            }
        };
        let deb = deb.map_err(failed)?;
        entry.spec = PackageSpec::Staged { sha256: deb.sha256 };
        if debs.iter().all(|known| known.sha256 != deb.sha256) {
            debs.push(deb);
        }
    }
    Ok(debs)
}

async fn local(path: PathBuf, name: String) -> Result<LoadedDeb, DebError> {
    let hashed =
        tokio::task::spawn_blocking(move || hash_file(&path).map(|(sha256, bytes)| (sha256, bytes, path))).await;
    let (sha256, bytes, path) = hashed.map_err(|error| DebError::NotRead(std::io::Error::other(error)))??;
    Ok(LoadedDeb { name, sha256, bytes, file: DebFile::Kept(path) })
}

fn hash_file(path: &Path) -> Result<(Digest, u64), DebError> {
    // Of a pipe nobody knows when it ends, or begins.
    if !std::fs::metadata(path).map_err(DebError::NotRead)?.is_file() {
        return Err(DebError::NotADeb);
    }
    let mut file = std::fs::File::open(path).map_err(DebError::NotRead)?;
    let mut intake = Intake::default();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let count = file.read(&mut buffer).map_err(DebError::NotRead)?;
        if count == 0 {
            return intake.finish();
        }
        intake.take(buffer.get(..count).unwrap_or_default())?;
    }
}

async fn remote(url: &str, home: &Home, name: String) -> Result<LoadedDeb, DebError> {
    let mut response = fetch::begin(url).await.map_err(DebError::NotFetched)?;
    let mut file = tempfile::Builder::new().suffix(".deb").tempfile_in(&home.cache).map_err(DebError::NotRead)?;
    let mut intake = Intake::default();
    while let Some(chunk) = response.chunk().await.map_err(|error| DebError::NotFetched(reason::of(&error)))? {
        intake.take(&chunk)?;
        file.write_all(&chunk).map_err(DebError::NotRead)?;
    }
    let (sha256, bytes) = intake.finish()?;
    Ok(LoadedDeb { name, sha256, bytes, file: DebFile::Fetched(file.into_temp_path()) })
}

/// What has come in of a .deb.
#[derive(Default)]
struct Intake {
    hasher: Sha256,
    bytes: u64,
    start: Vec<u8>,
}

impl Intake {
    fn take(&mut self, chunk: &[u8]) -> Result<(), DebError> {
        self.hasher.update(chunk);
        self.bytes += chunk.len() as u64;
        let missing = MAGIC.len() - self.start.len();
        self.start.extend(chunk.iter().take(missing));
        if self.start.len() == MAGIC.len() && self.start != MAGIC {
            return Err(DebError::NotADeb);
        }
        if self.bytes > DEB_BYTES_MAX { Err(DebError::TooBig(DEB_BYTES_MAX)) } else { Ok(()) }
    }

    fn finish(self) -> Result<(Digest, u64), DebError> {
        if self.start == MAGIC { Ok((Digest::from_hasher(self.hasher), self.bytes)) } else { Err(DebError::NotADeb) }
    }
}

impl LoadedFile {
    /// Bytes of all its .debs.
    pub fn deb_bytes(&self) -> u64 {
        self.debs.iter().map(|deb| deb.bytes).sum()
    }
}
