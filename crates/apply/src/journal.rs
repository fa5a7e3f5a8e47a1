//! The journal of a transaction: what it is, and each state it was in, on disk before the state's effect begins.
//!
//! A line is eight digits of its content's SHA-256, a blank, and JSON. What follows a torn line never happened.

use crate::durable;
use crate::fault::{Doing, Outcome, fault};
use crate::paths::Paths;
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::order::Order;
use framboise_core::outcome::Outcome as TransactionOutcome;
use framboise_core::plan::Action;
use framboise_core::protocol::http::TransactionStatus;
use framboise_core::transaction::State;
use framboise_core::trust::Sealed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;

/// What a transaction is to do; written once, when it comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// Its place among the device's transactions: clocks jump, this grows.
    #[serde(default)]
    pub number: u64,
    /// The order's id; for a seed route's request, one made here.
    pub id: OrderId,
    /// An operator's name, or an address.
    pub by: String,
    /// When it came.
    pub received: Timestamp,
    /// What it asks.
    pub work: Work,
}

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Work {
    /// A verified order, and the bytes it came as.
    Order {
        /// As the operator signed it.
        sealed: Sealed,
        /// What those bytes say.
        order: Box<Order>,
        /// What it is for this device.
        action: Action,
        /// What this device must stand on.
        base: Digest,
    },
    /// The original's update: this list.
    SeedUpdate {
        /// The list.
        list: String,
    },
    /// The original's rollback, to this restore point.
    SeedRollback {
        /// The point.
        to: RestorePointId,
    },
}

impl Work {
    /// The action it comes to.
    pub fn action(&self) -> Action {
        match self {
            Work::Order { action, .. } => *action,
            Work::SeedUpdate { .. } => Action::Update,
            Work::SeedRollback { to } => Action::Rollback { to: *to },
        }
    }
}

/// One line of the journal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    /// When, by the device's clock.
    pub at: Timestamp,
    /// The state entered.
    pub state: State,
    /// The restore point of the state before; known from `applying` on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<RestorePointId>,
    /// What went wrong first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How it ended; in final states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<TransactionOutcome>,
    /// Whether what follows from the end (receipt, `rollbackFile`) is on disk too.
    #[serde(default)]
    pub closed: bool,
}

/// A transaction on disk.
#[derive(Debug, Clone)]
pub struct Journal {
    directory: PathBuf,
    /// What it is to do.
    pub ticket: Ticket,
    records: Vec<Record>,
}

impl Journal {
    /// Opens a new transaction, `received`.
    ///
    /// # Errors
    /// When it cannot be written; then it never came.
    pub fn open(paths: &Paths, mut ticket: Ticket) -> Outcome<Journal> {
        durable::make_directory(&paths.transactions(), 0o700)?;
        ticket.number = Journal::list(paths)?.last().map_or(0, |last| last.ticket.number) + 1;
        let directory = paths.transaction(ticket.id);
        durable::make_directory(&directory, 0o755)?;
        durable::replace_json(&directory.join("ticket.json"), &ticket)?;
        let mut journal = Journal { directory, ticket, records: Vec::new() };
        journal.append(journal.next(State::Received))?;
        Ok(journal)
    }

    /// Reads a transaction; none when it never came whole.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(paths: &Paths, id: OrderId) -> Outcome<Option<Journal>> {
        let directory = paths.transaction(id);
        let Some(ticket) = durable::read_json(&directory.join("ticket.json"))? else { return Ok(None) };
        let file = directory.join("journal");
        let text = match fs::read(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => String::from_utf8_lossy(&read.at("read", &file)?).into_owned(),
        };
        let (records, sound_bytes) = parse(&text);
        if records.is_empty() {
            return Ok(None);
        }
        if sound_bytes < text.len() {
            // What is appended must not follow a torn line.
            durable::replace(&file, &text.as_bytes()[..sound_bytes], 0o600)?;
        }
        Ok(Some(Journal { directory, ticket, records }))
    }

    /// All transactions, oldest first. One that a failing card has spoilt is left out, and said: it must not keep the others
    /// from their end.
    ///
    /// # Errors
    /// When their directory cannot be read.
    pub fn list(paths: &Paths) -> Outcome<Vec<Journal>> {
        let directory = paths.transactions();
        let mut ids: Vec<OrderId> = Vec::new();
        for entry in fs::read_dir(&directory).at("list", &directory)? {
            let name = entry.at("list", &directory)?.file_name();
            ids.extend(name.to_str().and_then(|name| name.parse::<OrderId>().ok()));
        }
        let mut journals = Vec::new();
        for id in ids {
            match Journal::read(paths, id) {
                Ok(journal) => journals.extend(journal),
                Err(failure) => eprintln!("<4>framboise-apply: order {id} is left out: {failure}"),
            }
        }
        journals.sort_by_key(|journal| (journal.ticket.number, journal.ticket.id));
        Ok(journals)
    }

    /// The last record.
    pub fn last(&self) -> Outcome<&Record> {
        self.records.last().ok_or_else(|| fault(format!("read {}", self.directory.display()), "its journal is empty"))
    }

    /// The state it is in.
    pub fn state(&self) -> State {
        self.records.last().map_or(State::Received, |record| record.state)
    }

    /// The restore point of the state before, once there is one.
    pub fn before(&self) -> Option<RestorePointId> {
        self.records.iter().rev().find_map(|record| record.before)
    }

    /// What went wrong first.
    pub fn failure(&self) -> Option<&Failure> {
        self.records.iter().find_map(|record| record.failure.as_ref())
    }

    /// How it ended.
    pub fn outcome(&self) -> Option<&TransactionOutcome> {
        self.records.iter().find_map(|record| record.outcome.as_ref())
    }

    /// Whether all that follows from its end is done.
    pub fn is_closed(&self) -> bool {
        self.records.last().is_some_and(|record| record.closed)
    }

    /// A record of a state, with what is known so far.
    pub fn next(&self, state: State) -> Record {
        Record {
            at: Timestamp::now(),
            state,
            before: self.before(),
            failure: self.failure().cloned(),
            outcome: self.outcome().cloned(),
            closed: false,
        }
    }

    /// Appends a record. It holds in memory even when the disk refuses it, for a rollback must go on with a full disk;
    /// [`framboise_core::transaction::recovery`] takes the same way from the record before.
    ///
    /// # Errors
    /// When it could not be made durable.
    pub fn append(&mut self, record: Record) -> Outcome<()> {
        let json = serde_json::to_string(&record).doing("write its journal")?;
        self.records.push(record);
        let sum = Digest::of(json.as_bytes()).short();
        durable::append_synced(&self.directory.join("journal"), &format!("{sum} {json}\n"))
    }

    /// A file or directory of this transaction.
    pub fn part(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// What the device tells of it.
    pub fn status(&self) -> TransactionStatus {
        TransactionStatus {
            order: self.ticket.id,
            action: self.ticket.work.action(),
            by: self.ticket.by.clone(),
            received: self.ticket.received,
            state: self.state(),
            outcome: self.outcome().cloned(),
        }
    }
}

