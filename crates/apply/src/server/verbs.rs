//! The verbs: each request to its answer.

use super::send::send;
use super::{Server, staging, worker};
use crate::apt::query;
use crate::fault::Result;
use crate::journal::Journal;
use crate::{admission, engine, receipts, status};
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::Event;
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::Accepted;
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::restore_point::RecordedState;
use framboise_core::trust::Sealed;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::sync::PoisonError;

/// Answers one request.
///
/// # Errors
/// The refusal; or the peer's having gone away.
pub fn answer(server: &Server, line: &str, reader: &mut BufReader<&UnixStream>, stream: &UnixStream) -> Result<()> {
    let request: Request =
        serde_json::from_str(line).map_err(|error| Failure::from(Cause::BadRequest { problem: error.to_string() }))?;
    let _place = server.places.take(&request)?;
    let device = &server.device;
    let answer = match request {
        Request::Status => {
            let mut status = status::status(device, server.worker.running())?;
            let running = status.running.as_ref().map(|running| running.order);
            if let Some(unsettled) = running.and_then(|order| server.worker.unsettled(order)) {
                (status.running, status.unsettled) = (Some(unsettled.status), Some(unsettled.failure));
            }
            Answer::Status(Box::new(status))
        }
        Request::State => Answer::State(status::shown(device, query::package_state(&device.native)?)),
        Request::RestorePoints => Answer::RestorePoints(status::restore_points(device)?),
        Request::RestorePoint { id } => {
            let (point, state) = (device.points.get(id)?, status::shown(device, device.points.state(id)?));
            Answer::RestorePoint(Box::new(RecordedState { point, state }))
        }
        Request::Vault => Answer::Vault(Box::new(engine::contents(device)?)),
        Request::Receipts { after } => Answer::Receipts(receipts::list(device, after)?),
        Request::Plan { plan } => {
            server.worker.refuse_beside_another()?;
            let _turn = server.planning.lock().unwrap_or_else(PoisonError::into_inner);
            Answer::Plan(server.worker.while_idle(|| engine::signed_plan(device, &plan))?)
        }
        Request::Order { sealed } => Answer::Accepted(take_order(server, &sealed)?),
        Request::Transaction { order } => {
            let journal = Journal::read(&device.paths, order)?.ok_or(Cause::UnknownOrder { order })?;
            let status = server.worker.unsettled(order).map_or_else(|| journal.status(), |unsettled| unsettled.status);
            Answer::Transaction(Box::new(status))
        }
        Request::Watch { order, after } => return watch(server, order, after, stream),
        Request::Confirm { order, leaving } => {
            server.events.confirm(order, leaving)?;
            Answer::Done
        }
        Request::Change { sealed } => {
            let _turn = server.admission();
            server.worker.refuse_beside_another()?;
            let change = admission::change(device, &sealed)?;
            server.worker.while_idle(|| engine::change(device, &change))?;
            Answer::Done
        }
        Request::Stage { sealed, sha256, bytes } => {
            server.worker.refuse_beside_another()?;
            staging::stage(server, &sealed, (sha256, bytes), reader)?
        }
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
pub fn refuse(stream: &UnixStream, failure: Failure) -> Result<()> {
    send(stream, &Answer::Refused(failure))
}

fn take_order(server: &Server, sealed: &Sealed) -> Result<Accepted> {
    let _turn = server.admission();
    let (accepted, journal) = admission::order(&server.device, sealed, &|| server.worker.refuse_beside_another())?;
    if let Some(journal) = journal {
        worker::tell_waiting(server, accepted.order);
        server.worker.push(journal);
    }
    Ok(accepted)
}

fn take_seed(server: &Server, open: impl FnOnce() -> Result<Journal>) -> Result<Accepted> {
    let _turn = server.admission();
    server.worker.refuse_beside_another()?;
    let order = server.worker.push_if_idle(|| {
        let journal = open()?;
        // Before the worker can end it, so that whoever watches next hears all of it.
        server.events.begin(journal.ticket.id);
        Ok(journal)
    })?;
    Ok(Accepted { order, duplicate: false })
}

fn watch(server: &Server, order: OrderId, after: u64, stream: &UnixStream) -> Result<()> {
    if Journal::read(&server.device.paths, order)?.is_none() {
        return Err(Cause::UnknownOrder { order }.into());
    }
    let mut tell = |event: &Event| send(stream, &Answer::Event(Box::new(event.clone())));
    if server.worker.is_of_another(order) {
        let goes_on = || server.worker.is_of_another(order) && !has_hung_up(stream);
        server.events.follow(order, after, &goes_on, &mut tell)?;
    } else {
        server.events.watch(order, after, &|| !has_hung_up(stream), &mut tell)?;
    }
    send(stream, &Answer::End)
}

/// Whether the peer has closed its end: then nobody is left to be told.
fn has_hung_up(stream: &UnixStream) -> bool {
    let mut asked = [PollFd::new(stream, PollFlags::empty())];
    poll(&mut asked, Some(&Timespec::default())).is_ok() && asked[0].revents().contains(PollFlags::HUP)
}
