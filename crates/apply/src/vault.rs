//! The vault: the .debs that the device keeps so that it can go back, by digest, each once.

mod beside;

use crate::apt::deb::{self, Shipment};
use crate::durable;
use crate::fault::{Doing, Result};
use crate::parallel;
use crate::place::Place;
use framboise_core::cause::{Cause, Failure};
use framboise_core::debian::{Architecture, PackageKey, Version};
use framboise_core::digest::Digest;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The vault of a device.
#[derive(Debug, Clone)]
pub struct Vault {
    directory: PathBuf,
}

/// A .deb in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VaultedDeb {
    /// What it installs.
    pub control_fields: deb::Control,
    /// Its whole control stanza.
    pub control: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// Its digest.
    pub sha256: Digest,
    /// Whether it was rebuilt from installed files, for want of the real one.
    pub rebuilt: bool,
    /// Whether a desk handed it over: then its name and version say nothing of what is installed.
    pub staged: bool,
}

/// How a .deb came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// From an archive, or it was found to be the installed one.
    Vouched,
    /// Rebuilt from installed files.
    Rebuilt,
    /// Handed over by a desk.
    Staged,
}

/// Which .deb, of all that may have its name and version, a package was installed from.
pub type InstalledFrom = BTreeMap<PackageKey, Digest>;

impl VaultedDeb {
    /// The package, as it is addressed on a device of this architecture.
    pub fn key(&self, native: &Architecture) -> PackageKey {
        PackageKey::new(self.control_fields.name.clone(), &self.control_fields.architecture, native)
    }

    fn is(&self, key: &PackageKey, version: &Version, native: &Architecture) -> bool {
        self.control_fields.version == *version && self.key(native) == *key
    }
}

/// Rises with whatever changes what is read from a .deb: a list that an older Framboise made is made anew.
const SHIPMENT_FORMAT: u32 = 1;

/// What a .deb ships, as it is kept beside it.
#[derive(Serialize, Deserialize)]
struct KnownShipment {
    format: u32,
    deb: Digest,
    shipment: Shipment,
}

/// The ending of a .deb that is being taken in.
const INCOMING: &str = "incoming";

/// A .deb is an ar(5) archive, whose sizes have ten digits.
const DEB_BYTES_MAX: u64 = 9_999_999_999;

/// What to say of a file that is not the expected one. It is not opened to be named: apt names files by packages.
fn not_the_expected(file: &Path) -> Failure {
    let name = file.file_name().and_then(|name| name.to_str()).filter(|name| name.ends_with(".deb"));
    let package = name.and_then(|name| name.split('_').next()).map(str::to_owned);
    Cause::HashMismatch { package }.into()
}

/// The digest of a file's content.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of(path: &Path) -> Result<Digest> {
    fs::File::open(path).and_then(digest_of_open).at("read", path)
}

/// The digest of an open file's content.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of_open(mut file: fs::File) -> std::io::Result<Digest> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut file, &mut hasher)?;
    Ok(Digest::from_hasher(hasher))
}

impl Vault {
    /// The vault kept in `directory`.
    pub fn new(directory: PathBuf) -> Self {
        Vault { directory }
    }

    /// Takes a copy of a .deb in, durably.
    ///
    /// # Errors
    /// [`Cause::HashMismatch`] when it is not the one expected; else when it is no .deb, or the disk refuses it.
    pub fn take(&self, file: &Path, expected: Option<Digest>, came: Came) -> Result<VaultedDeb> {
        let is_expected = |sha256| expected.is_none_or(|expected| expected == sha256);
        let taken = self.take_all(&[file.to_owned()], &is_expected, came)?;
        let kept = taken.first().map(|sha256| self.get(*sha256)).transpose()?.flatten();
        kept.ok_or_else(|| crate::fault::fault(format!("keep {}", file.display()), "it is no .deb"))
    }

    /// [`Vault::take`] for many at once. Whoever made the files may hold them open still, or put others in their place
    /// (apt's own user fetched them): each is opened once, and what counts is what was copied. Nothing is kept unless all
    /// are expected ones.
    ///
    /// # Errors
    /// As [`Vault::take`].
    pub fn take_all(
        &self,
        files: &[PathBuf],
        is_expected: &(dyn Fn(Digest) -> bool + Sync),
        came: Came,
    ) -> Result<Vec<Digest>> {
        durable::make_directory(&self.directory, 0o755)?;
        let file_system = durable::FileSystem::of(&self.directory)?;
        let copies = parallel::map(files, |file| self.copy(file, is_expected));
        let copies = copies.into_iter().collect::<Result<Vec<Incoming>>>()?;
        if !copies.is_empty() {
            file_system.sync()?;
            self.settle(&copies, came)?;
        }
        Ok(copies.iter().map(|copy| copy.sha256).collect())
    }

