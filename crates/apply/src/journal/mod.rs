//! The journal of a transaction: what it is, and each state it was in, on disk before the state's effect begins.
//!
//! A line is eight digits of its content's SHA-256, a blank, and JSON. A torn last line never happened. A failing card may
//! spoil any of them: the sound ones are read, and that something is missing is known.

mod lines;
#[cfg(test)]
mod tests;

use crate::device::Device;
use crate::durable;
use crate::fault::{Doing, Result, fault};
use crate::paths::Paths;
use crate::restart;
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::order::Order;
use framboise_core::outcome::Outcome;
use framboise_core::plan::Action;
use framboise_core::protocol::http::TransactionStatus;
use framboise_core::restore_point::{Past, rollback_goes_to};
use framboise_core::transaction::State;
use framboise_core::trust::Sealed;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

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
    /// The kernel's boot id (random(4)) when it was written; another one means that the device was started anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The restore point of the state before; known from `downloaded` on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<RestorePointId>,
    /// What went wrong first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// How it ended; in final states.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
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
    /// How many of them the disk has not taken yet.
    unwritten: usize,
    /// Whether a receipt of it may have been written: by an earlier run of the executor, or an earlier try of this one.
    may_have_receipt: bool,
    /// Whether a line of it was spoilt when it was read.
    is_torn: bool,
}

/// The number of the newest transaction, once it was looked up; only the sole worker gives numbers.
#[derive(Debug, Default)]
pub struct Numbers(Mutex<Option<u64>>);

impl Numbers {
    /// The next number that no transaction has had.
    fn next(&self, paths: &Paths) -> Result<u64> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match *last {
            Some(number) => number,
            None => Journal::list(paths)?.last().map_or(0, |newest| newest.ticket.number),
        };
        *last = Some(known + 1);
        Ok(known + 1)
    }
}

impl Journal {
    /// Opens a new transaction, `received`.
    ///
    /// # Errors
    /// When it cannot be written; then it never came.
    pub fn open(paths: &Paths, numbers: &Numbers, mut ticket: Ticket) -> Result<Journal> {
        // apt's own user passes through it, to what it fetches.
        durable::make_directory(&paths.transactions(), 0o711)?;
        ticket.number = numbers.next(paths)?;
        let directory = paths.transaction(ticket.id);
        if directory.join(JOURNAL).exists() {
            return Err(fault("take an order", "it has it already"));
        }
        durable::make_directory(&directory, 0o755)?;
        durable::replace_json(&directory.join("ticket.json"), &ticket)?;
        cut_point!("between a ticket and its journal");
        let mut journal =
            Journal { directory, ticket, records: Vec::new(), unwritten: 0, may_have_receipt: false, is_torn: false };
        journal.append(journal.next(State::Received))?;
        Ok(journal)
    }

