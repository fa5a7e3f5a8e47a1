//! What is told of apt or dpkg when it says nothing for long.

use crate::command::Quiet;
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::EventKind;

/// What hangs, as far as it can be seen: its last words, and the processes at work. Nothing is done about it: dpkg is never
/// killed on a timer. A person sees it, and decides.
pub fn stalled(package: Option<String>, last_line: &str, quiet: &Quiet) -> EventKind {
    let silent = quiet.silent.as_secs();
    let detail = format!("{last_line}\nsilent for {silent} s; at work:\n{}", quiet.processes.join("\n"));
    EventKind::Waiting { reason: Failure::new(Cause::Stalled { package }, detail) }
}
