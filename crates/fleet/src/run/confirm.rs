//! Commit-confirm: a device keeps an update only when its desk still reaches it; a desk that goes away says so first.

use super::OneRun;
use crate::desk::Desk;
use crate::plan::AT_ONCE;
use crate::store::KnownDevice;
use framboise_core::ids::OrderId;
use futures_util::future::join_all;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

/// For one try: a network that works answers in less.
const TRY_MAX: Duration = Duration::from_secs(5);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(500);

/// How long a desk that leaves tries to say so: whoever pressed Ctrl-C waits for it.
const GOODBYE_MAX: Duration = Duration::from_secs(2);

/// That a device asks for its desk, and for how many seconds it does. Only the last question wants an answer.
#[derive(Default)]
pub(super) struct Asked {
    seconds: AtomicU16,
    is_new: Notify,
}

impl Asked {
    pub(super) fn ask(&self, seconds: u16) {
        self.seconds.store(seconds, Ordering::Relaxed);
        self.is_new.notify_one();
    }

    async fn next(&self) -> u16 {
        self.is_new.notified().await;
        self.seconds.load(Ordering::Relaxed)
    }
}

impl OneRun<'_> {
    /// Answers each time the device asks for its desk. Never ends by itself.
    pub(super) async fn confirm<T>(&self, order: OrderId, asked: &Asked) -> T {
        loop {
            let seconds = asked.next().await;
            Box::pin(self.confirm_within(order, Duration::from_secs(u64::from(seconds)))).await;
        }
    }

    async fn confirm_within(&self, order: OrderId, limit: Duration) {
        let until = Instant::now() + limit;
        // A refusal means that the device has gone on already; only silence is asked again.
        while let Err(error) = self.device.confirm(order, false, TRY_MAX).await {
            if !error.is_passing() || Instant::now() >= until {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

impl Desk {
    /// Tells these devices not to wait for this desk: they judge their orders by their own checks. Those that could not be
    /// told, for they are away or restart, or their order is still on its way: they go back, which is safe.
    pub async fn leave<'a>(&self, orders: &'a [(KnownDevice, OrderId)]) -> Vec<&'a KnownDevice> {
        // As many at a time as are sent orders at a time: more new connections at one instant than networks take.
        let room = Semaphore::new(AT_ONCE);
        let goodbyes = orders.iter().map(|(known, order)| {
            let (device, room) = (self.device(known), &room);
            async move {
                let _place = room.acquire().await;
                // One that has ended has no use for it, and says so; one that knows of no order may get it yet.
                let told = device.confirm(*order, true, GOODBYE_MAX).await;
                told.is_err_and(|error| error.is_passing() || error.is_unknown_order())
            }
        });
        let is_away = join_all(goodbyes).await;
        orders.iter().zip(is_away).filter(|(_, is_away)| *is_away).map(|((known, _), _)| known).collect()
    }
}
