//! Admission: which messages the root side follows. Verified first, parsed after.

use crate::command::Program;
use crate::device::{Device, random};
use crate::durable;
use crate::fault::Result;
use crate::journal::{Journal, Ticket, Work, way_back_of_last};
use crate::settings::{self, Settings};
use framboise_core::cause::Cause;
use framboise_core::digest::Digest;
use framboise_core::ids::OrderId;
use framboise_core::order::{CHANGE_TYPE, Change, Issue, ORDER_TYPE, Order, STAGING_TYPE, Staging};
use framboise_core::protocol::http::Accepted;
use framboise_core::trust::{AHEAD_MAX, Guard, Sealed, Verified, admit, check_time, public_key_text};
use jiff::Timestamp;
use std::net::IpAddr;

/// When this program was written, at the latest: the first floor of the guard.
const BUILT: Timestamp = Timestamp::constant(1_790_000_000, 0);

/// Verifies an order and opens its transaction, unless `may_open` refuses that. The same order again opens none.
///
/// # Errors
/// [`Cause::NotSigned`], [`Cause::NotForThisDevice`], [`Cause::Expired`], [`Cause::Replayed`].
pub fn order(
    device: &Device,
    sealed: &Sealed,
    may_open: &dyn Fn() -> Result<()>,
) -> Result<(Accepted, Option<Journal>)> {
    let verified = open(device, sealed, ORDER_TYPE)?;
    let order: Order = serde_json::from_slice(&verified.payload).map_err(not_understood)?;
    if Journal::read(&device.paths, order.id)?.is_some() {
        return Ok((Accepted { order: order.id, duplicate: true }, None));
    }
    may_open()?;
    let target = order.targets.get(&device.id).ok_or(Cause::NotForThisDevice)?.clone();
    pass_guard(device, &verified, &order.issue)?;
    let accepted = Accepted { order: order.id, duplicate: false };
    let ticket = Ticket {
        number: 0,
        id: order.id,
        by: verified.operator.name,
        received: Timestamp::now(),
        work: Work::Order { sealed: sealed.clone(), action: target.action, base: target.base, order: Box::new(order) },
    };
    Ok((accepted, Some(Journal::open(&device.paths, &device.numbers, ticket)?)))
}

/// Verifies the permission to stage a .deb; its digest and size must stand in it.
///
/// # Errors
/// As [`order`]; and [`Cause::NotStaged`] when the permission is for other .debs.
pub fn staging(device: &Device, sealed: &Sealed, sha256: Digest, bytes: u64) -> Result<()> {
    let verified = open(device, sealed, STAGING_TYPE)?;
    let staging: Staging = serde_json::from_slice(&verified.payload).map_err(not_understood)?;
    if !staging.devices.contains(&device.id) {
        return Err(Cause::NotForThisDevice.into());
    }
    if staging.debs.get(&sha256) != Some(&bytes) {
        return Err(Cause::NotStaged { sha256: sha256.to_string() }.into());
    }
    // Not counted: one permission brings several .debs, and bringing one again changes nothing.
    Ok(check_time(&guard(device)?, &staging.issue)?)
}

/// Verifies a change to what the device keeps.
///
/// # Errors
/// As [`order`].
pub fn change(device: &Device, sealed: &Sealed) -> Result<Change> {
    let verified = open(device, sealed, CHANGE_TYPE)?;
    let change: Change = serde_json::from_slice(&verified.payload).map_err(not_understood)?;
    if change.device != device.id {
        return Err(Cause::NotForThisDevice.into());
    }
    pass_guard(device, &verified, &change.issue)?;
    Ok(change)
}

/// Opens the transaction of the original's update.
///
/// # Errors
/// [`Cause::SeedRoutesOff`] unless root has opened them to this address.
pub fn seed_update(device: &Device, list: String, peer: IpAddr) -> Result<Journal> {
    open_seed(device, Work::SeedUpdate { list }, peer)
}

/// Opens the transaction of the original's rollback.
///
/// # Errors
/// As [`seed_update`]; and [`Cause::NothingRecorded`].
pub fn seed_rollback(device: &Device, peer: IpAddr) -> Result<Journal> {
    check_seed_routes(device, peer)?;
    let to = way_back_of_last(device)?;
    open_seed(device, Work::SeedRollback { to }, peer)
}

fn open_seed(device: &Device, work: Work, peer: IpAddr) -> Result<Journal> {
    check_seed_routes(device, peer)?;
    let received = Timestamp::now();
    let mut bytes = [0; 10];
    random(&mut bytes)?;
    let id = OrderId::new(u64::try_from(received.as_millisecond()).unwrap_or(0), bytes);
    let ticket = Ticket { number: 0, id, by: peer.to_canonical().to_string(), received, work };
    Journal::open(&device.paths, &device.numbers, ticket)
}

fn check_seed_routes(device: &Device, peer: IpAddr) -> Result<()> {
    let is_open = Settings::read(&device.paths)?.opens_seed_routes_to(peer)?;
    if is_open { Ok(()) } else { Err(Cause::SeedRoutesOff.into()) }
}

fn open(device: &Device, sealed: &Sealed, payload_type: &str) -> Result<Verified> {
    let operators = settings::operators(&device.paths)?;
    operators.open(sealed, payload_type).map_err(|error| Cause::NotSigned { problem: error.to_string() }.into())
}

/// The guard's new state is on disk before the message is followed.
fn pass_guard(device: &Device, verified: &Verified, issue: &Issue) -> Result<()> {
    let next = admit(&guard(device)?, &public_key_text(&verified.operator.key), issue, clock(issue.issued))?;
    // In two copies: without either, a device that a card has spoilt would follow no message of anybody again.
    [device.paths.guard(), device.paths.guard_copy()].iter().try_for_each(|path| durable::replace_json(path, &next))
}

/// The device's time, when it is known to be right; asked only for a message that claims to come from the future.
fn clock(issued: Timestamp) -> Option<Timestamp> {
    let now = Timestamp::now();
    let is_ahead = issued > now.saturating_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
    (is_ahead && is_synchronised()).then_some(now)
}

/// Whether some service keeps the clock right: systemd's own leaves a file, the kernel knows of all (adjtimex(2)).
fn is_synchronised() -> bool {
    if std::path::Path::new("/run/systemd/timesync/synchronized").exists() {
        return true;
    }
    let asked = Program::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).run();
    asked.is_ok_and(|ended| ended.output.trim() == "yes")
}

/// The guard, of two copies: one may be spoilt, and a power cut may have come between them.
fn guard(device: &Device) -> Result<Guard> {
    let copies = [device.paths.guard(), device.paths.guard_copy()].map(|path| durable::read_json::<Guard>(&path));
    match copies {
        [Err(failure), Err(_) | Ok(None)] | [Ok(None), Err(failure)] => Err(failure),
        copies => Ok(copies.into_iter().flatten().flatten().fold(Guard::new(BUILT), Guard::with)),
    }
}

fn not_understood(error: serde_json::Error) -> framboise_core::cause::Failure {
    let problem = format!("Framboise on the device does not understand this message; update it there first ({error})");
    Cause::BadRequest { problem }.into()
}
