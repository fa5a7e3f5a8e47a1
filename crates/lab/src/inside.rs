//! Runs a command inside a device, in all its namespaces.
//!
//! Not by nsenter(1): that one stops itself when its child is stopped, which an init that restarts the device does to every
//! process, and a child that nobody waits for keeps the init from ending (pid_namespaces(7)).

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode};

use rustix::thread::move_into_link_name_space;

use crate::command;
use crate::error::{Error, Result};

/// The mount namespace last: with it, /proc is the device's.
const SPACES: [&str; 6] = ["ipc", "uts", "net", "cgroup", "pid", "mnt"];

/// Runs a command in the namespaces of this process, and gives its exit status; 128 and the signal's number when one ended it.
pub(crate) fn run(pid: u32, words: &[OsString]) -> Result<ExitCode> {
    let open = |space: &str| {
        let path = format!("/proc/{pid}/ns/{space}");
        File::open(&path).map_err(Error::io("open", path))
    };
    for space in SPACES.map(open) {
        move_into_link_name_space(space?.as_fd(), None).map_err(Error::kernel("enter a namespace"))?;
    }
    std::env::set_current_dir("/").map_err(Error::io("enter", "/"))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Error::Invalid("no command to run inside".into()));
    };
    let mut command = Command::new(program);
    command.args(arguments);
    let status = command.status().map_err(|error| command::not_started(&command, error))?;
    let code = status.code().or_else(|| Some(128 + status.signal()?));
    Ok(ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}
