//! From plans that were seen to orders that are done: signed, sent, watched to the end.

mod confirm;
mod end;
mod order;
mod progress;

pub use end::{End, LostWhy, RunResult, Summary, Verdict};
pub use order::{OrderError, Terms};
pub use progress::{Doing, Progress};

use crate::desk::Desk;
use crate::device::{CallError, Device, WatchError, Watched};
use crate::plan::AT_ONCE;
use crate::receipts::ReceiptError;
use crate::store::KnownDevice;
use confirm::Asked;
use framboise_core::Timestamp;
use framboise_core::cause::Cause;
use framboise_core::event::{Event, EventKind};
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::outcome::Outcome;
use framboise_core::plan::{Action, Plan};
use framboise_core::trust::Sealed;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use order::Signer;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// For how long a device may be away before the desk stops waiting for it: a Pi restarts in less than a minute.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How often, and after what pause each time, a device is asked for an order whose answer got lost: it writes an order down
/// before it answers.
const ANSWER_LOOKS: u32 = 5;
const ANSWER_PAUSE: Duration = Duration::from_secs(1);

/// The same of an order's receipt that is not there, or does not hold.
const RECEIPT_LOOKS: u32 = 5;
const RECEIPT_PAUSE: Duration = Duration::from_secs(1);

/// What a run tells of one device.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// The order is on its way.
    Sending(OrderId),
    /// It has taken the order.
    Ordered(OrderId),
    /// It told something itself.
    Told(Box<Event>),
    /// It is not reached since then.
    Lost(Timestamp),
    /// It is reached again.
    Back,
    /// It is done with, for better or worse.
    Ended(Box<End>),
}

/// Who hears what a run tells.
pub type Tell<'a> = &'a (dyn Fn(&DeviceId, Step) + Sync);

impl Desk {
    /// Orders what was planned and watches every device to its end; with no patience it only orders. Devices with equal
    /// locks share an order, a hundred of them at most. A live order's device that is not told [`Desk::leave`] waits for
    /// this desk, and goes back.
    ///
    /// # Errors
    /// When no order can be signed or kept; nothing has been sent then.
    pub async fn run(
        &self,
        chosen: Vec<(KnownDevice, Plan)>,
        terms: &Terms,
        patience: Option<Duration>,
        tell: Tell<'_>,
    ) -> Result<Vec<RunResult>, OrderError> {
        // Who does not stay must not be waited for: the devices would go back.
        let terms = Terms { live: terms.live.filter(|_| patience.is_some()), ..terms.clone() };
        let signer = Signer::new(self, &terms)?;
        let orders = signer.sign_all(&chosen).await?;
        let sending = Semaphore::new(AT_ONCE);
        let work = chosen.into_iter().zip(orders).enumerate().map(|(place, ((known, plan), (id, sealed)))| {
            let (signer, sending, action) = (&signer, &sending, plan.action);
            let prepared = Box::new(Prepared { id, sealed, plan });
            async move {
                let one = OneRun { desk: self, device: self.device(&known), action, signer, sending, patience, tell };
                let (order, end) = one.run(prepared).await;
                tell(known.id(), Step::Ended(Box::new(end.clone())));
                (place, RunResult { device: known, order, action, end })
            }
        });
        // None waits for another's end: it would have no order yet when the operator leaves. Sending takes turns.
        let mut results: Vec<_> = work.collect::<FuturesUnordered<_>>().collect().await;
        results.sort_by_key(|(place, _)| *place);
        Ok(results.into_iter().map(|(_, result)| result).collect())
    }
}

/// An order that is ready to be sent, and the plan that it comes from; nobody needs them once the device has it.
struct Prepared {
    id: OrderId,
    sealed: Arc<Sealed>,
    plan: Plan,
}

/// One device's part of a run.
struct OneRun<'a> {
    desk: &'a Desk,
    device: Device,
    action: Action,
    signer: &'a Signer<'a>,
    /// Room for who is being sent its order: thousands of new connections at one instant are more than networks take.
    sending: &'a Semaphore,
    patience: Option<Duration>,
    tell: Tell<'a>,
}

