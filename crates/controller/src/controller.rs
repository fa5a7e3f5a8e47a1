//! Takes commands, does them beside the window, and tells what changed, at most ten times a second; at once after a hand
//! did something.

use crate::command::Command;
use crate::device::Device;
use crate::settings::Settings;
use crate::state::{State, View};
use crate::table::RowChange;
use crate::words::Problem;
use crate::{panel, planning, scanning, update_file, views, work};
use framboise_core::ids::DeviceId;
use framboise_core::trust::public_key_text;
use framboise_fleet::Desk;
use framboise_fleet::inspect::Status;
use framboise_fleet::store::{KnownDevice, StoreError};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::Instant;

/// Between two tellings: an eye sees no delay in what devices tell, and a thousand events in it cost one.
const PULSE: Duration = Duration::from_millis(100);

/// A view that took long to make, with thousands of devices, is not made again before so many times that long has passed,
/// unless a hand did something.
const REST_AFTER_VIEW: u32 = 100;

/// The longest such rest: a busy computer may have taken long over anything.
const REST_MAX: Duration = Duration::from_secs(1);

/// Answers that are shown together, at most.
const ANSWERS_AT_ONCE: usize = 1024;

/// How often devices are asked how they are, while nothing runs; so many of them each second at most, for asking is work
/// for both sides.
const REFRESH_EVERY: Duration = Duration::from_secs(10);
const REFRESHED_A_SECOND: u32 = 100;

/// How often those are that carry out what nobody here watches: another desk's order, or one from before this window.
const WORKING_EVERY: Duration = Duration::from_secs(2);

/// What a window is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// The table changed, in this order.
    Rows(Vec<RowChange>),
    /// A view is otherwise: its name, and what it holds, as JSON.
    View(&'static str, String),
    /// Long work ended: a title and a sentence for whoever looks elsewhere.
    Notify(String, String),
}

/// The desktop app, without its window. Clones are the same one.
#[derive(Clone)]
pub struct Controller {
    shared: Arc<Shared>,
}

/// What commands and their work share.
pub(crate) struct Shared {
    pub desk: Desk,
    pub runtime: tokio::runtime::Handle,
    state: Mutex<State>,
    pulse: Notify,
    /// A hand waits to see what it did.
    hurry: Notify,
}

impl Controller {
    /// Starts it; `tell` hears every change. To be called within a runtime, on which all work is done.
    pub fn start(desk: Desk, settings: Settings, tell: impl FnMut(Vec<Notice>) + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            desk,
            runtime: tokio::runtime::Handle::current(),
            state: Mutex::new(State::new(settings)),
            pulse: Notify::new(),
            hurry: Notify::new(),
        });
        shared.runtime.spawn(tell_changes(Arc::clone(&shared), tell));
        shared.runtime.spawn(look_again(Arc::clone(&shared)));
        Controller { shared }
    }

    /// Does it, or begins to.
    pub fn send(&self, command: Command) {
        Shared::take(&self.shared, command);
    }

    /// Before the window goes: devices that wait for this desk are told not to.
    pub async fn leave(&self) {
        work::stop(&self.shared).await;
    }
}

impl Shared {
    /// Changes the state, and has it told.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.pulse.notify_one();
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the work beside the window, and shows a problem of the desk where there is one.
    pub fn spawn(
        self: &Arc<Self>,
        work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
    ) -> tokio::task::AbortHandle {
        let shared = Arc::clone(self);
        let task = self.runtime.spawn(async move {
            if let Err(error) = work.await {
                shared.complain(&error);
            }
        });
        task.abort_handle()
    }

