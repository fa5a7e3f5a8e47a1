//! Makes and signs orders out of plans.

use crate::desk::Desk;
use crate::keys::{KeyError, OperatorKey};
use crate::store::{KnownDevice, SentOrder, StoreError};
use framboise_core::Timestamp;
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::order::{DEVICES_MAX, Issue, Live, ORDER_TYPE, Order, Target};
use framboise_core::plan::{Lock, Plan};
use framboise_core::trust::{Sealed, public_key_text};
use framboise_core::update_file::{Check, Hooks, RebootPolicy, UpdateFile};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A live order is sent at once; a device may first wait for another apt to end.
const VALID: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);

/// How long a device waits for this desk after its checks: a switch or an access point that it joins anew needs half a
/// minute.
const CONFIRM_SECONDS: u16 = 60;

/// What all orders of a run share.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// What it is, for people: the update file's name, or `rollback`.
    pub what: String,
    /// What must pass after.
    pub checks: BTreeMap<String, Check>,
    /// Whether devices may restart.
    pub reboot: RebootPolicy,
    /// Whether their own scripts run.
    pub hooks: Hooks,
    /// Whether to go on where the way back is not complete.
    pub accept_no_way_back: bool,
    /// Whether the desk stays, to see that it still reaches each device.
    pub live: Option<Live>,
}

/// Orders that could not be made. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// There is no key to sign with.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system gives no random numbers.
    #[error("the system gave no random numbers for an order's id: {0}")]
    Random(getrandom::Error),
    /// It could not be written as JSON; it always can.
    #[error("the order could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Terms {
    /// The terms of an update file; live, as far as the desk stays.
    pub fn of(name: &str, file: &UpdateFile, accept_no_way_back: bool) -> Self {
        Terms {
            what: name.to_owned(),
            checks: file.checks.clone(),
            reboot: file.reboot,
            hooks: file.hooks,
            accept_no_way_back,
            live: Some(Live { confirm_seconds: CONFIRM_SECONDS }),
        }
    }

    /// The terms of a rollback. It is never live: what it would go back to is what somebody wants to leave.
    pub fn rollback(accept_no_way_back: bool) -> Self {
        Terms { what: "rollback".to_owned(), accept_no_way_back, ..Terms::default() }
    }
}

impl Desk {
    /// What keeps a message that is signed now from being used twice.
    pub(crate) async fn issue(&self, key: &OperatorKey, seen: u64) -> Result<Issue, StoreError> {
        let issued = Timestamp::now();
        let name = public_key_text(&key.operator().key);
        let counter = self.store.next_counter(&name, issued.as_millisecond(), seen).await?;
        Ok(Issue { issued, expires: issued.saturating_add(VALID).unwrap_or(issued), counter })
    }
}

/// Signs the orders of a run.
pub(super) struct Signer<'a> {
    desk: &'a Desk,
    terms: &'a Terms,
    key: OperatorKey,
}

impl<'a> Signer<'a> {
    pub(super) fn new(desk: &'a Desk, terms: &'a Terms) -> Result<Self, OrderError> {
        Ok(Signer { desk, terms, key: desk.key()? })
    }

    /// An order for each of these, in their order; those with equal locks share one, up to [`DEVICES_MAX`] of them.
    pub(super) async fn sign_all(
        &self,
        chosen: &[(KnownDevice, Plan)],
    ) -> Result<Vec<(OrderId, Arc<Sealed>)>, OrderError> {
        let mut by_lock: BTreeMap<&Lock, Vec<(&DeviceId, &Plan)>> = BTreeMap::new();
        for (device, plan) in chosen {
            by_lock.entry(&plan.lock).or_default().push((device.id(), plan));
        }
        let mut orders = BTreeMap::new();
        for targets in by_lock.values().flat_map(|targets| targets.chunks(DEVICES_MAX)) {
            let (id, sealed) = self.sign(targets, 0).await?;
            let sealed = Arc::new(sealed);
            orders.extend(targets.iter().map(|(device, _)| (*device, (id, Arc::clone(&sealed)))));
        }
        Ok(chosen.iter().filter_map(|(device, _)| orders.get(device.id()).cloned()).collect())
    }

    /// One order for devices whose locks are equal, above the counter `seen`. It is kept before anybody gets it.
    pub(super) async fn sign(
        &self,
        targets: &[(&DeviceId, &Plan)],
        seen: u64,
    ) -> Result<(OrderId, Sealed), OrderError> {
        let issue = self.desk.issue(&self.key, seen).await?;
        let order = order(self.terms, targets, issue, new_id(issue.issued)?);
        let sealed = self.key.seal(ORDER_TYPE, &order)?;
        let kept =
            SentOrder { id: order.id, sealed: sealed.clone(), what: self.terms.what.clone(), issued: issue.issued };
        self.desk.store.keep_order(kept, order.targets.into_keys().collect()).await?;
        Ok((order.id, sealed))
    }
}

fn order(terms: &Terms, targets: &[(&DeviceId, &Plan)], issue: Issue, id: OrderId) -> Order {
    let target =
        |(device, plan): &(&DeviceId, &Plan)| ((*device).clone(), Target { action: plan.action, base: plan.base });
    Order {
        id,
        targets: targets.iter().map(target).collect(),
        lock: targets.first().map(|(_, plan)| (*plan.lock).clone()).unwrap_or_default(),
        checks: terms.checks.clone(),
        reboot: terms.reboot,
        live: terms.live,
        hooks: terms.hooks,
        accept_no_way_back: terms.accept_no_way_back,
        issue,
    }
}

fn new_id(at: Timestamp) -> Result<OrderId, OrderError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(OrderError::Random)?;
    Ok(OrderId::new(u64::try_from(at.as_millisecond()).unwrap_or(0), random))
}
