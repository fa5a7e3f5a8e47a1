//! A lab's own network: a switch, and hosts plugged into it, each in a network namespace.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, SocketAddrV4, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::command::Tool;
use crate::error::{Error, Result};
use crate::files;

/// The network of every lab; labs don't see each other's.
pub(crate) const SUBNET: &str = "10.77.0.0/24";
/// The operator's desk.
pub(crate) const DESK: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
/// The archive, under the name [`ARCHIVE_NAME`].
pub(crate) const ARCHIVE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
/// What the devices call the archive.
pub(crate) const ARCHIVE_NAME: &str = "archive.lab";
/// pi-1 follows this address: low ones are for hosts that are no devices.
const DEVICE_OFFSET: u8 = 10;
/// So many devices have an address in [`SUBNET`].
pub(crate) const DEVICES_MAX: u8 = 254 - DEVICE_OFFSET;

/// The network of one lab.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    lab: String,
}

/// The address of device `number`, counted from 1.
pub(crate) fn device_address(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, DEVICE_OFFSET + number)
}

impl Network {
    pub(crate) fn of(lab: &str) -> Network {
        Network { lab: lab.to_owned() }
    }

    /// The network namespace of a host: `switch`, `desk`, `archive` or a device.
    pub(crate) fn namespace(&self, host: &str) -> String {
        format!("framboise.{}.{host}", self.lab)
    }

    /// Makes the switch, if it is not there.
    pub(crate) fn create(&self) -> Result<()> {
        let switch = self.namespace("switch");
        if exists(&switch) && ip(&switch, "link show lan\n").is_ok() {
            return Ok(());
        }
        delete(&switch)?;
        add(&switch)?;
        ip(&switch, "link add lan type bridge forward_delay 0 mcast_snooping 0\nlink set lan up\n")
    }

    /// Plugs a host into the switch, if it is not; `last` is the last byte of its MAC address.
    pub(crate) fn attach(&self, host: &str, address: Ipv4Addr) -> Result<()> {
        let namespace = self.namespace(host);
        let present = format!("inet {address}/");
        if exists(&namespace) && self.shows(&namespace, &present) {
            return Ok(());
        }
        let switch = self.namespace("switch");
        delete(&namespace)?;
        // The port of a half-made host may still be there.
        let _ = ip(&switch, &format!("link del {host}\n"));
        add(&namespace)?;
        let mac = mac(address);
        ip(
            &switch,
            &format!(
                "link add {host} type veth peer name eth0 address {mac} netns {namespace}\n\
                 link set {host} master lan up\n"
            ),
        )?;
        // No default route: what is not on this network is unreachable at once instead of after a time-out.
        ip(
            &namespace,
            &format!(
                "link set lo up\naddr add {address}/24 dev eth0\nlink set eth0 up\nroute add 224.0.0.0/4 dev eth0\n"
            ),
        )
    }

    /// Plugs a virtual machine into the switch in a host's place.
    pub(crate) fn attach_tap(&self, host: &str) -> Result<()> {
        delete(&self.namespace(host))?;
        let switch = self.namespace("switch");
        // The host's own port, or that of an earlier start.
        let _ = ip(&switch, &format!("link del {host}\n"));
        ip(&switch, &format!("tuntap add {host} mode tap\nlink set {host} master lan up\n"))
    }

    /// The MAC address of the host with this address.
    pub(crate) fn mac_of(&self, address: Ipv4Addr) -> String {
        mac(address)
    }

    /// Pulls or plugs a host's cable.
    pub(crate) fn set_cable(&self, host: &str, plugged: bool) -> Result<()> {
        let state = if plugged { "up" } else { "down" };
        ip(&self.namespace("switch"), &format!("link set {host} {state}\n"))
    }

    /// Loses so many of a hundred frames that hosts send, whatever they carry.
    pub(crate) fn lose_frames(&self, percent: u8) -> Result<()> {
        let switch = self.namespace("switch");
        let ports = Tool::new("ip").args(["-n", &switch, "-oneline", "link", "show", "master", "lan"]).run()?;
        // "5: pi-1@if2: <BROADCAST,…"
        let ports = ports.lines().filter_map(|line| line.split(": ").nth(1)?.split('@').next());
        // Declared before it is deleted, for it may not be there.
        let mut rules = String::from("table netdev loss {}\ndelete table netdev loss\n");
        if percent > 0 {
            rules.push_str("table netdev loss {\n");
            for port in ports {
                // At the switch's ports: in a host's own output path, sending would fail instead.
                rules.push_str(&format!(
                    "chain {port} {{ type filter hook ingress device \"{port}\" priority 0; \
                     numgen random mod 100 < {percent} drop; }}\n"
                ));
            }
            rules.push_str("}\n");
        }
        Tool::new("nft").arg("--version").run()?;
        Tool::new("ip").args(["netns", "exec", &switch, "nft", "-f", "-"]).run_with_input(rules.as_bytes()).map(drop)
    }