    /// What went wrong on this computer, in the operator's language.
    pub fn problem(&self, error: &(dyn std::error::Error + 'static)) -> Problem {
        Problem::of_desk(self.lock().language, error)
    }

    /// Shows what went wrong on this computer.
    pub fn complain(&self, error: &(dyn std::error::Error + 'static)) {
        self.change(|state| {
            let problem = Problem::of_desk(state.language, error);
            state.show(problem);
        });
    }

    fn take(shared: &Arc<Self>, command: Command) {
        match command {
            Command::Scan { networks } => scanning::scan(shared, &networks),
            Command::StopScan => scanning::stop(shared),
            Command::Refresh => drop(shared.spawn(refresh(Arc::clone(shared), None))),
            Command::OpenFile { from } => update_file::open(shared, &from),
            Command::TypeFile { text } => update_file::take_typed(shared, &text),
            Command::ClearFile => update_file::clear(shared),
            Command::PlanUpdate => planning::plan_update(shared),
            Command::PlanRollback { to } => planning::plan_rollback(shared, to),
            Command::IncludeHeld { include } => planning::include_held(shared, include),
            Command::CancelPlan => planning::cancel(shared),
            Command::Start { plan } => work::start(shared, plan),
            Command::Stop => work::ask_to_stop(shared),
            Command::CloseSummary => work::close_summary(shared),
            Command::Diff { from, to } => panel::diff(shared, from, to),
            Command::CloseDiff => panel::close_diff(shared),
            Command::Forget => drop(shared.spawn(forget(Arc::clone(shared)))),
            Command::Unforget => drop(shared.spawn(unforget(Arc::clone(shared)))),
            Command::ShowKey => show_key(shared),
            looked @ (Command::Press { .. }
            | Command::Only { .. }
            | Command::SelectAll
            | Command::SelectGroup { .. }
            | Command::SelectNone
            | Command::Search { .. }
            | Command::Filter { .. }
            | Command::Sort { .. }
            | Command::Fold { .. }
            | Command::Speak { .. }
            | Command::Paint { .. }
            | Command::KeepWindow { .. }) => {
                shared.change(|state| look(state, looked));
                panel::follow_selection(shared);
            }
        }
        shared.hurry.notify_one();
    }
}

/// What changes how the fleet is looked at, and nothing else.
fn look(state: &mut State, command: Command) {
    match command {
        Command::Press { key, ctrl, shift } => state.press(&DeviceId(key.into()), ctrl, shift),
        Command::Only { key } => state.select(|_, device| *device.known.id().0 == *key),
        Command::SelectAll => state.select_shown(|_| true),
        Command::SelectGroup { group } => state.select_shown(|device| device.group() == group),
        Command::SelectNone => state.select(|_, _| false),
        Command::Search { text } => {
            state.table.query = text;
            state.arrange();
        }
        Command::Filter { state: code } => {
            state.table.filter = if state.table.filter == code { String::new() } else { code };
            state.arrange();
        }
        Command::Sort { column } => state.sort(column),
        Command::Fold { group } => {
            state.table.fold(&group);
            state.arrange();
        }
        Command::Speak { language } => state.speak(language),
        Command::Paint { theme } => state.paint(theme),
        Command::KeepWindow { geometry } => {
            state.settings.geometry = Some(geometry);
            state.settings.keep();
        }
        Command::Scan { .. }
        | Command::StopScan
        | Command::Refresh
        | Command::OpenFile { .. }
        | Command::TypeFile { .. }
        | Command::ClearFile
        | Command::PlanUpdate
        | Command::PlanRollback { .. }
        | Command::IncludeHeld { .. }
        | Command::CancelPlan
        | Command::Start { .. }
        | Command::Stop
        | Command::CloseSummary
        | Command::Diff { .. }
        | Command::CloseDiff
        | Command::Forget
        | Command::Unforget
        | Command::ShowKey => {}
    }
}

/// A view as it was told last.
struct Told {
    json: String,
    /// When it may be made again.
    due: Instant,
}

/// Tells changes as they come, many in one.
async fn tell_changes(shared: Arc<Shared>, mut tell: impl FnMut(Vec<Notice>) + Send + 'static) {
    let mut told: BTreeMap<View, Told> = BTreeMap::new();
    let mut last = Instant::now() - PULSE;
    let mut next_due = None;
    loop {
        match next_due {
            Some(due) => drop(tokio::time::timeout_at(due, shared.pulse.notified()).await),
            None => shared.pulse.notified().await,
        }
        let is_hand = tokio::time::timeout_at(last + PULSE, shared.hurry.notified()).await.is_ok();
        // What a hand did shows in the rows first, for views may take their time.
        let rows = take_rows(&mut shared.lock());
        if !rows.is_empty() {
            tell(rows);
            last = Instant::now();
        }
        let views = take_views(&mut shared.lock(), &mut told, is_hand);
        if !views.is_empty() {
            tell(views);
            last = Instant::now();
        }
        next_due = shared.lock().dirty.iter().filter_map(|view| told.get(view)).map(|told| told.due).min();
    }
}

fn take_rows(state: &mut State) -> Vec<Notice> {
    let changes = state.take_changes();
    if changes.is_empty() { Vec::new() } else { vec![Notice::Rows(changes)] }
}

fn take_views(state: &mut State, told: &mut BTreeMap<View, Told>, is_hand: bool) -> Vec<Notice> {
    let mut notices = Vec::new();
    let now = Instant::now();
    let is_due = |view: &View| is_hand || told.get(view).is_none_or(|told| told.due <= now);
    let (wanted, later): (BTreeSet<View>, _) = std::mem::take(&mut state.dirty).into_iter().partition(is_due);
    state.dirty = later;
    for view in wanted {
        let began = Instant::now();
        let json = views::of(state, view).to_string();
        let due = Instant::now() + (began.elapsed() * REST_AFTER_VIEW).min(REST_MAX);
        let was = told.insert(view, Told { json: json.clone(), due });
        if was.is_none_or(|was| was.json != json) {
            notices.push(Notice::View(view.name(), json));
        }
    }
    notices.extend(state.notifications.drain(..).map(|(title, text)| Notice::Notify(title, text)));
    notices
}

/// Reads what the desk knows, and asks how the devices are, now and then.
async fn look_again(shared: Arc<Shared>) {
    match shared.desk.store.devices().await {
        Ok(known) => shared.change(|state| {
            state.is_loaded = true;
            state.keep(known);
            state.touch(View::App);
        }),
        Err(error) => return shared.complain(&error),
    }
    let mut due = Instant::now();
    loop {
        let is_all = due <= Instant::now();
        let (which, count) = shared.change(|state| (to_ask(state, is_all), state.devices.len()));
        if !which.is_empty() {
            // Beside the next round: one that takes its time must not keep the others from being asked.
            drop(shared.spawn(refresh(Arc::clone(&shared), Some(which))));
        }
        if is_all {
            let seconds = u32::try_from(count).unwrap_or(u32::MAX) / REFRESHED_A_SECOND;
            due = Instant::now() + REFRESH_EVERY.max(Duration::from_secs(seconds.into()));
        }
        tokio::time::sleep(WORKING_EVERY).await;
    }
}

/// Whom to ask how they are: all when that is due, else those at work for somebody else; nobody while a run tells more.
fn to_ask(state: &State, is_due: bool) -> Vec<DeviceId> {
    if state.is_busy() {
        return Vec::new();
    }
    let is_meant = |device: &&Device| !device.is_asked && (is_due || device.state() == "working");
    state.devices.iter().filter(is_meant).map(|device| device.known.id().clone()).collect()
}

/// Asks these devices how they are, all when none are named, and shows the answers as they come.
pub(crate) async fn refresh(shared: Arc<Shared>, which: Option<Vec<DeviceId>>) -> Result<(), StoreError> {
    let known = shared.change(|state| {
        let ids = which.unwrap_or_else(|| state.devices.iter().map(|device| device.known.id().clone()).collect());
        let asked = ids.iter().filter_map(|id| state.set_asked(id, true));
        asked.collect::<Vec<KnownDevice>>()
    });
    let (tell, told) = unbounded_channel();
    let asking = async {
        // Dropped with this: nothing is told any more.
        let tell = tell;
        shared.desk.statuses(&known, |answer| drop(tell.send(answer))).await
    };
    let (asked, taken) = tokio::join!(asking, take_answers(&shared, told));
    shared.change(|state| known.iter().for_each(|known| drop(state.set_asked(known.id(), false))));
    asked.and(taken)
}

/// Shows the answers as they come, those of a pulse together.
async fn take_answers(shared: &Shared, mut told: UnboundedReceiver<Status>) -> Result<(), StoreError> {
    let mut whats = BTreeMap::new();
    let mut answers = Vec::new();
    while told.recv_many(&mut answers, ANSWERS_AT_ONCE).await > 0 {
        for status in answers.iter().filter_map(|answer| answer.result.as_ref().ok()) {
            let Some(last) = status.running.as_ref().or(status.last.as_ref()) else { continue };
            if let Entry::Vacant(place) = whats.entry(last.order) {
                let sent = shared.desk.store.order(last.order).await?;
                place.insert(sent.map(|sent| sent.what));
            }
        }
        shared.change(|state| {
            for answer in answers.drain(..) {
                let order =
                    answer.result.as_ref().ok().and_then(|s| s.running.as_ref().or(s.last.as_ref())).map(|l| l.order);
                let what = order.and_then(|order| whats.get(&order).cloned().flatten());
                take_answer(state, answer, what);
            }
            if state.is_busy() {
                // Rows never jump while an order runs.
                state.touch(View::Fleet);
            } else {
                state.arrange();
            }
            state.touch(View::Panel);
        });
        tokio::time::sleep(PULSE).await;
    }
    Ok(())
}

fn take_answer(state: &mut State, answer: Status, what: Option<String>) {
    let id = answer.device.id().clone();
    let Some(device) = state.device_mut(&id) else { return };
    if answer.result.is_ok() {
        device.known.seen = answer.device.seen;
        device.follows = answer.follows;
    }
    device.is_asked = false;
    device.answer = Some(answer.result.map(Box::new));
    device.what = what;
}

async fn forget(shared: Arc<Shared>) -> Result<(), StoreError> {
    let selected = shared.change(|state| if state.is_busy() { Vec::new() } else { state.selected() });
    for device in &selected {
        shared.desk.store.forget_device(device.id()).await?;
    }
    let ids: Vec<DeviceId> = selected.iter().map(|device| device.id().clone()).collect();
    shared.change(|state| {
        let Some(first) = selected.first() else { return };
        let name = framboise_core::text::visible(first.name());
        let text = match (selected.len(), state.language) {
            (1, language) => format!("{name} {}", language.pick("forgotten", "oublié")),
            (count, language) => format!("{count} {}", language.pick("Pis forgotten", "Pi oubliés")),
        };
        state.remove(&ids);
        state.forgotten = selected;
        state.say(text, true);
    });
    panel::follow_selection(&shared);
    Ok(())
}

async fn unforget(shared: Arc<Shared>) -> Result<(), StoreError> {
    let forgotten = shared.change(|state| std::mem::take(&mut state.forgotten));
    for device in &forgotten {
        shared.desk.store.keep_device(device.address, (*device.identity).clone(), device.seen).await?;
    }
    let ids = forgotten.iter().map(|device| device.id().clone()).collect();
    shared.change(|state| {
        state.keep(forgotten);
        state.toast = None;
        state.touch(View::App);
    });
    refresh(shared, Some(ids)).await
}

fn show_key(shared: &Shared) {
    match shared.desk.key() {
        Ok(key) => shared.change(|state| {
            let operator = key.operator();
            state.key = Some((operator.to_string(), public_key_text(&operator.key)));
            state.touch(View::App);
        }),
        Err(error) => shared.complain(&error),
    }
}
