//! The session around the window: light or dark, motion or none, notifications; all over D-Bus, and none where there is no bus.

use futures_util::StreamExt as _;
use std::collections::HashMap;
use zbus::zvariant::{OwnedValue, Value};

/// What the portal calls the appearance, and the desktop its interface.
const APPEARANCE: (&str, &str) = ("org.freedesktop.appearance", "color-scheme");
const ANIMATIONS: (&str, &str) = ("org.gnome.desktop.interface", "enable-animations");

#[zbus::proxy(
    interface = "org.freedesktop.portal.Settings",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait Settings {
    fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;
    #[zbus(signal)]
    fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>) -> zbus::Result<()>;
}

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    #[allow(clippy::too_many_arguments, reason = "the interface's own")]
    fn notify(
        &self,
        app: &str,
        replaces: u32,
        icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        timeout: i32,
    ) -> zbus::Result<u32>;
}

/// What the session says of how to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Dark, or light.
    Dark(bool),
    /// No motion, or some.
    Still(bool),
}

/// Tells how to draw, now and whenever that changes. Without a portal nothing is told.
pub async fn watch(tell: impl Fn(Look)) -> zbus::Result<()> {
    let connection = zbus::Connection::session().await?;
    let settings = SettingsProxy::new(&connection).await?;
    let mut changes = settings.receive_setting_changed().await?;
    for (namespace, key) in [APPEARANCE, ANIMATIONS] {
        if let Ok(value) = settings.read(namespace, key).await {
            look(namespace, key, &value).into_iter().for_each(&tell);
        }
    }
    while let Some(change) = changes.next().await {
        let change = change.args()?;
        look(change.namespace, change.key, &change.value).into_iter().for_each(&tell);
    }
    Ok(())
}

/// Shows a notification.
pub async fn notify(title: &str, text: &str) -> zbus::Result<()> {
    let connection = zbus::Connection::session().await?;
    let notifications = NotificationsProxy::new(&connection).await?;
    let hints = HashMap::from([("desktop-entry", Value::from("org.framboise.desktop"))]);
    // Servers read the body as markup.
    let body = text.replace('&', "&amp;").replace('<', "&lt;");
    notifications.notify("Framboise", 0, "org.framboise.desktop", title, &body, &[], hints, -1).await.map(|_| ())
}

#[allow(clippy::wildcard_enum_match_arm, reason = "any other kind of value is none that is asked for")]
fn look(namespace: &str, key: &str, value: &Value<'_>) -> Option<Look> {
    match value {
        // Older portals wrap a value twice.
        Value::Value(inner) => look(namespace, key, inner),
        Value::U32(scheme) if (namespace, key) == APPEARANCE => Some(Look::Dark(*scheme == 1)),
        Value::Bool(animations) if (namespace, key) == ANIMATIONS => Some(Look::Still(!animations)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portals_answers_are_understood() {
        let wrapped = Value::Value(Box::new(Value::U32(1)));
        assert_eq!(look(APPEARANCE.0, APPEARANCE.1, &wrapped), Some(Look::Dark(true)));
        assert_eq!(look(APPEARANCE.0, APPEARANCE.1, &Value::U32(2)), Some(Look::Dark(false)));
        assert_eq!(look(ANIMATIONS.0, ANIMATIONS.1, &Value::Bool(false)), Some(Look::Still(true)));
        assert_eq!(look("else", "where", &Value::U32(1)), None);
    }
}
