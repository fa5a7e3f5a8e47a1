//! Announces the agent by mDNS, so that a desk finds it without asking every address.

use crate::device::Device;
use crate::log;
use framboise_core::protocol::http::SERVICE_TYPE;
use mdns_sd::{ServiceDaemon, ServiceInfo};
use std::net::SocketAddr;
use std::time::Duration;

/// How long the last word may take.
const GOODBYE_MAX: Duration = Duration::from_millis(300);

/// The announcement, to be taken back when the server stops.
pub struct Announcement {
    daemon: ServiceDaemon,
    name: String,
}

/// Announces the agent; where that is not possible, it is found by the sweep alone.
pub fn start(device: &Device, address: SocketAddr) -> Option<Announcement> {
    // Nobody else could reach it.
    if address.ip().is_loopback() {
        return None;
    }
    match announce(device, address.port()) {
        Ok(announcement) => Some(announcement),
        Err(error) => {
            log::warning(&format!("not announced by mDNS: {error}"));
            None
        }
    }
}

/// Takes the announcement back, so that desks drop the device at once.
pub fn stop(announcement: Option<Announcement>) {
    let Some(Announcement { daemon, name }) = announcement else { return };
    // The process ends anyway; what could not be taken back runs out by itself.
    if let Ok(taken_back) = daemon.unregister(&name) {
        let _ = taken_back.recv_timeout(GOODBYE_MAX);
    }
}

fn announce(device: &Device, port: u16) -> Result<Announcement, mdns_sd::Error> {
    let id = device.id();
    let name = device.name();
    let host = format!("{}.local.", device.announced_name());
    let id = id.map(|id| id.to_string()).unwrap_or_default();
    let properties = [("id", id.as_str()), ("name", name.as_str()), ("version", env!("CARGO_PKG_VERSION"))];
    let service = ServiceInfo::new(SERVICE_TYPE, &name, &host, "", port, &properties[..])?.enable_addr_auto();
    let full_name = service.get_fullname().to_owned();
    let daemon = ServiceDaemon::new()?;
    daemon.register(service)?;
    Ok(Announcement { daemon, name: full_name })
}
