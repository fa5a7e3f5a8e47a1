//! The operator's depot: .debs that no archive may have any more, kept for devices' ways back.
//!
//! A folder in the desk's data directory. Each file's name says what it is: `NAME_VERSION_ARCHITECTURE_SHA256.deb`. Whether
//! one is the .deb that a device's package was installed from, the device judges by its content.

use crate::home::Home;
use framboise_core::debian::{Architecture, PackageKey, PackageName, Version};
use framboise_core::digest::Digest;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The depot of a desk.
#[derive(Debug, Clone)]
pub struct Depot {
    directory: PathBuf,
}

/// A .deb of the depot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepotDeb {
    /// The package.
    pub name: PackageName,
    /// Its version; without its epoch where the depot learnt it from a file's name.
    pub version: Version,
    /// Its architecture, `all` included.
    pub architecture: Architecture,
    /// Its content's digest.
    pub sha256: Digest,
    /// Its size in bytes.
    pub bytes: u64,
    /// Where it is.
    pub path: PathBuf,
}

/// What the depot could not do.
#[derive(Debug, thiserror::Error)]
pub enum DepotError {
    /// A file that cannot be read or written.
    #[error("{path} could not be {done}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What was to be done with it.
        done: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Not a .deb.
    #[error("{path} is not a Debian package", path = path.display())]
    NotADeb {
        /// Which.
        path: PathBuf,
    },
    /// A .deb of which this computer cannot tell what it is.
    #[error("what {path} is cannot be told on this computer", path = path.display())]
    Unnamed {
        /// Which.
        path: PathBuf,
    },
    /// The depot has no such .deb.
    #[error("the depot has no {0}")]
    Unknown(String),
}

/// What a .deb is.
type Identity = (PackageName, Version, Architecture);

impl Depot {
    /// The depot of the desk in this home.
    pub fn of(home: &Home) -> Self {
        Depot { directory: home.data.join("depot") }
    }

    /// Takes a copy of a .deb in; one that it has already it has once.
    ///
    /// # Errors
    /// When the file is no .deb, or cannot be read or kept.
    pub fn add(&self, path: &Path) -> Result<DepotDeb, DepotError> {
        let (name, version, architecture) = identity(path)?;
        std::fs::create_dir_all(&self.directory).map_err(failed(&self.directory, "made"))?;
        // Copied first, hashed then: what the file becomes meanwhile does not matter.
        let copy = tempfile::Builder::new().suffix(".part").tempfile_in(&self.directory);
        let copy = copy.map_err(failed(&self.directory, "written to"))?.into_temp_path();
        std::fs::copy(path, &copy).map_err(failed(path, "copied"))?;
        let (sha256, bytes) = hash(&copy).map_err(failed(path, "read"))?;
        let spelled = version.as_str().replace(':', "%3a");
        let place = self.directory.join(format!("{name}_{spelled}_{architecture}_{sha256}.deb"));
        copy.persist(&place).map_err(|error| failed(&place, "written")(error.error))?;
        Ok(DepotDeb { name, version, architecture, sha256, bytes, path: place })
    }

    /// All .debs, by name and version.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<DepotDeb>, DepotError> {
        let entries = match std::fs::read_dir(&self.directory) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed(&self.directory, "read"))?,
        };
        let mut debs: Vec<DepotDeb> = entries.flatten().filter_map(|entry| kept(&entry.path())).collect();
        debs.sort_by(|a, b| (&a.name, &a.version, a.sha256).cmp(&(&b.name, &b.version, b.sha256)));
        Ok(debs)
    }

    /// The .debs that may be the one a package of this version was installed from.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn find(&self, package: &PackageKey, version: &Version) -> Result<Vec<DepotDeb>, DepotError> {
        let mut debs = self.list()?;
        debs.retain(|deb| {
            let is_version = deb.version == *version || deb.version.as_str() == without_epoch(version.as_str());
            let is_architecture = deb.architecture.is_all() || deb.architecture == package.architecture;
            deb.name == package.name && is_version && is_architecture
        });
        Ok(debs)
    }

    /// Deletes what a word means: a name, `NAME=VERSION`, or the beginning of a digest.
    ///
    /// # Errors
    /// When it means nothing here, or a file cannot be deleted.
    pub fn remove(&self, word: &str) -> Result<Vec<DepotDeb>, DepotError> {
        let is_meant = |deb: &DepotDeb| match word.split_once('=') {
            Some((name, version)) => deb.name.as_str() == name && deb.version.as_str() == version,
            None => deb.name.as_str() == word || (word.len() >= 8 && deb.sha256.to_string().starts_with(word)),
        };
        let meant: Vec<DepotDeb> = self.list()?.into_iter().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(DepotError::Unknown(word.to_owned()));
        }
        for deb in &meant {
            std::fs::remove_file(&deb.path).map_err(failed(&deb.path, "deleted"))?;
        }
        Ok(meant)
    }
}

fn failed(path: &Path, done: &'static str) -> impl FnOnce(std::io::Error) -> DepotError + use<> {
    let path = path.to_owned();
    move |source| DepotError::File { path, done, source }
}

fn without_epoch(version: &str) -> &str {
    version.split_once(':').map_or(version, |(_, rest)| rest)
}

