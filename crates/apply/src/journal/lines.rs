//! The lines of a journal: a record each, with a checksum, so that a spoilt one is known.

use super::Record;
use crate::fault::{Doing, Result};
use framboise_core::digest::Digest;
use framboise_core::transaction::State;

/// A record as a line, which begins with its checksum.
///
/// # Errors
/// When it cannot be put in JSON.
pub fn print(record: &Record) -> Result<String> {
    let json = serde_json::to_string(record).doing("write its journal")?;
    Ok(format!("{} {json}\n", Digest::of(json.as_bytes()).short()))
}

/// The records of the sound lines, and whether there are others.
pub fn parse(text: &str) -> (Vec<Record>, bool) {
    let lines = || text.split_inclusive('\n');
    let records: Vec<Record> = lines().filter_map(|line| parse_line(line.strip_suffix('\n')?)).collect();
    let is_torn = records.len() < lines().count();
    (records, is_torn)
}

fn parse_line(line: &str) -> Option<Record> {
    let (sum, json) = line.split_once(' ')?;
    if Digest::of(json.as_bytes()).short() != sum {
        return None;
    }
    serde_json::from_str(json).ok().or_else(|| of_a_newer_version(json))
}

/// A sound line in words of a newer version, which a rollback may have taken away. What is closed has ended, and stays
/// as it is; what was at work in a state that this version does not know is undone.
fn of_a_newer_version(json: &str) -> Option<Record> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let field = |name: &str| value.get(name).cloned();
    let known: Option<State> = field("state").and_then(|state| serde_json::from_value(state).ok());
    let closed = field("closed").is_some_and(|closed| closed == true);
    let unknown = if closed { State::Committed } else { State::RollingBack };
    Some(Record {
        at: value.get("at")?.as_str()?.parse().ok()?,
        state: known.unwrap_or(unknown),
        boot: field("boot").and_then(|boot| serde_json::from_value(boot).ok()),
        before: field("before").and_then(|id| serde_json::from_value(id).ok()),
        failure: None,
        outcome: field("outcome").and_then(|outcome| serde_json::from_value(outcome).ok()),
        closed,
    })
}
