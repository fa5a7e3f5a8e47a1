//! Follows an order's events.

use super::{RootSide, fill_line, raw_answer, unexpected, unreachable_because};
use framboise_core::cause::Failure;
use framboise_core::ids::OrderId;
use framboise_core::protocol::socket::Request;
use serde::Deserialize;
use std::time::Duration;
use tokio::io::BufReader;
use tokio::net::UnixStream;

/// A line of a watch.
#[derive(Debug)]
pub enum Line {
    /// An event: its number, and its JSON as the root side wrote it, which may be of a newer kind than this server knows.
    Event { number: u64, json: String },
    /// Nothing follows.
    End,
}

/// An order that is being watched.
#[derive(Debug)]
pub struct Watch {
    reader: BufReader<UnixStream>,
    /// What was read of the next line before the waiting for it was given up for a moment.
    start: Vec<u8>,
}

/// What every event has.
#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

impl RootSide {
    /// The events of an order with numbers above `after`.
    pub async fn watch(&self, order: OrderId, after: u64) -> Result<Watch, Box<Failure>> {
        let reader = self.send(&Request::Watch { order, after }).await?;
        Ok(Watch { reader, start: Vec::new() })
    }
}

impl Watch {
    /// The next line, however long it takes.
    pub async fn next(&mut self) -> Result<Line, Box<Failure>> {
        fill_line(&mut self.reader, &mut self.start).await.map_err(|error| unreachable_because(&error))?;
        line_of(&std::mem::take(&mut self.start))
    }

    /// The next line, or nothing when none came in this time.
    pub async fn next_within(&mut self, limit: Duration) -> Option<Result<Line, Box<Failure>>> {
        tokio::time::timeout(limit, self.next()).await.ok()
    }
}

fn line_of(line: &[u8]) -> Result<Line, Box<Failure>> {
    let raw = raw_answer(line)?;
    match (raw.answer.as_str(), raw.value) {
        ("end", _) => Ok(Line::End),
        ("event", Some(value)) => {
            let json: String = Box::<str>::from(value).into();
            let Numbered { number } = serde_json::from_str(&json).map_err(|error| unreachable_because(&error))?;
            Ok(Line::Event { number, json })
        }
        _ => Err(unexpected(&raw.answer)),
    }
}
