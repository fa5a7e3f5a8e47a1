//! The kernel's neighbour table: who answered on this link lately, with which MAC address, and how large it may grow.

use super::mac::MacAddress;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// The kernel's own default for the size of the table; other network namespaces do not tell theirs.
const TABLE_SIZE_DEFAULT: usize = 1024;

/// A snapshot younger than this serves again: hundreds of addresses may end their rounds in the same instant.
const SNAPSHOT_AGE_MAX: Duration = Duration::from_millis(50);

/// An entry confirmed longer ago may be of a host that has left.
const CONFIRMED_AGE_MAX: Duration = Duration::from_secs(30);

/// What the table says of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Neighbour {
    /// Its card.
    pub mac: MacAddress,
    /// Whether it was heard of within the last half minute.
    pub is_fresh: bool,
}

type Table = BTreeMap<Ipv4Addr, Neighbour>;

struct Snapshot {
    taken: Instant,
    table: Arc<Table>,
}

/// Reads the table, sparingly.
#[derive(Clone, Default)]
pub struct Neighbours {
    last: Arc<Mutex<Option<Snapshot>>>,
}

impl Neighbours {
    /// What the table says of this address now; nothing where there is no table to read.
    pub async fn of(&self, address: Ipv4Addr) -> Option<Neighbour> {
        self.snapshot().await.get(&address).copied()
    }

    async fn snapshot(&self) -> Arc<Table> {
        let mut last = self.last.lock().await;
        if let Some(snapshot) = last.as_ref().filter(|snapshot| snapshot.taken.elapsed() < SNAPSHOT_AGE_MAX) {
            return Arc::clone(&snapshot.table);
        }
        // Without the table a scan still finds every agent; only hosts that run none stay unnamed.
        let table = Arc::new(system::table().await.unwrap_or_default());
        *last = Some(Snapshot { taken: Instant::now(), table: Arc::clone(&table) });
        table
    }
}

/// How many addresses may be asked at once. Each silent one holds an entry for three seconds; once the table is full
/// the kernel drops what is sent to any address, the answering ones included.
pub fn addresses_at_once() -> usize {
    let size = std::fs::read_to_string("/proc/sys/net/ipv4/neigh/default/gc_thresh3")
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .unwrap_or(TABLE_SIZE_DEFAULT);
    (size / 2).clamp(16, 512)
}

#[cfg(target_os = "linux")]
mod system {
    use super::{CONFIRMED_AGE_MAX, MacAddress, Neighbour, Table};
    use futures_util::TryStreamExt as _;
    use rtnetlink::packet_route::AddressFamily;
    use rtnetlink::packet_route::neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState};
    use std::net::Ipv4Addr;
    use std::time::Duration;

    /// The kernel counts ages for user space in hundredths of a second (USER_HZ).
    const TICK: Duration = Duration::from_millis(10);

    pub(super) async fn table() -> Result<Table, rtnetlink::Error> {
        let (connection, handle, _) = rtnetlink::new_connection().map_err(|_| rtnetlink::Error::RequestFailed)?;
        let connection = tokio::spawn(connection);
        let messages = handle.neighbours().get().set_address_family(AddressFamily::Inet).execute();
        let table = messages.try_filter_map(async |message| Ok(entry(&message))).try_collect().await;
        connection.abort();
        table
    }

    fn entry(message: &NeighbourMessage) -> Option<(Ipv4Addr, Neighbour)> {
        if matches!(message.header.state, NeighbourState::Incomplete | NeighbourState::Failed | NeighbourState::None) {
            return None;
        }
        let mut address = None;
        let mut mac = None;
        let mut age = None;
        for attribute in &message.attributes {
            #[expect(clippy::wildcard_enum_match_arm, reason = "a foreign list that grows; three of it matter here")]
            match attribute {
                NeighbourAttribute::Destination(NeighbourAddress::Inet(destination)) => address = Some(*destination),
                NeighbourAttribute::LinkLayerAddress(bytes) => mac = <[u8; 6]>::try_from(bytes.as_slice()).ok(),
                NeighbourAttribute::CacheInfo(info) => age = Some(TICK.saturating_mul(info.confirmed)),
                _ => {}
            }
        }
        let is_fresh = age.is_some_and(|age| age <= CONFIRMED_AGE_MAX);
        Some((address?, Neighbour { mac: MacAddress(mac?), is_fresh }))
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Table;

    pub(super) async fn table() -> Result<Table, std::convert::Infallible> {
        Ok(Table::new())
    }
}
