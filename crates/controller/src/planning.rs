//! Plans: what the selected devices would do, grouped by outcome, before anything is ordered.

use crate::controller::{Shared, refresh};
use crate::device::Device;
use crate::state::{State, View};
use crate::words::{Problem, not_followed};
use framboise_core::ids::{DeviceId, RestorePointId};
use framboise_core::plan::Plan;
use framboise_fleet::device::CallError;
use framboise_fleet::plan::{Group, LeftOut, Planned, Wanted, grouped, regrouped};
use framboise_fleet::points::PointWord;
use framboise_fleet::run::Terms;
use framboise_fleet::source::LoadedFile;
use framboise_fleet::store::{KnownDevice, StoreError};
use std::sync::Arc;
use tokio::task::AbortHandle;

/// A plan that is shown, or asked for.
pub(crate) struct Planning {
    /// What is seen is what is ordered: each that looks otherwise has another number.
    pub number: u64,
    /// The number that it had when its devices were asked.
    asked_as: u64,
    /// The update file; none for a rollback.
    pub file: Option<Arc<LoadedFile>>,
    /// What people call the file.
    pub name: String,
    /// The restore point that was chosen.
    pub to: Option<RestorePointId>,
    pub devices: Vec<KnownDevice>,
    pub answered: usize,
    /// The answers, by outcome; none while they are asked for.
    pub groups: Option<Vec<Group>>,
    /// Whether devices without a whole way back are included.
    pub includes_held: bool,
    pub problem: Option<Problem>,
    task: Option<AbortHandle>,
}

impl Planning {
    pub fn is_rollback(&self) -> bool {
        self.file.is_none()
    }

    pub fn groups(&self) -> &[Group] {
        self.groups.as_deref().unwrap_or_default()
    }

    /// Whether starting it would order anything.
    pub fn changes(&self) -> bool {
        self.groups().iter().any(|group| matches!(group, Group::Change(_)))
    }

    /// What starting it orders, on which terms, and who is left out.
    pub fn into_order(self) -> (Vec<(KnownDevice, Plan)>, Terms, LeftOut) {
        let groups = self.groups.unwrap_or_default();
        let left_out = LeftOut::of(&groups);
        let terms = match &self.file {
            Some(file) => Terms::of(&self.name, &file.file, self.includes_held),
            None => Terms::rollback(self.includes_held),
        };
        (groups.into_iter().flat_map(Group::into_changing).collect(), terms, left_out)
    }
}

pub(crate) fn plan_update(shared: &Arc<Shared>) {
    let ready = shared.change(|state| {
        let file = state.file.loaded.clone().filter(|_| !state.is_busy() && state.plan.is_none())?;
        let name = state.file.from.as_ref().map(|from| from.name.clone()).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| state.language.pick("typed list", "liste saisie").to_owned());
        Some((file, name))
    });
    if let Some((file, name)) = ready {
        ask(shared, Some(file), name, None);
    }
}

pub(crate) fn plan_rollback(shared: &Arc<Shared>, to: Option<u32>) {
    // Another restore point may be chosen while the sheet is open.
    let is_ready = shared.change(|state| {
        let is_update = state.plan.as_ref().is_some_and(|plan| !plan.is_rollback());
        !state.is_busy() && !is_update
    });
    if is_ready {
        ask(shared, None, String::new(), to.map(RestorePointId));
    }
}

fn ask(shared: &Arc<Shared>, file: Option<Arc<LoadedFile>>, name: String, to: Option<RestorePointId>) {
    let devices = shared.change(|state| state.selected());
    if devices.is_empty() {
        return;
    }
    cancel(shared);
    shared.change(|state| {
        let number = state.next_plan();
        let asked = answers(Arc::clone(shared), number, devices.clone(), file.clone(), to);
        state.plan = Some(Planning {
            number,
            asked_as: number,
            file,
            name,
            to,
            devices,
            answered: 0,
            groups: None,
            includes_held: false,
            problem: None,
            // Begun while nothing else can change the state: its answers come after this.
            task: Some(shared.spawn(take_answers(Arc::clone(shared), number, asked))),
        });
        state.touch(View::Plan);
    });
}

