//! Who else runs apt or dpkg: waited for, named, never disturbed.

use crate::fault::{Doing, Result};
use framboise_core::cause::{Cause, Failure};
use rustix::process::{Flock, FlockOffsetType, FlockType};
use std::fs::File;
use std::io;
use std::time::{Duration, Instant};

/// The locks apt and dpkg take (apt's `Dir::State`, `Dir::Cache`; dpkg(1)).
const LOCKS: [&str; 4] =
    ["/var/lib/dpkg/lock-frontend", "/var/lib/dpkg/lock", "/var/lib/apt/lists/lock", "/var/cache/apt/archives/lock"];

/// How long an order waits for another program, which it names meanwhile: unattended-upgrades on a slow card takes its
/// time.
pub const ORDER_PATIENCE: Duration = Duration::from_secs(30 * 60);

/// How long a plan does: it can name whom it waits for only by giving up, and a person sits there.
pub const PLAN_PATIENCE: Duration = Duration::from_secs(60);

/// How often the locks are looked at.
const PAUSE: Duration = Duration::from_millis(250);

/// Proof that the locks of apt and dpkg were seen free. apt-get takes them itself, and would not run under ours; it is
/// told to wait too, for whoever comes in between.
#[derive(Debug)]
pub struct AptIdle(());

impl AptIdle {
    /// Waits until nobody else runs apt or dpkg; tells once for each holder whom it waits for.
    ///
    /// # Errors
    /// [`Cause::LockHeld`] when a holder does not end within `patience`.
    pub fn wait(patience: Duration, tell: &mut dyn FnMut(Failure)) -> Result<AptIdle> {
        let began = Instant::now();
        let mut told = None;
        loop {
            let Some(holder) = first_holder()? else { return Ok(AptIdle(())) };
            if began.elapsed() > patience {
                return Err(holder.into());
            }
            if told.as_ref() != Some(&holder) {
                tell(holder.clone().into());
                told = Some(holder);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

fn first_holder() -> Result<Option<Cause>> {
    for path in LOCKS {
        if let Some(pid) = holder_of(path).at("look at", path.as_ref())? {
            return Ok(Some(Cause::LockHeld { path: path.to_owned(), pid: Some(pid), program: program_of(pid) }));
        }
    }
    Ok(None)
}

/// The process that holds a write lock on the file (fcntl(2), `F_GETLK`).
fn holder_of(path: &str) -> io::Result<Option<u32>> {
    let file = match File::options().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut wanted = Flock::from(FlockType::WriteLock);
    wanted.offset_type = FlockOffsetType::Set;
    let held = rustix::process::fcntl_getlk(&file, &wanted)?;
    Ok(held.and_then(|lock| lock.pid).and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok()))
}

fn program_of(pid: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}
