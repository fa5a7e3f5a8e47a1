//! What came of a run: one sentence, then whatever a person should look at.

use crate::face::{BOLD, DIM, Face, GREEN, RED, YELLOW, styled};
use crate::words::{and, count, duration};
use framboise_core::plan::Action;
use framboise_core::text::visible;
use framboise_fleet::run::{End, RunResult, Summary, Verdict};
use std::time::Duration;

/// Of what a failing program said.
const DETAIL_LINES: usize = 8;

/// Devices that were chosen and got no order, counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct LeftOut {
    pub nothing_to_do: usize,
    pub cannot: usize,
    pub held: usize,
    pub not_reached: usize,
}

impl LeftOut {
    /// Those that are not as asked.
    pub fn bad(self) -> usize {
        self.cannot + self.held + self.not_reached
    }
}

/// Prints it.
pub fn show(results: &[RunResult], left_out: LeftOut, took: Duration, face: &Face) {
    let is_rollback = results.first().is_some_and(|result| matches!(result.action, Action::Rollback { .. }));
    let sentence = sentence(&Summary::of(results), left_out, is_rollback);
    face.data(&format!("{} in {}", styled(&sentence, BOLD), duration(took)));
    let is_well = |result: &&RunResult| matches!(result.end.verdict(), Verdict::Done | Verdict::Ordered);
    for result in results.iter().filter(|result| !is_well(result)) {
        show_failure(result, face);
    }
    for result in results {
        show_remarks(result, face);
    }
}

/// `9 updated, 1 rolled back by itself and 1 not reached`.
fn sentence(summary: &Summary, left_out: LeftOut, is_rollback: bool) -> String {
    let done = if is_rollback { "rolled back, exactly as recorded" } else { "updated" };
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

fn show_failure(result: &RunResult, face: &Face) {
    let name = result.device.name();
    let (reason, next_step, detail) = match &result.end {
        End::Ran { outcome, .. } => match &outcome.failure {
            Some(failure) => (failure.to_string(), failure.next_step.replace("DEVICE", name), failure.detail.as_str()),
            None => (outcome.state.to_string(), format!("See what it told: framboise log {name}"), ""),
        },
        End::NotOrdered { reason, next_step, failure, .. } => {
            let detail = failure.as_ref().map(|failure| failure.detail.as_str()).unwrap_or_default();
            (reason.clone(), next_step.clone(), detail)
        }
        End::Ordered => return,
        End::Lost { since } => (
            format!(
                "not reached since {}; it has its order and goes on, or back, by itself",
                crate::words::clock(*since)
            ),
            format!("Ask again later: framboise status {name}"),
            "",
        ),
    };
    let style = if result.end.verdict() == Verdict::NeedsYou { RED } else { YELLOW };
    // What a check or a script said in one line completes the sentence; more of it stands below.
    let detail: Vec<String> = detail.lines().take(DETAIL_LINES).map(visible).collect();
    let (reason, detail) = match detail.as_slice() {
        [only] => (format!("{reason}: {only}"), &[][..]),
        lines => (reason, lines),
    };
    face.data(&format!("  {}  {}", styled(name, style), visible(&reason)));
    for line in detail {
        face.data(&format!("    {}", styled(&format!("│ {line}"), DIM)));
    }
    let log = match result.end {
        End::Ran { .. } => format!("   {}", styled(&format!("framboise log {name}"), DIM)),
        End::NotOrdered { .. } | End::Ordered | End::Lost { .. } => String::new(),
    };
    face.data(&format!("    {}{log}", visible(&next_step)));
}

fn show_remarks(result: &RunResult, face: &Face) {
    let End::Ran { outcome, is_kept, verdict } = &result.end else { return };
    if *verdict == Verdict::Done && matches!(result.action, Action::Rollback { .. }) && outcome.compared > 0 {
        let compared = count(outcome.compared as usize, "package");
        face.data(&format!("  {}  {compared} compared, none differs", styled(result.device.name(), GREEN)));
    }
    for remark in &outcome.remarks {
        face.data(&format!("  {}  {}", result.device.name(), visible(remark)));
    }
    if !is_kept {
        face.talk(&format!(
            "{}: its receipt could not be fetched; framboise history {0} tries again",
            result.device.name()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_names_what_there_is() {
        let summary = Summary { done: 9, went_back: 1, ..Summary::default() };
        assert_eq!(sentence(&summary, LeftOut::default(), false), "9 updated and 1 rolled back by itself");
        let left_out = LeftOut { nothing_to_do: 1, cannot: 2, ..LeftOut::default() };
        let summary = Summary { done: 3, lost: 1, ..Summary::default() };
        assert_eq!(
            sentence(&summary, left_out, true),
            "3 rolled back, exactly as recorded, 1 had nothing to do, 2 can't and 1 lost sight of"
        );
    }
}
