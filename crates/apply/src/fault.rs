//! Turns what the operating system refuses into a cause of the closed set.

use framboise_core::cause::{Cause, Failure};
use rustix::io::Errno;
use std::io;
use std::path::Path;

/// The result of everything the root side does.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Says what was being done when something failed.
pub trait Doing<T> {
    /// `doing` completes "the device could not …".
    fn doing(self, doing: impl Into<String>) -> Result<T>;

    /// The same, for a path: `verb` and the path.
    fn at(self, verb: &str, path: &Path) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: impl Into<String>) -> Result<T> {
        self.map_err(|error| cause_of(&error, doing.into(), Path::new("/")).into())
    }

    fn at(self, verb: &str, path: &Path) -> Result<T> {
        self.map_err(|error| cause_of(&error, format!("{verb} {}", path.display()), path).into())
    }
}

impl<T> Doing<T> for Result<T, Errno> {
    fn doing(self, doing: impl Into<String>) -> Result<T> {
        self.map_err(io::Error::from).doing(doing)
    }

    fn at(self, verb: &str, path: &Path) -> Result<T> {
        self.map_err(io::Error::from).at(verb, path)
    }
}

impl<T> Doing<T> for Result<T, serde_json::Error> {
    fn doing(self, doing: impl Into<String>) -> Result<T> {
        self.map_err(|error| fault(doing, error.to_string()))
    }

    fn at(self, verb: &str, path: &Path) -> Result<T> {
        self.doing(format!("{verb} {}", path.display()))
    }
}

/// A failure that is none of apt's: what the device could not do, and why.
pub fn fault(doing: impl Into<String>, problem: impl Into<String>) -> Failure {
    Cause::DeviceFault { doing: doing.into(), problem: problem.into() }.into()
}

fn cause_of(error: &io::Error, doing: String, path: &Path) -> Cause {
    let path = path.display().to_string();
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOSPC | Errno::DQUOT) => Cause::DiskFull { path, missing_bytes: None },
        Some(Errno::ROFS) => Cause::ReadOnly { path },
        _ => Cause::DeviceFault { doing, problem: error.to_string() },
    }
}
