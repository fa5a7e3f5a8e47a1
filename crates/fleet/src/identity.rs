//! What a device says of itself, before it is believed or shown.

use framboise_core::protocol::http::Identity;
use framboise_core::text::visible;
use framboise_core::trust::Operators;

/// Longer words about itself are no help to anybody.
const CHARS_MAX: usize = 100;

/// The identity with nothing in it that a terminal would act on; none when its id is no public key.
pub(crate) fn checked(identity: Identity) -> Option<Identity> {
    let key = Operators::parse(&format!("device ed25519:{}", identity.device)).ok()?;
    if key.list().len() != 1 {
        return None;
    }
    let short = |text: &str| visible(text).chars().take(CHARS_MAX).collect::<String>();
    Some(Identity {
        framboise: short(&identity.framboise),
        api: identity.api,
        name: short(&identity.name),
        model: identity.model.as_deref().map(short),
        os: short(&identity.os),
        architecture: short(&identity.architecture),
        seed_routes: identity.seed_routes,
        device: identity.device,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::ids::DeviceId;

    fn identity(device: &str, name: &str) -> Identity {
        Identity {
            framboise: "0.1.0".into(),
            api: 1,
            device: DeviceId(device.into()),
            name: name.into(),
            model: None,
            os: "Debian".into(),
            architecture: "arm64".into(),
            seed_routes: false,
        }
    }

    #[test]
    fn a_name_cannot_move_the_cursor() {
        let key = "KCfhV7hi7T68TKkvAMRjTLQg5pV1fJpXLAOQohcQiOQ";
        let checked = checked(identity(key, "kiosk\u{1b}[2J")).unwrap();
        assert_eq!(checked.name, "kiosk\\u{1b}[2J");
    }

    #[test]
    fn an_id_that_is_no_key_is_no_identity() {
        for id in ["", "short", "a b", "\n# x ed25519:KCfhV7hi7T68TKkvAMRjTLQg5pV1fJpXLAOQohcQiOQ"] {
            assert_eq!(checked(identity(id, "kiosk")), None, "{id}");
        }
    }
}
