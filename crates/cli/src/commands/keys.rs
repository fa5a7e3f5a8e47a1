//! `framboise keys`: the operator's own key.

use super::Done;
use crate::exit::Exit;
use crate::face::Face;
use framboise_core::trust::public_key_text;
use framboise_fleet::home::Home;
use framboise_fleet::keys::{IsNew, OperatorKey};
use serde_json::json;

/// The public line, alone on standard output, so that it can be piped to a device.
pub fn show(home: &Home, face: &Face) -> Done {
    let (key, IsNew(is_new)) = OperatorKey::load_or_create(home)?;
    let operator = key.operator();
    if is_new {
        face.talk(&format!("A key was made: {}", OperatorKey::path(home).display()));
        face.talk("Devices follow you once this line is in their /etc/framboise/operators:");
    }
    face.exact_data(&operator.to_string());
    let public = format!("ed25519:{}", public_key_text(&operator.key));
    face.json(&json!({ "name": operator.name, "key": public, "path": OperatorKey::path(home) }));
    Ok(Exit::AllDone)
}
