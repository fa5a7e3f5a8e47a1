//! Watches an order on a device to its end, through lost connections and restarts.

use super::{CallError, Device};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use framboise_core::Timestamp;
use framboise_core::event::{Event, EventKind};
use framboise_core::ids::OrderId;
use framboise_core::outcome::Outcome;
use framboise_core::transaction::State;
use futures_util::StreamExt as _;
use std::time::Duration;
use tokio::time::Instant;

/// The first wait before a lost connection is tried again.
const AGAIN_AFTER_MIN: Duration = Duration::from_millis(300);

/// The longest one: a Pi that starts again takes half a minute.
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(5);

/// How long a device that said it restarts may be away, whatever the patience: a Pi that checks its card's file system, or
/// waits for a network, takes minutes.
const RESTART_PATIENCE: Duration = Duration::from_secs(10 * 60);

/// What watching tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Watched {
    /// The device told something.
    Event(Box<Event>),
    /// The device is not reached since then; it is asked on.
    Lost {
        /// Since when.
        since: Timestamp,
    },
    /// It is reached again.
    Back,
}

/// Watching that ended before the order did.
#[derive(Debug, Clone, thiserror::Error)]
pub enum WatchError {
    /// The device stayed away longer than the patience.
    #[error("not reached since {since}")]
    Lost {
        /// Since when.
        since: Timestamp,
        /// What the last try said.
        last: String,
    },
    /// It cannot tell of this order.
    #[error(transparent)]
    Refused(CallError),
}

impl Device {
    /// Watches an order until it has ended. A device that is away for longer than `patience` is given up; one that said
    /// it restarts is expected to be away, and has ten minutes at least.
    ///
    /// # Errors
    /// When it stayed away, or knows no such order.
    pub async fn watch(
        &self,
        order: OrderId,
        patience: Duration,
        mut tell: impl FnMut(Watched),
    ) -> Result<Box<Outcome>, WatchError> {
        let mut after = 0;
        let mut absence = Absence::default();
        loop {
            let problem = match self.watch_once(order, &mut after, &mut absence, &mut tell).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => "it closed the connection".to_owned(),
                // Another device may have its address for a while.
                Err(error) if error.is_passing() || error.is_not_reached() => error.reason(),
                Err(error) => return Err(WatchError::Refused(error)),
            };
            let (since, is_news) = absence.failed();
            // That a device is away while it restarts is no news.
            if is_news && !absence.is_expected {
                tell(Watched::Lost { since });
            }
            if absence.is_longer_than(patience) {
                return Err(WatchError::Lost { since, last: problem });
            }
            tokio::time::sleep(absence.next_wait()).await;
        }
    }

    /// Over one connection: the outcome, or none when the connection ended before the order.
    async fn watch_once(
        &self,
        order: OrderId,
        after: &mut u64,
        absence: &mut Absence,
        tell: &mut impl FnMut(Watched),
    ) -> Result<Option<Box<Outcome>>, CallError> {
        let was_lost = absence.is_on();
        if was_lost {
            Box::pin(self.meet_again()).await?;
        }
        // Whatever is asked besides stands in a box: watching is most of a run, and thousands watch at a time.
        let mut events = std::pin::pin!(Box::pin(self.events(order, *after)).await?);
        if absence.end() {
            tell(Watched::Back);
        }
        let mut has_news = false;
        while let Some(Ok(mut event)) = events.next().await {
            if event.number <= *after || event.order != order {
                continue;
            }
            (*after, has_news) = (event.number, true);
            absence.forget_waits();
            if let EventKind::Waiting { reason } = &mut event.kind {
                *reason = Box::pin(self.explained(reason.clone())).await;
            }
            if let EventKind::State { state } = event.kind {
                absence.is_expected = state == State::Restarting;
            }
            let outcome = match &event.kind {
                EventKind::Ended { outcome } => Some(outcome.clone()),
                EventKind::State { .. }
                | EventKind::Waiting { .. }
                | EventKind::Download { .. }
                | EventKind::Package { .. }
                | EventKind::Line { .. }
                | EventKind::AwaitingDesk { .. }
                | EventKind::Failure { .. }
                | EventKind::Unknown => None,
            };
            tell(Watched::Event(event));
            if outcome.is_some() {
                return Ok(outcome);
            }
        }
        // A power cut may have taken the last events with it, never the outcome.
        if was_lost && !has_news { Ok(Box::pin(self.transaction(order)).await?.outcome) } else { Ok(None) }
    }
}

/// For how long the device has been away.
#[derive(Default)]
struct Absence {
    began: Option<(Timestamp, Instant)>,
    failures: u32,
    /// Whether the device has said that it restarts.
    is_expected: bool,
    /// In a box: thousands are watched at a time, and few of them are away.
    waits: Option<Box<backon::ExponentialBackoff>>,
}

impl Absence {
    fn is_on(&self) -> bool {
        self.began.is_some()
    }

    /// One more try came to nothing. Since when, and whether to tell: an agent that restarts is back at the first try.
    fn failed(&mut self) -> (Timestamp, bool) {
        let (since, _) = *self.began.get_or_insert_with(|| (Timestamp::now(), Instant::now()));
        self.failures += 1;
        (since, self.failures == 2)
    }

    fn is_longer_than(&self, patience: Duration) -> bool {
        let patience = if self.is_expected { patience.max(RESTART_PATIENCE) } else { patience };
        self.began.is_some_and(|(_, began)| began.elapsed() > patience)
    }

    fn next_wait(&mut self) -> Duration {
        let waits = self.waits.get_or_insert_with(|| {
            let waits = ExponentialBuilder::default().with_min_delay(AGAIN_AFTER_MIN).with_max_delay(AGAIN_AFTER_MAX);
            Box::new(waits.with_jitter().without_max_times().build())
        });
        waits.next().unwrap_or(AGAIN_AFTER_MAX)
    }

    /// Ends it; tells whether it had been told.
    fn end(&mut self) -> bool {
        self.began = None;
        std::mem::take(&mut self.failures) > 1
    }

    /// The next absence begins with short waits again. A device that accepts and hangs up gets no such credit.
    fn forget_waits(&mut self) {
        self.waits = None;
    }
}
