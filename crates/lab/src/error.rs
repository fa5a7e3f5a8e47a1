//! What can go wrong in the lab, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// An error of the lab. [`Error::hint`] says what to do next.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Namespaces, mounts and mmdebstrap need root.
    #[error("the lab needs root: it makes network namespaces and mounts")]
    NotRoot,
    /// A file operation failed.
    #[error("cannot {operation} {path}")]
    Io {
        /// What was tried, as a verb: `read`, `create`.
        operation: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A program ended with an error.
    #[error("`{command}` failed ({status})\n{stderr}")]
    Command {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: String,
        /// The last lines it wrote to stderr.
        stderr: String,
    },
    /// A program is not installed.
    #[error("`{program}` is not installed")]
    ToolMissing {
        /// The program that was to be run.
        program: String,
    },
    /// One of the project's own build products is not there.
    #[error("{what} is not built: looked for {path}")]
    NotBuilt {
        /// What is missing: `framboise`, `the device's .deb`.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
        /// The command that builds it.
        build: &'static str,
    },
    /// No such device.
    #[error("lab `{lab}` has no device `{name}` (it has: {known})")]
    UnknownDevice {
        /// The lab that was asked.
        lab: String,
        /// The name that was given.
        name: String,
        /// The names there are.
        known: String,
    },
    /// A device must run for this, and does not.
    #[error("device `{name}` is switched off")]
    SwitchedOff {
        /// The device's name.
        name: String,
    },
    /// A device did not come up, or did not answer, in time.
    #[error("{name} did not {what} within {seconds} s; its last words:\n{console}")]
    Silent {
        /// The device's name.
        name: String,
        /// What was waited for: `start`, `answer on port 5000`.
        what: &'static str,
        /// How long it was waited for.
        seconds: u64,
        /// The end of the device's console and journal.
        console: String,
    },
    /// A device ended while it booted.
    #[error("{name} ended while it started; its last words:\n{console}")]
    Died {
        /// The device's name.
        name: String,
        /// The end of the device's console.
        console: String,
    },
    /// An argument that the lab cannot use.
    #[error("{0}")]
    Invalid(String),
    /// This machine's apt offers no Debian archive to build roots from.
    #[error("apt on this machine knows no Debian archive")]
    NoDebianArchive,
    /// A text that should have been the lab's own JSON.
    #[error("cannot read {path} as the lab's own record")]
    Record {
        /// The file that was read.
        path: PathBuf,
        /// What is wrong in it.
        source: serde_json::Error,
    },
    /// A kernel call failed.
    #[error("cannot {operation}")]
    Kernel {
        /// What was tried.
        operation: String,
        /// What the kernel answered.
        source: io::Error,
    },
}

/// The lab's results.
pub type Result<T> = std::result::Result<T, Error>;

/// How who runs the lab calls it: a script in front of it, such as `./dev`, says so in the environment.
pub(crate) fn called() -> String {
    std::env::var("FRAMBOISE_LAB_CALLED").unwrap_or_else(|_| "framboise-lab".into())
}

impl Error {
    /// The next step to take, where there is a typical one.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NotRoot => Some("run it with sudo, or as root".into()),
            Error::ToolMissing { program } => Some(format!("install it: apt-get install {}", package_of(program))),
            Error::NotBuilt { build, .. } => Some(format!("build it: {build}")),
            Error::UnknownDevice { .. } => {
                Some(format!("`{0} list` shows the devices, `{0} up N` adds some", called()))
            }
            Error::SwitchedOff { name } => Some(format!("{} power-on {name}", called())),
            Error::Silent { name, .. } => {
                Some(format!("look inside: {} exec {name} -- journalctl --no-pager -b", called()))
            }
            Error::NoDebianArchive => {
                Some("run apt-get update; `apt-get indextargets` must list a source of Debian's".into())
            }
            Error::Record { .. } => Some(format!("{} down ends the lab and its records", called())),
            Error::Io { .. }
            | Error::Command { .. }
            | Error::Died { .. }
            | Error::Invalid(_)
            | Error::Kernel { .. } => None,
        }
    }

    pub(crate) fn io(operation: &'static str, path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Error {
        let path = path.as_ref().to_path_buf();
        move |source| Error::Io { operation, path, source }
    }

    pub(crate) fn kernel<E: Into<io::Error>>(operation: impl Into<String>) -> impl FnOnce(E) -> Error {
        let operation = operation.into();
        move |source| Error::Kernel { operation, source: source.into() }
    }
}

/// The Debian package that brings a program the lab uses.
fn package_of(program: &str) -> &str {
    match program {
        "ip" => "iproute2",
        "nsenter" | "unshare" => "util-linux",
        "nft" => "nftables",
        "gpg" | "gpgconf" => "gnupg",
        "dpkg-deb" => "dpkg",
        "apt-get" | "apt-cache" | "apt-config" => "apt",
        other => other,
    }
}
