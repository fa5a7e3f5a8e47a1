//! Errors of the desk as a person meets them in the window: what, where, why, what now.

use super::desk::unreached;
use super::{Language, failure, next_step};
use framboise_core::cause::{Cause, Failure};
use framboise_core::text::visible;
use framboise_fleet::device::CallError;
use framboise_fleet::inspect::LookError;
use framboise_fleet::receipts::ReceiptError;
use serde::Serialize;
use std::error::Error;

/// What went wrong, and what now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What, where and why.
    pub what: String,
    /// What now; empty where nothing can be advised.
    pub now: String,
    /// What a failing program said, its last lines.
    pub detail: Vec<String>,
}

/// Of what a failing program said.
const DETAIL_LINES: usize = 12;

impl Problem {
    /// Of a device that did not answer as asked.
    pub fn of_call(language: Language, error: &CallError) -> Self {
        let (what, now) = match error {
            CallError::NotReached { device, address, reason, .. } => match language {
                Language::English => (
                    format!("{device} is not reached at {address}: {reason}"),
                    format!("Is {device} powered on and in this network? Scan Network finds it where it is now."),
                ),
                Language::French => (
                    format!("{device} est injoignable à {address} : {}", unreached(language, reason)),
                    format!("{device} est-il allumé et sur ce réseau ? Scanner le réseau le retrouve."),
                ),
            },
            CallError::Refused { device, failure } => return Problem::of_failure(language, failure, device),
            CallError::AnotherDevice { device, address } => match language {
                Language::English => (
                    format!("{device} is not at {address} any more: another Pi answers there"),
                    "Scan Network finds it again.".to_owned(),
                ),
                Language::French => (
                    format!("{device} n'est plus à {address} : un autre Pi y répond"),
                    "Scanner le réseau le retrouve.".to_owned(),
                ),
            },
            CallError::NoPoint { device, name } => (
                match language {
                    Language::English => format!("{device} has no restore point called {name}"),
                    Language::French => format!("{device} n'a pas de point de retour nommé {name}"),
                },
                String::new(),
            ),
            CallError::NotUnderstood { device, address, what } => match language {
                Language::English => (
                    format!("{device} answered at {address}, but not as this version of Framboise expects: {what}"),
                    "See which program answers there, and update Framboise on both sides.".to_owned(),
                ),
                Language::French => (
                    format!("{device} a répondu à {address}, mais pas comme Framboise s'y attend : {what}"),
                    "Voyez quel programme y répond, et mettez Framboise à jour des deux côtés.".to_owned(),
                ),
            },
        };
        Problem { what: visible(&what), now: visible(&now), detail: Vec::new() }
    }

    /// Of what a device said itself.
    pub fn of_failure(language: Language, cause: &Failure, device: &str) -> Self {
        let what = super::doing::capital(&failure(language, cause));
        Problem { what, now: next_step(language, cause, device), detail: detail(&cause.detail) }
    }

    /// Of a device that would refuse every order of this desk.
    pub fn not_followed(language: Language, device: &str) -> Self {
        let device = visible(device);
        let what = match language {
            Language::English => format!("{device} does not follow you yet: it would refuse every order"),
            Language::French => format!("{device} ne vous obéit pas encore : il refuserait tout ordre"),
        };
        Problem { what, now: next_step(language, &not_followed(), &device), detail: Vec::new() }
    }

    /// Of a look at a device.
    pub fn of_look(language: Language, error: &LookError) -> Self {
        match error {
            LookError::Call(error) | LookError::Receipts(ReceiptError::Call(error)) => {
                Problem::of_call(language, error)
            }
            LookError::NoPoint(_) => Problem {
                what: language.pick("No restore point yet", "Pas encore de point de retour").to_owned(),
                now: language
                    .pick(
                        "The first is recorded before the first update.",
                        "Le premier est pris avant la première mise à jour.",
                    )
                    .to_owned(),
                detail: Vec::new(),
            },
            LookError::NoOrder(_) => {
                Problem { what: language.pick("No order yet", "Pas encore d'ordre").to_owned(), ..Problem::default() }
            }
            LookError::Store(_) | LookError::Receipts(_) | LookError::Lost { .. } => Problem::of_desk(language, error),
        }
    }
}

/// The last lines of what a program said.
pub(crate) fn detail(text: &str) -> Vec<String> {
    framboise_core::text::last_lines(text, DETAIL_LINES).lines().map(str::to_owned).collect()
}

/// An error with what caused it, each said once, and without the system's numbers.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        let words = words.split(" (os error").next().unwrap_or_default();
        if !text.contains(words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// What a device that does not follow this desk would answer to an order.
pub(crate) fn not_followed() -> Failure {
    Cause::NotSigned { problem: "this desk's key is not in its /etc/framboise/operators".to_owned() }.into()
}
