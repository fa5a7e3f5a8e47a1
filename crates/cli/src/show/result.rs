//! What came of a run: one sentence, then whatever a person should look at.

use crate::face::{BOLD, DIM, Face, RED, YELLOW, styled};
use crate::show::run::lost;
use crate::words::{and, count, duration, some, thousands};
use framboise_core::plan::Action;
use framboise_core::text::visible;
use framboise_fleet::plan::LeftOut;
use framboise_fleet::run::{End, LostWhy, RunResult, Summary, Verdict};
use std::collections::BTreeMap;
use std::time::Duration;
use unicode_width::UnicodeWidthStr as _;

/// Of what a failing program said.
const DETAIL_LINES: usize = 8;

/// Of the devices that share a reason.
const NAMES_SHOWN: usize = 8;

/// Prints it.
pub fn show(results: &[RunResult], left_out: LeftOut, took: Duration, face: &Face) {
    let is_rollback = results.first().is_some_and(|result| matches!(result.action, Action::Rollback { .. }));
    let sentence = sentence(&Summary::of(results), left_out, done_word(results, is_rollback), is_rollback);
    face.data(&format!("{} in {}{}", styled(&sentence, BOLD), duration(took), compared(results)));
    for (told, names) in in_groups(results) {
        told.show(&names, face);
    }
    show_remarks(results, face);
}

/// What is told of devices that did not do as ordered.
#[derive(PartialEq, Eq)]
struct Told {
    reason: String,
    detail: Vec<String>,
    next_step: String,
    has_log: bool,
    needs_you: bool,
}

/// Devices of which the same is to be told, in the order of the first of each.
fn in_groups(results: &[RunResult]) -> Vec<(Told, Vec<&str>)> {
    let mut groups: Vec<(Told, Vec<&str>)> = Vec::new();
    for result in results {
        let Some(told) = told_of(result) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == told) {
            Some((_, names)) => names.push(result.device.name()),
            None => groups.push((told, vec![result.device.name()])),
        }
    }
    groups
}

fn told_of(result: &RunResult) -> Option<Told> {
    let needs_you = result.end.verdict() == Verdict::NeedsYou;
    let (reason, next_step, detail) = match &result.end {
        End::Ran { verdict: Verdict::Done, .. } | End::Ordered => return None,
        End::Ran { outcome, .. } => match &outcome.failure {
            Some(failure) => (failure.to_string(), failure.next_step.clone(), failure.detail.as_str()),
            None => (outcome.state.to_string(), "See what it told.".to_owned(), ""),
        },
        End::NotOrdered { reason, next_step, failure, .. } => {
            let detail = failure.as_ref().map(|failure| failure.detail.as_str()).unwrap_or_default();
            (reason.clone(), next_step.clone(), detail)
        }
        End::Lost { since, why } => {
            let next_step = match why {
                LostWhy::Silent => "Ask again later: framboise status DEVICE",
                LostWhy::Unproven => "See which device has which address: framboise scan",
            };
            (lost(*since, *why), next_step.to_owned(), "")
        }
    };
    let detail = detail.lines().take(DETAIL_LINES).map(visible).collect();
    Some(Told {
        reason: visible(&reason),
        detail,
        next_step,
        has_log: matches!(result.end, End::Ran { .. }),
        needs_you,
    })
}

impl Told {
    fn show(&self, names: &[&str], face: &Face) {
        let style = if self.needs_you { RED } else { YELLOW };
        let shown = some(names, if face.is_verbose() { usize::MAX } else { NAMES_SHOWN });
        // What a check or a script said in one line completes the sentence; more of it stands below.
        let (reason, detail) = match self.detail.as_slice() {
            [only] => (format!("{}: {only}", self.reason), &[][..]),
            lines => (self.reason.clone(), lines),
        };
        face.data(&format!("  {}  {reason}", styled(&shown, style)));
        for line in detail {
            face.data(&format!("    {}", styled(&format!("│ {line}"), DIM)));
        }
        let first = names.first().copied().unwrap_or_default();
        let next_step = visible(&self.next_step.replace("DEVICE", first));
        let log = if self.has_log { format!("framboise log {first}") } else { String::new() };
        show_next(&next_step, &log, face);
    }
}

