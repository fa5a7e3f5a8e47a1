//! Which networks are swept: this computer's own, or those that were named.

use if_addrs::{IfAddr, IfOperStatus, Interface};
use ipnet::Ipv4Net;
use serde::Serialize;
use std::net::Ipv4Addr;

/// Larger networks (fewer prefix bits) are swept only when they are named: a /15 takes a quarter of an hour.
const PREFIX_BITS_MIN: u8 = 16;

/// Named ones end here: a /12 takes two hours, and each further bit doubles that.
const NAMED_PREFIX_BITS_MIN: u8 = 12;

/// Interfaces that container and VM programs make: no Pi is behind them, and each may be a /16 of silent addresses.
const VIRTUAL_PREFIXES: [&str; 8] = ["docker", "podman", "virbr", "lxcbr", "lxdbr", "cni", "flannel", "vmnet"];

/// A network that is not swept, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The network.
    pub network: Ipv4Net,
    /// This computer's interface in it.
    pub interface: String,
    /// Why.
    pub reason: SkipReason,
}

/// Why a network is not swept unless it is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// More addresses than a sweep should ask unasked.
    TooLarge,
    /// It belongs to containers or virtual machines on this computer.
    Virtual,
}

/// The networks to sweep, small ones first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    /// To be swept.
    pub swept: Vec<Ipv4Net>,
    /// Left out.
    pub skipped: Vec<Skipped>,
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SkipReason::TooLarge => "too large",
            SkipReason::Virtual => "of containers or virtual machines",
        })
    }
}

/// A text that names no network to sweep.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// Something else.
    #[error("expected an IPv4 network such as 192.168.1.0/24, or one address")]
    NotANetwork {
        /// As it was written.
        text: String,
    },
    /// More than can be asked.
    #[error("{count} addresses would take hours; name networks of /{prefix_bits_min} or smaller")]
    TooLarge {
        /// How many addresses it has.
        count: u64,
        /// The shortest prefix that is swept.
        prefix_bits_min: u8,
    },
}

/// The networks that this computer is in.
///
/// # Errors
/// When the system does not tell its interfaces.
pub fn local() -> std::io::Result<Networks> {
    Ok(sorted_out(&if_addrs::get_if_addrs()?))
}

/// A network as people name it: `192.168.1.0/24`, any address in it with its prefix, or one address alone.
///
/// # Errors
/// When it is something else, or too large.
pub fn parse(text: &str) -> Result<Ipv4Net, NetworkError> {
    let network = text.parse::<Ipv4Net>().ok().or_else(|| text.parse::<Ipv4Addr>().ok().map(Ipv4Net::from));
    let network = network.ok_or_else(|| NetworkError::NotANetwork { text: text.to_owned() })?.trunc();
    if network.prefix_len() < NAMED_PREFIX_BITS_MIN {
        let count = host_count(&network);
        return Err(NetworkError::TooLarge { count, prefix_bits_min: NAMED_PREFIX_BITS_MIN });
    }
    Ok(network)
}

/// How many addresses of a network can be a host's: all but its own and the broadcast address, where it has those.
pub(super) fn host_count(network: &Ipv4Net) -> u64 {
    let addresses = 1_u64 << (32 - network.prefix_len());
    if network.prefix_len() < 31 { addresses - 2 } else { addresses }
}

fn sorted_out(interfaces: &[Interface]) -> Networks {
    let mut networks = Networks::default();
    for interface in interfaces.iter().filter(|interface| is_in_use(interface)) {
        let IfAddr::V4(address) = &interface.addr else { continue };
        let Ok(network) = Ipv4Net::new(address.ip, address.prefixlen) else { continue };
        match reason_to_skip(&interface.name, network) {
            Some(reason) => {
                networks.skipped.push(Skipped { network: network.trunc(), interface: interface.name.clone(), reason })
            }
            None => networks.swept.push(network.trunc()),
        }
    }
    networks.swept.sort_by_key(|network| (u8::MAX - network.prefix_len(), network.network()));
    networks.swept.dedup();
    networks
}

