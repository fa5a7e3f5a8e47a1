//! The root side's socket: a few typed verbs, one a connection, each checked again here.

mod places;
mod send;
mod staging;
#[cfg(test)]
mod tests;
mod verbs;
mod worker;

use crate::device::Device;
use crate::events::Events;
use crate::fault::{Doing, Result, fault};
use crate::paths::Paths;
use framboise_core::cause::Failure;
use framboise_core::protocol::socket::{REQUEST_BYTES_MAX, SOCKET_PATH};
use places::{CONNECTIONS_MAX, Places};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use staging::Stagings;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use worker::Worker;

/// How long the root side stays when nobody asks: systemd keeps the socket and starts it again.
const IDLE: Duration = Duration::from_secs(20);

/// How long watchers are given to hear the end, when the root side is asked to leave.
const GOODBYE: Duration = Duration::from_secs(5);

/// How long a peer may take to send its request line: the agent sends it at once.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);

/// Everything a request may need.
struct Server {
    device: Device,
    events: Events,
    worker: Worker,
    /// Held from a message's verification until its transaction is queued: the same bytes on two connections at once are
    /// one order.
    admission: Mutex<()>,
    /// Held while a plan is made: anybody may ask for one, and each needs an apt of its own.
    planning: Mutex<()>,
    places: Places,
    stagings: Stagings,
}

impl Server {
    fn new(device: Device) -> Self {
        Server {
            events: Events::new(device.paths.clone()),
            device,
            worker: Worker::default(),
            admission: Mutex::default(),
            planning: Mutex::default(),
            places: Places::default(),
            stagings: Stagings::default(),
        }
    }

    fn admission(&self) -> MutexGuard<'_, ()> {
        self.admission.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes requests until nobody has asked for a while.
///
/// # Errors
/// When there is no socket to serve, or the device cannot be opened.
pub fn serve() -> Result<()> {
    let (listener, handed_over) = listener()?;
    let asked_to_end = ends_later()?;
    let server = match open() {
        Ok(server) => server,
        Err(failure) => return refuse_all(&listener, &failure),
    };
    accept(&server, &listener, &Until { handed_over, asked_to_end })
}

/// Puts SIGTERM off: at a shutdown systemd waits for the transaction, and dpkg is not cut.
///
/// # Errors
/// When the handler cannot be set.
pub fn ends_later() -> Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::clone(&asked)).doing("handle signals")?;
    Ok(asked)
}

/// When the root side leaves.
struct Until {
    /// systemd keeps the socket: it may leave when nobody asks.
    handed_over: bool,
    /// It shall leave as soon as nothing is at work.
    asked_to_end: Arc<AtomicBool>,
}

fn open() -> Result<Arc<Server>> {
    let server = Arc::new(Server::new(Device::open(Paths::default())?));
    worker::start(&server)?;
    Ok(server)
}

/// Tells everybody who asks why nothing can be done (a dying card, most likely), instead of letting them wait.
fn refuse_all(listener: &UnixListener, failure: &Failure) -> Result<()> {
    eprintln!("<3>framboise-apply: {failure}. {}", failure.next_step);
    let began = Instant::now();
    while began.elapsed() < IDLE {
        if !is_called(listener)? {
            continue;
        }
        let (stream, _) = listener.accept().doing("take a connection")?;
        let mut reader = BufReader::new(&stream);
        let said = read_line(&stream, &mut reader).err().unwrap_or_else(|| failure.clone());
        // Whoever went away needs no answer.
        drop(verbs::refuse(&stream, said));
    }
    Err(failure.clone())
}

fn listener() -> Result<(UnixListener, bool)> {
    let handed = listenfd::ListenFd::from_env().take_unix_listener(0).doing("take the socket")?;
    if let Some(listener) = handed {
        return Ok((listener, true));
    }
    // By hand, for looking into it; whoever can reach the path can ask.
    drop(std::fs::remove_file(SOCKET_PATH));
    let listener = UnixListener::bind(SOCKET_PATH).doing(format!("listen on {SOCKET_PATH}"))?;
    Ok((listener, false))
}

fn accept(server: &Arc<Server>, listener: &UnixListener, until: &Until) -> Result<()> {
    let connections = Arc::new(AtomicUsize::new(0));
    let (mut busy_until, mut worked_until) = (Instant::now(), Instant::now());
    loop {
        let is_heard = connections.load(Ordering::SeqCst) > 0;
        if server.worker.is_busy() {
            worked_until = Instant::now();
        }
        if is_heard || server.worker.is_busy() {
            busy_until = Instant::now();
        }
        // Whoever watches hears the end of it first.
        let is_told = !is_heard || worked_until.elapsed() > GOODBYE;
        let only_looks_on = server.worker.is_restarting() || server.worker.is_another_at_work();
        let may_leave = only_looks_on || (!server.worker.is_busy() && is_told);
        if until.asked_to_end.load(Ordering::SeqCst) && may_leave {
            return Ok(());
        }
        if until.handed_over && busy_until.elapsed() > IDLE {
            return Ok(());
        }
        if connections.load(Ordering::SeqCst) >= CONNECTIONS_MAX || !is_called(listener)? {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        // A connection that cannot be had is one lost; a transaction may be at work.
        let Ok((stream, _)) = listener.accept() else {
            std::thread::sleep(Duration::from_millis(100));
            continue;
        };
        busy_until = Instant::now();
        connections.fetch_add(1, Ordering::SeqCst);
        let (server, count) = (Arc::clone(server), Arc::clone(&connections));
        let spawned = std::thread::Builder::new().spawn(move || {
            let _done = Done(count);
            converse(&server, &stream);
        });
        if let Err(error) = spawned {
            eprintln!("<4>framboise-apply: no thread for a request: {error}");
        }
    }
}

fn is_called(listener: &UnixListener) -> Result<bool> {
    let mut waiting = [PollFd::new(listener, PollFlags::IN)];
    let second = Timespec { tv_sec: 1, tv_nsec: 0 };
    match poll(&mut waiting, Some(&second)) {
        Ok(count) => Ok(count > 0),
        Err(rustix::io::Errno::INTR) => Ok(false),
        Err(error) => Err(error).doing("wait for a connection"),
    }
}

/// Counts a connection off, however its thread ends.
struct Done(Arc<AtomicUsize>);

impl Drop for Done {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn converse(server: &Server, stream: &UnixStream) {
    let mut reader = BufReader::new(stream);
    let answered = read_line(stream, &mut reader).and_then(|line| verbs::answer(server, &line, &mut reader, stream));
    if let Err(failure) = answered {
        // A peer that went away has no use for the refusal; whoever is still there gets it.
        drop(verbs::refuse(stream, failure));
    }
}

fn read_line(stream: &UnixStream, reader: &mut BufReader<&UnixStream>) -> Result<String> {
    stream.set_read_timeout(Some(REQUEST_PATIENCE)).doing("read a request")?;
    let mut line = String::new();
    let limit = u64::try_from(REQUEST_BYTES_MAX).unwrap_or(u64::MAX);
    reader.by_ref().take(limit).read_line(&mut line).doing("read a request")?;
    if line.ends_with('\n') { Ok(line) } else { Err(fault("read a request", "it has no end, or is too long")) }
}
