//! Agents that announce themselves by mDNS. A sweep cannot miss what speaks up on its own.

use super::report::ScanProblem;
use super::sweep::Asker;
use framboise_core::protocol::http::SERVICE_TYPE;
use ipnet::Ipv4Net;
use mdns_sd::{Receiver, ResolvedService, ScopedIp, ServiceDaemon, ServiceEvent};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use tokio::task::JoinSet;

/// Asks each agent that announces itself until `enough`; those heard by then are asked to the end.
pub(super) async fn listen(asker: &Asker, networks: &[Ipv4Net], enough: impl Future<Output = ()>) {
    let (_daemon, events) = match browse() {
        Ok(browsing) => browsing,
        Err(error) => {
            asker.reports.problem(ScanProblem::Listening(error.to_string()));
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
        for way in ways(&addresses(&service), networks).into_iter().filter(|way| asked.insert(*way)) {
            let asker = asker.clone();
            tasks.spawn(async move { asker.ask_announced(way).await });
        }
    }
    tasks.join_all().await;
}

fn browse() -> Result<(Daemon, Receiver<ServiceEvent>), mdns_sd::Error> {
    let daemon = Daemon(ServiceDaemon::new()?);
    let events = daemon.0.browse(SERVICE_TYPE)?;
    Ok((daemon, events))
}

/// A way to an agent that announced itself, and the address to know it by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// Where it is asked.
    pub via: SocketAddr,
    /// Where it is said to be.
    pub at: SocketAddr,
}

/// The ways to an announced agent. Its link-local IPv6 address, which only these two can use, is a second way to one whose
/// IPv4 address is in a swept network: its MAC address is asked for apart, and not lost together with the first.
fn ways(addresses: &[SocketAddr], networks: &[Ipv4Net]) -> Vec<Way> {
    let is_near = |address: &SocketAddr| match address.ip() {
        IpAddr::V4(ipv4) => networks.iter().any(|network| network.contains(&ipv4)),
        IpAddr::V6(_) => false,
    };
    let mut near = addresses.iter().copied().filter(is_near);
    let only_near = near.next().filter(|_| near.next().is_none());
    let way = |via: &SocketAddr| match via {
        SocketAddr::V4(_) => Some(Way { via: *via, at: *via }),
        SocketAddr::V6(ipv6) => {
            let itself = (!ipv6.ip().is_unicast_link_local()).then_some(*via);
            only_near.or(itself).map(|at| Way { via: *via, at })
        }
    };
    addresses.iter().filter(|address| !address.ip().is_loopback()).filter_map(way).collect()
}

fn addresses(service: &ResolvedService) -> Vec<SocketAddr> {
    let with_port = |address: &ScopedIp| {
        if let ScopedIp::V6(ipv6) = address {
            SocketAddrV6::new(*ipv6.addr(), service.port, 0, ipv6.scope_id().index).into()
        } else {
            SocketAddr::new(address.to_ip_addr(), service.port)
        }
    };
    service.addresses.iter().map(with_port).collect()
}

/// Ends the daemon's thread with the scan.
struct Daemon(ServiceDaemon);

impl Drop for Daemon {
    fn drop(&mut self) {
        // It ends by itself with the process too; nothing is left to be done when it will not.
        let _ = self.0.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(addresses: &[&str]) -> Vec<(String, String)> {
        let addresses: Vec<SocketAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let networks = ["192.168.1.0/24".parse().unwrap()];
        ways(&addresses, &networks).iter().map(|way| (way.via.to_string(), way.at.to_string())).collect()
    }

    fn pair(via: &str, at: &str) -> (String, String) {
        (via.to_owned(), at.to_owned())
    }

    #[test]
    fn link_local_is_a_second_way_to_a_near_address() {
        let ways = shown(&["192.168.1.7:5000", "172.17.0.1:5000", "127.0.0.1:5000", "[fe80::1%3]:5000"]);
        let near = "192.168.1.7:5000";
        assert_eq!(
            ways,
            [pair(near, near), pair("172.17.0.1:5000", "172.17.0.1:5000"), pair("[fe80::1%3]:5000", near)]
        );
    }

    #[test]
    fn link_local_alone_is_no_address() {
        assert!(shown(&["[fe80::1%3]:5000"]).is_empty());
        assert_eq!(shown(&["[2001:db8::1]:5000"]), [pair("[2001:db8::1]:5000", "[2001:db8::1]:5000")]);
    }
}
