//! `framboise` alone: the fleet, and the next sensible command.

use super::{Done, status};
use crate::exit::Exit;
use crate::face::{BOLD, Face, styled};
use crate::show::json::Named;
use crate::words::{and, count};
use framboise_fleet::describe::Health;
use framboise_fleet::desk::Desk;
use framboise_fleet::inspect::Status;
use serde_json::json;

pub async fn run(desk: &Desk, face: &Face) -> Done {
    let devices = desk.store.devices().await?;
    if devices.is_empty() {
        face.json(&json!({ "devices": [], "next": "framboise scan" }));
        face.data("No Pis yet. Find those of this network:");
        face.data("  framboise scan");
        return Ok(Exit::AllDone);
    }
    let statuses = status::ask(desk, &devices, face).await?;
    let next = next(&statuses);
    if face.is_json() {
        let health = |status: &Status| json!({ "device": Named::of(&status.device), "health": Health::of(status) });
        face.json(&json!({ "devices": statuses.iter().map(health).collect::<Vec<_>>(), "next": next }));
        return Ok(Exit::AllDone);
    }
    face.data(&styled(&sentence(&statuses), BOLD));
    status::show(&statuses, desk, face).await?;
    face.data("");
    face.data(&format!("Next: {next}"));
    Ok(Exit::AllDone)
}

/// `12 Pis: 11 fine and 1 needs you`.
fn sentence(statuses: &[Status]) -> String {
    let all = [Health::Fine, Health::Working, Health::RolledBack, Health::NeedsYou, Health::NotReached];
    let parts: Vec<String> = all
        .into_iter()
        .map(|health| (statuses.iter().filter(|status| Health::of(status) == health).count(), health))
        .filter(|(number, _)| *number > 0)
        .map(|(number, health)| format!("{number} {}", health.word()))
        .collect();
    format!("{}: {}", count(statuses.len(), "Pi"), and(&parts))
}

fn next(statuses: &[Status]) -> String {
    let first = |health: Health| {
        let status = statuses.iter().find(|status| Health::of(status) == health);
        status.map(|status| status.device.name())
    };
    if let Some(name) = first(Health::NeedsYou).or_else(|| first(Health::RolledBack)) {
        format!("framboise log {name}")
    } else if let Some(name) = first(Health::Working) {
        format!("framboise log {name}")
    } else if first(Health::Fine).is_none() {
        "framboise scan".to_owned()
    } else {
        "framboise update --file LIST --all".to_owned()
    }
}
