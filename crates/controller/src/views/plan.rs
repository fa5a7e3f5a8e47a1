//! The plan in groups of devices that do the same.

use super::names;
use crate::planning::Planning;
use crate::state::State;
use crate::words::{Language, Problem, bytes};
use framboise_core::debian::PackageKey;
use framboise_core::plan::{Gap, GapReason, LockEntry, Plan};
use framboise_core::text::visible;
use framboise_fleet::plan::{Alike, Group, Rank, is_older, ranked};
use framboise_fleet::store::KnownDevice;
use serde_json::{Value, json};

/// Packages told of one group; a new release has about a thousand.
const PACKAGES_MAX: usize = 2_000;

pub(super) fn view(state: &State) -> Value {
    let Some(plan) = &state.plan else { return json!({ "state": "none" }) };
    let groups = plan.groups();
    let starting: usize =
        groups.iter().map(|group| if matches!(group, Group::Change(_)) { group.count() } else { 0 }).sum();
    let held: usize = groups.iter().map(|group| if matches!(group, Group::Held(_)) { group.count() } else { 0 }).sum();
    json!({
        "state": if plan.problem.is_some() { "failed" } else if plan.groups.is_some() { "ready" } else { "asking" },
        "number": plan.number,
        "rollback": plan.is_rollback(),
        "what": visible(&plan.name),
        "to": plan.to,
        "devices": names(plan.devices.iter().map(KnownDevice::name)),
        "answered": plan.answered,
        "starting": starting,
        "held": held,
        "includesHeld": plan.includes_held,
        "whole": groups.iter().all(is_whole),
        "download": download(state.language, groups),
        "reboot": groups.iter().any(needs_reboot),
        "checks": checks(plan),
        "points": points(state, plan),
        "problem": plan.problem,
        "groups": groups.iter().map(|group| group_view(state.language, group)).collect::<Vec<_>>(),
    })
}

/// The restore point that every device begins with.
const FIRST_POINT: u32 = 1;

/// What to choose among: the restore points of one device; of several the one that all of them once had.
fn points(state: &State, plan: &Planning) -> Value {
    if !plan.is_rollback() {
        return json!([]);
    }
    if plan.devices.len() > 1 {
        let language = state.language;
        return json!([{
            "id": FIRST_POINT,
            "title": super::panel::first_point(language),
            "time": language.pick("Restore point 1 of each", "Le point de retour 1 de chacun"),
            "current": false,
            "isOfMany": true, "have": 0, "of": 0,
        }]);
    }
    let is_shown = state.panel.device.as_ref().map(KnownDevice::id) == plan.devices.first().map(KnownDevice::id);
    if is_shown { super::panel::points(state) } else { json!([]) }
}

/// The names of what must pass afterwards.
fn checks(plan: &Planning) -> Vec<String> {
    plan.file.iter().flat_map(|loaded| loaded.file.checks.keys()).map(|name| visible(name)).collect()
}

fn is_whole(group: &Group) -> bool {
    match group {
        Group::Change(alike) => alike.plan().is_some_and(|plan| plan.way_back.is_complete()),
        Group::Held(_) => false,
        Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. } => true,
    }
}

fn needs_reboot(group: &Group) -> bool {
    matches!(group, Group::Change(alike) if alike.plan().is_some_and(|plan| !plan.reboot_for.is_empty()))
}

/// The largest download of one device; empty when none is needed.
fn download(language: Language, groups: &[Group]) -> String {
    let most = groups.iter().filter_map(|group| match group {
        Group::Change(alike) => Some(alike.download_bytes_max()),
        Group::Held(_) | Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. } => None,
    });
    match most.max().unwrap_or(0) {
        0 => String::new(),
        most => bytes(language, most),
    }
}

