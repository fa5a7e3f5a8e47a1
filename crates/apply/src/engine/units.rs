//! Services of touched packages: whichever ran before an update must run after it.

use super::Run;
use crate::apt::query;
use crate::command::Program;
use crate::durable;
use crate::fault::Result;
use framboise_core::cause::{Cause, Failure};
use framboise_core::debian::PackageKey;
use framboise_core::event::EventKind;
use framboise_core::text::last_lines;
use framboise_core::update_file::UnitName;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Where packages put their units (systemd.unit(5)), with `/usr` merged or not.
const UNIT_DIRECTORIES: [&str; 2] = ["/lib/systemd/system/", "/usr/lib/systemd/system/"];

/// How long a restarted service may take to be up.
const PATIENCE: Duration = Duration::from_secs(20);

impl Run<'_> {
    /// Notes which services of the touched packages run, before anything is touched.
    pub(super) fn note_units(&self, touched: &BTreeSet<PackageKey>) -> Result<()> {
        let owners = query::owners(&self.device.native)?;
        let units =
            owners.iter().filter(|(_, key)| touched.contains(key)).filter_map(|(path, _)| unit_of(path.as_str()));
        let running: BTreeSet<UnitName> = units.filter(|unit| state_of(unit) == "active").collect();
        durable::replace_json(&self.journal.part("units.json"), &running)
    }

    /// Lets services start again that were started often of late: systemd counts an update and its way back as one row
    /// of failures (systemd.unit(5), StartLimitBurst).
    pub(super) fn forgive_units(&self) -> Result<()> {
        let noted: BTreeSet<UnitName> =
            durable::read_json_if_sound(&self.journal.part("units.json"))?.unwrap_or_default();
        if !noted.is_empty() {
            // A unit that did not fail needs no forgiving, and systemctl says so by its status.
            Program::new("systemctl").args(["reset-failed", "--"]).args(noted.iter().map(UnitName::as_str)).run()?;
        }
        Ok(())
    }

    /// Starts those that ran before and do not after the way back, such as one that was removed meanwhile and is not enabled.
    /// After a start of the device systemd has its own word on what runs.
    pub(super) fn start_units(&mut self) {
        if self.journal.boot_of_begin() != crate::restart::boot_id().as_deref() {
            return;
        }
        let noted: Option<BTreeSet<UnitName>> =
            durable::read_json_if_sound(&self.journal.part("units.json")).ok().flatten();
        let is_down = |unit: &UnitName| is_there(unit) && is_settled(unit) && state_of(unit) != "active";
        for unit in noted.into_iter().flatten().filter(is_down) {
            drop(Program::new("systemctl").args(["--no-block", "start", "--", unit.as_str()]).run());
            let began = Instant::now();
            while state_of(&unit) != "active" && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(250));
            }
            let state = state_of(&unit);
            if state != "active" {
                self.remarks.push(format!("{} ran before, and is {state} now", unit.as_str()));
            }
        }
    }

    /// Whether those that are still installed run again.
    pub(super) fn check_units(&self) -> Result<()> {
        let noted: BTreeSet<UnitName> =
            durable::read_json_if_sound(&self.journal.part("units.json"))?.unwrap_or_default();
        let began = Instant::now();
        for unit in &noted {
            while !is_settled(unit) && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(250));
            }
            let state = state_of(unit);
            if is_there(unit) && state != "active" && !is_skipped(unit) && self.should_run(unit, &state) {
                self.log.tell(EventKind::Line { text: format!("{} is {state}", unit.as_str()) });
                let words = Program::new("systemctl")
                    .args(["status", "--no-pager", "--full", "--", unit.as_str()])
                    .run()?
                    .words;
                return Err(Failure::new(Cause::CheckFailed { check: unit.to_string() }, last_lines(&words, 12)));
            }
        }
        Ok(())
    }
}

impl Run<'_> {
    /// After a restart a service that is not enabled runs only when it is called for, whatever the update did; that it
    /// failed counts all the same.
    fn should_run(&self, unit: &UnitName, state: &str) -> bool {
        state == "failed" || !self.has_restarted() || is_enabled(unit)
    }
}

fn is_enabled(unit: &UnitName) -> bool {
    let asked = Program::new("systemctl").args(["is-enabled", "--", unit.as_str()]).run();
    asked.is_ok_and(|ended| ended.output.trim() == "enabled")
}

fn unit_of(path: &str) -> Option<UnitName> {
    let name = UNIT_DIRECTORIES.iter().find_map(|directory| path.strip_prefix(directory))?;
    // Templates run as instances only, which are not the package's.
    (name.ends_with(".service") && !name.contains(['/', '@'])).then(|| name.parse().ok()).flatten()
}

fn is_settled(unit: &UnitName) -> bool {
    !matches!(state_of(unit).as_str(), "activating" | "reloading" | "deactivating")
}

/// Whether systemd left it out on purpose: a condition of the unit does not hold (systemd.unit(5), systemd.service(5)).
fn is_skipped(unit: &UnitName) -> bool {
    let asked =
        Program::new("systemctl").args(["show", "--property=ConditionResult,Result", "--", unit.as_str()]).run();
    asked.is_ok_and(|ended| {
        ended.output.lines().any(|line| line == "ConditionResult=no" || line == "Result=exec-condition")
    })
}

fn is_there(unit: &UnitName) -> bool {
    UNIT_DIRECTORIES.iter().any(|directory| std::path::Path::new(directory).join(unit.as_str()).exists())
}

/// systemd's word for it: `active`, `inactive`, `failed`, `activating`, …; `unknown` where there is no systemd.
fn state_of(unit: &UnitName) -> String {
    let asked = Program::new("systemctl").args(["is-active", "--", unit.as_str()]).run();
    asked.map(|ended| ended.output.trim().to_owned()).unwrap_or_else(|_| "unknown".into())
}
