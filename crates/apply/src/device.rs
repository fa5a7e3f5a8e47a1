//! The device: who it is, and where what it keeps is kept.

use crate::apt::query;
use crate::command::count_as_stalled_after;
use crate::durable;
use crate::fault::{Doing, Result, fault};
use crate::files::Contents;
use crate::journal::Numbers;
use crate::paths::Paths;
use crate::points::Points;
use crate::settings::Settings;
use crate::vault::Vault;
use ed25519_dalek::SigningKey;
use framboise_core::debian::Architecture;
use framboise_core::ids::DeviceId;
use framboise_core::trust::public_key_text;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Everything the engine works on.
#[derive(Debug)]
pub struct Device {
    /// Where things are.
    pub paths: Paths,
    /// Its own architecture.
    pub native: Architecture,
    /// Who it is.
    pub id: DeviceId,
    /// This program's path, learnt before an update may replace it.
    pub program: PathBuf,
    /// What proves it.
    pub key: SigningKey,
    /// The .debs it keeps.
    pub vault: Vault,
    /// The contents of files it keeps.
    pub contents: Contents,
    /// Its restore points.
    pub points: Points,
    /// The numbers of its transactions.
    pub numbers: Numbers,
}

impl Device {
    /// Opens the device; the first time, its key is made.
    ///
    /// # Errors
    /// When its state directory cannot be used, or its key is damaged.
    pub fn open(paths: Paths) -> Result<Device> {
        durable::make_directory(paths.state(), 0o755)?;
        durable::make_directory(&paths.transactions(), 0o711)?;
        // Settings that cannot be understood are refused where they matter.
        if let Ok(settings) = Settings::read(&paths) {
            count_as_stalled_after(Duration::from_secs(u64::from(settings.stall.after_seconds)));
        }
        let key = device_key(&paths)?;
        let id = DeviceId(public_key_text(&key.verifying_key()).into());
        let written = std::fs::read_to_string(paths.device_id()).unwrap_or_default();
        if *written.trim() != *id.0 {
            durable::replace(&paths.device_id(), format!("{id}\n").as_bytes(), 0o644)?;
        }
        Ok(Device {
            native: query::native_architecture()?,
            program: std::env::current_exe().doing("find its own program")?,
            vault: Vault::new(paths.vault()),
            contents: Contents::new(paths.contents()),
            points: Points::new(paths.clone()),
            numbers: Numbers::default(),
            paths,
            id,
            key,
        })
    }
}

fn device_key(paths: &Paths) -> Result<SigningKey> {
    let path = paths.device_key();
    match std::fs::read(&path) {
        Ok(bytes) => {
            let bytes = bytes.try_into().map_err(|_| fault(format!("read {}", path.display()), "it is damaged"))?;
            Ok(SigningKey::from_bytes(&bytes))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut bytes = [0; 32];
            random(&mut bytes)?;
            durable::replace(&path, &bytes, 0o600)?;
            Ok(SigningKey::from_bytes(&bytes))
        }
        Err(error) => Err(error).at("read", &path),
    }
}

/// Fills the buffer from the kernel's generator (getrandom(2)).
///
/// # Errors
/// When the kernel has none.
pub fn random(buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    while filled < buffer.len() {
        filled += rustix::rand::getrandom(&mut buffer[filled..], rustix::rand::GetRandomFlags::empty())
            .doing("get random bytes")?;
    }
    Ok(())
}
