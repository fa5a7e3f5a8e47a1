//! An order's server-sent events, as typed events.

use super::{ANSWER_MAX, CallError, Device, REFUSAL_BYTES_MAX, long_answer, path_of};
use crate::reason;
use bytes::Bytes;
use framboise_core::event::Event;
use framboise_core::ids::OrderId;
use futures_util::{Stream, StreamExt as _};
use sse_stream::SseByteStream;
use std::io;
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
    ) -> Result<impl Stream<Item = Result<Box<Event>, StreamError>> + use<>, CallError> {
        let path = path_of(&format!("orders/{order}/events?after={after}"));
        let answer =
            long_answer::get(self.address, &path).await.map_err(|error| self.away(reason::of_io(&error), false))?;
        if (200..300).contains(&answer.status) {
            return Ok(parsed(answer.bytes()));
        }
        let status = answer.status;
        // Whoever keeps the connection open after it has said no is no agent.
        let read = tokio::time::timeout(ANSWER_MAX, whole(answer.bytes())).await;
        let body =
            read.unwrap_or_else(|late| Err(late.into())).map_err(|error| self.away(reason::of_io(&error), false))?;
        Err(self.refusal(status, &body).await)
    }
}

/// All of a refusal.
async fn whole(bytes: impl Stream<Item = io::Result<Bytes>>) -> io::Result<Vec<u8>> {
    let (mut body, mut pieces) = (Vec::new(), std::pin::pin!(bytes));
    while let Some(piece) = pieces.next().await {
        body.extend_from_slice(&piece?);
        if body.len() > REFUSAL_BYTES_MAX {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer without end"));
        }
    }
    Ok(body)
}

fn parsed(bytes: impl Stream<Item = io::Result<Bytes>>) -> impl Stream<Item = Result<Box<Event>, StreamError>> {
    let pending = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&pending);
    let bytes = bytes.map(move |chunk| {
        let chunk = chunk.map_err(|error| StreamError::Broken(error.to_string()))?;
        let total = counted.fetch_add(chunk.len(), Ordering::Relaxed) + chunk.len();
        if total > EVENT_BYTES_MAX { Err(StreamError::TooLong) } else { Ok(chunk) }
    });
    SseByteStream::new(bytes).filter_map(move |message| {
        pending.store(0, Ordering::Relaxed);
        let event = match message {
            Ok(message) => message.data.map(|data| serde_json::from_str(&data).map_err(StreamError::Malformed)),
            Err(error) => Some(Err(StreamError::Broken(error.to_string()))),
        };
        std::future::ready(event)
    })
}
