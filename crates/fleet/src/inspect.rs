//! Looks at devices without changing them: status, history, differences, logs.

use crate::describe::action;
use crate::desk::Desk;
use crate::device::{CallError, WatchError, Watched};
use crate::keys::OperatorKey;
use crate::plan::AT_ONCE;
use crate::points::PointWord;
use crate::receipts::ReceiptError;
use crate::store::{KnownDevice, SentTo, StoreError};
use framboise_core::Timestamp;
use framboise_core::diff::StateDiff;
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::outcome::Outcome;
use framboise_core::protocol::http::DeviceStatus;
use framboise_core::receipt::Receipt;
use framboise_core::restore_point::RestorePoint;
use framboise_core::state::PackageState;
use futures_util::StreamExt as _;
use futures_util::stream;
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

/// A device with how it is, or why that is not known.
#[derive(Debug, Clone)]
pub struct Status {
    /// Which.
    pub device: KnownDevice,
    /// How it is.
    pub result: Result<DeviceStatus, CallError>,
    /// Whether it follows this desk, as far as that is known: else it refuses every order.
    pub follows: bool,
}

/// What a device has been through.
#[derive(Debug, Clone)]
pub struct History {
    /// Its restore points, newest first.
    pub points: Vec<RestorePoint>,
    /// Its receipts, newest first.
    pub receipts: Vec<Receipt>,
    /// This desk's orders to it, newest first.
    pub orders: Vec<SentTo>,
    /// Whether it was changed by other means since the point that it was left on.
    pub is_changed: bool,
}

/// A moment of a device that can be compared with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// As it is.
    Now,
    /// As it was.
    Point(PointWord),
}

/// A look that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// The device did not tell.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its receipts could not be had.
    #[error(transparent)]
    Receipts(#[from] ReceiptError),
    /// There is no restore point to compare with.
    #[error("{0} has no restore point yet")]
    NoPoint(String),
    /// There was no order yet.
    #[error("{0} has had no order yet")]
    NoOrder(String),
    /// The device was lost sight of.
    #[error("{device} is not reached since {since}")]
    Lost {
        /// Which.
        device: String,
        /// Since when.
        since: Timestamp,
    },
}

/// Whether a device was changed by other means since the restore point that it was left on.
pub fn is_changed(status: &DeviceStatus) -> bool {
    status.running.is_none() && status.stands_on.is_none() && status.restore_points > 0
}

impl History {
    /// What an order was, for people: the update file's name where this desk sent it, else what its receipt says.
    pub fn what(&self, order: OrderId) -> String {
        if let Some(sent) = self.orders.iter().find(|sent| sent.id == order) {
            return sent.what.clone();
        }
        let receipt = self.receipts.iter().find(|receipt| receipt.order == order);
        receipt.map_or_else(|| "an order".to_owned(), |receipt| format!("{} by {}", action(receipt.action), receipt.by))
    }
}

impl Desk {
    /// How these devices are, in the order in which they were given.
    ///
    /// # Errors
    /// When the desk's memory fails.
    pub async fn status(&self, devices: &[KnownDevice]) -> Result<Vec<Status>, StoreError> {
        let mut answers = Vec::with_capacity(devices.len());
        self.statuses(devices, |answer| answers.push(answer)).await?;
        let places: BTreeMap<&DeviceId, usize> =
            devices.iter().enumerate().map(|(at, device)| (device.id(), at)).collect();
        answers.sort_by_key(|answer| places.get(answer.device.id()).copied());
        Ok(answers)
    }

    /// How these devices are, each told as it answers: one that is away keeps nobody waiting.
    ///
    /// # Errors
    /// When the desk's memory fails.
    pub async fn statuses(&self, devices: &[KnownDevice], mut answered: impl FnMut(Status)) -> Result<(), StoreError> {
        // A desk that cannot read its key says so when it has to sign.
        let key = OperatorKey::load(&self.home);
        let ask = |known: &KnownDevice| {
            let (device, known) = (self.device(known), known.clone());
            let key = key.as_ref();
            async move {
                let result = device.status().await;
                let operator = key.ok().map(|key| key.as_ref().map(OperatorKey::operator));
                let follows = result.as_ref().ok().zip(operator).is_none_or(|(status, key)| status.follows(key));
                Status { result, device: known, follows }
            }
        };
        let mut answers = pin!(stream::iter(devices.iter().map(ask)).buffer_unordered(AT_ONCE));
        let mut seen = Vec::new();
        while let Some(mut answer) = answers.next().await {
            if answer.result.is_ok() {
                answer.device.seen = Timestamp::now();
                seen.push(answer.device.id().clone());
            }
            answered(answer);
        }
        self.store.saw_devices(seen, Timestamp::now()).await
    }

    /// What a device has been through.
    ///
    /// # Errors
    /// When it is not reached, its receipts do not hold, or the desk's memory fails.
    pub async fn history(&self, known: &KnownDevice) -> Result<History, LookError> {
        let device = self.device(known);
        let mut points = device.restore_points().await?;
        points.reverse();
        self.collect_receipts(&device).await?;
        let mut receipts = self.kept_receipts(known.id()).await?;
        receipts.reverse();
        let is_changed = is_changed(&device.status().await?);
        Ok(History { points, receipts, orders: self.store.orders_to(known.id()).await?, is_changed })
    }

    /// What changed on a device from one moment to another; its newest restore point when none is named.
    ///
    /// # Errors
    /// When it is not reached, or has no such restore point.
    pub async fn diff(
        &self,
        known: &KnownDevice,
        from: Option<Moment>,
        to: Moment,
    ) -> Result<(Moment, StateDiff), LookError> {
        let from = match from {
            Some(moment) => moment,
            None => {
                let newest = self.device(known).restore_points().await?.last().map(|point| point.id);
                Moment::Point(PointWord::Number(newest.ok_or_else(|| LookError::NoPoint(known.name().to_owned()))?))
            }
        };
        let (before, after) = tokio::try_join!(self.state_at(known, &from), self.state_at(known, &to))?;
        Ok((from, StateDiff::between(&before, &after)))
    }

    /// Tells the events of an order, the device's last when none is named, until it has ended.
    ///
    /// # Errors
    /// When the device is not reached, or knows no such order.
    pub async fn log(
        &self,
        known: &KnownDevice,
        order: Option<OrderId>,
        patience: Duration,
        tell: impl FnMut(Watched),
    ) -> Result<(OrderId, Box<Outcome>), LookError> {
        let device = self.device(known);
        let order = match order {
            Some(order) => order,
            None => {
                let status = device.status().await?;
                let last = status.running.or(status.last).ok_or_else(|| LookError::NoOrder(known.name().to_owned()))?;
                last.order
            }
        };
        match device.watch(order, patience, tell).await {
            Ok(outcome) => Ok((order, outcome)),
            Err(WatchError::Lost { since, .. }) => Err(LookError::Lost { device: known.name().to_owned(), since }),
            Err(WatchError::Refused(error)) => Err(error.into()),
        }
    }

    async fn state_at(&self, known: &KnownDevice, moment: &Moment) -> Result<PackageState, CallError> {
        match moment {
            Moment::Now => self.device(known).state().await,
            Moment::Point(word) => {
                let device = self.device(known);
                let id = device.point(word).await?;
                device.restore_point(id).await.map(|recorded| recorded.state)
            }
        }
    }
}
