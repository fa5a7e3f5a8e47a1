//! `GET orders/{id}/events`: live progress as server-sent events (WHATWG HTML, 9.2), to be taken up again anywhere.

use super::{Refusal, table, with_type};
use crate::body::{self, Body};
use crate::limits::Place;
use crate::root_side::{Line, Watch};
use crate::{Agent, log};
use bytes::Bytes;
use framboise_core::ids::OrderId;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::watch;

/// A comment after so much silence shows each side that the other is there.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// How long to wait for the first line before the answer begins: refusals come at once.
const FIRST_LINE: Duration = Duration::from_millis(500);

/// The stream of an order's events.
pub async fn events(
    agent: &Agent,
    peer: IpAddr,
    order: OrderId,
    request: &Request<Incoming>,
    stopping: watch::Receiver<bool>,
) -> Result<Response<Body>, Refusal> {
    let after = resume_after(request)?;
    let place = agent.crowds.event_stream(peer)?;
    let mut watch = agent.root_side.watch(order, after).await?;
    let first = match watch.next_within(FIRST_LINE).await.transpose()? {
        // A browser's EventSource comes back for ever unless it is told so.
        Some(Line::End) => return Ok(with_type(StatusCode::NO_CONTENT, "text/event-stream", body::full(""))),
        first => first,
    };
    let stream = Stream { watch, first, order, stopping, _place: place };
    Ok(with_type(StatusCode::OK, "text/event-stream", body::pieces(stream, Stream::next)))
}

/// The number of the last event that the client has; what it heard last outweighs what it first asked for.
fn resume_after(request: &Request<Incoming>) -> Result<u64, Refusal> {
    let asked = table::after(request.uri().query())?.unwrap_or(0);
    let Some(last) = request.headers().get("last-event-id") else { return Ok(asked) };
    let number = last.to_str().ok().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| Refusal::bad_request("Last-Event-ID is not a number"))
}

struct Stream {
    watch: Watch,
    first: Option<Line>,
    order: OrderId,
    stopping: watch::Receiver<bool>,
    _place: Place,
}

impl Stream {
    async fn next(mut self) -> Option<(std::io::Result<Bytes>, Self)> {
        let line = match self.first.take() {
            Some(line) => Some(Ok(line)),
            None => tokio::select! {
                line = self.watch.next_within(KEEP_ALIVE) => line,
                // The client takes it up again with the server's successor.
                _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            },
        };
        match line {
            None => Some((Ok(Bytes::from_static(b": still here\n\n")), self)),
            Some(Ok(Line::Event { number, json })) => {
                Some((Ok(Bytes::from(format!("id: {number}\ndata: {json}\n\n"))), self))
            }
            Some(Ok(Line::End)) => None,
            Some(Err(failure)) => {
                log::warning(&format!("events of order {}: {failure}", self.order));
                None
            }
        }
    }
}
