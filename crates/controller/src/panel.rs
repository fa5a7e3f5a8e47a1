//! The one selected device from near: what it did, its restore points, what differs between them.

use crate::controller::Shared;
use crate::state::View;
use framboise_core::diff::StateDiff;
use framboise_core::event::{Event, EventKind};
use framboise_core::ids::{DeviceId, RestorePointId};
use framboise_fleet::device::Watched;
use framboise_fleet::inspect::{History, LookError, Moment};
use framboise_fleet::points::PointWord;
use framboise_fleet::run::PATIENCE;
use framboise_fleet::store::KnownDevice;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// Events kept of one order; a long one has a few thousand. Beyond that the oldest lines go, and never the steps.
const EVENTS_MAX: usize = 5_000;

/// What is known of the selected device besides its row.
#[derive(Default)]
pub(crate) struct Panel {
    pub device: Option<KnownDevice>,
    pub history: Option<Result<History, LookError>>,
    /// What it told of its last order.
    pub events: Vec<Event>,
    /// How many of the oldest were too many to be kept.
    pub events_gone: usize,
    pub diff: Option<Diff>,
    tasks: Vec<AbortHandle>,
}

/// Two moments compared, or about to be.
pub(crate) struct Diff {
    pub from: u32,
    pub to: u32,
    pub result: Option<Result<StateDiff, LookError>>,
}

impl Panel {
    /// Takes an event of the shown device in, whoever brings it, once.
    pub fn hear(&mut self, id: &DeviceId, event: &Event) {
        if self.device.as_ref().is_none_or(|device| device.id() != id) {
            return;
        }
        if self.events.first().is_some_and(|first| first.order != event.order) {
            self.events.clear();
            self.events_gone = 0;
        }
        let is_news = self.events.last().is_none_or(|last| last.number < event.number);
        if !is_news {
            return;
        }
        if self.events.len() >= EVENTS_MAX {
            let oldest = self.events.iter().position(|event| is_detail(&event.kind));
            oldest.map(|at| self.events.remove(at));
            self.events_gone += 1;
        }
        self.events.push(event.clone());
    }
}

/// Whether it is one of the many, and tells nothing of how the order goes as a whole.
fn is_detail(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Line { .. } | EventKind::Package { .. } | EventKind::Download { .. })
}

/// Shows the selected device, when it is one and another than before.
pub(crate) fn follow_selection(shared: &Arc<Shared>) {
    let news = shared.change(|state| {
        let mut selected = state.selected();
        let device = if selected.len() == 1 { selected.pop() } else { None };
        if device.as_ref().map(KnownDevice::id) == state.panel.device.as_ref().map(KnownDevice::id) {
            return None;
        }
        state.panel.tasks.drain(..).for_each(|task| task.abort());
        state.panel = Panel { device: device.clone(), ..Panel::default() };
        state.touch(View::Panel);
        device
    });
    if let Some(device) = news {
        look(shared, device);
    }
}

/// Asks once more, after something was done to the device.
pub(crate) fn look_again(shared: &Arc<Shared>) {
    if let Some(device) = shared.change(|state| state.panel.device.clone()) {
        look(shared, device);
    }
}

fn look(shared: &Arc<Shared>, device: KnownDevice) {
    let history = {
        let (shared, device) = (Arc::clone(shared), device.clone());
        async move {
            let history = shared.desk.history(&device).await;
            shared.change(|state| {
                if state.panel.device.as_ref().is_some_and(|shown| shown.id() == device.id()) {
                    state.panel.history = Some(history);
                    state.touch(View::Panel);
                }
            });
            Ok(())
        }
    };
    let log = {
        let (shared, id) = (Arc::clone(shared), device.id().clone());
        async move {
            let tell = |watched| {
                if let Watched::Event(event) = watched {
                    shared.change(|state| {
                        state.panel.hear(&id, &event);
                        state.touch(View::Panel);
                    });
                }
            };
            // A device that is not reached, or had no order, has no log; its row and its history say so.
            drop(shared.desk.log(&device, None, PATIENCE, tell).await);
            Ok(())
        }
    };
    let tasks = [shared.spawn(history), shared.spawn(log)];
    shared.change(|state| {
        state.panel.tasks.drain(..).for_each(|task| task.abort());
        state.panel.tasks.extend(tasks);
    });
}

pub(crate) fn diff(shared: &Arc<Shared>, from: u32, to: u32) {
    let device = shared.change(|state| {
        state.panel.diff = Some(Diff { from, to, result: None });
        state.touch(View::Panel);
        state.panel.device.clone()
    });
    let Some(device) = device else { return };
    let moment =
        |number| if number == 0 { Moment::Now } else { Moment::Point(PointWord::Number(RestorePointId(number))) };
    let (shared, task) = (Arc::clone(shared), shared);
    drop(task.spawn(async move {
        let result = shared.desk.diff(&device, Some(moment(from)), moment(to)).await.map(|(_, diff)| diff);
        shared.change(|state| {
            let is_shown = state.panel.device.as_ref().is_some_and(|shown| shown.id() == device.id());
            if let Some(diff) = state.panel.diff.as_mut().filter(|diff| is_shown && (diff.from, diff.to) == (from, to))
            {
                diff.result = Some(result);
            }
            state.touch(View::Panel);
        });
        Ok(())
    }));
}

pub(crate) fn close_diff(shared: &Arc<Shared>) {
    shared.change(|state| {
        state.panel.diff = None;
        state.touch(View::Panel);
    });
}
