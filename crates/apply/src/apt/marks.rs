//! apt's auto and manual marks.

use super::locks::AptIdle;
use super::{failure_of, stanza};
use crate::command::Program;
use crate::fault::{Doing, Result};
use framboise_core::debian::{Architecture, PackageKey};
use framboise_core::state::Mark;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// Where apt keeps them (apt's `Dir::State::extended_states`).
const EXTENDED_STATES: &str = "/var/lib/apt/extended_states";

/// The packages marked auto.
///
/// # Errors
/// When apt's file is there and cannot be read.
pub fn auto(native: &Architecture) -> Result<BTreeSet<PackageKey>> {
    match std::fs::read_to_string(EXTENDED_STATES) {
        Ok(text) => Ok(text.split("\n\n").filter_map(|stanza| auto_in(stanza, native)).collect()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error).at("read", Path::new(EXTENDED_STATES)),
    }
}

fn auto_in(stanza: &str, native: &Architecture) -> Option<PackageKey> {
    let is_auto = stanza::field(stanza, "Auto-Installed")? == "1";
    stanza::key(stanza, native).filter(|_| is_auto)
}

/// Sets the marks that differ.
///
/// # Errors
/// The cause, when apt-mark does not take them.
pub fn set(_apt_idle: &AptIdle, wanted: &BTreeMap<PackageKey, Mark>, native: &Architecture) -> Result<()> {
    let auto = auto(native)?;
    for (mark, verb) in [(Mark::Auto, "auto"), (Mark::Manual, "manual")] {
        let differs =
            |(key, wanted): &(&PackageKey, &Mark)| **wanted == mark && auto.contains(*key) != (mark == Mark::Auto);
        let packages: Vec<String> = wanted.iter().filter(differs).map(|(key, _)| key.to_string()).collect();
        if packages.is_empty() {
            continue;
        }
        let ended = Program::new("apt-mark").arg(verb).arg("--").args(packages).run()?;
        if !ended.is_success() {
            return Err(failure_of(&ended));
        }
    }
    Ok(())
}
