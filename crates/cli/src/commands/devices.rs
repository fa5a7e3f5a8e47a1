//! `framboise devices`: what the desk knows.

use super::Done;
use crate::exit::Exit;
use crate::face::{DIM, Face, styled};
use crate::show::json::Named;
use crate::table::{Fitted, fitted};
use crate::words::when;
use framboise_core::text::visible;
use framboise_fleet::describe::{short_model, short_os};
use framboise_fleet::desk::Desk;
use framboise_fleet::store::KnownDevice;
use serde_json::json;

/// What stands above the columns.
const HEADINGS: [&str; 6] = ["NAME", "ADDRESS", "MODEL", "SYSTEM", "LAST SEEN", "ID"];

/// What a narrow window does without, the first first: the id, the system, the model, when it was seen.
const SPARE: [usize; 4] = [5, 3, 2, 4];

pub async fn run(desk: &Desk, face: &Face) -> Done {
    let devices = desk.store.devices().await?;
    if face.is_json() {
        face.json(&json!({ "devices": devices.iter().map(object).collect::<Vec<_>>() }));
    } else if devices.is_empty() {
        face.talk("No Pis yet. Find those of this network: framboise scan");
    } else {
        show(&devices, face);
    }
    Ok(Exit::AllDone)
}

fn show(devices: &[KnownDevice], face: &Face) {
    let rows: Vec<_> = std::iter::once(HEADINGS.map(str::to_owned)).chain(devices.iter().map(row)).collect();
    let Fitted { rows, left_out } = fitted(&rows, face.window(), &SPARE);
    for (at, line) in rows.iter().enumerate().flat_map(|(at, lines)| lines.iter().map(move |line| (at, line))) {
        face.data(&if at == 0 { styled(line, DIM) } else { line.clone() });
    }
    if !left_out.is_empty() {
        let left_out: Vec<String> =
            left_out.iter().filter_map(|column| HEADINGS.get(*column)).map(|heading| heading.to_lowercase()).collect();
        face.talk(&styled(&format!("A wider window also shows: {}", left_out.join(", ")), DIM));
    }
}

fn row(device: &KnownDevice) -> [String; 6] {
    let identity = &device.identity;
    let model = identity.model.as_deref().map_or_else(|| identity.architecture.clone(), short_model);
    [
        visible(device.name()),
        device.address.to_string(),
        visible(&model),
        visible(&short_os(&identity.os)),
        when(device.seen),
        device.id().short(),
    ]
}

fn object(device: &KnownDevice) -> serde_json::Value {
    json!({ "device": Named::of(device), "identity": device.identity, "seen": device.seen })
}
