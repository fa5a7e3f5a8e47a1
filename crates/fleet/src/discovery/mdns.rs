//! Agents that announce themselves by mDNS. A sweep cannot miss what speaks up on its own.

use super::report::Reports;
use super::sweep::Asker;
use framboise_core::protocol::http::SERVICE_TYPE;
use mdns_sd::{Receiver, ResolvedService, ServiceDaemon, ServiceEvent};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use tokio::task::JoinSet;

/// Asks each agent that announces itself until `enough`; those heard by then are asked to the end.
pub(super) async fn listen(asker: &Asker, reports: &Reports, enough: impl Future<Output = ()>) {
    let (_daemon, events) = match browse() {
        Ok(browsing) => browsing,
        Err(error) => {
            reports.problem(format!("agents that announce themselves could not be heard: {error}"));
            return enough.await;
        }
    };
    let mut asked = BTreeSet::new();
    let mut tasks = JoinSet::new();
    let mut enough = std::pin::pin!(enough);
    loop {
        let event = tokio::select! {
            event = events.recv_async() => event,
            () = &mut enough => break,
        };
        let service = match event {
            Ok(ServiceEvent::ServiceResolved(service)) => service,
            Ok(_) => continue,
            Err(_) => {
                enough.await;
                break;
            }
        };
        for address in addresses(&service).into_iter().filter(|address| asked.insert(*address)) {
            let asker = asker.clone();
            tasks.spawn(async move { asker.ask_announced(address).await });
        }
    }
    tasks.join_all().await;
}

fn browse() -> Result<(Daemon, Receiver<ServiceEvent>), mdns_sd::Error> {
    let daemon = Daemon(ServiceDaemon::new()?);
    let events = daemon.0.browse(SERVICE_TYPE)?;
    Ok((daemon, events))
}

/// IPv4 where there is one: a link-local IPv6 address is of no use without its interface.
fn addresses(service: &ResolvedService) -> Vec<SocketAddr> {
    let all: Vec<IpAddr> = service.addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr).collect();
    let ipv4: Vec<IpAddr> = all.iter().copied().filter(|address| address.is_ipv4() && !address.is_loopback()).collect();
    let global =
        |address: &IpAddr| matches!(address, IpAddr::V6(ipv6) if !ipv6.is_unicast_link_local() && !ipv6.is_loopback());
    let chosen = if ipv4.is_empty() { all.into_iter().filter(global).collect() } else { ipv4 };
    chosen.into_iter().map(|address| SocketAddr::new(address, service.port)).collect()
}

/// Ends the daemon's thread with the scan.
struct Daemon(ServiceDaemon);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It ends by itself with the process too; nothing is left to be done when it will not.
        let _ = self.0.shutdown();
    }
}
