//! Exit codes, the same for every verb.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Every device is as asked.
    AllDone,
    /// The command line, the update file or a device's name is wrong, as the desk can tell by itself; nothing was sent.
    WrongUse,
    /// No device could do it, none answered, or this computer could not; no order was given.
    NothingDone,
    /// At least one device that was given an order, or asked, did not do it, or it is not known.
    SomeFailed,
    /// Ctrl-C: the desk stopped watching (128 and the signal's number, as shells count).
    Stopped,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::AllDone => 0,
            Exit::WrongUse => 1,
            Exit::NothingDone => 2,
            Exit::SomeFailed => 3,
            Exit::Stopped => 130,
        })
    }
}

impl Exit {
    /// Of so many devices that did as asked, and so many that did not.
    pub fn of_counts(good: usize, bad: usize) -> Self {
        match (good, bad) {
            (_, 0) => Exit::AllDone,
            (0, _) => Exit::NothingDone,
            (_, _) => Exit::SomeFailed,
        }
    }
}
