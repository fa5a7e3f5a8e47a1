//! Asks devices what they would do.

mod gaps;
mod groups;
mod rank;
mod stage;

pub use groups::{Alike, Group, LeftOut, grouped, regrouped};
pub use rank::{Rank, is_older, ranked};

use crate::desk::Desk;
use crate::device::{CallError, Device};
use crate::keys::OperatorKey;
use crate::points::PointWord;
use crate::source::LoadedFile;
use crate::store::KnownDevice;
use framboise_core::ids::DeviceId;
use framboise_core::plan::{Lock, Plan};
use framboise_core::protocol::http::PlanRequest;
use futures_util::StreamExt as _;
use futures_util::stream;
use stage::{Handed, Handover};
use std::collections::BTreeSet;
use std::sync::Arc;

pub use stage::StageError;

/// Devices asked at the same time. They do the work, the desk only waits.
pub(crate) const AT_ONCE: usize = 128;

/// What to plan.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// What an update file says.
    Update(&'a LoadedFile),
    /// The way back.
    Rollback {
        /// To this restore point, or to what the device stood on before its last order.
        to: Option<&'a PointWord>,
    },
}

/// What a device answered.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Which.
    pub device: KnownDevice,
    /// Its plan, or why there is none.
    pub result: Result<Plan, CallError>,
}

impl Wanted<'_> {
    /// What to ask of one device: a name means another point on each.
    async fn request(self, device: &Device) -> Result<PlanRequest, CallError> {
        Ok(match self {
            Wanted::Update(file) => file.request(),
            Wanted::Rollback { to: None } => PlanRequest::Rollback { to: None },
            Wanted::Rollback { to: Some(word) } => PlanRequest::Rollback { to: Some(device.point(word).await?) },
        })
    }
}

impl Desk {
    /// Asks all devices at once, after the .debs that no archive has were handed to them; `answered` hears each answer as
    /// it comes. In the result they are in the order in which they were given.
    ///
    /// # Errors
    /// When the operator's key cannot be read, or the permission to hand over .debs cannot be signed.
    pub async fn plan(
        &self,
        devices: &[KnownDevice],
        wanted: Wanted<'_>,
        mut answered: impl FnMut(&Planned),
    ) -> Result<Vec<Planned>, StageError> {
        // A key that cannot be used is told before the devices do their work; where there is none yet, one is made.
        OperatorKey::load(&self.home)?;
        let staging = match wanted {
            Wanted::Update(file) => {
                self.keep_in_depot(file).await;
                let ids: Vec<&DeviceId> = devices.iter().map(KnownDevice::id).collect();
                self.staging(&ids, file.debs.iter().map(Handed::of).collect()).await?
            }
            Wanted::Rollback { .. } => None,
        };
        let staging = staging.as_ref();
        let ask_one = |(place, known): (usize, &KnownDevice)| {
            let (device, known) = (self.device(known), known.clone());
            async move { (place, Planned { device: known, result: self.ask(&device, staging, wanted).await }) }
        };
        let mut answers = stream::iter(devices.iter().enumerate().map(ask_one)).buffer_unordered(AT_ONCE);
        let mut planned = Vec::with_capacity(devices.len());
        let mut locks = Locks::default();
        while let Some((place, mut answer)) = answers.next().await {
            if let Ok(plan) = &mut answer.result {
                locks.share(plan);
            }
            answered(&answer);
            planned.push((place, answer));
        }
        planned.sort_by_key(|(place, _)| *place);
        Ok(planned.into_iter().map(|(_, answer)| answer).collect())
    }

    /// A plan takes its time, and the .debs are the operator's: first it must be the device that the desk means.
    async fn ask(&self, device: &Device, staging: Option<&Handover>, wanted: Wanted<'_>) -> Result<Plan, CallError> {
        device.meet().await?;
        if let Some(staging) = staging {
            staging.hand_to(device).await?;
        }
        self.plan_one(device, &wanted.request(device).await?).await
    }
}

/// The different locks of a fleet: one of a large update takes 100 KB, and ten thousand devices have few.
#[derive(Default)]
struct Locks(BTreeSet<Arc<Lock>>);

impl Locks {
    /// Has a plan hold the lock that an equal one holds already.
    fn share(&mut self, plan: &mut Plan) {
        match self.0.get(&plan.lock) {
            Some(known) => plan.lock = Arc::clone(known),
            None => drop(self.0.insert(Arc::clone(&plan.lock))),
        }
    }
}
