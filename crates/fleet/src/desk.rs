//! The operator's desk: its memory, its key, its connections. Everything a face can do begins here.

use crate::device::{CallError, Connections, Device};
use crate::discovery::{Scan, ScanError, ScanEvent, scan};
use crate::home::{Home, HomeError};
use crate::keys::{KeyError, OperatorKey};
use crate::store::{KnownDevice, Store, StoreError};
use framboise_core::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// What one operator works with.
#[derive(Clone)]
pub struct Desk {
    /// Where it keeps things.
    pub home: Home,
    /// What it knows.
    pub store: Store,
    /// How it speaks with devices.
    pub connections: Connections,
}

/// A desk that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// There is no place for it.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// Its memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system's networking cannot be used.
    #[error("connections cannot be made on this computer: {0}")]
    Connections(#[from] reqwest::Error),
}

impl Desk {
    /// The desk in this home.
    ///
    /// # Errors
    /// When its memory cannot be used.
    pub fn open(home: Home) -> Result<Self, DeskError> {
        let store = Store::open(&home.data.join("desk.sqlite"))?;
        Ok(Desk { home, store, connections: Connections::new()? })
    }

    /// The operator's key, made at its first use.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn key(&self) -> Result<OperatorKey, KeyError> {
        OperatorKey::load_or_create(&self.home).map(|(key, _)| key)
    }

    /// A known device, to speak with.
    pub fn device(&self, known: &KnownDevice) -> Device {
        self.connections.to(known)
    }

    /// Begins a scan; whatever agent it finds is known from then on.
    ///
    /// # Errors
    /// When the networks to scan cannot be told.
    pub fn scan(&self, what: Scan) -> Result<UnboundedReceiver<Result<ScanEvent, StoreError>>, ScanError> {
        let mut events = scan(what)?;
        let (told, receiver) = unbounded_channel();
        let store = self.store.clone();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                let kept = match &event {
                    ScanEvent::Found { address, identity } => {
                        store.keep_device(*address, (**identity).clone(), Timestamp::now()).await
                    }
                    ScanEvent::Started { .. }
                    | ScanEvent::Progress(_)
                    | ScanEvent::SilentPi { .. }
                    | ScanEvent::NotTheAgent { .. }
                    | ScanEvent::Finished(_) => Ok(()),
                };
                let is_failed = kept.is_err();
                if told.send(kept.map(|()| event)).is_err() || is_failed {
                    return;
                }
            }
        });
        Ok(receiver)
    }

    /// Asks who answers at an address, and knows that device from then on.
    ///
    /// # Errors
    /// When no agent answers there, or the memory fails.
    pub async fn meet(&self, address: std::net::SocketAddr) -> Result<KnownDevice, MeetError> {
        let identity = self.connections.identify(address).await?;
        let seen = Timestamp::now();
        self.store.keep_device(address, identity.clone(), seen).await?;
        Ok(KnownDevice { address, identity: identity.into(), seen })
    }
}

/// An address at which no device was met.
#[derive(Debug, thiserror::Error)]
pub enum MeetError {
    /// No agent answers there.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The desk's memory fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}
