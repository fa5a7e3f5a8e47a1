//! The run: how far the whole is, and how it ended.

use super::names;
use crate::state::State;
use crate::words::{self, Language};
use crate::work::{Over, Work};
use framboise_core::text::visible;
use framboise_fleet::run::{End, LostWhy, Progress, RunResult, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn view(state: &State) -> Value {
    let Some(work) = &state.work else { return json!({ "state": "none" }) };
    let progress: Vec<&Progress> = work.parts.keys().filter_map(|id| state.device(id)?.progress.as_ref()).collect();
    let share = progress.iter().map(|progress| progress.share()).sum::<f64>() / progress.len().max(1) as f64;
    let ended = progress.iter().filter(|progress| progress.verdict().is_some()).count();
    let lost = progress.iter().filter(|p| p.verdict().is_none() && p.lost_since().is_some()).count();
    let rest = progress.len() - ended - lost;
    let is_over =
        |id| state.device(id).and_then(|device| device.progress.as_ref()).is_some_and(|p| p.verdict().is_some());
    let waiting = work.parts.iter().filter(|(id, part)| !part.is_ordered && !is_over(id)).count().min(rest);
    json!({
        "state": if work.is_on() { "on" } else { "over" },
        "rollback": work.is_rollback,
        "what": visible(&work.what),
        "ordered": work.parts.len(),
        "chosen": work.parts.len() + work.left_out.nothing_to_do + work.left_out.bad(),
        "share": share,
        "ended": ended,
        "working": rest - waiting,
        "waiting": waiting,
        "lost": lost,
        "stopping": work.is_stopping,
        "over": work.over.as_ref().map(|over| over_view(state.language, work, over)),
    })
}

fn over_view(language: Language, work: &Work, over: &Over) -> Value {
    let packages = work.parts.values().map(|part| part.packages).max().unwrap_or(0);
    json!({
        "seconds": over.seconds,
        "stopped": over.results.is_none() && over.problem.is_none(),
        "problem": over.problem,
        "packages": packages,
        "outcomes": over.results.as_ref().map(|results| outcomes(language, results)),
        "compared": over.results.as_ref().map(|results| compared(results)),
        "notTold": names(over.not_told.iter().map(String::as_str)),
        "leftOut": {
            "nothing": work.left_out.nothing_to_do, "cannot": work.left_out.cannot,
            "held": work.left_out.held, "away": work.left_out.not_reached,
        },
    })
}

/// Devices of which the same is to be told, by verdict and reason; what went well first.
fn outcomes(language: Language, results: &[RunResult]) -> Vec<Value> {
    let mut groups: BTreeMap<(Verdict, String, String), Vec<&RunResult>> = BTreeMap::new();
    for result in results {
        let (reason, now) = match (&result.end, result.end.failure()) {
            (_, Some(failure)) => (
                words::capital(&words::failure(language, failure)),
                words::next_step(language, failure, result.device.name()),
            ),
            (End::NotOrdered { reason, .. }, None) => (visible(reason), String::new()),
            (End::Ran { outcome, .. }, None) => (remarked(&outcome.remarks), String::new()),
            (End::Lost { why: LostWhy::Unproven, .. }, None) => words::unproven(language),
            (End::Ordered | End::Lost { why: LostWhy::Silent, .. }, None) => (String::new(), String::new()),
        };
        groups.entry((result.end.verdict(), reason, now)).or_default().push(result);
    }
    let outcome = |((verdict, reason, now), results): ((Verdict, String, String), Vec<&RunResult>)| {
        let has_remarks = results.iter().any(|result| result.end.has_remarks());
        let code = serde_json::to_value(verdict).unwrap_or_default();
        let key = results.first().map(|result| result.device.id().to_string());
        json!({ "code": code, "reason": reason, "now": now, "key": key, "hasRemarks": has_remarks, "devices": names(results.iter().map(|result| result.device.name())) })
    };
    groups.into_iter().map(outcome).collect()
}

fn remarked(remarks: &[String]) -> String {
    remarks.iter().map(|remark| visible(remark)).collect::<Vec<_>>().join("; ")
}

/// How many packages were compared at the end, on the device that has most.
fn compared(results: &[RunResult]) -> u32 {
    let count = |result: &RunResult| match &result.end {
        End::Ran { outcome, .. } => outcome.compared,
        End::NotOrdered { .. } | End::Ordered | End::Lost { .. } => 0,
    };
    results.iter().map(count).max().unwrap_or(0)
}
