//! How much strangers may take: an agent answers anybody on its network before it knows them.

use framboise_core::protocol::socket;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Connections at once: two descriptors each stay below the usual limit of 1,024.
pub const CONNECTIONS_MAX: usize = 256;

/// Connections at once from one address: a desk needs two or three.
pub const CONNECTIONS_PER_ADDRESS_MAX: usize = 16;

/// Event streams at once: fewer than the root side has places for watchers, where the original's requests wait too.
pub const EVENT_STREAMS_MAX: usize = 24;

/// Event streams at once from one address: a desk needs one for each order that it watches.
pub const EVENT_STREAMS_PER_ADDRESS_MAX: usize = 8;

/// Readers at once of what the root side has to gather from its disk: what it has places for.
pub const READERS_MAX: usize = 8;

/// Readers at once from one address.
pub const READERS_PER_ADDRESS_MAX: usize = 4;

/// Plans at once. The root side makes one after the other, and each may take minutes.
pub const PLANS_MAX: usize = 4;

/// Plans at once for one address.
pub const PLANS_PER_ADDRESS_MAX: usize = 2;

/// For the first byte, and for a request's head. A connection at rest is closed after it too.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// For a request's body of usual size.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// For a larger body, over a slow Wi-Fi.
pub const LARGE_BODY_TIMEOUT: Duration = Duration::from_secs(60);

/// Between two pieces of a streamed .deb.
pub const PIECE_TIMEOUT: Duration = Duration::from_secs(30);

/// A request's body, but for orders, plans and .debs.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// An order or plan request: a lock of 4,000 packages takes about 2 MB when sealed. Half of what the root side takes,
/// for quoting the bytes as JSON may double them.
pub const LARGE_BODY_BYTES_MAX: usize = socket::REQUEST_BYTES_MAX / 2 - 64 * 1024;

/// Bodies above [`BODY_BYTES_MAX`] in memory at once.
pub const LARGE_BODIES_MAX: usize = 4;

/// Data that the other end does not take for so long, in milliseconds, closes the connection.
pub const STALL_MS: u32 = 30_000;

/// Places for one kind of thing, so many in all and so many for one address.
#[derive(Debug)]
pub struct Places {
    all_max: usize,
    per_address_max: usize,
    by_address: Mutex<BTreeMap<IpAddr, usize>>,
}

/// One place, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    /// Places that are all free.
    pub fn new(all_max: usize, per_address_max: usize) -> Arc<Self> {
        Arc::new(Places { all_max, per_address_max, by_address: Mutex::default() })
    }

    /// A place for somebody at this address, when there is one.
    pub fn place(places: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = counted_as(address);
        let mut by_address = places.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = by_address.values().sum();
        let of_address = by_address.get(&address).copied().unwrap_or(0);
        if all >= places.all_max || of_address >= places.per_address_max {
            return None;
        }
        by_address.insert(address, of_address + 1);
        Some(Place { places: Arc::clone(places), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.places.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        match by_address.get_mut(&self.address) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                by_address.remove(&self.address);
            }
        }
    }
}

/// Whom an address is counted as: one host may call itself by any address of its IPv6 network of 64 bits.
fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        IpAddr::V4(address) => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_64_bits_counts_as_one_address() {
        let places = Places::new(3, 1);
        let place = |address: &str| Places::place(&places, address.parse().unwrap());
        let first = place("2001:db8::1").unwrap();
        assert!(place("2001:db8::ffff:2").is_none());
        let _other = place("2001:db8:0:1::1").unwrap();
        let _mapped = place("::ffff:10.0.0.1").unwrap();
        drop(first);
        assert!(place("10.0.0.1").is_none());
        let _second = place("2001:db8::2").unwrap();
        assert!(place("10.0.0.2").is_none(), "three in all");
    }
}