    /// A copy of an expected .deb, and its control stanza, which have no place yet.
    fn copy(&self, file: &Path, is_expected: &dyn Fn(Digest) -> bool) -> Result<Incoming> {
        let (deb, stanza) = (self.fresh("deb"), self.fresh("control"));
        let mut copy = Incoming { deb, stanza, sha256: Digest::of(b"") };
        copy.sha256 = copy_to(file, &copy.deb)?;
        if !is_expected(copy.sha256) {
            return Err(not_the_expected(file));
        }
        fs::write(&copy.stanza, beside::sealed(&deb::control(&copy.deb)?)).at("write", &copy.stanza)?;
        Ok(copy)
    }

    /// Brings what was copied, and is on disk, to its place.
    fn settle(&self, copies: &[Incoming], came: Came) -> Result<()> {
        // What it is not to be taken for is on disk before it is there.
        for Incoming { sha256, .. } in copies {
            match came {
                Came::Rebuilt => durable::replace(&self.rebuilt_mark(*sha256), b"", 0o644)?,
                // What was vouched for before is no stranger for coming again.
                Came::Staged if self.place(*sha256).exists() => {}
                Came::Staged => durable::replace(&self.staged_mark(*sha256), b"", 0o644)?,
                Came::Vouched => {}
            }
        }
        for Incoming { deb, stanza, sha256 } in copies {
            for (from, to) in [(stanza, self.stanza(*sha256)), (deb, self.place(*sha256))] {
                fs::rename(from, &to).at("write", &to)?;
            }
            if came == Came::Vouched {
                remove(&self.staged_mark(*sha256))?;
            }
        }
        durable::sync_parent(&self.directory.join("any"))
    }

    /// Removes what a power cut left of .debs that were being taken in. For whoever alone works on transactions.
    pub fn remove_half_taken(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_some_and(|extension| extension == INCOMING) {
                drop(fs::remove_file(path));
            }
        }
    }

    /// The .deb with this digest; none when it is not there, or is no .deb.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn get(&self, sha256: Digest) -> Result<Option<VaultedDeb>> {
        let path = self.place(sha256);
        let bytes = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).at("read", &path),
        };
        let Some(control) = self.control(sha256) else { return Ok(None) };
        let Some(control_fields) = deb::parse_control(&control) else { return Ok(None) };
        let (rebuilt, staged) = (self.rebuilt_mark(sha256).exists(), self.staged_mark(sha256).exists());
        Ok(Some(VaultedDeb { control_fields, control, path, bytes, sha256, rebuilt, staged }))
    }

    /// The control stanza of a .deb, which is kept beside it, for reading it takes its time. A card forgets: where it is
    /// damaged or gone, it is read from the .deb again, if that is sound.
    fn control(&self, sha256: Digest) -> Option<String> {
        let (stanza, deb) = (self.stanza(sha256), self.place(sha256));
        if let Some(kept) = beside::read(&stanza) {
            return Some(kept);
        }
        let is_sound = digest_of(&deb).is_ok_and(|found| found == sha256);
        let control = if is_sound { deb::control(&deb).ok()? } else { return None };
        // On a card that cannot be written it is read again the next time.
        drop(durable::replace(&stanza, beside::sealed(&control).as_bytes(), 0o644));
        Some(control)
    }

    /// What a .deb ships, which is kept beside it, too, once it was looked into: unpacking takes longer than all else of a
    /// comparison.
    ///
    /// # Errors
    /// [`Cause::DebMissing`] when it is damaged; or when it cannot be read.
    pub fn shipment(&self, deb: &VaultedDeb, native: &Architecture) -> Result<Shipment> {
        let place = self.shipment_file(deb.sha256);
        let known = beside::read(&place).and_then(|text| serde_json::from_str::<KnownShipment>(&text).ok());
        let known = known.filter(|known| known.format == SHIPMENT_FORMAT && known.deb == deb.sha256);
        if let Some(KnownShipment { shipment, .. }) = known {
            return Ok(shipment);
        }
        self.sound(deb, native)?;
        let (format, shipment) = (SHIPMENT_FORMAT, deb::shipment(&deb.path)?);
        let known = KnownShipment { format, deb: deb.sha256, shipment };
        // Where that fails, or the power goes, it is made again the next time.
        let fresh = self.fresh("shipment");
        let written = serde_json::to_string(&known).map_err(io::Error::other);
        let written = written.and_then(|text| fs::write(&fresh, beside::sealed(&text)));
        drop(written.and_then(|()| fs::rename(&fresh, &place)).or_else(|_| fs::remove_file(&fresh)));
        Ok(known.shipment)
    }

    /// A name that nothing has, of what goes when it was not brought to its place.
    fn fresh(&self, what: &str) -> PathBuf {
        static NAMES: AtomicU64 = AtomicU64::new(0);
        let number = NAMES.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!("{}-{number}.{what}.{INCOMING}", std::process::id()))
    }

    /// All .debs.
    ///
    /// # Errors
    /// When the vault cannot be read.
    pub fn list(&self) -> Result<Vec<VaultedDeb>> {
        if !self.directory.exists() {
            return Ok(Vec::new());
        }
        let mut debs = Vec::new();
        for entry in fs::read_dir(&self.directory).at("list", &self.directory)? {
            let name = entry.at("list", &self.directory)?.file_name();
            let digest =
                name.to_str().and_then(|name| name.strip_suffix(".deb")).and_then(|digest| digest.parse().ok());
            if let Some(digest) = digest {
                debs.extend(self.get(digest)?);
            }
        }
        // The real one before the rebuilt one.
        debs.sort_by_key(|deb| (deb.rebuilt, deb.sha256));
        Ok(debs)
    }

    /// The .deb, its content held against its digest now: a card forgets.
    ///
    /// # Errors
    /// [`Cause::DebMissing`] when it is not there or damaged; a damaged one is taken out.
    pub fn sound(&self, deb: &VaultedDeb, native: &Architecture) -> Result<()> {
        // That it cannot be read now says nothing of it.
        if digest_of(&deb.path)? == deb.sha256 {
            return Ok(());
        }
        self.remove(deb.sha256)?;
        Err(Cause::DebMissing { packages: vec![deb.key(native)] }.into())
    }

    /// The .deb that a package of this version was installed from ([`exact`]), its content held against its digest now.
    pub fn exact_sound<'a>(
        &self,
        debs: &'a [VaultedDeb],
        key: &PackageKey,
        version: &Version,
        known: &InstalledFrom,
        native: &Architecture,
    ) -> Option<&'a VaultedDeb> {
        exact_ones(debs, key, version, known, native).find(|deb| self.sound(deb, native).is_ok())
    }

    /// Bytes that the .debs take.
    pub fn bytes(&self) -> u64 {
        self.list().map(|debs| debs.iter().map(|deb| deb.bytes).sum()).unwrap_or(0)
    }

    /// Takes a .deb out.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, sha256: Digest) -> Result<()> {
        let beside = [self.shipment_file(sha256), self.stanza(sha256)];
        let files = [self.place(sha256), self.rebuilt_mark(sha256), self.staged_mark(sha256)];
        beside.iter().chain(&files).try_for_each(|path| remove(path))
    }

    fn place(&self, sha256: Digest) -> PathBuf {
        self.directory.join(format!("{sha256}.deb"))
    }

    fn stanza(&self, sha256: Digest) -> PathBuf {
        self.directory.join(format!("{sha256}.control"))
    }

    fn shipment_file(&self, sha256: Digest) -> PathBuf {
        self.directory.join(format!("{sha256}.shipment"))
    }

    fn staged_mark(&self, sha256: Digest) -> PathBuf {
        self.directory.join(format!("{sha256}.staged"))
    }

    fn rebuilt_mark(&self, sha256: Digest) -> PathBuf {
        self.directory.join(format!("{sha256}.rebuilt"))
    }
}