/// A /32 has no neighbours (VPNs, and the services of cloud machines).
fn is_in_use(interface: &Interface) -> bool {
    let is_down =
        matches!(interface.oper_status, IfOperStatus::Down | IfOperStatus::NotPresent | IfOperStatus::LowerLayerDown);
    let has_neighbours = matches!(&interface.addr, IfAddr::V4(address) if address.prefixlen < 32);
    !interface.is_loopback() && !is_down && !interface.is_p2p() && has_neighbours
}

fn reason_to_skip(interface: &str, network: Ipv4Net) -> Option<SkipReason> {
    let is_docker_bridge = interface
        .strip_prefix("br-")
        .is_some_and(|id| id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if is_docker_bridge || VIRTUAL_PREFIXES.iter().any(|prefix| interface.starts_with(prefix)) {
        Some(SkipReason::Virtual)
    } else if network.prefix_len() < PREFIX_BITS_MIN {
        Some(SkipReason::TooLarge)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use if_addrs::Ifv4Addr;

    fn interface(name: &str, address: &str) -> Interface {
        let network: Ipv4Net = address.parse().unwrap();
        Interface {
            name: name.to_owned(),
            addr: IfAddr::V4(Ifv4Addr {
                ip: network.addr(),
                netmask: network.netmask(),
                prefixlen: network.prefix_len(),
                broadcast: None,
            }),
            index: Some(1),
            oper_status: IfOperStatus::Up,
            is_p2p: false,
        }
    }

    fn swept(interfaces: &[Interface]) -> Vec<String> {
        sorted_out(interfaces).swept.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn small_networks_come_first_and_each_once() {
        let interfaces = [
            interface("eth0", "10.1.2.3/16"),
            interface("wlan0", "192.168.1.7/24"),
            interface("eth1", "192.168.1.8/24"),
        ];
        assert_eq!(swept(&interfaces), ["192.168.1.0/24", "10.1.0.0/16"]);
    }

    #[test]
    fn loopback_and_single_addresses_are_nothing_to_sweep() {
        assert!(swept(&[interface("lo", "127.0.0.1/8"), interface("wg0", "10.9.0.2/32")]).is_empty());
    }

    #[test]
    fn what_is_left_out_says_why() {
        let networks = sorted_out(&[
            interface("docker0", "172.17.0.1/16"),
            interface("eth0", "10.0.0.2/8"),
            interface("br-0a1b2c3d4e5f", "172.18.0.1/16"),
        ]);
        let reasons: Vec<SkipReason> = networks.skipped.iter().map(|skipped| skipped.reason).collect();
        assert_eq!(reasons, [SkipReason::Virtual, SkipReason::TooLarge, SkipReason::Virtual]);
        assert!(networks.swept.is_empty());
    }

    #[test]
    fn hosts_are_counted_without_walking_them() {
        for text in ["10.0.0.0/30", "10.0.0.0/31", "10.0.0.1/32", "10.0.0.0/20"] {
            let network: Ipv4Net = text.parse().unwrap();
            assert_eq!(host_count(&network), network.hosts().count() as u64, "{text}");
        }
    }

    #[test]
    fn a_network_is_named_by_any_address_in_it() {
        assert_eq!(parse("192.168.1.77/24").unwrap().to_string(), "192.168.1.0/24");
        assert_eq!(parse("192.168.1.77").unwrap().to_string(), "192.168.1.77/32");
        assert!(parse("192.168.1").unwrap_err().to_string().contains("192.168.1.0/24"));
    }

    #[test]
    fn what_would_take_for_ever_is_refused() {
        assert!(parse("10.0.0.0/12").is_ok());
        for (network, count) in
            [("10.0.0.0/11", "2097150 "), ("10.0.0.0/4", "268435454 "), ("0.0.0.0/0", "4294967294 ")]
        {
            assert!(parse(network).unwrap_err().to_string().starts_with(count), "{network}");
        }
    }
}
