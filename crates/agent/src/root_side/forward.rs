//! Answers that go through as they are. A package state takes megabytes: it is never in memory as a whole, and what the
//! root side wrote is what the desk reads.

use super::{ANSWER_TIMEOUT, PLAN_TIMEOUT, RootSide, cut_off, in_time, raw_answer, unexpected, whole_line};
use crate::body::{self, Body};
use bytes::{Bytes, BytesMut};
use framboise_core::cause::Failure;
use framboise_core::protocol::socket::Request;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::net::UnixStream;

/// What ends a line of the root side after its value.
const END: &[u8] = b"}\n";

/// More than the longest answer's name takes.
const HEAD_BYTES_MAX: u64 = 64;

/// Values up to here are held until they are whole.
const SHORT_BYTES_MAX: usize = 64 * 1024;

impl RootSide {
    /// The value of the answer of this name to a request, as JSON.
    pub async fn forward(&self, request: &Request, answer: &str) -> Result<Body, Box<Failure>> {
        let limit = time_for(request);
        let mut reader = self.send(request).await?;
        let mut head = Vec::new();
        for _ in ["answer", "value"] {
            in_time(limit, (&mut reader).take(HEAD_BYTES_MAX).read_until(b':', &mut head)).await?;
        }
        if head == format!("{{\"answer\":\"{answer}\",\"value\":").as_bytes() {
            let mut rest = Rest { reader, held: BytesMut::new(), is_over: false };
            return match in_time(limit, rest.start()).await? {
                Some(value) => Ok(body::full(value)),
                None => Ok(body::pieces(rest, Rest::next)),
            };
        }
        // A refusal, or an answer spelled in another way.
        let line = in_time(limit, whole_line(&mut reader, head)).await?;
        let raw = raw_answer(&line)?;
        match raw.value {
            Some(value) if raw.answer == answer => Ok(body::full(Bytes::from(value.get().to_owned()))),
            _ => Err(unexpected(&raw.answer)),
        }
    }
}

fn time_for(request: &Request) -> Duration {
    if matches!(request, Request::Plan { .. }) { PLAN_TIMEOUT } else { ANSWER_TIMEOUT }
}

/// What follows `"value":` in a line, less the brace and line feed at its end.
struct Rest {
    reader: BufReader<UnixStream>,
    held: BytesMut,
    is_over: bool,
}

impl Rest {
    /// The whole value when it is short: then whether it is whole is known before the answer begins.
    async fn start(&mut self) -> std::io::Result<Option<Bytes>> {
        while self.held.len() < SHORT_BYTES_MAX {
            self.read().await?;
            if self.is_over {
                return Ok(Some(self.complete()));
            }
        }
        Ok(None)
    }

    async fn next(mut self) -> Option<(std::io::Result<Bytes>, Self)> {
        if self.held.len() > END.len() {
            return Some((Ok(self.complete()), self));
        }
        if self.is_over {
            return None;
        }
        // An error cuts the body off, so that half a value is not taken for a whole one.
        let read = tokio::time::timeout(ANSWER_TIMEOUT, self.read()).await;
        match read.map_err(std::io::Error::from).flatten() {
            Ok(()) => Some((Ok(self.complete()), self)),
            Err(error) => {
                self.is_over = true;
                Some((Err(error), self))
            }
        }
    }

    async fn read(&mut self) -> std::io::Result<()> {
        if self.reader.read_buf(&mut self.held).await? == 0 {
            return Err(cut_off());
        }
        // Within compact JSON there is no line feed: the first is the end.
        self.is_over = self.held.ends_with(END);
        Ok(())
    }

    /// What is surely of the value.
    fn complete(&mut self) -> Bytes {
        let complete = self.held.len().saturating_sub(END.len());
        self.held.split_to(complete).freeze()
    }
}
