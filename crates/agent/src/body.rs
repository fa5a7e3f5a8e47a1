//! Bodies: reading a request's within limits, and the kinds of an answer's.

use crate::Agent;
use crate::limits::{BODY_BYTES_MAX, BODY_TIMEOUT, LARGE_BODY_BYTES_MAX, LARGE_BODY_TIMEOUT};
use crate::routes::Refusal;
use bytes::{Bytes, BytesMut};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::{Request, StatusCode};
use std::time::Duration;

/// The body of an answer.
pub type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// A body that is at hand.
pub fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that comes in pieces: `next` gives the next one and the source to ask again, or nothing at the end.
pub fn pieces<S, F>(source: S, next: impl FnMut(S) -> F + Send + 'static) -> Body
where
    S: Send + 'static,
    F: Future<Output = Option<(std::io::Result<Bytes>, S)>> + Send + 'static,
{
    let stream = futures_util::stream::unfold(source, next);
    StreamBody::new(futures_util::StreamExt::map(stream, |piece| piece.map(Frame::data))).boxed_unsync()
}

/// A request's body of usual size.
pub async fn read(request: Request<Incoming>) -> Result<Bytes, Refusal> {
    within(BODY_TIMEOUT, collect(request.into_body(), BODY_BYTES_MAX, None)).await
}

/// An order or a plan request, which may be large. Few large ones are in memory at once; the others wait.
pub async fn read_large(agent: &Agent, request: Request<Incoming>) -> Result<Bytes, Refusal> {
    within(LARGE_BODY_TIMEOUT, collect(request.into_body(), LARGE_BODY_BYTES_MAX, Some(&agent.large_bodies))).await
}

/// The same as text.
pub fn text(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes)
        .map_err(|error| Refusal::bad_request(format!("byte {} of the body is not UTF-8", error.valid_up_to() + 1)))
}

async fn within(limit: Duration, reading: impl Future<Output = Result<Bytes, Refusal>>) -> Result<Bytes, Refusal> {
    let late = || Refusal::with_status(StatusCode::REQUEST_TIMEOUT, "the body did not come in time");
    tokio::time::timeout(limit, reading).await.unwrap_or_else(|_| Err(late()))
}

async fn collect(
    mut body: Incoming,
    bytes_max: usize,
    large: Option<&tokio::sync::Semaphore>,
) -> Result<Bytes, Refusal> {
    if body.size_hint().lower() > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(too_large(bytes_max));
    }
    let mut read = BytesMut::new();
    let mut place = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Refusal::bad_request(format!("the body broke off: {error}")))?;
        let piece = frame.into_data().unwrap_or_default();
        if read.len() + piece.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        if read.len() + piece.len() > BODY_BYTES_MAX
            && let (Some(large), None) = (large, &place)
        {
            place = large.acquire().await.ok();
        }
        read.extend_from_slice(&piece);
    }
    Ok(read.freeze())
}

fn too_large(bytes_max: usize) -> Refusal {
    Refusal::with_status(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is above the limit of {bytes_max} bytes"))
}
