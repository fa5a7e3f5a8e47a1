//! What is selected: one device from near, or what many share and where they differ.

use super::names;
use crate::device::{Device, what_of};
use crate::panel::Diff;
use crate::state::State;
use crate::words::{self, Language, Problem};
use framboise_core::debian::PackageKey;
use framboise_core::event::{Event, EventKind};
use framboise_core::outcome::Outcome;
use framboise_core::plan::Action;
use framboise_core::restore_point::{Origin, RestorePoint};
use framboise_core::text::visible;
use framboise_core::transaction::State as Step;
use framboise_core::trust::{Operator, public_key_text};
use framboise_fleet::inspect::History;
use framboise_fleet::run::{Doing, Progress};
use framboise_fleet::store::KnownDevice;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines of a log that are shown: the last ones.
const LOG_LINES: usize = 500;

/// Packages and files of a comparison that are told; the others are counted.
const DIFFERENCES_MAX: usize = 500;

pub(super) fn view(state: &State) -> Value {
    match (&state.panel.device, state.selected_count()) {
        (_, 0) => json!({ "kind": "none" }),
        (Some(known), 1) => one(state, known),
        (_, _) => many(state),
    }
}

fn one(state: &State, known: &KnownDevice) -> Value {
    let Some(device) = state.device(known.id()) else {
        return json!({ "kind": "none" });
    };
    let language = state.language;
    let status = device.status();
    let row = device.row(language);
    let (log, omitted) = log(language, &state.panel.events);
    json!({
        "kind": "one",
        "key": row.key, "name": row.name, "state": row.state, "model": row.model, "os": row.os, "doing": row.doing,
        "address": device.known.address.to_string(),
        "agent": visible(&known.identity.framboise),
        "seedRoutes": known.identity.seed_routes,
        "packages": status.map(|status| status.packages),
        "free": status.map(|status| words::bytes(language, status.free_bytes)),
        "vault": status.map(|status| words::bytes(language, status.vault_bytes)),
        "reboot": status.map(|status| status.reboot_for.iter().map(|name| visible(name)).collect::<Vec<_>>()),
        "operators": status.and_then(|status| status.operators.as_ref()).map(|operators| followed(operators)),
        "failure": failure(language, device, &state.panel.events),
        "remarks": ended(&state.panel.events).map_or_else(Vec::new, |outcome| {
            outcome.remarks.iter().map(|remark| visible(remark)).collect()
        }),
        "steps": steps(language, &state.panel.events),
        "log": log,
        "logOmitted": omitted + state.panel.events_gone,
        "points": points(state),
        "isLooking": state.panel.history.is_none(),
        "problem": match &state.panel.history {
            Some(Err(error)) => Some(Problem::of_look(language, error)),
            Some(Ok(_)) | None => None,
        },
        "diff": state.panel.diff.as_ref().map(|diff| diff_view(language, diff, &known.identity.architecture)),
    })
}

/// Whom it follows; a name says whose key it is meant to be, the key's beginning which one it is.
fn followed(operators: &[Operator]) -> Vec<String> {
    const KEY_CHARS: usize = 8;
    let shown = |operator: &Operator| {
        let key: String = public_key_text(&operator.key).chars().take(KEY_CHARS).collect();
        format!("{} ({key}…)", visible(&operator.name))
    };
    operators.iter().map(shown).collect()
}