/// Asks the devices what they would do, and counts them as they answer.
async fn answers(
    shared: Arc<Shared>,
    number: u64,
    devices: Vec<KnownDevice>,
    file: Option<Arc<LoadedFile>>,
    to: Option<RestorePointId>,
) -> Result<Vec<Planned>, Problem> {
    let point = to.map(PointWord::Number);
    let wanted = file.as_deref().map_or(Wanted::Rollback { to: point.as_ref() }, Wanted::Update);
    let answered = |planned: &Planned| {
        shared.change(|state| {
            if let Some(plan) = asked_as(state, number) {
                plan.answered += 1;
            }
            take_presence(state, planned);
            state.touch(View::Plan);
        });
    };
    let (followers, others) = by_following(&shared, devices).await.map_err(|error| shared.problem(&error))?;
    shared.change(|state| asked_as(state, number).map(|plan| plan.answered = others.len()));
    let planned = shared.desk.plan(&followers, wanted, answered).await;
    let mut planned = planned.map_err(|error| shared.problem(&error))?;
    planned.extend(others.into_iter().map(would_refuse));
    Ok(planned)
}

async fn take_answers(
    shared: Arc<Shared>,
    number: u64,
    answers: impl Future<Output = Result<Vec<Planned>, Problem>>,
) -> Result<(), StoreError> {
    let result = answers.await;
    let unsure = shared.change(|state| {
        if let Some(plan) = asked_as(state, number) {
            match result {
                Ok(planned) => plan.groups = Some(grouped(planned, plan.includes_held)),
                Err(problem) => plan.problem = Some(problem),
            }
        }
        state.arrange();
        state.dirty.extend([View::Plan, View::Panel]);
        unanswered(state)
    });
    refresh(shared, Some(unsure)).await
}

/// The plan that was asked for under this number: answers that come after it was cancelled are nobody's.
fn asked_as(state: &mut State, number: u64) -> Option<&mut Planning> {
    state.plan.as_mut().filter(|plan| plan.asked_as == number)
}

/// A device that is not there any more, or is there again, is shown as such at once.
fn take_presence(state: &mut State, planned: &Planned) {
    let Some(device) = state.device_mut(planned.device.id()) else { return };
    match (&planned.result, &device.answer) {
        (Err(error), _) if error.is_not_reached() => device.answer = Some(Err(error.clone())),
        (Ok(_), Some(Err(_))) => device.answer = None,
        (Ok(_) | Err(_), _) => {}
    }
}

/// Those of which nothing is known.
fn unanswered(state: &State) -> Vec<DeviceId> {
    let is_unsure = |device: &&Device| device.answer.is_none();
    state.devices.iter().filter(is_unsure).map(|device| device.known.id().clone()).collect()
}

/// Those that follow this desk, and the others, which would refuse: nothing is planned that could not be ordered. Who has
/// just listed the operator's key is asked anew.
async fn by_following(
    shared: &Arc<Shared>,
    devices: Vec<KnownDevice>,
) -> Result<(Vec<KnownDevice>, Vec<KnownDevice>), StoreError> {
    let follows = |known: &KnownDevice, state: &State| state.device(known.id()).is_none_or(|device| device.follows);
    let doubtful: Vec<DeviceId> = shared.change(|state| {
        devices.iter().filter(|known| !follows(known, state)).map(|known| known.id().clone()).collect()
    });
    if !doubtful.is_empty() {
        refresh(Arc::clone(shared), Some(doubtful)).await?;
    }
    Ok(shared.change(|state| devices.into_iter().partition(|known| follows(known, state))))
}

fn would_refuse(device: KnownDevice) -> Planned {
    let error = CallError::Refused { device: device.name().to_owned(), failure: Box::new(not_followed()) };
    Planned { device, result: Err(error) }
}

pub(crate) fn include_held(shared: &Arc<Shared>, include: bool) {
    shared.change(|state| {
        let number = state.next_plan();
        if let Some(plan) = &mut state.plan {
            plan.number = number;
            plan.includes_held = include;
            plan.groups = plan.groups.take().map(|groups| regrouped(groups, include));
        }
        state.touch(View::Plan);
    });
}

pub(crate) fn cancel(shared: &Arc<Shared>) {
    shared.change(|state| {
        if let Some(task) = state.plan.take().and_then(|plan| plan.task) {
            task.abort();
        }
        state.touch(View::Plan);
    });
}
