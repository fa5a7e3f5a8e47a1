//! Asks the root side: one connection a request, over its Unix socket.

mod forward;
mod stage;
mod watch;

pub use watch::{Line, Watch};

use framboise_core::cause::{Cause, Failure};
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::{Accepted, DeviceStatus, TransactionStatus};
use framboise_core::protocol::socket::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// For an answer that the root side has at hand or reads from the device.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);

/// For a plan: apt may have to read its indices and prove the way back on a small Pi's card.
const PLAN_TIMEOUT: Duration = Duration::from_secs(1800);

/// The longest line that is read whole: an event, a failure, an outcome with its lock.
const LINE_BYTES_MAX: usize = 4 << 20;

/// The root side, behind its socket.
#[derive(Debug)]
pub struct RootSide {
    socket: PathBuf,
}

/// A line of the root side whose value is passed on as it came.
#[derive(Debug, Deserialize)]
struct RawAnswer {
    answer: String,
    value: Option<Box<RawValue>>,
}

impl RootSide {
    /// The root side that listens here.
    pub fn at(socket: &Path) -> Self {
        RootSide { socket: socket.to_owned() }
    }

    /// How the device is.
    pub async fn status(&self) -> Result<DeviceStatus, Box<Failure>> {
        self.ask(&Request::Status, "status").await
    }

    /// Hands on an order, or a request of the original.
    pub async fn accept(&self, request: &Request) -> Result<Accepted, Box<Failure>> {
        self.ask(request, "accepted").await
    }

    /// How far an order has come.
    pub async fn transaction(&self, order: OrderId) -> Result<TransactionStatus, Box<Failure>> {
        self.ask(&Request::Transaction { order }, "transaction").await
    }

    /// Has something done that answers nothing but that it is done.
    pub async fn done(&self, request: &Request) -> Result<(), Box<Failure>> {
        let mut reader = self.send(request).await?;
        let line = in_time(ANSWER_TIMEOUT, whole_line(&mut reader, Vec::new())).await?;
        let raw = raw_answer(&line)?;
        if raw.answer == "done" { Ok(()) } else { Err(unexpected(&raw.answer)) }
    }

    /// The value of the answer of this name.
    async fn ask<T: DeserializeOwned>(&self, request: &Request, answer: &str) -> Result<T, Box<Failure>> {
        let mut reader = self.send(request).await?;
        let line = in_time(ANSWER_TIMEOUT, whole_line(&mut reader, Vec::new())).await?;
        let raw = raw_answer(&line)?;
        match raw.value {
            Some(value) if raw.answer == answer => {
                serde_json::from_str(value.get()).map_err(|error| unreachable_because(&error))
            }
            _ => Err(unexpected(&raw.answer)),
        }
    }

    async fn send(&self, request: &Request) -> Result<BufReader<UnixStream>, Box<Failure>> {
        let mut line = serde_json::to_vec(request).map_err(|error| unreachable_because(&error))?;
        line.push(b'\n');
        let sending = async {
            let mut stream = UnixStream::connect(&self.socket).await?;
            stream.write_all(&line).await?;
            Ok(stream)
        };
        in_time(ANSWER_TIMEOUT, sending).await.map(BufReader::new)
    }
}

/// What came of it, or that it came not.
async fn in_time<T>(limit: Duration, work: impl Future<Output = std::io::Result<T>>) -> Result<T, Box<Failure>> {
    match tokio::time::timeout(limit, work).await {
        Ok(result) => result.map_err(|error| unreachable_because(&error)),
        Err(_) => Err(unreachable_because(&format!("no answer within {} seconds", limit.as_secs()))),
    }
}

/// One line with what was read of it already.
async fn whole_line(reader: &mut (impl AsyncBufRead + Unpin), mut line: Vec<u8>) -> std::io::Result<Vec<u8>> {
    fill_line(reader, &mut line).await?;
    Ok(line)
}

/// Reads on until the line is whole. When this is dropped half-way, what was read is in `line`, to be gone on with.
async fn fill_line(reader: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> std::io::Result<()> {
    if !line.ends_with(b"\n") {
        let room = LINE_BYTES_MAX.saturating_sub(line.len());
        reader.take(room as u64).read_until(b'\n', line).await?;
    }
    if line.ends_with(b"\n") { Ok(()) } else { Err(cut_off()) }
}

fn raw_answer(line: &[u8]) -> Result<RawAnswer, Box<Failure>> {
    let raw: RawAnswer = serde_json::from_slice(line).map_err(|error| unreachable_because(&error))?;
    match (raw.answer.as_str(), &raw.value) {
        ("refused", Some(value)) => {
            Err(serde_json::from_str(value.get()).unwrap_or_else(|error| unreachable_because(&error)))
        }
        _ => Ok(raw),
    }
}

fn cut_off() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "its answer was cut off")
}

fn unexpected(answer: &str) -> Box<Failure> {
    unreachable_because(&format!("it answered {answer:?}, which was not asked"))
}

fn unreachable_because(problem: &dyn std::fmt::Display) -> Box<Failure> {
    Box::new(Cause::RootSideUnreachable { problem: problem.to_string() }.into())
}