fn group_view(language: Language, group: &Group) -> Value {
    let devices = names(group.devices().into_iter().map(KnownDevice::name));
    match group {
        Group::Change(alike) => alike_view(language, "change", devices, alike),
        Group::Held(alike) => alike_view(language, "held", devices, alike),
        Group::Nothing(alike) => {
            let notes = alike.plan().map(|plan| notes(language, alike, plan)).unwrap_or_default();
            json!({ "kind": "nothing", "devices": devices, "notes": notes })
        }
        Group::Cannot { error, .. } => {
            json!({ "kind": "cannot", "devices": devices, "problem": Problem::of_call(language, error) })
        }
        Group::NotReached { error, .. } => {
            json!({ "kind": "away", "devices": devices, "problem": Problem::of_call(language, error) })
        }
    }
}

fn alike_view(language: Language, kind: &str, devices: Value, alike: &Alike) -> Value {
    let Some(plan) = alike.plan() else { return Value::Null };
    let packages = ranked(plan);
    let telling = packages.iter().filter(|(_, entry)| Rank::of(entry) != Rank::Dependency).count();
    json!({
        "kind": kind,
        "devices": devices,
        "have": plan.way_back.covered(),
        "of": plan.way_back.packages,
        "gaps": plan.way_back.gaps.iter().map(|gap| gap_words(language, gap)).collect::<Vec<_>>(),
        "count": packages.len(),
        "telling": telling,
        "packages": packages.iter().take(PACKAGES_MAX).map(|(key, entry)| package(language, key, entry)).collect::<Vec<_>>(),
        "notes": notes(language, alike, plan),
    })
}

fn package(language: Language, key: &PackageKey, entry: &LockEntry) -> Value {
    let code = match (&entry.before, &entry.after) {
        (None, Some(_)) => "new",
        (Some(_), None) => "removed",
        (Some(before), Some(after)) if *before == after.version => "again",
        (Some(_), Some(_)) if is_older(entry) => "older",
        (Some(_), Some(_)) | (None, None) => "",
    };
    json!({
        "name": key.name.to_string(),
        "before": entry.before.as_ref().map(ToString::to_string),
        "after": entry.after.as_ref().map(|after| after.version.to_string()),
        "size": entry.after.as_ref().map(|after| bytes(language, after.bytes)),
        "code": code,
        "dependency": Rank::of(entry) == Rank::Dependency,
    })
}

fn gap_words(language: Language, gap: &Gap) -> String {
    let name = &gap.package.name;
    let reason = match (language, &gap.reason) {
        (Language::English, reason) => reason.to_string(),
        (Language::French, GapReason::NoDeb) => {
            "sa version installée n'est ni dans la réserve ni dans l'archive".to_owned()
        }
        (Language::French, GapReason::Rebuilt) => "seul un paquet refait depuis ses fichiers existe".to_owned(),
        (Language::French, GapReason::Data) => {
            "ses scripts convertissent des données qu'un retour ne ramène pas".to_owned()
        }
        (Language::French, GapReason::Refused) => "apt ne trouve pas de retour".to_owned(),
        (Language::French, GapReason::OtherDeb) => "le .deb remis n'est pas celui dont elle fut installée".to_owned(),
        (Language::French, GapReason::Unknown) => "pour une raison que cette version ne connaît pas".to_owned(),
    };
    format!("{name}: {reason}")
}

fn notes(language: Language, alike: &Alike, plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    if !plan.reboot_for.is_empty() {
        let words = language.pick("Needs a reboot afterwards, for ", "Demande un redémarrage, pour ");
        notes.push(format!("{words}{}", plan.reboot_for.join(", ")));
    }
    if !plan.kept_back.is_empty() {
        let words = language.pick("Kept back by apt: ", "Retenus par apt : ");
        notes.push(format!("{words}{}", plan.kept_back.join(", ")));
    }
    for (remark, names) in alike.remarks() {
        let whose = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        notes.push(format!("{remark}{whose}"));
    }
    notes.iter().map(|note| visible(note)).collect()
}
