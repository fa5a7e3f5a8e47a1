//! A device that is none: it speaks the real interface on a loopback address and does what its script says.

mod answers;
mod script;
mod server;

pub use script::{Beat, Script, lock, plan, state};

use answers::Memory;
use framboise_core::event::Event;
use framboise_core::order::Order;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A running fake device. It is gone when it is dropped.
pub struct FakeDevice {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What all of its connections share.
struct Shared {
    memory: Mutex<Memory>,
    /// The events told so far; who streams them waits for more.
    events: watch::Sender<Vec<Event>>,
    /// Whether it has power.
    power: watch::Sender<bool>,
    /// What the desk said of itself: `true` when it left.
    desk: watch::Sender<Vec<bool>>,
}

impl FakeDevice {
    /// Starts it on a loopback address, port 0 for any.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn start(address: SocketAddr, script: Script) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            memory: Mutex::new(Memory::new(script)),
            events: watch::Sender::new(Vec::new()),
            power: watch::Sender::new(true),
            desk: watch::Sender::new(Vec::new()),
        });
        tokio::spawn(server::serve(listener, Arc::clone(&shared)));
        Ok(FakeDevice { address, shared })
    }

    /// Where it is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The orders that it was given, in their order.
    pub fn orders(&self) -> Vec<Order> {
        self.shared.memory().orders.clone()
    }

    /// The texts of the update files that it was asked to plan.
    pub fn planned_texts(&self) -> Vec<String> {
        self.shared.memory().planned.clone()
    }

    /// The .debs it was handed: digest and size.
    pub fn staged(&self) -> Vec<(String, usize)> {
        self.shared.memory().staged.clone()
    }

    /// How many devices the permissions named, with which .debs were handed over.
    pub fn permitted(&self) -> Vec<usize> {
        self.shared.memory().permitted.clone()
    }

    /// How many events of its newest order it has told.
    pub fn told(&self) -> usize {
        self.shared.events.borrow().len()
    }

    /// What the desk said of itself: `false` for being here, `true` for leaving.
    pub fn heard_of_desk(&self) -> Vec<bool> {
        self.shared.desk.borrow().clone()
    }

    /// Changes what it does from now on.
    pub fn rewrite(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.shared.memory().script);
    }

    /// Takes its power away, or gives it back. Without, connections break and nobody listens.
    pub fn set_power(&self, on: bool) {
        self.shared.power.send_replace(on);
    }
}

impl Drop for FakeDevice {
    fn drop(&mut self) {
        self.set_power(false);
        // The server's last clone of the events' sender goes with the server.
    }
}

impl Shared {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
