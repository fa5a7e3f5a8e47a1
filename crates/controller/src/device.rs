//! A device as the table shows it.

use crate::table::{RUN, Row, RowKind};
use crate::words::{self, Language, is_restarting};
use framboise_core::Timestamp;
use framboise_core::plan::Action;
use framboise_core::protocol::http::DeviceStatus;
use framboise_core::text::visible;
use framboise_core::transaction::State;
use framboise_fleet::describe::{Health, short_model, short_os};
use framboise_fleet::device::CallError;
use framboise_fleet::run::{Progress, Verdict};
use framboise_fleet::store::KnownDevice;
use std::sync::Arc;

/// What the desk knows of one device, and what it is doing.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub known: KnownDevice,
    /// How it was when it was asked last; none before the first answer.
    pub answer: Option<Result<Box<DeviceStatus>, CallError>>,
    /// What its last order was, for people, where this desk sent it.
    pub what: Option<String>,
    /// Its part of the run, while that goes on and until the summary is closed.
    pub progress: Option<Progress>,
    /// Whether it is one of the run that goes on: those stay together until it has ended, however each of them ends.
    pub is_in_run: bool,
    pub is_selected: bool,
    /// Whether it follows this desk, as far as that is known.
    pub follows: bool,
    /// Whether it is being asked how it is.
    pub is_asked: bool,
}

impl Device {
    pub fn new(known: KnownDevice) -> Self {
        Device {
            known,
            answer: None,
            what: None,
            progress: None,
            is_in_run: false,
            is_selected: false,
            follows: true,
            is_asked: false,
        }
    }

    /// Its state's code: asking, fine, working, back, needs, away.
    pub fn state(&self) -> &'static str {
        self.progress.as_ref().and_then(state_in_run).unwrap_or_else(|| self.idle_state())
    }

    /// The code of the group it stands in: its state's, or [`RUN`].
    pub fn group(&self) -> &'static str {
        if self.is_in_run { RUN } else { self.state() }
    }

    fn idle_state(&self) -> &'static str {
        let Some(answer) = &self.answer else { return "asking" };
        match Health::of_answer(answer.as_deref(), self.follows) {
            Health::Fine => "fine",
            Health::Working => "working",
            Health::RolledBack => "back",
            Health::NeedsYou => "needs",
            Health::NotReached => "away",
        }
    }

    pub fn status(&self) -> Option<&DeviceStatus> {
        self.answer.as_ref().and_then(|answer| answer.as_deref().ok())
    }

    pub fn model(&self) -> String {
        let identity = &self.known.identity;
        visible(&identity.model.as_deref().map_or_else(|| identity.architecture.clone(), short_model))
    }

    pub fn os(&self) -> String {
        visible(&short_os(&self.known.identity.os))
    }

    /// When something was done to it last.
    pub fn changed(&self) -> Option<Timestamp> {
        self.status()?.last.as_ref().map(|last| last.received)
    }

    /// Whether nothing is wrong with it but that it does not follow this desk.
    pub fn is_stranger(&self) -> bool {
        self.status().is_some_and(|status| !self.follows && Health::of_answer(Ok(status), true) == Health::Fine)
    }

    /// What it is doing now, or did last.
    pub fn doing(&self, language: Language) -> String {
        if let Some(progress) = &self.progress {
            return words::doing_of_device(language, progress);
        }
        match &self.answer {
            None => language.pick("Asking", "Interrogé").to_owned(),
            Some(Err(error)) if error.is_not_reached() => {
                let seen = words::when(language, self.known.seen);
                format!("{} {seen}", language.pick("Last seen", "Vu"))
            }
            Some(Err(error)) => words::Problem::of_call(language, error).what,
            Some(Ok(_)) if self.is_stranger() => {
                language.pick("Does not follow you yet", "Ne vous obéit pas encore").to_owned()
            }
            Some(Ok(status)) => idle_words(language, status, self.what.as_deref()),
        }
    }

    /// Its row.
    pub fn row(&self, language: Language) -> Row {
        let share = self.progress.as_ref().filter(|progress| progress.verdict().is_none()).map(Progress::share);
        Row {
            kind: RowKind::Device,
            key: Arc::clone(&self.known.id().0),
            name: visible(self.known.name()),
            address: self.known.address.ip().to_string(),
            model: self.model(),
            os: self.os(),
            state: self.state(),
            doing: shortened(self.doing(language)),
            share: share.unwrap_or(-1.0),
            points: self.status().map_or(-1, |status| i32::try_from(status.restore_points).unwrap_or(i32::MAX)),
            is_selected: self.is_selected,
            is_fresh: self.progress.as_ref().is_some_and(|progress| progress.verdict().is_some()),
            needs_reboot: self.status().is_some_and(|status| !status.reboot_for.is_empty()),
            count: 0,
            is_open: false,
        }
    }
}

/// As much of a sentence as any row has room for.
fn shortened(mut sentence: String) -> String {
    const CHARS: usize = 240;
    if let Some((end, _)) = sentence.char_indices().nth(CHARS) {
        sentence.truncate(end);
        sentence.push('…');
    }
    sentence
}

/// None when only the device's own answer tells: it has its order, and nobody watches.
fn state_in_run(progress: &Progress) -> Option<&'static str> {
    Some(match progress.verdict() {
        // While it restarts, silence is what is expected of it.
        None if progress.lost_since().is_some() && !is_restarting(progress) => "away",
        None => "working",
        Some(Verdict::Done) => "fine",
        Some(Verdict::WentBack) => "back",
        Some(Verdict::Failed | Verdict::NeedsYou | Verdict::Refused) => "needs",
        Some(Verdict::NotReached | Verdict::Lost) => "away",
        Some(Verdict::Ordered) => return None,
    })
}

fn idle_words(language: Language, status: &DeviceStatus, what: Option<&str>) -> String {
    // While it works, packages are unfinished for a moment.
    if status.running.is_none() && !status.broken.is_empty() {
        let names: Vec<String> = status.broken.iter().map(|name| visible(name)).collect();
        return format!("{}{}", language.pick("Unfinished packages: ", "Paquets inachevés : "), names.join(", "));
    }
    let Some(last) = status.running.as_ref().or(status.last.as_ref()) else {
        return language.pick("No order yet", "Pas encore d'ordre").to_owned();
    };
    let what = what_of(language, last.action, what);
    match &last.outcome {
        None => format!("{what}: {}", words::doing(language, &framboise_fleet::run::Doing::In(last.state))),
        Some(outcome) => match (&outcome.failure, outcome.state) {
            (Some(failure), State::RolledBack) if last.action == Action::Update => {
                let why = words::capital(&words::failure(language, failure));
                let back = words::back(language, outcome.remarks.is_empty());
                format!("{why}{back}")
            }
            (Some(failure), _) => format!("{what}: {}", words::failure(language, failure)),
            (None, _) => words::change_at(language, &what, last.received),
        },
    }
}

/// What an order was, for people.
pub(crate) fn what_of(language: Language, action: Action, what: Option<&str>) -> String {
    match (action, what) {
        (Action::Update, Some(what)) => visible(what),
        (Action::Update, None) => language.pick("Update", "Mise à jour").to_owned(),
        (Action::Rollback { .. }, _) => language.pick("Rollback", "Retour en arrière").to_owned(),
    }
}