/// The .deb that a package of this version was installed from, as far as the vault's records tell: the one that is known,
/// or else one that somebody vouched for, the real one before a rebuilt one. One that a desk handed over is never it by its
/// name alone.
pub fn exact<'a>(
    debs: &'a [VaultedDeb],
    key: &PackageKey,
    version: &Version,
    known: &InstalledFrom,
    native: &Architecture,
) -> Option<&'a VaultedDeb> {
    exact_ones(debs, key, version, known, native).next()
}

fn exact_ones<'a>(
    debs: &'a [VaultedDeb],
    key: &PackageKey,
    version: &Version,
    known: &InstalledFrom,
    native: &Architecture,
) -> impl Iterator<Item = &'a VaultedDeb> {
    let known = known.get(key).copied();
    let is_it = move |deb: &&VaultedDeb| known.map_or(!deb.staged, |sha256| deb.sha256 == sha256);
    of_version(debs, key, version, native).filter(is_it)
}

/// All .debs of one package and version.
pub fn of_version<'a>(
    debs: &'a [VaultedDeb],
    key: &PackageKey,
    version: &Version,
    native: &Architecture,
) -> impl Iterator<Item = &'a VaultedDeb> {
    debs.iter().filter(move |deb| deb.is(key, version, native))
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}

/// A .deb that is being taken in; gone unless it was brought to its place.
struct Incoming {
    deb: PathBuf,
    stanza: PathBuf,
    sha256: Digest,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        drop(fs::remove_file(&self.deb));
        drop(fs::remove_file(&self.stanza));
    }
}

/// Copies; the digest of what was copied. A link would be the same file for whoever still holds it open, and a copy's mode is
/// not its maker's to choose.
fn copy_to(from: &Path, to: &Path) -> Result<Digest> {
    let source = Place::of(from).and_then(|place| place.open()).at("read", from)?;
    remove(to)?;
    let target = fs::File::options().write(true).create_new(true).mode(0o644).open(to).at("write", to)?;
    let mut copied = Copied { target, hasher: Sha256::new() };
    std::io::copy(&mut source.take(DEB_BYTES_MAX + 1), &mut copied).at("write", to)?;
    Ok(Digest::from_hasher(copied.hasher))
}

/// What is written, and its digest.
struct Copied {
    target: fs::File,
    hasher: Sha256,
}

impl std::io::Write for Copied {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.target.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.target.flush()
    }
}

#[cfg(test)]
mod tests;
