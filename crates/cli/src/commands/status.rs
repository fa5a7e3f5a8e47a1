//! `framboise status`: how devices are, by asking them.

use super::Done;
use crate::exit::Exit;
use crate::face::{DIM, Face, GREEN, RED, YELLOW, styled};
use crate::show::json::Named;
use crate::table::fitted;
use crate::waiting::Waiting;
use crate::words::{count, when};
use anstyle::Style;
use framboise_core::text::visible;
use framboise_fleet::choose::Choice;
use framboise_fleet::describe::{Health, last_change};
use framboise_fleet::desk::Desk;
use framboise_fleet::inspect::{Status, is_changed};
use framboise_fleet::store::StoreError;
use serde_json::{Value, json};

/// What a narrow window does without: how many restore points there are.
const SPARE: [usize; 1] = [3];

pub async fn run(choice: &Choice, desk: &Desk, face: &Face) -> Done {
    let devices = Waiting::for_(face, "looking for devices").until(desk.choose(choice)).await?;
    let statuses = ask(desk, &devices, face).await?;
    if face.is_json() {
        face.json(&json!({ "devices": statuses.iter().map(object).collect::<Vec<_>>() }));
    } else {
        show(&statuses, desk, face).await?;
    }
    let reached = statuses.iter().filter(|status| status.result.is_ok()).count();
    Ok(Exit::of_counts(reached, statuses.len() - reached))
}

/// Asks, with a spinner.
pub async fn ask(
    desk: &Desk,
    devices: &[framboise_fleet::store::KnownDevice],
    face: &Face,
) -> Result<Vec<Status>, StoreError> {
    let waiting = Waiting::for_(face, format!("asking {}", count(devices.len(), "device")));
    waiting.until(desk.status(devices)).await
}

/// A line a device, and what now for those that need somebody.
pub async fn show(statuses: &[Status], desk: &Desk, face: &Face) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for status in statuses {
        rows.push(row(status, desk).await?);
    }
    for (lines, status) in fitted(&rows, face.window(), &SPARE).rows.iter().zip(statuses) {
        let health = Health::of(status);
        let Some((line, below)) = lines.split_first() else { continue };
        // The first word of a line carries the state; styling it alone keeps the columns.
        let (state, rest) = line.split_at(line.find(health.word()).map_or(0, |at| at + health.word().len()));
        face.data(&format!("{}{rest}", styled(state, style(health))));
        below.iter().for_each(|line| face.data(line));
    }
    for status in statuses {
        if let Err(error) = &status.result {
            face.failure(&styled(&format!("  {error}"), DIM));
            face.talk(&styled(&format!("    {}", error.next_step()), DIM));
        }
    }
    Ok(())
}

fn style(health: Health) -> Style {
    match health {
        Health::Fine => GREEN,
        Health::Working | Health::NotReached => Style::new(),
        Health::RolledBack => YELLOW,
        Health::NeedsYou => RED,
    }
}

async fn row(status: &Status, desk: &Desk) -> Result<[String; 5], StoreError> {
    let device = &status.device;
    let health = Health::of(status);
    let state = format!("{} {}", health.shape(), health.word());
    let Ok(answer) = &status.result else {
        let seen = format!("last seen {}", when(device.seen));
        return Ok([state, visible(device.name()), device.address.to_string(), String::new(), seen]);
    };
    let last = match answer.running.as_ref().or(answer.last.as_ref()) {
        Some(last) => {
            let sent = desk.store.order(last.order).await?;
            let change = last_change(last, sent.as_ref().map(|sent| sent.what.as_str()));
            format!("{change}, {}", when(last.received))
        }
        None => "no order yet".to_owned(),
    };
    let last = match &answer.unsettled {
        Some(failure) => format!("{last}; its end cannot be written down: {failure}"),
        None => last,
    };
    // While it works, packages are unfinished for a moment.
    let is_left_unfinished = answer.running.is_none() && !answer.broken.is_empty();
    let last = if is_left_unfinished { format!("unfinished packages: {}", answer.broken.join(", ")) } else { last };
    let last = if answer.reboot_for.is_empty() { last } else { format!("{last}; needs a reboot") };
    let last = if status.follows { last } else { format!("{last}; does not follow you yet: framboise keys show") };
    let last = if is_changed(answer) { format!("{last}; changed by other means since") } else { last };
    Ok([
        state,
        visible(device.name()),
        device.address.to_string(),
        count(answer.restore_points as usize, "restore point"),
        visible(&last),
    ])
}

fn object(status: &Status) -> Value {
    let (answer, problem) = match &status.result {
        Ok(answer) => (Some(answer), None),
        Err(error) => (None, Some(json!({ "reason": error.reason(), "next_step": error.next_step() }))),
    };
    json!({
        "device": Named::of(&status.device),
        "health": Health::of(status),
        "status": answer,
        "follows": status.follows,
        "problem": problem,
        "seen": status.device.seen,
    })
}