/// What now, and the command that tells more: beside it, or in a line of its own where there is no room.
fn show_next(next_step: &str, log: &str, face: &Face) {
    let has_room = format!("    {next_step}   {log}").width() <= face.window();
    if has_room && !log.is_empty() {
        return face.data(&format!("    {next_step}   {}", styled(log, DIM)));
    }
    face.data(&format!("    {next_step}"));
    if !log.is_empty() {
        face.data(&format!("    {}", styled(log, DIM)));
    }
}

/// A rollback that left something as it found it is not called exact; what it left is among the remarks.
fn done_word(results: &[RunResult], is_rollback: bool) -> &'static str {
    match (is_rollback, results.iter().any(RunResult::has_remarks)) {
        (false, _) => "updated",
        (true, false) => "rolled back exactly as recorded",
        (true, true) => "rolled back, but for what is told below",
    }
}

/// `9 updated, 1 rolled back by itself and 1 not reached`.
fn sentence(summary: &Summary, left_out: LeftOut, done: &str, is_rollback: bool) -> String {
    let went_back = if is_rollback { "stayed as it was" } else { "rolled back by itself" };
    let parts = [
        (summary.done, done),
        (summary.ordered, "have their order and go on by themselves (framboise status)"),
        (left_out.nothing_to_do, "had nothing to do"),
        (summary.went_back, went_back),
        (summary.failed, "failed, nothing changed"),
        (summary.needs_you, "needs you"),
        (summary.refused, "refused the order"),
        (left_out.held, "held back"),
        (left_out.cannot, "can't"),
        (summary.not_reached + left_out.not_reached, "not reached"),
        (summary.lost, "lost sight of"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    and(&parts)
}

/// What devices remark, each remark once, with the names of those that made it.
fn show_remarks(results: &[RunResult], face: &Face) {
    let mut remarks: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for result in results {
        let (name, End::Ran { outcome, is_kept, .. }) = (result.device.name(), &result.end) else { continue };
        outcome.remarks.iter().for_each(|remark| remarks.entry(visible(remark)).or_default().push(name));
        if !is_kept {
            face.talk(&format!("{name}: its receipt was not to be had, or could not be kept on this computer; framboise history {name} tries again"));
        }
    }
    for (remark, names) in remarks {
        face.data(&format!("  {}  {remark}", some(&names, if face.is_verbose() { usize::MAX } else { NAMES_SHOWN })));
    }
}

/// `, 139 to 156 packages compared` after a rollback, an ordered one or one by itself, else nothing.
fn compared(results: &[RunResult]) -> String {
    let count_of = |result: &RunResult| match &result.end {
        // What was remarked on is not called equal.
        _ if result.end.has_remarks() => None,
        End::Ran { verdict: Verdict::Done, outcome, .. } if matches!(result.action, Action::Rollback { .. }) => {
            usize::try_from(outcome.compared).ok().filter(|compared| *compared > 0)
        }
        End::Ran { verdict: Verdict::WentBack, outcome, .. } => {
            usize::try_from(outcome.compared).ok().filter(|compared| *compared > 0)
        }
        End::Ran { .. } | End::NotOrdered { .. } | End::Ordered | End::Lost { .. } => None,
    };
    let counts = || results.iter().filter_map(count_of);
    match counts().min().zip(counts().max()) {
        None => String::new(),
        Some((least, most)) if least == most => format!(", {} compared, none differs", count(most, "package")),
        Some((least, most)) => format!(", {} to {} compared, none differs", thousands(least), count(most, "package")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_what_there_is() {
        let summary = Summary { done: 9, went_back: 1, ..Summary::default() };
        assert_eq!(sentence(&summary, LeftOut::default(), "updated", false), "9 updated and 1 rolled back by itself");
        let left_out = LeftOut { nothing_to_do: 1, cannot: 2, ..LeftOut::default() };
        let summary = Summary { done: 3, lost: 1, ..Summary::default() };
        assert_eq!(
            sentence(&summary, left_out, "rolled back exactly as recorded", true),
            "3 rolled back exactly as recorded, 1 had nothing to do, 2 can't and 1 lost sight of"
        );
    }
}
