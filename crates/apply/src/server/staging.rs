//! Taking .debs that an operator has signed for.

use super::Server;
use crate::fault::{Doing, Result, fault};
use crate::vault::Came;
use crate::{admission, durable, engine};
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::protocol::socket::Answer;
use framboise_core::trust::Sealed;
use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The largest .deb that is taken.
const STAGED_BYTES_MAX: u64 = 2 << 30;

/// How long the next piece of a .deb may take to come: as long as the agent waits for it, and a little more, so that it is
/// the agent who tells its client.
const PIECE_PATIENCE: Duration = Duration::from_secs(35);

/// The .debs that are under way, each once: its size in bytes.
#[derive(Debug, Default)]
pub struct Stagings {
    under_way: Mutex<BTreeMap<Digest, u64>>,
}

/// One .deb that is under way, until it is dropped.
#[derive(Debug)]
struct UnderWay<'a> {
    stagings: &'a Stagings,
    sha256: Digest,
    file: PathBuf,
}

/// Takes a .deb; what is not the very file that was signed for is thrown away.
///
/// # Errors
/// As [`admission::staging`]; [`Cause::Busy`] when it is coming already; [`Cause::DiskFull`].
pub fn stage(
    server: &Server,
    sealed: &Sealed,
    (sha256, bytes): (Digest, u64),
    reader: &mut BufReader<&UnixStream>,
) -> Result<Answer> {
    let device = &server.device;
    admission::staging(device, sealed, sha256, bytes)?;
    if bytes > STAGED_BYTES_MAX {
        return Err(Cause::BadRequest { problem: format!("a .deb of {bytes} bytes is too large") }.into());
    }
    let scratch = device.paths.scratch();
    durable::make_directory(&scratch, 0o755)?;
    let free = || engine::free_bytes(device.paths.state());
    let under_way = server.stagings.begin(&scratch, sha256, bytes, free)?;
    reader.get_ref().set_read_timeout(Some(PIECE_PATIENCE)).doing("receive a .deb")?;
    receive(&under_way.file, bytes, reader)?;
    device.vault.take(&under_way.file, Some(sha256), Came::Staged)?;
    Ok(Answer::Done)
}

impl Stagings {
    /// Notes a .deb that is to come. There must be room for it twice, as it comes and as it is kept, besides what the
    /// others still need.
    fn begin(
        &self,
        scratch: &Path,
        sha256: Digest,
        bytes: u64,
        free: impl FnOnce() -> Result<u64>,
    ) -> Result<UnderWay<'_>> {
        let mut under_way = self.held();
        if under_way.contains_key(&sha256) {
            return Err(coming_already(sha256));
        }
        let promised: u64 = under_way
            .iter()
            .map(|(other, bytes)| {
                let come = std::fs::metadata(part(scratch, *other)).map_or(0, |metadata| metadata.len());
                bytes.saturating_mul(2).saturating_sub(come)
            })
            .sum();
        let needed = bytes.saturating_mul(2).saturating_add(promised);
        let free = free()?;
        if needed > free {
            let path = scratch.display().to_string();
            return Err(Cause::DiskFull { path, missing_bytes: Some(needed - free) }.into());
        }
        under_way.insert(sha256, bytes);
        Ok(UnderWay { stagings: self, sha256, file: part(scratch, sha256) })
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<Digest, u64>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        // Whatever came of it: scratch is emptied at each start, too.
        drop(std::fs::remove_file(&self.file));
        self.stagings.held().remove(&self.sha256);
    }
}

fn part(scratch: &Path, sha256: Digest) -> PathBuf {
    scratch.join(format!("{sha256}.part"))
}

fn coming_already(sha256: Digest) -> Failure {
    let message = format!("the .deb {sha256} is being handed to the device already");
    let next_step = "Wait half a minute and hand it over again.".to_owned();
    Failure { cause: Cause::Busy { order: None }, detail: String::new(), message, next_step }
}

fn receive(file: &Path, bytes: u64, reader: &mut impl Read) -> Result<()> {
    let mut written = std::fs::File::create(file).at("write", file)?;
    let came = std::io::copy(&mut reader.take(bytes), &mut written).at("write", file)?;
    if came == bytes { Ok(()) } else { Err(fault("receive a .deb", format!("{came} of {bytes} bytes came"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin<'a>(stagings: &'a Stagings, scratch: &Path, deb: &str, bytes: u64) -> Result<UnderWay<'a>> {
        stagings.begin(scratch, Digest::of(deb.as_bytes()), bytes, || Ok(1_000))
    }

    #[test]
    fn a_deb_comes_once_at_a_time() {
        let (stagings, scratch) = (Stagings::default(), tempfile::tempdir().unwrap());
        let first = begin(&stagings, scratch.path(), "a", 10).unwrap();
        std::fs::write(&first.file, "half").unwrap();
        let refused = begin(&stagings, scratch.path(), "a", 10).unwrap_err();
        assert!(matches!(refused.cause, Cause::Busy { order: None }), "{refused}");
        assert_eq!(std::fs::read(&first.file).unwrap(), b"half", "the refused one leaves the other's file alone");
        let _other = begin(&stagings, scratch.path(), "b", 10).unwrap();
        let file = first.file.clone();
        drop(first);
        assert!(!file.exists());
        assert!(begin(&stagings, scratch.path(), "a", 10).is_ok());
    }

    #[test]
    fn all_that_is_under_way_has_room() {
        let (stagings, scratch) = (Stagings::default(), tempfile::tempdir().unwrap());
        let first = begin(&stagings, scratch.path(), "a", 300).unwrap();
        let refused = begin(&stagings, scratch.path(), "b", 300).unwrap_err();
        assert!(matches!(refused.cause, Cause::DiskFull { missing_bytes: Some(200), .. }), "{refused}");
        let _second = begin(&stagings, scratch.path(), "b", 200).unwrap();
        assert!(begin(&stagings, scratch.path(), "c", 1).is_err());
        drop(first);
        assert!(begin(&stagings, scratch.path(), "c", 300).is_ok());
    }

    #[test]
    fn what_has_come_is_not_counted_twice() {
        let (stagings, scratch) = (Stagings::default(), tempfile::tempdir().unwrap());
        let first = begin(&stagings, scratch.path(), "a", 300).unwrap();
        // Free room that is told is less by what has come.
        std::fs::write(&first.file, [0; 300]).unwrap();
        let second = stagings.begin(scratch.path(), Digest::of(b"b"), 200, || Ok(700));
        assert!(second.is_ok(), "{second:?}");
    }
}
