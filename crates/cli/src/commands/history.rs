//! `framboise history`: a device's restore points, and what was done to it.

use super::{Done, one};
use crate::exit::Exit;
use crate::face::{BOLD, DIM, Face, GREEN, YELLOW, styled};
use crate::show::json::Named;
use crate::table::fitted;
use crate::waiting::Waiting;
use crate::words::{count, few, when};
use framboise_core::debian::PackageKey;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::Action;
use framboise_core::receipt::Receipt;
use framboise_core::restore_point::{Origin, RestorePoint};
use framboise_core::text::visible;
use framboise_fleet::describe::action;
use framboise_fleet::desk::Desk;
use framboise_fleet::inspect::History;
use serde_json::json;
use std::collections::BTreeMap;

/// Of the packages that a vault lacks.
const NAMES_SHOWN: usize = 3;

/// Before each line of a device's.
const INDENT: usize = 2;

/// What a narrow window does without: how many packages a restore point has.
const SPARE: [usize; 1] = [4];

pub async fn run(word: &str, desk: &Desk, face: &Face) -> Done {
    let device = one(desk, word).await?;
    let waiting = Waiting::for_(face, format!("asking {}", device.name()));
    let history = waiting.until(desk.history(&device)).await?;
    // What is lacking is counted already; where its names can't be had, the number has to do.
    let waiting = Waiting::for_(face, format!("asking what the vault of {} lacks", device.name()));
    let lacking = waiting.until(desk.lacking(&device, &history.points)).await.unwrap_or_default();
    if face.is_json() {
        face.json(&json!({
            "device": Named::of(&device), "restore_points": history.points, "lacking": lacking,
            "receipts": history.receipts, "is_changed": history.is_changed,
        }));
        return Ok(Exit::AllDone);
    }
    face.data(&format!("{}  {}", styled(device.name(), BOLD), styled(&device.address.to_string(), DIM)));
    show_points(&history, &lacking, face);
    show_receipts(&history, face);
    if !history.points.is_empty() {
        face.talk(&styled(&format!("Back to one of them: framboise rollback {} --to POINT", device.name()), DIM));
    }
    Ok(Exit::AllDone)
}

fn show_points(history: &History, lacking: &BTreeMap<RestorePointId, Vec<PackageKey>>, face: &Face) {
    if history.points.is_empty() {
        face.data("  no restore point yet: the first is recorded before the first update");
        return;
    }
    if history.is_changed {
        face.data(&styled(
            "  ◇ changed by other means since the restore point below; recorded before the next order",
            YELLOW,
        ));
    }
    let rows: Vec<_> = history.points.iter().map(|point| point_row(point, history)).collect();
    for (lines, point) in fitted(&rows, face.window().saturating_sub(INDENT), &SPARE).rows.iter().zip(&history.points) {
        let style = if point.current { GREEN } else { anstyle::Style::new() };
        lines.iter().for_each(|line| face.data(&format!("  {}", styled(line, style))));
        if point.missing_debs > 0 {
            let lacking = lacked(point, lacking.get(&point.id).map_or(&[][..], Vec::as_slice));
            face.data(&styled(&format!("      the way back is not complete: the vault lacks {lacking}"), YELLOW));
        }
    }
}

/// The packages whose .debs a vault lacks for a restore point, the first few by name.
pub fn lacked(point: &RestorePoint, packages: &[PackageKey]) -> String {
    let mut names: Vec<String> = packages.iter().map(|package| package.name.to_string()).collect();
    names.dedup();
    if names.is_empty() { count(point.missing_debs as usize, "package") } else { few(&names, NAMES_SHOWN) }
}

fn point_row(point: &RestorePoint, history: &History) -> [String; 6] {
    let origin = match point.origin {
        Origin::First => "before the first update".to_owned(),
        Origin::After { order } => format!("after {}", history.what(order)),
        Origin::Drift { order } => format!("changed by hand, before {}", history.what(order)),
        Origin::Unknown => "recorded".to_owned(),
    };
    [
        format!("{} {}", if point.current { '●' } else { '○' }, point.id),
        when(point.recorded),
        visible(&origin),
        visible(point.name.as_deref().unwrap_or_default()),
        count(point.packages as usize, "package"),
        notes(point, history.is_changed),
    ]
}

fn notes(point: &RestorePoint, is_changed: bool) -> String {
    let stands = if is_changed { "stood here" } else { "stands here" };
    let notes = [(point.current, stands), (point.pinned, "pinned")];
    notes.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect::<Vec<_>>().join(", ")
}

fn show_receipts(history: &History, face: &Face) {
    if history.receipts.is_empty() {
        return;
    }
    face.data(&styled("What was done", BOLD));
    let rows: Vec<_> = history.receipts.iter().map(|receipt| receipt_row(receipt, history)).collect();
    let rows = fitted(&rows, face.window().saturating_sub(INDENT), &[]).rows;
    rows.iter().flatten().for_each(|line| face.data(&format!("  {line}")));
}

fn receipt_row(receipt: &Receipt, history: &History) -> [String; 4] {
    let sent = history.orders.iter().find(|sent| sent.id == receipt.order && receipt.action == Action::Update);
    let what = sent.map_or_else(|| action(receipt.action), |sent| format!("update {}", sent.what));
    let end = match &receipt.outcome.failure {
        None => receipt.outcome.state.to_string(),
        Some(failure) => format!("{}: {failure}", receipt.outcome.state),
    };
    [when(receipt.ended), visible(&what), format!("by {}", visible(&receipt.by)), visible(&end)]
}
