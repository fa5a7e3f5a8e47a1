//! dpkg used directly: only to repair, and to set right what apt leaves. No apt hook runs for it, so it is handed
//! nothing but .debs of the vault, hashed just before.

use super::failure_of;
use super::locks::AptIdle;
use super::stall::stalled;
use crate::command::{Line, Program};
use crate::fault::{Doing, Result};
use framboise_core::debian::{Architecture, PackageKey, PackageName};
use framboise_core::event::EventKind;
use framboise_core::state::{PackageRecord, Selection};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

type Tell<'a> = &'a mut dyn FnMut(EventKind);

/// Configures whatever is unpacked. That it fails says nothing: a broken package fails again.
///
/// # Errors
/// The cause, when a package could not be configured.
pub fn configure_all(_apt_idle: &AptIdle, tell: Tell<'_>) -> Result<()> {
    run(dpkg(&["--force-confold", "--force-confdef"]).args(["--configure", "-a"]), tell)
}

/// Unpacks a .deb, over whatever stands, and configures nothing.
///
/// # Errors
/// The cause, when it could not be unpacked.
pub fn unpack(_apt_idle: &AptIdle, deb: &Path, tell: Tell<'_>) -> Result<()> {
    run(dpkg(&FORCE_INSTALL).arg("--unpack").arg(deb), tell)
}

/// Unpacks and configures these .debs, over whatever stands, whichever version it is.
///
/// # Errors
/// The cause, when one could not be installed.
pub fn install(_apt_idle: &AptIdle, debs: &[PathBuf], tell: Tell<'_>) -> Result<()> {
    if debs.is_empty() {
        return Ok(());
    }
    run(dpkg(&FORCE_INSTALL).arg("-i").args(debs), tell)
}

/// What stands in the way of a recorded state is no reason not to bring it back.
const FORCE_INSTALL: [&str; 8] = [
    "--force-confold",
    "--force-confdef",
    "--force-downgrade",
    "--force-depends",
    "--force-breaks",
    "--force-conflicts",
    "--force-overwrite",
    "--force-hold",
];

/// A package as dpkg addresses it: by its own architecture, `all` included, where apt takes the device's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpkgName(String);

impl DpkgName {
    /// The name of a package with this record.
    pub fn new(key: &PackageKey, record: &PackageRecord) -> Self {
        DpkgName(format!("{}:{}", key.name, record.architecture))
    }

    /// `name:architecture`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Removes packages, their conffiles too when `purge`.
///
/// # Errors
/// The cause, when one could not be removed.
pub fn remove(_apt_idle: &AptIdle, packages: &[DpkgName], purge: bool, tell: Tell<'_>) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let verb = if purge { "--purge" } else { "--remove" };
    let force = ["--force-depends", "--force-remove-reinstreq", "--force-remove-essential", "--force-hold"];
    run(dpkg(&force).arg(verb).arg("--").args(packages.iter().map(|name| name.0.as_str())), tell)
}

/// Takes away what a package's failing postrm would keep from going: its script is moved out of the way.
///
/// # Errors
/// The cause, when it does not go even so.
pub fn purge_without_script(
    apt_idle: &AptIdle,
    key: &PackageKey,
    record: &PackageRecord,
    native: &Architecture,
    tell: Tell<'_>,
) -> Result<()> {
    let info = Path::new(super::query::INFO);
    let names = [format!("{key}.postrm"), format!("{}.postrm", key.name)];
    let wanted = if key.architecture == *native { &names[..] } else { &names[..1] };
    for script in wanted.iter().map(|name| info.join(name)).filter(|script| script.exists()) {
        std::fs::rename(&script, script.with_added_extension("framboise")).at("move", &script)?;
        tell(EventKind::Line { text: format!("{} fails and is left out", script.display()) });
    }
    let purged = remove(apt_idle, &[DpkgName::new(key, record)], true, tell);
    for script in wanted.iter().map(|name| info.join(name)) {
        drop(std::fs::remove_file(script.with_added_extension("framboise")));
    }
    purged
}

/// Sets selections. Last of all: installing clears them.
///
/// # Errors
/// The cause, when dpkg does not take them.
pub fn select(_apt_idle: &AptIdle, wanted: &[(DpkgName, Selection)], tell: Tell<'_>) -> Result<()> {
    let line = |(name, selection): &(DpkgName, Selection)| word(*selection).map(|word| format!("{} {word}\n", name.0));
    let lines: String = wanted.iter().filter_map(line).collect();
    if lines.is_empty() {
        return Ok(());
    }
    run(Program::new("dpkg").arg("--set-selections").with_input(lines), tell)
}

/// Lets dpkg forget what was wanted of packages that are not installed: a new one that failed to unpack leaves that wish
/// behind, and with it a stanza that was not there before.
///
/// # Errors
/// The cause, when dpkg's records cannot be read or written.
pub fn forget_wishes(_apt_idle: &AptIdle, packages: &BTreeSet<&PackageName>, tell: Tell<'_>) -> Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let format = "${binary:Package}\\t${Package}\\t${db:Status-Want}\\t${db:Status-Status}\\n";
    let known = Program::new("dpkg-query").args(["-W", "-f", format, "*"]).run()?.output;
    let wish = |line: &str| {
        let [name, bare, want, status] = line.split('\t').collect::<Vec<_>>().try_into().ok()?;
        let is_one =
            status == "not-installed" && want != "unknown" && packages.iter().any(|known| known.as_str() == bare);
        is_one.then(|| format!("{name} unknown\n"))
    };
    let lines: String = known.lines().filter_map(wish).collect();
    if lines.is_empty() {
        return Ok(());
    }
    run(Program::new("dpkg").arg("--set-selections").with_input(lines), tell)
}

/// dpkg's word; it has none to say that nothing was said.
fn word(selection: Selection) -> Option<&'static str> {
    match selection {
        Selection::Unknown => None,
        Selection::Install => Some("install"),
        Selection::Hold => Some("hold"),
        Selection::Deinstall => Some("deinstall"),
        Selection::Purge => Some("purge"),
    }
}

fn dpkg(force: &[&str]) -> Program {
    Program::new("dpkg").args(force.iter().copied())
}

fn run(program: Program, tell: Tell<'_>) -> Result<()> {
    let mut last_line = String::new();
    let ended = program.joined().run_telling(&mut |line| match line {
        Line::Said(text) => {
            last_line.clone_from(text);
            tell(EventKind::Line { text: text.clone() });
        }
        Line::Quiet(quiet) => tell(stalled(None, &last_line, quiet)),
        Line::Status(_) => {}
    })?;
    if ended.is_success() { Ok(()) } else { Err(failure_of(&ended)) }
}
