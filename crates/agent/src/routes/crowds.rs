//! Who may ask for what costs most, and how many at once: the rest of the device must stay within reach, the confirmation
//! of a live order first of all.

use super::Refusal;
use crate::body::Body;
use crate::limits::{
    EVENT_STREAMS_MAX, EVENT_STREAMS_PER_ADDRESS_MAX, PLANS_MAX, PLANS_PER_ADDRESS_MAX, Place, Places, READERS_MAX,
    READERS_PER_ADDRESS_MAX,
};
use framboise_core::cause::{Cause, Failure};
use http_body_util::BodyExt as _;
use hyper::body::Body as _;
use std::net::IpAddr;
use std::sync::Arc;

/// The places for what costs most.
#[derive(Debug)]
pub struct Crowds {
    event_streams: Arc<Places>,
    readers: Arc<Places>,
    plans: Arc<Places>,
}

impl Default for Crowds {
    fn default() -> Self {
        Crowds {
            event_streams: Places::new(EVENT_STREAMS_MAX, EVENT_STREAMS_PER_ADDRESS_MAX),
            readers: Places::new(READERS_MAX, READERS_PER_ADDRESS_MAX),
            plans: Places::new(PLANS_MAX, PLANS_PER_ADDRESS_MAX),
        }
    }
}

impl Crowds {
    /// A place for an order's events.
    pub fn event_stream(&self, peer: IpAddr) -> Result<Place, Refusal> {
        taken(&self.event_streams, peer, "event streams")
    }

    /// A place for what the root side gathers from its disk.
    pub fn reader(&self, peer: IpAddr) -> Result<Place, Refusal> {
        taken(&self.readers, peer, "readers of its state")
    }

    /// A place for a plan.
    pub fn plan(&self, peer: IpAddr) -> Result<Place, Refusal> {
        taken(&self.plans, peer, "plans")
    }
}

/// A body that keeps its place until all of it is taken. One that is at hand already keeps nobody out.
pub fn holding(place: Place, body: Body) -> Body {
    if body.size_hint().exact().is_some() {
        return body;
    }
    body.map_frame(move |frame| {
        let _held = &place;
        frame
    })
    .boxed_unsync()
}

/// The cause is one that desks ask again after.
fn taken(places: &Arc<Places>, peer: IpAddr, what: &str) -> Result<Place, Refusal> {
    Places::place(places, peer).ok_or_else(|| {
        let problem = format!("too many {what} at once, from {peer} or in all");
        let message = format!("the device has no place left: {problem}");
        let next_step = "Try again in a few seconds, or close what else is watching this device.".to_owned();
        let cause = Cause::RootSideUnreachable { problem };
        Failure { cause, detail: String::new(), message, next_step }.into()
    })
}
