//! Devices in few words, the same in every face.

use crate::device::CallError;
use crate::inspect::Status;
use framboise_core::plan::Action;
use framboise_core::protocol::http::{DeviceStatus, TransactionStatus};
use framboise_core::text::visible;
use framboise_core::transaction::State;
use jiff::ZonedDateTime;
use serde::Serialize;

/// How a device is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// All is well.
    Fine,
    /// An order runs.
    Working,
    /// The last update failed, and the device went back by itself.
    RolledBack,
    /// A person is needed.
    NeedsYou,
    /// Nobody answers.
    NotReached,
}

impl Health {
    /// Of a device as it answered.
    pub fn of(status: &Status) -> Self {
        Health::of_answer(status.result.as_ref(), status.follows)
    }

    /// Of what a device answered, and whether it follows this desk: one that does not would refuse every order.
    pub fn of_answer(answer: Result<&DeviceStatus, &CallError>, follows: bool) -> Self {
        match answer {
            Ok(status) if !follows && of_status(status) == Health::Fine => Health::NeedsYou,
            Ok(status) => of_status(status),
            Err(error) if error.is_not_reached() => Health::NotReached,
            Err(CallError::Refused { .. } | CallError::NoPoint { .. } | CallError::NotUnderstood { .. }) => {
                Health::NeedsYou
            }
            Err(CallError::NotReached { .. } | CallError::AnotherDevice { .. }) => Health::NotReached,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Health::Fine => "fine",
            Health::Working => "working",
            Health::RolledBack => "rolled back",
            Health::NeedsYou => "needs you",
            Health::NotReached => "not reached",
        }
    }

    /// Its shape, so that colour is never needed to tell one from another.
    pub fn shape(self) -> char {
        match self {
            Health::Fine => '●',
            Health::Working => '◐',
            Health::RolledBack => '↩',
            Health::NeedsYou => '▲',
            Health::NotReached => '○',
        }
    }
}

fn of_status(status: &DeviceStatus) -> Health {
    if status.unsettled.is_some() {
        return Health::NeedsYou;
    }
    if status.running.is_some() {
        return Health::Working;
    }
    if !status.broken.is_empty() {
        return Health::NeedsYou;
    }
    match status.last.as_ref().and_then(|last| last.outcome.as_ref().map(|outcome| (last, outcome))) {
        Some((_, outcome)) if outcome.state == State::NeedsYou => Health::NeedsYou,
        Some((last, outcome)) if outcome.state == State::RolledBack && last.action == Action::Update => {
            Health::RolledBack
        }
        Some(_) | None => Health::Fine,
    }
}

/// What a device did last, or does, for people; `what` is what the desk knows of its order.
pub fn last_change(transaction: &TransactionStatus, what: Option<&str>) -> String {
    let what = what.map_or_else(|| format!("{} by {}", action(transaction.action), transaction.by), str::to_owned);
    match &transaction.outcome {
        None => format!("{what}: {}", transaction.state),
        Some(outcome) => match &outcome.failure {
            Some(failure) => format!("{what}: {failure}"),
            None => what,
        },
    }
}

/// What a busy device works on, for people: an order's id would tell them nothing. `now` tells which day and place it is.
pub fn busy(work: &TransactionStatus, now: &ZonedDateTime) -> String {
    let article = if work.action == Action::Update { "an" } else { "a" };
    let since = work.received.to_zoned_datetime(now.time_zone().clone());
    let form = if since.date() == now.date() { "%H:%M" } else { "%-d %b %H:%M" };
    let (action, by, since) = (action(work.action), visible(&work.by), since.strftime(form));
    format!("the device is busy with {article} {action} by {by} since {since}")
}

/// `update`, `rollback to 2`.
pub fn action(action: Action) -> String {
    match action {
        Action::Update => "update".to_owned(),
        Action::Rollback { to } => format!("rollback to {to}"),
    }
}

/// A board's name as people say it: `Raspberry Pi 3 Model B Plus Rev 1.3` is a `Pi 3 B+`.
pub fn short_model(model: &str) -> String {
    let model = model.split(" Rev ").next().unwrap_or(model);
    model
        .replace("Raspberry ", "")
        .replace("Model ", "")
        .replace(" Plus", "+")
        .replace("Compute Module ", "CM")
        .replace("Pi CM", "CM")
}

/// A system's name as people say it: `Debian GNU/Linux 12 (bookworm)` is `Debian 12`.
pub fn short_os(os: &str) -> String {
    os.split(" (").next().unwrap_or(os).replace(" GNU/Linux", "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_is_busy_with_is_told() {
        let zoned = |text: &str| text.parse::<jiff::Timestamp>().unwrap().to_zoned_datetime(jiff::tz::TimeZone::UTC);
        let work = |action| TransactionStatus {
            order: framboise_core::ids::OrderId::new(1, [7; 10]),
            action,
            by: "anna@desk".into(),
            received: zoned("2026-11-20T16:21:00Z").timestamp(),
            state: State::Applying,
            outcome: None,
        };
        let back = Action::Rollback { to: framboise_core::ids::RestorePointId(2) };
        assert_eq!(
            busy(&work(Action::Update), &zoned("2026-11-20T18:00:00Z")),
            "the device is busy with an update by anna@desk since 16:21"
        );
        assert_eq!(
            busy(&work(back), &zoned("2026-11-21T00:05:00Z")),
            "the device is busy with a rollback to 2 by anna@desk since 20 Nov 16:21"
        );
    }

    #[test]
    fn boards_and_systems_are_shortened() {
        let models = [
            ("Raspberry Pi 4 Model B Rev 1.4", "Pi 4 B"),
            ("Raspberry Pi 3 Model B Plus Rev 1.3", "Pi 3 B+"),
            ("Raspberry Pi Zero 2 W Rev 1.0", "Pi Zero 2 W"),
            ("Raspberry Pi Compute Module 4 Rev 1.1", "CM4"),
            ("Some Board", "Some Board"),
        ];
        for (model, expected) in models {
            assert_eq!(short_model(model), expected);
        }
        assert_eq!(short_os("Debian GNU/Linux 12 (bookworm)"), "Debian 12");
    }
}
