//! The verbs: each request to its answer.

use super::{Server, worker};
use crate::apt::query;
use crate::fault::{Doing, Outcome, fault};
use crate::journal::Journal;
use crate::vault::Came;
use crate::{admission, durable, engine, receipts, status};
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::Accepted;
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::restore_point::RecordedState;
use framboise_core::trust::Sealed;
use std::io::{BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::PoisonError;

/// The largest .deb that is taken.
const STAGED_BYTES_MAX: u64 = 2 << 30;

/// Answers one request.
///
/// # Errors
/// The refusal; or the peer's having gone away.
pub fn answer(server: &Server, line: &str, reader: &mut BufReader<&UnixStream>, stream: &UnixStream) -> Outcome<()> {
    let request: Request =
        serde_json::from_str(line).map_err(|error| Failure::from(Cause::BadRequest { problem: error.to_string() }))?;
    let device = &server.device;
    let answer = match request {
        Request::Status => Answer::Status(Box::new(status::status(device)?)),
        Request::State => Answer::State(status::shown(device, query::package_state(&device.native)?)),
        Request::RestorePoints => Answer::RestorePoints(status::restore_points(device)?),
        Request::RestorePoint { id } => {
            let (point, state) = (device.points.get(id)?, status::shown(device, device.points.state(id)?));
            Answer::RestorePoint(Box::new(RecordedState { point, state }))
        }
        Request::Vault => Answer::Vault(Box::new(engine::contents(device)?)),
        Request::Receipts { after } => Answer::Receipts(receipts::list(device, after)?),
        Request::Plan { plan } => {
            let _turn = server.planning.lock().unwrap_or_else(PoisonError::into_inner);
            Answer::Plan(Box::new(server.worker.while_idle(|| engine::plan(device, &plan))?))
        }
        Request::Order { sealed } => Answer::Accepted(take_order(server, &sealed)?),
        Request::Transaction { order } => {
            let journal = Journal::read(&device.paths, order)?.ok_or(Cause::UnknownOrder { order })?;
            Answer::Transaction(Box::new(journal.status()))
        }
        Request::Watch { order, after } => return watch(server, order, after, stream),
        Request::Confirm { order, leaving } => {
            server.events.confirm(order, leaving)?;
            Answer::Done
        }
        Request::Change { sealed } => {
            let _turn = server.admission();
            let change = admission::change(device, &sealed)?;
            server.worker.while_idle(|| engine::change(device, &change))?;
            Answer::Done
        }
        Request::Stage { sealed, sha256, bytes } => stage(server, &sealed, sha256, bytes, reader)?,
        Request::SeedUpdate { list, peer } => {
            Answer::Accepted(take_seed(server, || admission::seed_update(device, list, peer))?)
        }
        Request::SeedRollback { peer } => {
            Answer::Accepted(take_seed(server, || admission::seed_rollback(device, peer))?)
        }
    };
    send(stream, &answer)
}

/// Sends a refusal.
///
/// # Errors
/// When the peer has gone away.
pub fn refuse(stream: &UnixStream, failure: Failure) -> Outcome<()> {
    send(stream, &Answer::Refused(failure))
}

fn take_order(server: &Server, sealed: &Sealed) -> Outcome<Accepted> {
    let _turn = server.admission();
    let (accepted, journal) = admission::order(&server.device, sealed)?;
    if let Some(journal) = journal {
        worker::tell_waiting(server, accepted.order);
        server.worker.push(journal);
    }
    Ok(accepted)
}

fn take_seed(server: &Server, open: impl FnOnce() -> Outcome<Journal>) -> Outcome<Accepted> {
    let _turn = server.admission();
    let order = server.worker.push_if_idle(|| {
        let journal = open()?;
        // Before the worker can end it, so that whoever watches next hears all of it.
        server.events.begin(journal.ticket.id);
        Ok(journal)
    })?;
    Ok(Accepted { order, duplicate: false })
}

fn watch(server: &Server, order: OrderId, after: u64, stream: &UnixStream) -> Outcome<()> {
    if Journal::read(&server.device.paths, order)?.is_none() {
        return Err(Cause::UnknownOrder { order }.into());
    }
    server.events.watch(order, after, &mut |event| send(stream, &Answer::Event(Box::new(event.clone()))))?;
    send(stream, &Answer::End)
}

/// Takes a .deb that an operator has signed for; what is not that very file is thrown away.
fn stage(server: &Server, sealed: &Sealed, sha256: Digest, bytes: u64, reader: &mut impl Read) -> Outcome<Answer> {
    let device = &server.device;
    admission::staging(device, sealed, sha256, bytes)?;
    if bytes > STAGED_BYTES_MAX {
        return Err(Cause::BadRequest { problem: format!("a .deb of {bytes} bytes is too large") }.into());
    }
    let free = engine::free_bytes(device.paths.state())?;
    if bytes.saturating_mul(2) > free {
        let path = device.paths.state().display().to_string();
        return Err(Cause::DiskFull { path, missing_bytes: Some(bytes.saturating_mul(2) - free) }.into());
    }
    let scratch = device.paths.scratch();
    durable::make_directory(&scratch, 0o755)?;
    let file = scratch.join(format!("{sha256}-{:?}.part", std::thread::current().id()));
    let received = receive(&file, bytes, reader).and_then(|()| device.vault.take(&file, Some(sha256), Came::Staged));
    drop(std::fs::remove_file(&file));
    received.map(|_| Answer::Done)
}

fn receive(file: &std::path::Path, bytes: u64, reader: &mut impl Read) -> Outcome<()> {
    let mut written = std::fs::File::create(file).at("write", file)?;
    let came = std::io::copy(&mut reader.take(bytes), &mut written).at("write", file)?;
    if came == bytes { Ok(()) } else { Err(fault("receive a .deb", format!("{came} of {bytes} bytes came"))) }
}

fn send(mut stream: &UnixStream, answer: &Answer) -> Outcome<()> {
    let mut line = serde_json::to_string(answer).doing("write an answer")?;
    line.push('\n');
    stream.write_all(line.as_bytes()).doing("send an answer")
}
