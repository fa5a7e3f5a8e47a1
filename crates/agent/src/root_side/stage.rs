//! Passes a .deb's bytes on as they come in.

use super::{ANSWER_TIMEOUT, RootSide, in_time, raw_answer, unexpected, unreachable_because, whole_line};
use crate::limits::PIECE_TIMEOUT;
use crate::routes::Refusal;
use framboise_core::cause::Failure;
use framboise_core::protocol::socket::Request;
use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::{Bytes, Incoming};
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// How long a refused .deb's rest is still taken, so that its sender gets to read why.
const DISCARD_MAX: Duration = Duration::from_secs(5);

impl RootSide {
    /// Hands a .deb to the root side, which holds it against its permission and digest.
    pub async fn stage(&self, request: &Request, mut body: Incoming) -> Result<(), Refusal> {
        let stream: UnixStream = self.send(request).await?.into_inner();
        let (reader, mut writer) = stream.into_split();
        let mut answering = std::pin::pin!(answer(reader));
        let told = tokio::select! {
            early = &mut answering => early,
            passed = pass(&mut body, &mut writer) => {
                passed?;
                in_time(ANSWER_TIMEOUT, async { Ok(answering.await) }).await.flatten()
            }
        };
        if told.is_err() {
            discard(body).await;
        }
        Ok(told?)
    }
}

async fn answer(reader: OwnedReadHalf) -> Result<(), Box<Failure>> {
    let line =
        whole_line(&mut BufReader::new(reader), Vec::new()).await.map_err(|error| unreachable_because(&error))?;
    let raw = raw_answer(&line)?;
    if raw.answer == "done" { Ok(()) } else { Err(unexpected(&raw.answer)) }
}

/// Ends well when all is passed on, or when the root side takes no more: then its answer says why.
async fn pass(body: &mut Incoming, writer: &mut OwnedWriteHalf) -> Result<(), Refusal> {
    loop {
        match next_piece(body).await? {
            Some(piece) if writer.write_all(&piece).await.is_ok() => {}
            Some(_) | None => return Ok(()),
        }
    }
}

async fn next_piece(body: &mut Incoming) -> Result<Option<Bytes>, Refusal> {
    let late = |_| Refusal::with_status(StatusCode::REQUEST_TIMEOUT, "the .deb stopped coming");
    match tokio::time::timeout(PIECE_TIMEOUT, body.frame()).await.map_err(late)? {
        None => Ok(None),
        Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
        Some(Err(error)) => Err(Refusal::bad_request(format!("the .deb broke off: {error}"))),
    }
}

async fn discard(mut body: Incoming) {
    let reading = async { while let Some(Ok(_)) = body.frame().await {} };
    // Whoever sends on and on for longer loses the connection instead.
    let _ = tokio::time::timeout(DISCARD_MAX, reading).await;
}
