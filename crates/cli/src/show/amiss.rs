//! What `--quiet` leaves of a run: a line for each device that is not as asked, with its cause.

use crate::face::Face;
use crate::show::run::end_line;
use crate::words::and;
use framboise_core::plan::{Action, Plan};
use framboise_core::text::visible;
use framboise_fleet::plan::Group;
use framboise_fleet::run::{End, RunResult, Verdict};

/// Prints the lines of devices that get no order.
pub fn show_left_out(groups: &[Group], face: &Face) {
    for group in groups {
        for (name, reason) in left_out(group) {
            face.failure(&visible(&format!("{name}: {reason}")));
        }
    }
}

/// Prints the lines of devices that did not do as ordered.
pub fn show_failed(results: &[RunResult], face: &Face) {
    for result in results {
        if !matches!(result.end.verdict(), Verdict::Done | Verdict::Ordered) {
            let line = end_line(&result.end, result.action);
            // What a check or a script said in one line completes the sentence; of more the log tells.
            let detail = result.end.failure().map(|failure| failure.detail.trim()).unwrap_or_default();
            let detail = if detail.is_empty() || detail.contains('\n') { String::new() } else { format!(": {detail}") };
            face.failure(&visible(&format!("{}: {line}{detail}", result.device.name())));
        } else if let (Action::Rollback { .. }, End::Ran { outcome, .. }) = (result.action, &result.end) {
            // What is not exactly as recorded.
            for remark in &outcome.remarks {
                face.failure(&visible(&format!("{}: {remark}", result.device.name())));
            }
        }
    }
}

fn left_out(group: &Group) -> Vec<(&str, String)> {
    match group {
        Group::Change(_) | Group::Nothing(_) => Vec::new(),
        Group::Held(alike) => {
            alike.plans.iter().map(|(device, plan)| (device.name(), format!("held back: {}", gaps(plan)))).collect()
        }
        Group::Cannot { devices, error } => {
            devices.iter().map(|device| (device.name(), format!("can't: {}", error.reason()))).collect()
        }
        Group::NotReached { devices, error } => devices.iter().map(|device| (device.name(), error.reason())).collect(),
    }
}

fn gaps(plan: &Plan) -> String {
    let gap = |gap: &framboise_core::plan::Gap| format!("no way back for {} ({})", gap.package.name, gap.reason);
    and(&plan.way_back.gaps.iter().map(gap).collect::<Vec<_>>())
}