    /// Reads a transaction; none when it never came whole.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(paths: &Paths, id: OrderId) -> Result<Option<Journal>> {
        let directory = paths.transaction(id);
        let (mut records, is_torn) = lines::parse(&text_of(&directory)?);
        if is_torn && directory.join(RECEIPT).exists() {
            // It has ended, and all that follows from it is done: that must not be done again over what came later.
            let Some(last) = records.pop().filter(|last| last.state.is_final()) else { return Ok(None) };
            records.push(Record { closed: true, ..last });
        } else if is_torn && records.is_empty() && directory.join(TOUCHED).exists() {
            records.push(nothing_left(paths)?);
        }
        let Some(first) = records.first() else { return Ok(None) };
        let ticket = durable::read_json_if_sound(&directory.join("ticket.json"))?;
        // A failing card may spoil what was asked; what is to be undone stands in the journal.
        let ticket = ticket.unwrap_or_else(|| Ticket {
            number: 0,
            id,
            by: "unknown".into(),
            received: first.at,
            work: Work::SeedUpdate { list: String::new() },
        });
        Ok(Some(Journal { directory, ticket, records, unwritten: 0, may_have_receipt: true, is_torn }))
    }

    /// Takes spoilt lines out, so that nothing is appended to a torn one. Only for whoever alone works on transactions: a
    /// reader may see half of a line that is just being written.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mend(&self) -> Result<()> {
        if !self.is_torn {
            return Ok(());
        }
        let text: String = self.records.iter().map(lines::print).collect::<Result<_>>()?;
        durable::replace(&self.directory.join(JOURNAL), text.as_bytes(), 0o600)
    }

    /// Whether a line was spoilt: a record of what was begun may be missing.
    pub fn is_torn(&self) -> bool {
        self.is_torn
    }

    /// All transactions, oldest first. One that a failing card has spoilt is left out, and said: it must not keep the others
    /// from their end.
    ///
    /// # Errors
    /// When their directory cannot be read.
    pub fn list(paths: &Paths) -> Result<Vec<Journal>> {
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
    ///
    /// # Errors
    /// When there is none.
    pub fn last(&self) -> Result<&Record> {
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
    pub fn outcome(&self) -> Option<&Outcome> {
        self.records.iter().find_map(|record| record.outcome.as_ref())
    }

    /// How often a restart was asked for, and the boot id when it was last.
    pub fn restart(&self) -> (usize, Option<&str>) {
        let mut asked = self.records.iter().filter(|record| record.state == State::Restarting);
        (asked.clone().count(), asked.next_back().and_then(|record| record.boot.as_deref()))
    }

    /// The boot id under which apt began to change the device.
    pub fn boot_of_begin(&self) -> Option<&str> {
        self.records.iter().find(|record| record.state == State::Applying)?.boot.as_deref()
    }

    /// Whether apt has done what was ordered, and that was found to be so.
    pub fn has_applied(&self) -> bool {
        self.records.iter().any(|record| matches!(record.state, State::Restarting | State::Checking))
    }

    /// Whether all that follows from its end is done.
    pub fn is_closed(&self) -> bool {
        self.records.last().is_some_and(|record| record.closed)
    }

    /// Whether a receipt of it may have been written before; from now on one may.
    pub fn begin_receipt(&mut self) -> bool {
        std::mem::replace(&mut self.may_have_receipt, true)
    }

    /// A record of a state, with what is known so far.
    pub fn next(&self, state: State) -> Record {
        Record {
            at: Timestamp::now(),
            state,
            boot: restart::boot_id(),
            before: self.before(),
            failure: self.failure().cloned(),
            outcome: self.outcome().cloned(),
            closed: false,
        }
    }

    /// Appends a record; it holds when it is on disk.
    ///
    /// # Errors
    /// When it could not be made durable; then it does not hold.
    pub fn append(&mut self, record: Record) -> Result<()> {
        durable::append_synced(&self.directory.join(JOURNAL), &lines::print(&record)?)?;
        self.records.push(record);
        Ok(())
    }

    /// Goes on with a record that the disk refuses: only where recovery would take the same way from the record before
    /// ([`framboise_core::transaction::recovery`]), for a rollback must go on with a full disk.
    pub fn go_on_without_disk(&mut self, record: Record) {
        self.records.push(record);
        self.unwritten += 1;
    }

    /// Writes the newest record where the disk refused it before.
    ///
    /// # Errors
    /// When the disk refuses it still.
    pub fn catch_up(&mut self) -> Result<()> {
        if self.unwritten == 0 {
            return Ok(());
        }
        let Some(last) = self.records.pop() else { return Ok(()) };
        let written = self.append(last.clone());
        match written {
            Ok(()) => self.unwritten = 0,
            Err(_) => self.records.push(last),
        }
        written
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
            outcome: self.outcome().cloned().map(Box::new),
        }
    }
}

/// Where a rollback goes on this device that names no restore point.
///
/// # Errors
/// [`Cause::NothingRecorded`]; or when its transactions cannot be read.
pub fn way_back_of_last(device: &Device) -> Result<RestorePointId> {
    let journals = Journal::list(&device.paths)?;
    let last = journals.iter().rev().find(|journal| journal.outcome().is_some_and(|outcome| !outcome.is_nothing()));
    let last = last.map(|journal| Past {
        action: journal.ticket.work.action(),
        state: journal.state(),
        before: journal.before(),
    });
    rollback_goes_to(last, device.points.stands_on()?).ok_or_else(|| Cause::NothingRecorded.into())
}

/// The newest transaction that has ended, if it needs a person: it could not bring the device back.
///
/// # Errors
/// When the transactions cannot be read.
pub fn left_undone(paths: &Paths) -> Result<Option<Journal>> {
    let newest = Journal::list(paths)?.into_iter().rev().find(|journal| journal.outcome().is_some());
    Ok(newest.filter(|journal| journal.state() == State::NeedsYou))
}

/// The journal's file in a transaction's directory.
const JOURNAL: &str = "journal";

fn text_of(directory: &std::path::Path) -> Result<String> {
    let file = directory.join(JOURNAL);
    match fs::read(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        read => Ok(String::from_utf8_lossy(&read.at("read", &file)?).into_owned()),
    }
}

/// The number of its receipt: written when all else that follows from its end is done.
const RECEIPT: &str = "receipt";

/// Part of a transaction: the lock.
pub const LOCK: &str = "lock.json";

/// Part of a transaction: what it noted before it touched anything.
pub const TOUCHED: &str = "touched.json";

/// The record of a transaction of whose journal no line is left: it had begun, and before that it noted the state before as
/// the one that the device stands on.
fn nothing_left(paths: &Paths) -> Result<Record> {
    let before = durable::read_json_if_sound(&paths.stands_on())?;
    let at = Timestamp::UNIX_EPOCH;
    Ok(Record { at, state: State::Applying, before, failure: None, outcome: None, closed: false, boot: None })
}