/// Where a rollback goes that names no restore point: it undoes the newest transaction that has ended.
///
/// # Errors
/// [`Cause::NothingRecorded`] when there is none that had a restore point.
pub fn way_back_of_last(journals: &[Journal], stands_on: Option<RestorePointId>) -> Outcome<RestorePointId> {
    let last = journals.iter().rev().find(|journal| journal.outcome().is_some_and(|outcome| !outcome.is_nothing()));
    let target = last.and_then(|journal| match (journal.ticket.work.action(), journal.state()) {
        // Also where it did not come through: the wish stays.
        (Action::Rollback { to }, _) => Some(to),
        (Action::Update, State::Committed) => journal.before(),
        // It failed: the last recorded state is the one to return to.
        _ => journal.before().or(stands_on),
    });
    target.or(stands_on).ok_or_else(|| Cause::NothingRecorded.into())
}

/// The records up to the first torn line, and how many bytes they take.
fn parse(text: &str) -> (Vec<Record>, usize) {
    let (mut records, mut sound_bytes) = (Vec::new(), 0);
    for line in text.split_inclusive('\n') {
        let Some(record) = line.strip_suffix('\n').and_then(parse_line) else { break };
        records.push(record);
        sound_bytes += line.len();
    }
    (records, sound_bytes)
}

fn parse_line(line: &str) -> Option<Record> {
    let (sum, json) = line.split_once(' ')?;
    (Digest::of(json.as_bytes()).short() == sum).then(|| serde_json::from_str(json).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket() -> Ticket {
        let work = Work::SeedUpdate { list: "hello".into() };
        Ticket { number: 0, id: OrderId::new(1, [7; 10]), by: "10.0.0.1".into(), received: Timestamp::UNIX_EPOCH, work }
    }

    #[test]
    fn what_follows_a_torn_line_never_happened() {
        let directory = tempfile::tempdir().unwrap();
        let paths = Paths::below(directory.path());
        let mut journal = Journal::open(&paths, ticket()).unwrap();
        journal.append(journal.next(State::Planned)).unwrap();
        journal.append(journal.next(State::Vaulted)).unwrap();
        let file = journal.part("journal");
        let whole = fs::read(&file).unwrap();
        let ends: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] == b'\n').map(|at| at + 1).collect();
        for cut in 0..=whole.len() {
            fs::write(&file, &whole[..cut]).unwrap();
            let complete = ends.iter().filter(|end| **end <= cut).count();
            let read = Journal::read(&paths, journal.ticket.id).unwrap();
            assert_eq!(read.map_or(0, |read| read.records.len()), complete, "cut at {cut}");
        }
    }

    #[test]
    fn goes_on_after_a_torn_line() {
        let directory = tempfile::tempdir().unwrap();
        let paths = Paths::below(directory.path());
        let journal = Journal::open(&paths, ticket()).unwrap();
        let file = journal.part("journal");
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend(b"0123abcd {\"at\":");
        fs::write(&file, &bytes).unwrap();
        let mut read = Journal::read(&paths, journal.ticket.id).unwrap().unwrap();
        read.append(read.next(State::Failed)).unwrap();
        assert_eq!(Journal::read(&paths, journal.ticket.id).unwrap().unwrap().state(), State::Failed);
    }
}