/// Why it needs somebody, or went back, and what now.
fn failure(language: Language, device: &Device, events: &[Event]) -> Value {
    if let (Some(Err(error)), None) = (&device.answer, &device.progress) {
        return json!(Problem::of_call(language, error));
    }
    let unsettled = device.status().and_then(|status| status.unsettled.as_ref());
    if let Some(failure) = unsettled {
        return json!(Problem::of_failure(language, failure, device.known.name()));
    }
    if device.is_stranger() {
        return json!(Problem::not_followed(language, device.known.name()));
    }
    let last = device.status().and_then(|status| status.last.as_ref());
    let ordered = match device.progress.as_ref().map(Progress::doing) {
        Some(Doing::Ended(_, failure, _)) => failure.as_deref().cloned(),
        Some(_) | None => None,
    };
    let kept = last.and_then(|last| last.outcome.as_ref()).and_then(|outcome| outcome.failure.clone());
    let told = events
        .iter()
        .rev()
        .find_map(|event| if let EventKind::Failure { failure } = &event.kind { Some(failure.clone()) } else { None });
    let is_bad = matches!(device.state(), "back" | "needs");
    let Some(failure) = ordered.or(told).or(kept).filter(|_| is_bad) else { return Value::Null };
    let compared = ended(events).map(|outcome| outcome.compared);
    json!({
        "what": words::capital(&words::failure(language, &failure)),
        "now": words::next_step(language, &failure, device.known.name()),
        "detail": words::detail(&failure.detail),
        "compared": compared,
        "wentBack": device.state() == "back",
    })
}

/// How it ended, once it has.
fn ended(events: &[Event]) -> Option<&Outcome> {
    events
        .iter()
        .rev()
        .find_map(|event| if let EventKind::Ended { outcome } = &event.kind { Some(&**outcome) } else { None })
}

fn steps(language: Language, events: &[Event]) -> Vec<Value> {
    let packages = ended(events).map(|outcome| outcome.lock.entries.len());
    let step = |event: &Event| {
        let (mark, text) = words::step_of(language, event, packages.unwrap_or(0))?;
        Some(json!({ "mark": mark, "text": text, "time": words::clock(event.at) }))
    };
    events.iter().filter_map(step).collect()
}

/// The last lines of the log, and how many stand before them.
fn log(language: Language, events: &[Event]) -> (Vec<Value>, usize) {
    let mut lines: Vec<Value> = Vec::new();
    let mut last = String::new();
    for event in events {
        let Some(text) = log_line(language, event).filter(|text| *text != last) else { continue };
        lines.push(json!([words::clock(event.at), text]));
        last = text;
    }
    let omitted = lines.len().saturating_sub(LOG_LINES);
    (lines.split_off(omitted), omitted)
}

fn log_line(language: Language, event: &Event) -> Option<String> {
    let text = match &event.kind {
        EventKind::State { state: Step::Committed } => language.pick("Done", "Fait").to_owned(),
        EventKind::State { state } => words::doing(language, &Doing::In(*state)),
        EventKind::Waiting { reason } => words::doing(language, &Doing::Waiting(Box::new(reason.clone()))),
        EventKind::Package { package, phase, .. } => {
            let doing = Doing::Package { package: package.clone(), phase: phase.clone(), is_back: false };
            words::doing(language, &doing)
        }
        EventKind::Line { text } => visible(text),
        EventKind::AwaitingDesk { .. } => words::doing(language, &Doing::AwaitingDesk),
        EventKind::Failure { failure } => words::doing(language, &Doing::Failed(Box::new(failure.clone()))),
        EventKind::Download { .. } | EventKind::Ended { .. } | EventKind::Unknown => return None,
    };
    Some(text)
}

/// The restore points, newest first.
pub(super) fn points(state: &State) -> Value {
    let Some(Ok(history)) = &state.panel.history else { return json!([]) };
    let point = |point: &RestorePoint| {
        json!({
            "id": point.id,
            "title": title(state.language, point, history),
            "time": words::when(state.language, point.recorded),
            "name": point.name.as_deref().map(visible),
            "have": point.packages.saturating_sub(point.missing_debs),
            "of": point.packages,
            "current": point.current,
            "pinned": point.pinned,
        })
    };
    history.points.iter().map(point).collect()
}

