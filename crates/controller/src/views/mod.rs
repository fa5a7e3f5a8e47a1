//! The views as the window gets them: codes and numbers, and what devices tell in the operator's language.

mod file;
mod panel;
mod plan;
mod work;

use crate::state::{State, View};
use crate::table::{FOUND, Line, STATES};
use framboise_core::text::visible;
use serde_json::{Value, json};

/// Names in a list, at most; more are a count.
const NAMES_MAX: usize = 24;

/// A view as it is now.
pub(crate) fn of(state: &State, view: View) -> Value {
    match view {
        View::App => app(state),
        View::Fleet => fleet(state),
        View::Scan => scan(state),
        View::File => file::view(state),
        View::Plan => plan::view(state),
        View::Panel => panel::view(state),
        View::Work => work::view(state),
    }
}

fn app(state: &State) -> Value {
    json!({
        "language": state.language,
        "theme": state.settings.theme,
        "geometry": state.settings.geometry,
        "loaded": state.is_loaded,
        "toast": state.toast,
        "problem": state.problem.as_ref().map(|(number, problem)| json!({
            "number": number, "what": problem.what, "now": problem.now,
        })),
        "key": state.key.as_ref().map(|(line, _)| line),
    })
}

fn fleet(state: &State) -> Value {
    let counts = state.counts();
    let counts: Vec<Value> = STATES
        .iter()
        .filter_map(|code| counts.get(code).map(|count| json!({ "state": code, "count": count })))
        .collect();
    let shown_groups = state.table.lines.iter().any(|line| matches!(line, Line::Group(code) if *code != FOUND));
    json!({
        "total": state.devices.len(),
        "counts": counts,
        "found": state.found.len(),
        "selected": state.selected_count(),
        "selectedShown": state.devices.iter().filter(|device| device.is_selected && state.table.matches(device)).count(),
        "hits": state.table.hits,
        "query": state.table.query,
        "filter": state.table.filter,
        "column": state.table.column,
        "descending": state.table.is_descending,
        "grouped": shown_groups,
    })
}

fn scan(state: &State) -> Value {
    let scanning = &state.scanning;
    let progress = &scanning.progress;
    json!({
        "on": scanning.is_on(),
        "stopped": scanning.is_stopped,
        "networks": scanning.networks,
        "skipped": scanning.skipped.iter().map(|skipped| json!({
            "network": skipped.network, "interface": visible(&skipped.interface), "reason": skipped.reason,
        })).collect::<Vec<_>>(),
        "asked": progress.asked,
        "total": progress.total,
        "found": progress.found,
        "share": progress.share,
        "summary": scanning.summary.as_ref().map(|summary| json!({
            "asked": summary.asked, "found": summary.found, "seconds": summary.seconds.ceil(),
            "silent": summary.silent_pis, "others": summary.others,
        })),
    })
}

/// The first names, and how many there are.
fn names<'a>(all: impl ExactSizeIterator<Item = &'a str>) -> Value {
    let count = all.len();
    let shown: Vec<String> = all.take(NAMES_MAX).map(visible).collect();
    json!({ "shown": shown, "count": count })
}
