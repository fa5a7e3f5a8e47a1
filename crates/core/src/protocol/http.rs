//! The HTTP interface of a device, version 1, under `/api/v1/` on port 5000. All bodies are JSON.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET identity` | | [`Identity`]; does not wake the root side |
//! | `GET status` | | [`DeviceStatus`] |
//! | `POST plan` | [`PlanRequest`] | [`crate::plan::Plan`] |
//! | `POST orders` | the sealed order's bytes | 202, [`Accepted`] |
//! | `GET orders/{id}` | | [`TransactionStatus`] |
//! | `GET orders/{id}/events?after=N` | | server-sent events, `id:` is the event's number, `data:` an [`crate::event::Event`]; resumes after `Last-Event-ID`; ends after `ended` |
//! | `POST orders/{id}/confirm` | [`Confirm`] | 204; the desk is here, or leaves |
//! | `POST changes` | the sealed [`crate::order::Change`]'s bytes | 204 |
//! | `GET state` | | [`crate::state::PackageState`] |
//! | `GET restore-points` | | list of [`crate::restore_point::RestorePoint`], oldest first |
//! | `GET restore-points/{id}` | | [`crate::restore_point::RecordedState`] |
//! | `GET vault` | | [`crate::vault::VaultContents`] |
//! | `GET receipts?after=N` | | list of sealed receipts (strings), oldest first, with numbers above N |
//! | `PUT staged/{sha256}` | the .deb's bytes; header [`STAGING_HEADER`] holds the sealed [`crate::order::Staging`] in base64 | 204 |
//! | `GET openapi.json` | | this table for machines |
//!
//! Any other answer than 2xx carries a [`crate::cause::Failure`].

use crate::cause::Failure;
use crate::digest::Digest;
use crate::ids::{DeviceId, OrderId, RestorePointId};
use crate::outcome::Outcome;
use crate::plan::Action;
use crate::transaction::State;
use crate::trust::Operator;
use serde::{Deserialize, Deserializer, Serialize};

/// The port of the agent.
pub const PORT: u16 = 5000;

/// The service type that agents announce by mDNS (RFC 6763).
pub const SERVICE_TYPE: &str = "_framboise._tcp.local.";

/// The header that carries the permission to stage a .deb.
pub const STAGING_HEADER: &str = "framboise-staging";

/// A request's head that a device reads, with the permission to stage some hundred .debs in it.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of Framboise on the device; its presence tells an agent from any other server.
    pub framboise: String,
    /// The version of this interface.
    pub api: u32,
    /// The device.
    pub device: DeviceId,
    /// Its host name.
    pub name: String,
    /// The board, such as `Raspberry Pi 4 Model B Rev 1.4`; none when it is no Pi.
    pub model: Option<String>,
    /// The operating system, such as `Debian GNU/Linux 12 (bookworm)`.
    pub os: String,
    /// Debian's name of its architecture.
    pub architecture: String,
    /// Whether the seed routes are open to somebody.
    pub seed_routes: bool,
}

/// How a device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceStatus {
    /// The device.
    pub device: DeviceId,
    /// How many packages are installed.
    pub packages: u32,
    /// Packages that dpkg left between two states.
    pub broken: Vec<String>,
    /// The order it works on.
    pub running: Option<TransactionStatus>,
    /// Why the end of that order cannot be written down: until it is, nothing new begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsettled: Option<Failure>,
    /// The order it worked on last.
    pub last: Option<TransactionStatus>,
    /// The restore point it stands on; none when there is none or it was changed by other means since.
    pub stands_on: Option<RestorePointId>,
    /// How many restore points it has.
    pub restore_points: u32,
    /// Bytes free for packages.
    pub free_bytes: u64,
    /// Bytes that the vault takes.
    pub vault_bytes: u64,
    /// Packages that wait for a reboot.
    pub reboot_for: Vec<String>,
    /// The operators it follows; none when it does not tell, or not as this version understands.
    #[serde(default, deserialize_with = "understood")]
    pub operators: Option<Vec<Operator>>,
}

/// What is told in another form is as good as not told: it must not keep the rest of a status from being read.
fn understood<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Operator>>, D::Error> {
    let told = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(told).unwrap_or_default())
}

impl DeviceStatus {
    /// Whether it follows an operator, as far as it tells; who has no key yet is followed by none.
    pub fn follows(&self, operator: Option<&Operator>) -> bool {
        let is_listed = |list: &[Operator], key| list.iter().any(|listed| listed.key == key);
        self.operators.as_deref().is_none_or(|list| operator.is_some_and(|operator| is_listed(list, operator.key)))
    }
}

/// What to plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "kebab-case")]
pub enum PlanRequest {
    /// An update file.
    Update {
        /// What to call it in errors; its ending tells its form.
        file_name: String,
        /// Its text, with each `.deb` turned into `sha256:…`.
        text: String,
    },
    /// The way to a restore point.
    Rollback {
        /// Which; the state before the last order, or after the last that failed, when none is named.
        to: Option<RestorePointId>,
    },
}

impl PlanRequest {
    /// What a plan for this very request is signed with.
    pub fn digest(&self) -> Digest {
        let text = match self {
            PlanRequest::Update { file_name, text } => format!("update\0{file_name}\0{text}"),
            PlanRequest::Rollback { to: Some(to) } => format!("rollback\0{to}"),
            PlanRequest::Rollback { to: None } => "rollback\0".to_owned(),
        };
        Digest::of(text.as_bytes())
    }
}

/// An order was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The order.
    pub order: OrderId,
    /// Whether the device had it already; it is not done twice.
    pub duplicate: bool,
}

/// What a desk says of itself to a device that carries out a live order. Whoever reaches the device may say it: it proves
/// the way, not the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirm {
    /// Whether the desk goes away: the device then judges by its own checks.
    #[serde(default)]
    pub leaving: bool,
}

/// How far an order has come on the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionStatus {
    /// The order.
    pub order: OrderId,
    /// What it is.
    pub action: Action,
    /// Who gave it.
    pub by: String,
    /// When it came, by the device's clock.
    pub received: jiff::Timestamp,
    /// Where it is.
    pub state: State,
    /// How it ended, once it has.
    pub outcome: Option<Box<Outcome>>,
}