impl OneRun<'_> {
    async fn run(&self, prepared: Box<Prepared>) -> (OrderId, End) {
        let room = self.sending.acquire().await;
        // What stands in a box is given back before the long watching begins: thousands watch at a time.
        let (id, accepted) = Box::pin(self.send(prepared)).await;
        drop(room);
        if let Err(error) = accepted {
            return (id, End::not_ordered(&error));
        }
        (self.tell)(self.device.id(), Step::Ordered(id));
        let Some(patience) = self.patience else { return (id, End::Ordered) };
        let asked = Asked::default();
        let told = |watched| {
            if let Watched::Event(event) = &watched
                && let EventKind::AwaitingDesk { seconds } = event.kind
            {
                asked.ask(seconds);
            }
            let step = match watched {
                Watched::Event(event) => Step::Told(event),
                Watched::Lost { since } => Step::Lost(since),
                Watched::Back => Step::Back,
            };
            (self.tell)(self.device.id(), step);
        };
        let watched = tokio::select! {
            watched = self.device.watch(id, patience, told) => watched,
            never = self.confirm(id, &asked) => never,
        };
        let end = match watched {
            Ok(told) => Box::pin(self.ended(id, told, patience)).await,
            Err(WatchError::Lost { since, .. }) => End::Lost { since, why: LostWhy::Silent },
            // It has taken the order; what keeps it from telling is no sign that it let it be.
            Err(WatchError::Refused(_)) => End::Lost { since: Timestamp::now(), why: LostWhy::Unproven },
        };
        (id, end)
    }

    /// Sends the order; once more under a higher counter where the device has seen that of another command.
    async fn send(&self, prepared: Box<Prepared>) -> (OrderId, Result<(), CallError>) {
        let Prepared { id, sealed, plan } = *prepared;
        // From here on the device may have it.
        (self.tell)(self.device.id(), Step::Sending(id));
        let Err(error) = self.hand_over(id, &sealed).await else { return (id, Ok(())) };
        let Some(Cause::Replayed { seen, .. }) = error.failure().map(|failure| &failure.cause) else {
            return (id, Err(error));
        };
        match self.signer.sign(&[(self.device.id(), &plan)], *seen).await {
            Ok((id, sealed)) => {
                (self.tell)(self.device.id(), Step::Sending(id));
                (id, self.hand_over(id, &sealed).await)
            }
            Err(_) => (id, Err(error)),
        }
    }

    /// Has the device take an order. Where the answer got lost, and not the order, it has taken it; where neither is to be
    /// found out, watching will.
    async fn hand_over(&self, id: OrderId, sealed: &Sealed) -> Result<(), CallError> {
        let Err(error) = self.device.order(sealed).await else { return Ok(()) };
        if !error.may_have_been_heard() {
            return Err(error);
        }
        let mut is_unknown = false;
        for _ in 0..ANSWER_LOOKS {
            tokio::time::sleep(ANSWER_PAUSE).await;
            is_unknown = match self.device.transaction(id).await {
                Ok(_) => return Ok(()),
                Err(error) if error.is_unknown_order() => true,
                Err(error) if error.is_passing() => false,
                Err(error) => return Err(error),
            };
        }
        if is_unknown { Err(error) } else { Ok(()) }
    }

    /// How an order ended is what its receipt says: whoever answers at the device's address may tell anything, and only the
    /// device can sign it. What is told later must not depend on the device: both are kept by the desk.
    async fn ended(&self, id: OrderId, told: Box<Outcome>, patience: Duration) -> End {
        let (since, began) = (Timestamp::now(), Instant::now());
        let mut looks = 0;
        loop {
            match self.desk.receipt_of(&self.device, id).await {
                Ok((receipt, received)) => {
                    let outcome = Box::new(receipt.outcome);
                    let remembered = self.desk.store.keep_outcome(id, self.device.id(), &outcome).await.is_ok();
                    let is_rollback = matches!(self.action, Action::Rollback { .. });
                    return End::of(outcome, is_rollback, remembered && received);
                }
                // A device may restart once it has told its end.
                Err(ReceiptError::Call(error)) if error.is_not_reached() || error.is_passing() => {
                    if began.elapsed() > patience {
                        return End::unproven(told, since, LostWhy::Silent);
                    }
                }
                Err(_) => {
                    looks += 1;
                    if looks > RECEIPT_LOOKS {
                        return End::unproven(told, since, LostWhy::Unproven);
                    }
                }
            }
            tokio::time::sleep(RECEIPT_PAUSE).await;
        }
    }
}