/// The .debs that the depot keeps are told by their names.
fn kept(path: &Path) -> Option<DepotDeb> {
    let stem = path.file_name()?.to_str()?.strip_suffix(".deb")?;
    let (stem, digest) = stem.rsplit_once('_')?;
    let (name, version, architecture) = named(stem)?;
    let bytes = std::fs::metadata(path).ok()?.len();
    Some(DepotDeb { name, version, architecture, sha256: digest.parse().ok()?, bytes, path: path.to_owned() })
}

/// `NAME_VERSION_ARCHITECTURE`, as dpkg and apt name files.
fn named(stem: &str) -> Option<Identity> {
    let [name, version, architecture] = stem.split('_').collect::<Vec<_>>().try_into().ok()?;
    let version = version.replace("%3a", ":").replace("%3A", ":");
    Some((name.parse().ok()?, version.parse().ok()?, architecture.parse().ok()?))
}

/// What a .deb is, by dpkg-deb; where there is none, as on other systems than Debian's, by its file's name.
fn identity(path: &Path) -> Result<Identity, DepotError> {
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map_err(failed(path, "read"))?;
    file.take(crate::source::MAGIC.len() as u64).read_to_end(&mut start).map_err(failed(path, "read"))?;
    if start != crate::source::MAGIC {
        return Err(DepotError::NotADeb { path: path.to_owned() });
    }
    let mut command = Command::new("dpkg-deb");
    command.args(["--show", "--showformat", "${Package}_${Version}_${Architecture}", "--"]).arg(path);
    let asked = command.env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null()).output();
    let told = asked.ok().filter(|output| output.status.success());
    if let Some(identity) = told.and_then(|output| named(&String::from_utf8_lossy(&output.stdout))) {
        return Ok(identity);
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    named(&stem).ok_or_else(|| DepotError::Unnamed { path: path.to_owned() })
}

fn hash(path: &Path) -> std::io::Result<(Digest, u64)> {
    let mut hasher = Sha256::new();
    let bytes = std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok((Digest::from_hasher(hasher), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depot() -> (tempfile::TempDir, Depot) {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(&folder.path().join("data"), &folder.path().join("cache")).unwrap();
        let depot = Depot::of(&home);
        (folder, depot)
    }

    /// Enough of a .deb for a computer without dpkg: how it begins, and its name.
    fn deb(folder: &Path, name: &str, content: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, [crate::source::MAGIC, content.as_bytes()].concat()).unwrap();
        path
    }

    #[test]
    fn keeps_each_once_and_finds_it() {
        let (folder, depot) = depot();
        assert_eq!(depot.list().unwrap(), []);
        let first = deb(folder.path(), "our-app_2.1_all.deb", "one");
        let again = deb(folder.path(), "our-app_2.1_all.deb", "one");
        let twin = deb(folder.path(), "our-app_2.1_arm64.deb", "two");
        let epoch = deb(folder.path(), "nano_7.2-1_arm64.deb", "three");
        for path in [&first, &again, &twin, &epoch] {
            depot.add(path).unwrap();
        }
        let names: Vec<String> = depot.list().unwrap().iter().map(|deb| deb.name.to_string()).collect();
        assert_eq!(names, ["nano", "our-app", "our-app"]);
        let find = |key: &str, version: &str| depot.find(&key.parse().unwrap(), &version.parse().unwrap()).unwrap();
        assert_eq!(find("our-app:arm64", "2.1").len(), 2);
        assert_eq!(find("our-app:armhf", "2.1").len(), 1);
        assert_eq!(find("our-app:arm64", "2.2").len(), 0);
        assert_eq!(find("nano:arm64", "1:7.2-1").len(), 1, "a file's name may lack the epoch");
        assert_eq!(std::fs::read(&find("our-app:armhf", "2.1")[0].path).unwrap(), std::fs::read(&first).unwrap());
    }

    #[test]
    fn removes_what_is_meant() {
        let (folder, depot) = depot();
        for (name, content) in [("a1_1_all.deb", "x"), ("a1_2_all.deb", "y"), ("b1_1_all.deb", "z")] {
            depot.add(&deb(folder.path(), name, content)).unwrap();
        }
        assert_eq!(depot.remove("a1=2").unwrap().len(), 1);
        let digest = depot.list().unwrap()[1].sha256.to_string();
        assert_eq!(depot.remove(&digest[..8]).unwrap()[0].name.as_str(), "b1");
        assert_eq!(depot.remove("b1").unwrap_err().to_string(), "the depot has no b1");
        assert_eq!(depot.list().unwrap().len(), 1);
    }

    #[test]
    fn refuses_what_is_none() {
        let (folder, depot) = depot();
        let text = folder.path().join("text_1_all.deb");
        std::fs::write(&text, "no package").unwrap();
        assert!(matches!(depot.add(&text), Err(DepotError::NotADeb { .. })));
        assert!(matches!(depot.add(&deb(folder.path(), "app.deb", "")), Err(DepotError::Unnamed { .. })));
        assert!(matches!(depot.add(Path::new("/nowhere.deb")), Err(DepotError::File { .. })));
        assert_eq!(depot.list().unwrap(), []);
    }
}
