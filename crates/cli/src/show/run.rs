//! What a run tells, a line each, for pipes; and for the logs of one device.

use crate::face::Face;
use crate::words::clock;
use framboise_core::Timestamp;
use framboise_core::event::{Event, EventKind};
use framboise_core::plan::Action;
use framboise_core::text::visible;
use framboise_core::transaction::State;
use framboise_fleet::run::{End, LostWhy, Step, Verdict};

/// The line for a step; none for what changes too often to be worth one.
pub fn line(step: &Step, action: Action, verbose: bool) -> Option<String> {
    match step {
        Step::Sending(_) => None,
        Step::Ordered(_) => Some("order received".to_owned()),
        Step::Told(event) if is_told_otherwise(event) => None,
        Step::Told(event) => event_line(event, verbose),
        Step::Lost(since) => Some(format!("not reached since {}, asking on", clock(*since))),
        Step::Back => Some("reached again".to_owned()),
        Step::Ended(end) => Some(end_line(end, action)),
    }
}

/// "Order received" came before it, or the end that follows says it better.
fn is_told_otherwise(event: &Event) -> bool {
    matches!(event.kind, EventKind::State { state } if state == State::Received || state.is_final())
}

/// The line for an event.
pub fn event_line(event: &Event, verbose: bool) -> Option<String> {
    let line = match &event.kind {
        EventKind::State { state } => state_words(*state).to_owned(),
        EventKind::Waiting { reason } => format!("waiting: {reason}"),
        EventKind::Package { package, phase, .. } => format!("{phase} {package}"),
        EventKind::Failure { failure } => format!("failed: {failure}"),
        EventKind::AwaitingDesk { seconds } => format!("asks for this desk, for {seconds} s"),
        EventKind::Line { text } if verbose => format!("│ {text}"),
        EventKind::Download { .. } | EventKind::Line { .. } | EventKind::Ended { .. } | EventKind::Unknown => {
            return None;
        }
    };
    Some(visible(&line))
}

/// What has been reached, in a word.
fn state_words(state: State) -> &'static str {
    match state {
        State::Received => "received",
        State::Planned => "nothing changed since the plan",
        State::Vaulted => "way back saved",
        State::Downloaded => "downloaded",
        State::Applying => "applying",
        State::Restarting => "restarting",
        State::Checking => "checking",
        State::Committed => State::Committed.word(),
        State::RollingBack => "rolling back",
        State::RolledBack => "rolled back",
        State::Failed => "failed, nothing changed",
        State::NeedsYou => "needs you",
    }
}

/// The line for the end of an action.
pub fn end_line(end: &End, action: Action) -> String {
    let words = match end.verdict() {
        Verdict::Done => "done",
        Verdict::Ordered => "has its order",
        Verdict::WentBack if matches!(action, Action::Rollback { .. }) => "stayed as it was",
        Verdict::WentBack => "rolled back by itself",
        Verdict::Failed => "failed, nothing changed",
        Verdict::NeedsYou => "needs you",
        Verdict::Refused => "refused the order",
        Verdict::NotReached => "not reached",
        Verdict::Lost => "lost sight of",
    };
    match (end, end.failure()) {
        (End::Lost { since, why }, _) => lost(*since, *why),
        (_, Some(failure)) => visible(&format!("{words}: {failure}")),
        // Why it was not reached is told with that it was not.
        (End::NotOrdered { reason, .. }, None) if reason.starts_with(words) => visible(reason),
        (End::NotOrdered { reason, .. }, None) => visible(&format!("{words}: {reason}")),
        (End::Ran { .. } | End::Ordered, None) => words.to_owned(),
    }
}

/// What is known of a device that was given up with its order.
pub fn lost(since: Timestamp, why: LostWhy) -> String {
    match why {
        LostWhy::Silent => {
            format!("not reached since {}; it has its order and goes on, or back, by itself", clock(since))
        }
        LostWhy::Unproven => {
            "what answers at its address shows no receipt signed by it; if it has the order, it goes on, or back, by itself".to_owned()
        }
    }
}

/// Prints the line for a step of this device, if it has one that differs from its last.
pub fn tell(name: &str, step: &Step, action: Action, last: &mut String, face: &Face) {
    if let Some(line) = line(step, action, face.is_verbose()).filter(|line| line != last) {
        face.data(&format!("{name}: {line}"));
        *last = line;
    }
}
