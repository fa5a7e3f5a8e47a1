//! Restarting the device: whether it is needed, how it is asked for, and whether it has happened.

use crate::command::Program;
use crate::device::Device;
use crate::durable;
use crate::fault::{Result, fault};
use framboise_core::transaction::{self, Restart};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// Differs from boot to boot (random(4)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// Where Debian's and Raspberry Pi OS's hooks note that a restart is needed, and for which packages, one a line.
const REQUIRED: &str = "/run/reboot-required";
const REQUIRED_FOR: &str = "/run/reboot-required.pkgs";

/// How long services may take to come up after a boot, before what stands is judged all the same.
const UP_PATIENCE: Duration = Duration::from_secs(300);

/// How long a restart that was asked for may take to begin: systemd gives a service 90 s to stop, and some take more.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The kernel's boot id; none when it does not tell.
pub fn boot_id() -> Option<String> {
    let text = std::fs::read_to_string(BOOT_ID).ok()?;
    Some(text.trim().to_owned()).filter(|id| !id.is_empty())
}

/// What is to be done about a restart ([`transaction::restart`]).
///
/// # Errors
/// When the kernel tells no boot id.
pub fn due(noted: Option<&str>, asked: usize) -> Result<Restart> {
    let now = boot_id().ok_or_else(|| fault(format!("read {BOOT_ID}"), "the kernel tells no boot id"))?;
    Ok(transaction::restart(noted, &now, asked))
}

/// What the device says of the need of a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Required {
    is_noted: bool,
    /// The packages it is noted for.
    pub packages: BTreeSet<String>,
}

impl Required {
    /// As it stands now.
    pub fn now() -> Required {
        let packages = std::fs::read_to_string(REQUIRED_FOR).unwrap_or_default();
        Required { is_noted: Path::new(REQUIRED).exists(), packages: packages.lines().map(str::to_owned).collect() }
    }

    /// What is noted now and was not `before`; an unnamed need as one without a name.
    pub fn since(&self, before: &Required) -> BTreeSet<String> {
        let mut new: BTreeSet<String> = self.packages.difference(&before.packages).cloned().collect();
        if new.is_empty() && self.is_noted && !before.is_noted {
            new.insert("what it changed".into());
        }
        new
    }
}

/// Asks systemd to restart the device. It does so after this program has left, or not at all.
///
/// # Errors
/// When systemd does not take it.
pub fn ask() -> Result<()> {
    // What the journal says of it must not be behind the device's disk.
    rustix::fs::sync();
    let ended = Program::new("systemctl").args(["--no-wall", "reboot"]).run()?;
    if ended.is_success() { Ok(()) } else { Err(fault("ask systemd for a restart", ended.words.trim())) }
}

/// Whether the system came up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Up {
    /// Everything that is to be started has been, or had its time.
    Ready,
    /// It goes down already.
    GoesDown,
}

/// Waits until everything that a boot starts has been started; for [`UP_PATIENCE`] at most.
pub fn wait_until_up() -> Up {
    let began = Instant::now();
    loop {
        let asked = Program::new("systemctl").arg("is-system-running").run();
        // Where there is no systemd, there is nobody to wait for.
        let state = asked.map(|ended| ended.output.trim().to_owned()).unwrap_or_default();
        match state.as_str() {
            "stopping" => return Up::GoesDown,
            "initializing" | "starting" if began.elapsed() < UP_PATIENCE => {
                std::thread::sleep(Duration::from_millis(250));
            }
            _ => return Up::Ready,
        }
    }
}

/// A restart that is still to be had after a transaction's end. On disk until it has happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Wish {
    boot: Option<String>,
    asked: usize,
}

/// Notes that the device is to restart, before anything else is begun.
///
/// # Errors
/// When it cannot be written.
pub fn wish(device: &Device) -> Result<()> {
    durable::replace_json(&device.paths.restart_wish(), &Wish { boot: boot_id(), asked: 0 })
}

/// Whether a restart was wished for, be it that it has happened since.
pub fn is_wished(device: &Device) -> bool {
    device.paths.restart_wish().exists()
}

/// Asks for a restart that is wished for and has not happened. Whether it was asked for: then nothing else is begun for
/// [`PATIENCE`].
///
/// # Errors
/// When the wish cannot be read or written.
pub fn ask_as_wished(device: &Device) -> Result<bool> {
    let file = device.paths.restart_wish();
    if !is_wished(device) {
        return Ok(false);
    }
    let Some(wish) = durable::read_json_if_sound::<Wish>(&file)? else { return forget(&file).map(|()| false) };
    let asked = wish.asked + 1;
    match due(wish.boot.as_deref(), asked)? {
        Restart::Ask => {
            durable::replace_json(&file, &Wish { asked, ..wish })?;
            cut_point!("restarting once more, before it is asked for");
            if let Err(failure) = ask() {
                eprintln!("<3>framboise-apply: {failure}");
            }
            Ok(true)
        }
        Restart::Happened => forget(&file).map(|()| false),
        Restart::GiveUp => {
            eprintln!("<3>framboise-apply: the device did not restart, though asked {} times", wish.asked);
            forget(&file).map(|()| false)
        }
    }
}

fn forget(file: &Path) -> Result<()> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            crate::fault::Doing::at(Err(error), "remove", file)
        }
        _ => durable::sync_parent(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(is_noted: bool, packages: &[&str]) -> Required {
        Required { is_noted, packages: packages.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn a_need_of_a_restart_is_one_that_was_not_there_before() {
        let names = |now: &Required, before: &Required| now.since(before).into_iter().collect::<Vec<_>>();
        let (none, unnamed) = (required(false, &[]), required(true, &[]));
        let (libc, both) = (required(true, &["libc6"]), required(true, &["dbus", "libc6"]));
        assert!(names(&none, &none).is_empty() && names(&libc, &libc).is_empty() && names(&unnamed, &libc).is_empty());
        assert_eq!(names(&unnamed, &none), ["what it changed"]);
        assert_eq!(names(&libc, &none), ["libc6"]);
        assert_eq!(names(&both, &libc), ["dbus"]);
    }
}
