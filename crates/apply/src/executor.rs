//! One executor works on a device's transactions at a time: recovery at boot and the service hold the same lock.

use crate::device::Device;
use crate::fault::{Doing, Result};
use rustix::fs::FlockOperation;
use std::fs::File;

/// The right to work on this device's transactions, as long as the answer lives: waits until no other executor has it.
///
/// # Errors
/// When the lock file cannot be opened.
pub fn sole(device: &Device) -> Result<File> {
    lock(device, FlockOperation::LockExclusive)?.at("lock", &device.paths.executor_lock())
}

/// As [`sole`]; none when another executor has it now.
///
/// # Errors
/// As [`sole`].
pub fn sole_now(device: &Device) -> Result<Option<File>> {
    match lock(device, FlockOperation::NonBlockingLockExclusive)? {
        Ok(file) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error).at("lock", &device.paths.executor_lock()),
    }
}

/// Opens the lock file, and tries to lock it (flock(2)).
fn lock(device: &Device, operation: FlockOperation) -> Result<Result<File, rustix::io::Errno>> {
    let path = device.paths.executor_lock();
    let writable = File::options().create(true).append(true).open(&path);
    // On a read-only disk the file is there from better days, and can be locked all the same.
    let file = writable.or_else(|error| File::open(&path).map_err(|_| error)).at("open", &path)?;
    Ok(rustix::fs::flock(&file, operation).map(|()| file))
}
