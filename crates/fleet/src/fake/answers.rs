//! What a fake device answers, and what it remembers of what it was asked.

use super::Shared;
use super::script::{Beat, Script};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use framboise_core::Timestamp;
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::event::{Event, EventKind};
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::order::{Change, ChangeKind, Order, Staging};
use framboise_core::outcome::Outcome;
use framboise_core::plan::{Action, PLAN_TYPE, SignedPlan};
use framboise_core::protocol::http::{Accepted, DeviceStatus, PlanRequest, TransactionStatus};
use framboise_core::receipt::{RECEIPT_TYPE, Receipt};
use framboise_core::restore_point::RecordedState;
use framboise_core::transaction::State;
use framboise_core::trust::{Sealed, seal};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// What it remembers.
pub(super) struct Memory {
    pub script: Script,
    pub orders: Vec<Order>,
    pub planned: Vec<String>,
    pub staged: Vec<(String, usize)>,
    /// How many devices each permission named.
    pub permitted: Vec<usize>,
    pub receipts: Vec<Sealed>,
    outcome: Option<Outcome>,
}

/// A body in JSON, or a failure.
pub(super) type Answer = Result<Vec<u8>, Failure>;

impl Memory {
    pub(super) fn new(script: Script) -> Self {
        Memory {
            script,
            orders: Vec::new(),
            planned: Vec::new(),
            staged: Vec::new(),
            permitted: Vec::new(),
            receipts: Vec::new(),
            outcome: None,
        }
    }

    pub(super) fn status(&self) -> Answer {
        let last = self.orders.last().map(|order| self.transaction_of(order));
        let (last, running) = match last {
            Some(status) if status.outcome.is_none() => (None, Some(status)),
            last => (last, None),
        };
        json(&DeviceStatus {
            device: super::script::device_id(&self.script.name),
            packages: u32::try_from(self.script.now.packages.len()).unwrap_or(u32::MAX),
            broken: Vec::new(),
            running,
            last,
            stands_on: self.script.points.last().map(|point| point.id),
            restore_points: u32::try_from(self.script.points.len()).unwrap_or(u32::MAX),
            free_bytes: 9_000_000_000,
            vault_bytes: 40_000_000,
            unsettled: None,
            reboot_for: Vec::new(),
            operators: self.script.operators.clone(),
        })
    }

    pub(super) fn plan(&mut self, body: &[u8]) -> Answer {
        let request: PlanRequest = serde_json::from_slice(body).map_err(bad_request)?;
        let mut plan = self.script.plan.clone();
        let digest = request.digest();
        match request {
            PlanRequest::Update { text, .. } => self.planned.push(text),
            PlanRequest::Rollback { to } => {
                self.planned.push(format!("rollback {to:?}"));
                if let Ok(plan) = &mut plan {
                    let scripted = if let Action::Rollback { to } = plan.action { Some(to) } else { None };
                    plan.action = Action::Rollback { to: to.or(scripted).unwrap_or(RestorePointId(1)) };
                }
            }
        }
        let payload = serde_json::to_vec(&SignedPlan { request: digest, plan: plan? }).map_err(bad_request)?;
        let signer = if self.script.forges_plans { super::script::key("somebody else") } else { self.script.key() };
        json(&seal(PLAN_TYPE, &payload, &signer).map_err(bad_request)?)
    }

    pub(super) fn transaction(&self, id: &str) -> Answer {
        json(&self.transaction_of(self.order(id)?))
    }

    pub(super) fn order(&self, id: &str) -> Result<&Order, Failure> {
        let id: OrderId = id.parse().map_err(|_| bad_request("not an id"))?;
        self.orders.iter().find(|order| order.id == id).ok_or_else(|| Cause::UnknownOrder { order: id }.into())
    }

    pub(super) fn restore_points(&self) -> Answer {
        json(&self.script.points)
    }

    pub(super) fn restore_point(&self, id: &str) -> Answer {
        let id = RestorePointId(id.parse().map_err(|_| bad_request("not a number"))?);
        let point = self.script.points.iter().find(|point| point.id == id).cloned();
        let state = self.script.states.get(&id).cloned();
        let (Some(point), Some(state)) = (point, state) else { return Err(Cause::UnknownRestorePoint { id }.into()) };
        json(&RecordedState { point, state })
    }

    /// Takes a .deb that a permission names for this device, whoever signed it.
    pub(super) fn stage(&mut self, digest: &str, deb: &[u8], permission: &[u8]) -> Answer {
        let staging: Staging = opened(&STANDARD.decode(permission).map_err(bad_request)?)?;
        if !staging.devices.contains(&super::script::device_id(&self.script.name)) {
            return Err(Cause::NotForThisDevice.into());
        }
        let sha256 = Digest::of(deb);
        if sha256.to_string() != digest || staging.debs.get(&sha256) != Some(&(deb.len() as u64)) {
            return Err(bad_request("another .deb than permitted"));
        }
        self.staged.push((digest.to_owned(), deb.len()));
        self.permitted.push(staging.devices.len());
        Ok(Vec::new())
    }