fn title(language: Language, point: &RestorePoint, history: &History) -> String {
    let what = |order| {
        let receipt = history.receipts.iter().find(|receipt| receipt.order == order);
        let sent = history.orders.iter().find(|sent| sent.id == order);
        let action = receipt.map_or(Action::Update, |receipt| receipt.action);
        match action {
            Action::Rollback { .. } => language.pick("a rollback", "un retour en arrière").to_owned(),
            Action::Update => what_of(language, action, sent.map(|sent| sent.what.as_str())),
        }
    };
    match point.origin {
        Origin::First => first_point(language).to_owned(),
        Origin::After { order } => format!("{} {}", language.pick("After", "Après"), what(order)),
        Origin::Drift { order } => {
            format!("{} {}", language.pick("Changed by hand, before", "Changé à la main, avant"), what(order))
        }
        Origin::Unknown => language.pick("Recorded", "Enregistré").to_owned(),
    }
}

/// What the restore point is called that every device begins with.
pub(super) fn first_point(language: Language) -> &'static str {
    language.pick("Before the first update", "Avant la première mise à jour")
}

fn diff_view(language: Language, diff: &Diff, native: &str) -> Value {
    let (packages, files, problem) = match &diff.result {
        None => (Vec::new(), Vec::new(), None),
        Some(Err(error)) => (Vec::new(), Vec::new(), Some(Problem::of_look(language, error))),
        Some(Ok(found)) => {
            let version = |record: &Option<framboise_core::state::PackageRecord>| {
                record.as_ref().map(|record| record.version.to_string())
            };
            let package = |change: &framboise_core::diff::Change<PackageKey, framboise_core::state::PackageRecord>| {
                json!([name(&change.key, native), version(&change.before), version(&change.after)])
            };
            let file = |change: &framboise_core::diff::Change<
                framboise_core::text::FilePath,
                framboise_core::state::FileRecord,
            >| {
                let code = match (&change.before, &change.after) {
                    (None, _) => "new",
                    (_, None) => "gone",
                    (Some(_), Some(_)) => "changed",
                };
                json!([change.key.to_string(), code])
            };
            (
                found.packages.iter().take(DIFFERENCES_MAX).map(package).collect(),
                found.files.iter().take(DIFFERENCES_MAX).map(file).collect(),
                None,
            )
        }
    };
    let found = diff.result.as_ref().and_then(|result| result.as_ref().ok());
    json!({
        "packageCount": found.map_or(0, |found| found.packages.len()),
        "fileCount": found.map_or(0, |found| found.files.len()),
        "from": diff.from, "to": diff.to, "isLooking": diff.result.is_none(),
        "packages": packages, "files": files, "problem": problem,
    })
}

/// The package's name; with its architecture where that is not the device's own.
fn name(key: &PackageKey, native: &str) -> String {
    if key.architecture.to_string() == native { key.name.to_string() } else { key.to_string() }
}

/// What many share, and where they differ: each value with those that have it.
fn many(state: &State) -> Value {
    let selected: Vec<&Device> = state.devices.iter().filter(|device| device.is_selected).collect();
    let language = state.language;
    let facts: [(&str, Vec<String>); 5] = [
        ("state", selected.iter().map(|device| device.state().to_owned()).collect()),
        ("model", selected.iter().map(|device| device.model()).collect()),
        ("os", selected.iter().map(|device| device.os()).collect()),
        ("change", selected.iter().map(|device| device.doing(language)).collect()),
        (
            "points",
            selected
                .iter()
                .map(|device| device.status().map_or_else(String::new, |status| status.restore_points.to_string()))
                .collect(),
        ),
    ];
    let (mut same, mut differs) = (Vec::new(), Vec::new());
    for (label, values) in facts {
        let mut counts: BTreeMap<&String, Vec<&str>> = BTreeMap::new();
        for (value, device) in values.iter().zip(&selected) {
            counts.entry(value).or_default().push(device.known.name());
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
        match counts.as_slice() {
            [(value, _)] => same.push(json!([label, value])),
            several => {
                let value = |(value, names): &(&String, Vec<&str>)| {
                    json!([value, names.len(), visible(names.first().unwrap_or(&""))])
                };
                differs.push(json!([label, several.iter().take(4).map(value).collect::<Vec<_>>(), several.len()]));
            }
        }
    }
    let known = state.selected();
    json!({ "kind": "many", "count": known.len(), "names": names(known.iter().map(KnownDevice::name)), "same": same, "differs": differs })
}
