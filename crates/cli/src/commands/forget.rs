//! `framboise forget`: takes devices off the desk's list.

use super::Done;
use crate::arguments::ForgetArguments;
use crate::exit::Exit;
use crate::face::Face;
use crate::show::json::Named;
use framboise_fleet::choose::Choice;
use framboise_fleet::desk::Desk;
use serde_json::json;

pub async fn run(arguments: ForgetArguments, desk: &Desk, face: &Face) -> Done {
    let devices = desk.choose(&Choice::These(arguments.devices)).await?;
    for device in &devices {
        desk.store.forget_device(device.id()).await?;
        face.data(&format!(
            "{} is forgotten. The device stays as it is; to find it again: framboise scan",
            device.name()
        ));
    }
    face.json(&json!({ "forgotten": devices.iter().map(Named::of).collect::<Vec<_>>() }));
    Ok(Exit::AllDone)
}
