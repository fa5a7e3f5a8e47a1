//! An order's server-sent events, as typed events.

use super::{CallError, Device};
use bytes::Bytes;
use framboise_core::event::Event;
use framboise_core::ids::OrderId;
use futures_util::{Stream, StreamExt as _};
use sse_stream::SseStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// No event comes near it: what follows no end is no event.
const EVENT_BYTES_MAX: usize = 8 << 20;

/// A stream of events that broke; what it was is of no use but to be told.
#[derive(Debug, thiserror::Error)]
pub(super) enum StreamError {
    #[error("{0}")]
    Broken(String),
    #[error("it sent an event without end")]
    TooLong,
    #[error("it sent an event that this version does not understand: {0}")]
    Malformed(serde_json::Error),
}

impl Device {
    /// The events of an order with numbers above `after`, those to come included.
    pub(super) async fn events(
        &self,
        order: OrderId,
        after: u64,
    ) -> Result<impl Stream<Item = Result<Event, StreamError>> + Unpin, CallError> {
        let request = self.http.get(self.url(&format!("orders/{order}/events?after={after}")));
        let request = request.header("accept", "text/event-stream").header("last-event-id", after);
        let response = request.send().await.map_err(|error| self.not_reached(&error))?;
        let response = self.accepted(response).await?;
        Ok(parsed(response.bytes_stream()))
    }
}

fn parsed(
    bytes: impl Stream<Item = reqwest::Result<Bytes>> + Unpin,
) -> impl Stream<Item = Result<Event, StreamError>> + Unpin {
    let pending = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pending);
    let bytes = bytes.map(move |chunk| {
        let chunk = chunk.map_err(|error| StreamError::Broken(error.to_string()))?;
        let total = counted.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
        if total > EVENT_BYTES_MAX { Err(StreamError::TooLong) } else { Ok(chunk) }
    });
    let events = SseStream::from_bytes_stream(bytes).filter_map(move |message| {
        pending.store(0, Ordering::Relaxed);
        let event = match message {
            Ok(message) => message.data.map(|data| serde_json::from_str(&data).map_err(StreamError::Malformed)),
            Err(error) => Some(Err(StreamError::Broken(error.to_string()))),
        };
        std::future::ready(event)
    });
    Box::pin(events)
}
