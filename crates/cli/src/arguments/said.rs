//! A command as it was given, to be told again with something added, so that it can be copied.

use super::{Devices, PlanArguments, RollbackArguments, Start, UpdateArguments};
use crate::words::quoted;
use framboise_fleet::points::PointWord;

/// What an update, a rollback, or a plan of one was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    is_rollback: bool,
    /// The update file and the devices, or the devices and the restore point.
    what: String,
    /// What only the order takes.
    terms: String,
}

impl Said {
    /// The order, with these options.
    pub fn order(&self, options: &str) -> String {
        let verb = if self.is_rollback { "rollback" } else { "update" };
        let words = ["framboise", verb, &self.what, &self.terms, options];
        joined(&words)
    }

    /// The plan for it.
    pub fn plan(&self) -> String {
        joined(&["framboise plan", if self.is_rollback { "--rollback" } else { "" }, &self.what])
    }

    fn update(file: &str, devices: &Devices) -> Self {
        let what = format!("--file {} {}", quoted(file), words(devices));
        Said { is_rollback: false, what, terms: String::new() }
    }

    fn rollback(devices: &Devices, to: Option<&PointWord>) -> Self {
        let to = to.map(|point| format!("--to {}", quoted(&point.to_string()))).unwrap_or_default();
        Said { is_rollback: true, what: joined(&[&words(devices), &to]), terms: String::new() }
    }
}

impl From<&UpdateArguments> for Said {
    fn from(arguments: &UpdateArguments) -> Self {
        let said = Said::update(&arguments.file, &arguments.devices);
        Said { terms: arguments.start.words(), ..said }
    }
}

impl From<&RollbackArguments> for Said {
    fn from(arguments: &RollbackArguments) -> Self {
        let said = Said::rollback(&arguments.devices, arguments.to.as_ref());
        Said { terms: joined(&[arguments.reboot.words(), &arguments.start.words()]), ..said }
    }
}

impl From<&PlanArguments> for Said {
    fn from(arguments: &PlanArguments) -> Self {
        match &arguments.file {
            Some(file) => Said::update(file, &arguments.devices),
            None => Said::rollback(&arguments.devices, arguments.to.as_ref()),
        }
    }
}

impl Start {
    /// What was said of the order itself.
    fn words(self) -> String {
        let said = [(self.accept_no_way_back, "--accept-no-way-back"), (self.no_wait, "--no-wait")];
        joined(&said.map(|(is_said, word)| if is_said { word } else { "" }))
    }
}

fn words(devices: &Devices) -> String {
    if devices.all {
        "--all".to_owned()
    } else {
        devices.devices.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(" ")
    }
}

fn joined(words: &[&str]) -> String {
    words.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::{Arguments, Verb};
    use clap::Parser as _;

    fn said(command: &[&str]) -> Said {
        match Arguments::try_parse_from(command).unwrap().verb {
            Some(Verb::Update(arguments)) => Said::from(&arguments),
            Some(Verb::Rollback(arguments)) => Said::from(&arguments),
            Some(Verb::Plan(arguments)) => Said::from(&arguments),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn commands_are_told_again_whole() {
        let update = said(&["framboise", "update", "kiosk-1", "kiosk-2", "--file", "my list.txt", "--yes"]);
        assert_eq!(update.plan(), "framboise plan --file 'my list.txt' kiosk-1 kiosk-2");
        assert_eq!(update.order("--yes"), "framboise update --file 'my list.txt' kiosk-1 kiosk-2 --yes");
        let update = said(&["framboise", "update", "--all", "--file", "a", "--no-wait", "--accept-no-way-back"]);
        assert_eq!(update.order("--yes"), "framboise update --file a --all --accept-no-way-back --no-wait --yes");
        let rollback = said(&["framboise", "rollback", "--all", "--to", "before the fair", "--reboot", "always"]);
        assert_eq!(rollback.plan(), "framboise plan --rollback --all --to 'before the fair'");
        assert_eq!(rollback.order("--yes"), "framboise rollback --all --to 'before the fair' --reboot always --yes");
        assert_eq!(said(&["framboise", "plan", "--rollback", "--all"]).order(""), "framboise rollback --all");
        assert_eq!(said(&["framboise", "plan", "--file", "-", "a"]).order(""), "framboise update --file - a");
    }
}
