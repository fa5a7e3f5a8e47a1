//! `framboise log`: what a device told of an order.

use super::{Done, one};
use crate::arguments::LogArguments;
use crate::exit::Exit;
use crate::face::{DIM, Face, styled};
use crate::show::run::event_line;
use crate::waiting::unless_stopped;
use crate::words::{clock, count};
use framboise_core::event::{Event, EventKind};
use framboise_core::text::{last_lines, visible};
use framboise_fleet::desk::Desk;
use framboise_fleet::device::Watched;
use framboise_fleet::run::PATIENCE;
use serde_json::json;

/// Of what a failing program said.
const DETAIL_LINES: usize = 20;

pub async fn run(arguments: LogArguments, desk: &Desk, face: &Face) -> Done {
    let device = one(desk, &arguments.device).await?;
    let mut last = String::new();
    let tell = |watched| match watched {
        Watched::Event(event) => show(&event, device.name(), &mut last, face),
        Watched::Lost { since } => face.talk(&format!("not reached since {}, asking on", clock(since))),
        Watched::Back => face.talk("reached again"),
    };
    let Some(result) = unless_stopped(desk.log(&device, arguments.order, PATIENCE, tell)).await else {
        face.talk(&format!("Stopped watching; the device goes on. framboise status {}", device.name()));
        return Ok(Exit::Stopped);
    };
    let (order, outcome) = result?;
    face.json(&json!({ "event": "summary", "order": order, "outcome": outcome }));
    Ok(Exit::AllDone)
}

/// Prints an event; `last` is the line before it, which is not said twice.
fn show(event: &Event, device: &str, last: &mut String, face: &Face) {
    face.json(&json!({ "event": "told", "told": event }));
    let at = styled(&clock(event.at), DIM);
    // Who reads a log wants all of it: every line of apt's too.
    if let Some(line) = event_line(event, true).filter(|line| line != last) {
        face.data(&format!("{at}  {line}"));
        *last = line;
    }
    if let EventKind::Failure { failure } | EventKind::Waiting { reason: failure } = &event.kind {
        for line in last_lines(&failure.detail, DETAIL_LINES).lines() {
            face.data(&format!("{at}  │ {line}"));
        }
        face.data(&format!("{at}  {}", visible(&failure.next_step.replace("DEVICE", device))));
    }
    if let EventKind::Ended { outcome } = &event.kind {
        if outcome.compared > 0 && outcome.failure.is_none() {
            face.data(&format!("{at}  {} compared, none differs", count(outcome.compared as usize, "package")));
        }
        outcome.remarks.iter().for_each(|remark| face.data(&format!("{at}  {}", visible(remark))));
    }
}
