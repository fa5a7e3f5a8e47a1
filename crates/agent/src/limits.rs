//! How much strangers may take: an agent answers anybody on its network before it knows them.

use framboise_core::protocol::socket;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Connections at once: two descriptors each stay below the usual limit of 1,024.
pub const CONNECTIONS_MAX: usize = 256;

/// Connections at once from one address: a desk needs two or three.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 16;

/// For the first byte, and for a request's head. A connection at rest is closed after it too.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// For a request's body of usual size.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// For a larger body, over a slow Wi-Fi.
pub const LARGE_BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Between two pieces of a streamed .deb.
pub const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// A request's head, with the permission to stage some hundred .debs in it.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// A request's body, but for orders, plans and .debs.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// An order or plan request: a lock of 4,000 packages takes about 2 MB when sealed. Half of what the root side takes,
/// for quoting the bytes as JSON may double them.
pub const LARGE_BODY_BYTES_MAX: usize = socket::REQUEST_BYTES_MAX / 2 - 64 * 1024;

/// Bodies above [`BODY_BYTES_MAX`] in memory at once.
pub const LARGE_BODIES_MAX: usize = 4;

/// Data that the other end does not take for so long, in milliseconds, closes the connection.
pub const STALL_MS: u32 = 30_000;

/// The connections that are open.
#[derive(Debug, Default)]
pub struct Connections {
    by_address: Mutex<BTreeMap<IpAddr, usize>>,
}

/// One connection's place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    connections: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    /// A place for a connection from this address, when there is one.
    pub fn place(connections: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let mut by_address = connections.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = by_address.values().sum();
        let of_address = by_address.get(&address).copied().unwrap_or(0);
        if all >= CONNECTIONS_MAX || of_address >= CONNECTIONS_PER_ADDRESS_MAX {
            return None;
        }
        by_address.insert(address, of_address + 1);
        Some(Place { connections: Arc::clone(connections), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.connections.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        match by_address.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                by_address.remove(&self.address);
            }
        }
    }
}