    /// Removes all of it, and ends what still runs in it.
    pub(crate) fn remove(&self) -> Result<()> {
        let prefix = self.namespace("");
        for namespace in files::names(Path::new("/run/netns"))? {
            if !namespace.starts_with(&prefix) {
                continue;
            }
            let pids = Tool::new("ip").args(["netns", "pids", &namespace]).run().unwrap_or_default();
            for pid in pids.split_whitespace() {
                kill(pid);
            }
            delete(&namespace)?;
        }
        Ok(())
    }

    /// Asks a host on port 5000 for `path`, from the desk, and gives the status line's code.
    pub(crate) fn probe(&self, address: Ipv4Addr, path: &str) -> Option<u16> {
        let namespace = self.namespace("desk");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}:5000\r\nConnection: close\r\n\r\n");
        // A thread of its own moves into the desk's network and ends there.
        std::thread::spawn(move || {
            let handle = std::fs::File::open(Path::new("/run/netns").join(namespace)).ok()?;
            move_into_link_name_space(handle.as_fd(), Some(LinkNameSpaceType::Network)).ok()?;
            ask(SocketAddrV4::new(address, 5000).into(), &request)
        })
        .join()
        .ok()
        .flatten()
    }

    /// Says `text` to a host, from the desk, and gives all that it answers until it hangs up.
    pub(crate) fn talk(&self, (address, port): (Ipv4Addr, u16), text: &str, limit: Duration) -> Result<String> {
        let (namespace, text) = (self.namespace("desk"), text.to_owned());
        let talked = std::thread::spawn(move || -> std::io::Result<String> {
            let handle = std::fs::File::open(Path::new("/run/netns").join(namespace))?;
            move_into_link_name_space(handle.as_fd(), Some(LinkNameSpaceType::Network))?;
            let mut stream = TcpStream::connect_timeout(&SocketAddrV4::new(address, port).into(), limit)?;
            stream.set_read_timeout(Some(limit))?;
            stream.write_all(text.as_bytes())?;
            stream.shutdown(Shutdown::Write)?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(String::from_utf8_lossy(&answer).into_owned())
        });
        let failed = format!("talk to {address}");
        match talked.join() {
            Ok(answer) => answer.map_err(Error::kernel(failed)),
            Err(payload) => std::panic::resume_unwind(payload),
        }
    }

    fn shows(&self, namespace: &str, text: &str) -> bool {
        Tool::new("ip")
            .args(["-n", namespace, "-oneline", "addr", "show", "eth0"])
            .run()
            .is_ok_and(|shown| shown.contains(text))
    }
}

/// A namespace of its own with nothing but the archive's address, for building layers without a lab.
pub(crate) fn create_archive_only(namespace: &str) -> Result<()> {
    delete(namespace)?;
    add(namespace)?;
    ip(namespace, &format!("addr add {ARCHIVE}/24 dev lo\nlink set lo up\n"))
}

pub(crate) fn delete(namespace: &str) -> Result<()> {
    if exists(namespace) {
        Tool::new("ip").args(["netns", "del", namespace]).run()?;
    }
    Ok(())
}

fn add(namespace: &str) -> Result<()> {
    Tool::new("ip").args(["netns", "add", namespace]).run().map(drop)
}

fn exists(namespace: &str) -> bool {
    Path::new("/run/netns").join(namespace).exists()
}

fn ip(namespace: &str, batch: &str) -> Result<()> {
    Tool::new("ip").args(["-n", namespace, "-batch", "-"]).run_with_input(batch.as_bytes()).map(drop)
}

/// Devices carry the Raspberry Pi Foundation's prefix, other hosts a locally administered one.
fn mac(address: Ipv4Addr) -> String {
    let last = address.octets()[3];
    let prefix = if last > DEVICE_OFFSET { "b8:27:eb" } else { "02:00:00" };
    format!("{prefix}:00:00:{last:02x}")
}

fn ask(address: SocketAddr, request: &str) -> Option<u16> {
    let limit = Duration::from_secs(2);
    let mut stream = TcpStream::connect_timeout(&address, limit).ok()?;
    stream.set_read_timeout(Some(limit)).ok()?;
    stream.write_all(request.as_bytes()).ok()?;
    // "HTTP/1.1 200"
    let mut start = [0; 12];
    stream.read_exact(&mut start).ok()?;
    std::str::from_utf8(&start).ok()?.get(9..12)?.parse().ok()
}

fn kill(pid: &str) {
    use rustix::process::{Pid, Signal, kill_process};
    if let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) {
        // It may have ended meanwhile.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Makes room for one systemd a device: each takes several inotify instances, and without them it hangs at boot.
pub(crate) fn raise_inotify_limit() -> Result<()> {
    let file = "/proc/sys/fs/inotify/max_user_instances";
    let wanted = 128 + 8 * u32::from(DEVICES_MAX);
    let current = files::read(Path::new(file))?.trim().parse().unwrap_or(0);
    if current >= wanted {
        return Ok(());
    }
    std::fs::write(file, wanted.to_string()).map_err(Error::io("write", file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_devices_look_like_a_pi() {
        assert_eq!(mac(device_address(1)), "b8:27:eb:00:00:0b");
        assert_eq!(mac(DESK), "02:00:00:00:00:01");
        assert_eq!(device_address(DEVICES_MAX), Ipv4Addr::new(10, 77, 0, 254));
    }
}