    /// Makes a change, whoever signed it.
    pub(super) fn change(&mut self, body: &[u8]) -> Answer {
        let change: Change = opened(body)?;
        let script = &mut self.script;
        let Some(id) = change.point else {
            let ChangeKind::Prune { free_bytes } = change.what else { return Err(bad_request("no restore point")) };
            let pruned = script.vault.pruned(free_bytes);
            script.vault.debs.retain(|deb| !pruned.debs.contains(&deb.sha256));
            script.vault.points.retain(|point| !pruned.points.contains(&point.id));
            script.points.retain(|point| !pruned.points.contains(&point.id));
            return Ok(Vec::new());
        };
        if let (ChangeKind::Delete, Some(why)) = (&change.what, script.vault.fixed(id)) {
            return Err(Cause::PointFixed { id, why }.into());
        }
        let point = script.points.iter_mut().find(|point| point.id == id);
        let point = point.ok_or_else(|| Failure::from(Cause::UnknownRestorePoint { id }))?;
        match change.what {
            ChangeKind::Name { name } => point.name = Some(name).filter(|name| !name.is_empty()),
            ChangeKind::Pin => point.pinned = true,
            ChangeKind::Unpin => point.pinned = false,
            ChangeKind::Delete => {
                let gone = script.vault.without(&[id]).debs;
                script.vault.debs.retain(|deb| !gone.contains(&deb.sha256));
                script.points.retain(|point| point.id != id);
            }
            ChangeKind::Prune { .. } | ChangeKind::Unknown => return Err(bad_request("no change of a restore point")),
        }
        Ok(Vec::new())
    }

    pub(super) fn receipts(&self, after: usize) -> Answer {
        json(&self.receipts.get(after..).unwrap_or_default())
    }

    fn transaction_of(&self, order: &Order) -> TransactionStatus {
        let outcome = self.outcome.clone();
        TransactionStatus {
            order: order.id,
            action: self.action(order),
            by: "operator@desk".into(),
            received: order.issue.issued,
            state: outcome.as_ref().map_or(State::Applying, |outcome| outcome.state),
            outcome: outcome.map(Box::new),
        }
    }

    fn action(&self, order: &Order) -> Action {
        let own = order.targets.get(&super::script::device_id(&self.script.name));
        own.map_or(Action::Update, |target| target.action)
    }

    fn write_receipt(&mut self, order: &Order, outcome: &Outcome) {
        if self.script.signs_nothing {
            return;
        }
        let newest = self.receipts.last().filter(|_| !self.script.breaks_chain);
        let previous = newest.map(|sealed| Digest::of(sealed.0.as_bytes()));
        let receipt = Receipt {
            number: self.receipts.len() as u64 + 1,
            previous,
            device: super::script::device_id(&self.script.name),
            order: order.id,
            order_digest: None,
            by: "operator@desk".into(),
            action: self.action(order),
            began: order.issue.issued,
            ended: Timestamp::now(),
            outcome: Outcome { state: self.script.signs.unwrap_or(outcome.state), ..outcome.clone() },
        };
        let payload = serde_json::to_vec(&receipt).unwrap_or_default();
        self.receipts.extend(seal(RECEIPT_TYPE, &payload, &self.script.key()));
    }
}

/// Takes an order, and begins to tell its events.
pub(super) fn take_order(shared: &Arc<Shared>, body: &[u8]) -> Answer {
    let order: Order = opened(body)?;
    let mut memory = shared.memory();
    if let Some(refusal) = memory.script.refusal.clone() {
        return Err(refusal);
    }
    if !order.targets.contains_key(&super::script::device_id(&memory.script.name)) {
        return Err(Cause::NotForThisDevice.into());
    }
    let duplicate = memory.orders.iter().any(|known| known.id == order.id);
    if !duplicate {
        let (counter, seen) = (order.issue.counter, memory.script.counter_seen);
        if counter <= seen {
            return Err(Cause::Replayed { counter, seen }.into());
        }
        memory.script.counter_seen = counter;
        memory.orders.push(order.clone());
        memory.outcome = None;
        shared.events.send_replace(Vec::new());
        tokio::spawn(perform(Arc::clone(shared), order.clone(), memory.script.clone()));
    }
    json(&Accepted { order: order.id, duplicate })
}

async fn perform(shared: Arc<Shared>, order: Order, script: Script) {
    let name = script.name.clone();
    let mut beats: VecDeque<Beat> = script.beats.into();
    for number in 1.. {
        let Some(beat) = beats.pop_front() else { return };
        tokio::time::sleep(beat.after).await;
        if let EventKind::Ended { outcome } = &beat.kind {
            let mut memory = shared.memory();
            memory.outcome = Some((**outcome).clone());
            memory.write_receipt(&order, outcome);
        }
        let event = Event { number, at: Timestamp::now(), order: order.id, kind: beat.kind };
        let awaits = if let EventKind::AwaitingDesk { seconds } = &event.kind { Some(*seconds) } else { None };
        shared.events.send_modify(|events| events.push(event));
        if let Some(seconds) = awaits
            && !is_heard(&shared, seconds).await
        {
            beats =
                Script::named(&name).that_ends(State::RolledBack, Cause::DeskSilent { seconds }.into()).beats.into();
        }
        if script.power_cut_after == Some(number) {
            shared.power.send_replace(false);
        }
    }
}

async fn is_heard(shared: &Shared, seconds: u16) -> bool {
    let mut desk = shared.desk.subscribe();
    let heard = desk.wait_for(|heard| !heard.is_empty());
    tokio::time::timeout(Duration::from_secs(seconds.into()), heard).await.is_ok_and(|heard| heard.is_ok())
}

/// What is in an envelope, whoever signed it.
fn opened<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    let envelope: serde_json::Value = serde_json::from_slice(body).map_err(bad_request)?;
    let payload = envelope.get("payload").and_then(|payload| payload.as_str()).unwrap_or_default();
    let payload = STANDARD.decode(payload).map_err(bad_request)?;
    serde_json::from_slice(&payload).map_err(bad_request)
}

pub(super) fn json(value: &impl Serialize) -> Answer {
    serde_json::to_vec(value).map_err(bad_request)
}

pub(super) fn bad_request(problem: impl ToString) -> Failure {
    Cause::BadRequest { problem: problem.to_string() }.into()
}
