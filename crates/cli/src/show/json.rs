//! The objects of `--json`. What stands here is a promise to scripts: [`crate::face::JSON_VERSION`].

use framboise_core::plan::Plan;
use framboise_fleet::inspect::Moment;
use framboise_fleet::plan::Group;
use framboise_fleet::plan::LeftOut;
use framboise_fleet::points::PointWord;
use framboise_fleet::run::{RunResult, Step, Summary};
use framboise_fleet::store::KnownDevice;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// A device, short.
#[derive(Serialize)]
pub struct Named<'a> {
    id: &'a str,
    name: &'a str,
    address: String,
}

impl<'a> Named<'a> {
    pub fn of(device: &'a KnownDevice) -> Self {
        Named { id: &device.id().0, name: device.name(), address: device.address.to_string() }
    }
}

/// All plans: `{"groups":[…]}`.
pub fn plans(groups: &[Group]) -> Value {
    json!({ "groups": groups.iter().map(group).collect::<Vec<_>>() })
}

fn group(group: &Group) -> Value {
    let devices: Vec<Named<'_>> = group.devices().into_iter().map(Named::of).collect();
    let plan = |plan: Option<&Plan>| plan.map(|plan| json!(plan));
    match group {
        Group::Change(alike) => json!({ "kind": "change", "devices": devices, "plan": plan(alike.plan()) }),
        Group::Held(alike) => json!({ "kind": "held", "devices": devices, "plan": plan(alike.plan()) }),
        Group::Nothing(alike) => json!({ "kind": "nothing", "devices": devices, "plan": plan(alike.plan()) }),
        Group::Cannot { error, .. } => json!({
            "kind": "cannot", "devices": devices, "reason": error.reason(), "next_step": error.next_step(), "failure": error.failure(),
        }),
        Group::NotReached { error, .. } => json!({
            "kind": "not-reached", "devices": devices, "reason": error.reason(), "next_step": error.next_step(),
        }),
    }
}

/// A step of one device.
pub fn step(device: &KnownDevice, step: &Step) -> Value {
    let device = Named::of(device);
    match step {
        Step::Sending(order) => json!({ "event": "sending", "device": device, "order": order }),
        Step::Ordered(order) => json!({ "event": "ordered", "device": device, "order": order }),
        Step::Told(event) => json!({ "event": "told", "device": device, "told": event }),
        Step::Lost(since) => json!({ "event": "not-reached", "device": device, "since": since }),
        Step::Back => json!({ "event": "reached-again", "device": device }),
        Step::Ended(end) => json!({ "event": "ended", "device": device, "verdict": end.verdict(), "end": end }),
    }
}

/// The last object of a run.
pub fn summary(results: &[RunResult], left_out: LeftOut, took: Duration) -> Value {
    let device = |result: &RunResult| {
        json!({
            "device": Named::of(&result.device), "order": result.order, "action": result.action,
            "verdict": result.end.verdict(), "end": result.end,
        })
    };
    json!({
        "event": "summary",
        "seconds": took.as_secs_f64(),
        "counts": Summary::of(results),
        "left_out": {
            "nothing_to_do": left_out.nothing_to_do, "held": left_out.held,
            "cannot": left_out.cannot, "not_reached": left_out.not_reached,
        },
        "devices": results.iter().map(device).collect::<Vec<_>>(),
    })
}

/// `"now"`, or a restore point's number, or its name.
pub fn moment(moment: &Moment) -> Value {
    match moment {
        Moment::Now => json!("now"),
        Moment::Point(PointWord::Number(id)) => json!(id),
        Moment::Point(PointWord::Name(name)) => json!(name),
    }
}
