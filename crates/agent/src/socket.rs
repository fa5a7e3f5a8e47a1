//! The listening socket.

use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, listen as start_listening, socket_with, sockopt};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// Connections that wait to be accepted; the kernel caps it by its own limit.
const BACKLOG: i32 = 128;

/// Listens at this address; at IPv4's instead where `[::]` was meant and the kernel has no IPv6.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let result = listen_at(address).or_else(|error| {
        if address.ip() != Ipv6Addr::UNSPECIFIED || error.kind() == std::io::ErrorKind::AddrInUse {
            return Err(error);
        }
        listen_at(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port()))
    });
    result.map_err(|error| std::io::Error::new(error.kind(), format!("could not listen on {address}: {error}")))
}

fn listen_at(address: SocketAddr) -> std::io::Result<TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    if address.is_ipv6() {
        // IPv4 through the same socket, whatever the system's default is.
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    bind(&socket, &address)?;
    start_listening(&socket, BACKLOG)?;
    TcpListener::from_std(socket.into())
}
