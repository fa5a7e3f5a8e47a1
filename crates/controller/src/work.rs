//! A run: from Start to its summary, or to a safe stop.

use crate::controller::{Shared, refresh};
use crate::panel;
use crate::state::{State, View};
use crate::words::{Language, Problem};
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::plan::Plan;
use framboise_fleet::plan::LeftOut;
use framboise_fleet::run::{OrderError, PATIENCE, Progress, RunResult, Step, Summary, Terms};
use framboise_fleet::store::{KnownDevice, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::AbortHandle;

/// The run that goes on, or ended last.
pub(crate) struct Work {
    /// The update file's name; empty for a rollback.
    pub what: String,
    pub is_rollback: bool,
    /// Those that are ordered, each with its order as far as it has one, and whether it took it.
    pub parts: BTreeMap<DeviceId, Part>,
    pub left_out: LeftOut,
    pub began: Instant,
    pub is_stopping: bool,
    pub over: Option<Over>,
    task: Option<AbortHandle>,
}

/// One device's part.
pub(crate) struct Part {
    pub known: KnownDevice,
    pub packages: usize,
    order: Option<OrderId>,
    pub is_ordered: bool,
}

/// How it ended.
pub(crate) struct Over {
    pub seconds: u64,
    /// The results; none when somebody stopped watching.
    pub results: Option<Vec<RunResult>>,
    /// Why nothing was ordered.
    pub problem: Option<Problem>,
    /// The names of those that could not be told that nobody watches any more: they go back.
    pub not_told: Vec<String>,
}

impl Work {
    pub fn is_on(&self) -> bool {
        self.over.is_none()
    }
}

/// Orders what the plan of this number shows.
pub(crate) fn start(shared: &Arc<Shared>, plan: u64) {
    shared.change(|state| {
        let Some((chosen, terms, mut work)) = begin(state, plan) else { return };
        // Begun while nothing else can change the state: its first words come after this.
        work.task = Some(shared.spawn(carry_out(Arc::clone(shared), chosen, terms)));
        state.work = Some(work);
    });
}

async fn carry_out(shared: Arc<Shared>, chosen: Chosen, terms: Terms) -> Result<(), StoreError> {
    let tell = |id: &DeviceId, step: Step| shared.change(|state| take_step(state, id, &step));
    let result = shared.desk.run(chosen, &terms, Some(PATIENCE), &tell).await;
    let ids = shared.change(|state| {
        end(state, result);
        state.work.as_ref().map(|work| work.parts.keys().cloned().collect())
    });
    panel::look_again(&shared);
    refresh(shared, ids).await
}

type Chosen = Vec<(KnownDevice, Plan)>;

fn begin(state: &mut State, number: u64) -> Option<(Chosen, Terms, Work)> {
    if state.is_busy() {
        return None;
    }
    let plan = state.plan.take_if(|plan| plan.number == number && plan.changes())?;
    let (what, is_rollback) = (plan.name.clone(), plan.is_rollback());
    let (chosen, terms, left_out) = plan.into_order();
    let part = |(known, plan): &(KnownDevice, Plan)| {
        let packages = plan.lock.entries.len();
        (known.id().clone(), Part { known: known.clone(), packages, order: None, is_ordered: false })
    };
    let work = Work {
        what,
        is_rollback,
        parts: chosen.iter().map(part).collect(),
        left_out,
        began: Instant::now(),
        is_stopping: false,
        over: None,
        task: None,
    };
    clear_progress(state);
    for id in work.parts.keys() {
        if let Some(device) = state.device_mut(id) {
            device.progress = Some(Progress::default());
            device.is_in_run = true;
        }
    }
    state.arrange();
    state.dirty.extend([View::Plan, View::Work, View::Fleet, View::Panel]);
    Some((chosen, terms, work))
}

fn take_step(state: &mut State, id: &DeviceId, step: &Step) {
    if let Some(device) = state.device_mut(id) {
        device.progress.get_or_insert_default().take(step);
    }
    if let Some(part) = state.work.as_mut().and_then(|work| work.parts.get_mut(id))
        && let Step::Sending(order) | Step::Ordered(order) = step
    {
        part.order = Some(*order);
        part.is_ordered = matches!(step, Step::Ordered(_));
    }
    if let Step::Told(event) = step {
        state.panel.hear(id, event);
    }
    state.dirty.extend([View::Work, View::Fleet, View::Panel]);
}

fn end(state: &mut State, result: Result<Vec<RunResult>, OrderError>) {
    let language = state.language;
    let Some(work) = &mut state.work else { return };
    work.task = None;
    let seconds = work.began.elapsed().as_secs();
    let over = match result {
        Ok(results) => Over { seconds, results: Some(results), problem: None, not_told: Vec::new() },
        Err(error) => {
            Over { seconds, results: None, problem: Some(Problem::of_desk(language, &error)), not_told: Vec::new() }
        }
    };
    let is_rollback = work.is_rollback;
    let sentence = over.results.as_ref().map(|results| notification(language, results, is_rollback));
    work.over = Some(over);
    if let Some(sentence) = sentence {
        let title = match (is_rollback, language) {
            (false, language) => language.pick("Update ended", "Mise à jour terminée"),
            (true, language) => language.pick("Rollback ended", "Retour terminé"),
        };
        state.notifications.push((title.to_owned(), sentence));
    } else {
        clear_progress(state);
    }
    leave_run(state);
    state.dirty.extend([View::Work, View::Fleet]);
}

fn notification(language: Language, results: &[RunResult], is_rollback: bool) -> String {
    let summary = Summary::of(results);
    let rest =
        summary.went_back + summary.failed + summary.needs_you + summary.refused + summary.not_reached + summary.lost;
    // What devices remark stands in the window, and then nothing is called exact.
    let is_exact = !results.iter().any(RunResult::has_remarks);
    let done = match (is_rollback, is_exact) {
        (false, _) => language.pick("updated", "mis à jour"),
        (true, true) if summary.done == 1 => language.pick("back exactly as recorded", "revenu exactement"),
        (true, true) => language.pick("back exactly as recorded", "revenus exactement"),
        (true, false) if summary.done == 1 => language.pick("back, with remarks", "revenu, avec des remarques"),
        (true, false) => language.pick("back, with remarks", "revenus, avec des remarques"),
    };
    let mut sentence = format!("{} {done}", summary.done);
    if rest > 0 {
        let need = if rest == 1 { "needs a look" } else { "need a look" };
        sentence.push_str(&format!(", {rest} {}", language.pick(need, "à regarder")));
    }
    sentence
}

pub(crate) fn ask_to_stop(shared: &Arc<Shared>) {
    let is_on = shared.change(|state| {
        let Some(work) = state.work.as_mut().filter(|work| work.is_on() && !work.is_stopping) else { return false };
        work.is_stopping = true;
        state.touch(View::Work);
        true
    });
    if is_on {
        let shared = Arc::clone(shared);
        let runtime = shared.runtime.clone();
        runtime.spawn(async move { stop(&shared).await });
    }
}

/// Stops watching as Ctrl-C does in the terminal: devices that would wait for this desk are told first that it leaves.
pub(crate) async fn stop(shared: &Arc<Shared>) {
    let running = shared.change(|state| {
        let work = state.work.as_mut().filter(|work| work.is_on())?;
        if let Some(task) = work.task.take() {
            task.abort();
        }
        let is_running = |id: &DeviceId, state: &State| {
            state
                .device(id)
                .and_then(|device| device.progress.as_ref())
                .is_none_or(|progress| progress.verdict().is_none())
        };
        let parts: Vec<(KnownDevice, OrderId)> = state
            .work
            .as_ref()?
            .parts
            .iter()
            .filter(|(id, _)| is_running(id, state))
            .filter_map(|(_, part)| Some((part.known.clone(), part.order?)))
            .collect();
        Some(parts)
    });
    let Some(running) = running else { return };
    let not_told = shared.desk.leave(&running).await.into_iter().map(|known| known.name().to_owned()).collect();
    let ids = shared.change(|state| {
        let Some(work) = &mut state.work else { return Vec::new() };
        work.over = Some(Over { seconds: work.began.elapsed().as_secs(), results: None, problem: None, not_told });
        let ids: Vec<DeviceId> = work.parts.keys().cloned().collect();
        clear_progress(state);
        // What they said before the run is long past: they are asked anew.
        for id in &ids {
            if let Some(device) = state.device_mut(id) {
                device.answer = None;
            }
        }
        leave_run(state);
        state.dirty.extend([View::Work, View::Fleet, View::Panel]);
        ids
    });
    drop(shared.spawn(refresh(Arc::clone(shared), Some(ids))));
}

pub(crate) fn close_summary(shared: &Arc<Shared>) {
    shared.change(|state| {
        if state.is_busy() {
            return;
        }
        state.work = None;
        clear_progress(state);
        state.arrange();
        state.touch(View::Work);
    });
}

/// From now on each stands in the group of its own state.
fn leave_run(state: &mut State) {
    state.devices.iter_mut().for_each(|device| device.is_in_run = false);
    state.arrange();
}

fn clear_progress(state: &mut State) {
    let ids: Vec<DeviceId> = state
        .devices
        .iter()
        .filter(|device| device.progress.is_some())
        .map(|device| device.known.id().clone())
        .collect();
    for id in ids {
        if let Some(device) = state.device_mut(&id) {
            device.progress = None;
        }
    }
}
