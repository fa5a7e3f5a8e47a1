//! `framboise devices`: what the desk knows.

use super::Done;
use crate::exit::Exit;
use crate::face::{DIM, Face, styled};
use crate::show::json::Named;
use crate::table::aligned;
use crate::words::when;
use framboise_core::text::visible;
use framboise_fleet::describe::{short_model, short_os};
use framboise_fleet::desk::Desk;
use framboise_fleet::store::KnownDevice;
use serde_json::json;

pub async fn run(desk: &Desk, face: &Face) -> Done {
    let devices = desk.store.devices().await?;
    if face.is_json() {
        face.json(&json!({ "devices": devices.iter().map(object).collect::<Vec<_>>() }));
    } else if devices.is_empty() {
        face.talk("No Pis yet. Find those of this network: framboise scan");
    } else {
        let heading = ["NAME", "ADDRESS", "MODEL", "SYSTEM", "LAST SEEN", "ID"].map(str::to_owned);
        let rows: Vec<_> = std::iter::once(heading).chain(devices.iter().map(row)).collect();
        for (at, line) in aligned(&rows).iter().enumerate() {
            face.data(&if at == 0 { styled(line, DIM) } else { line.clone() });
        }
    }
    Ok(Exit::AllDone)
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
