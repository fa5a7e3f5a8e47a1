//! Clients that want nothing, want it slowly, or want too much.

use crate::client::{connect, connect_from, get, open, read_all, read_reply};
use crate::root_side::Device;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// How long the server keeps a connection.
fn closed_after(stream: TcpStream) -> Duration {
    let start = Instant::now();
    read_all(stream);
    start.elapsed()
}

#[test]
fn slow_clients_lose_their_connection() {
    let device = Device::alone();
    let starts: [&[u8]; 4] = [b"", b"G", b"GET / HTTP/1.1\r\nHost: x", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"];
    let streams = starts.map(|start| {
        let mut stream = connect(device.address);
        stream.write_all(start).unwrap();
        std::thread::spawn(move || closed_after(stream))
    });
    for (stream, start) in streams.into_iter().zip(starts) {
        let seconds = stream.join().unwrap().as_secs();
        assert!((4..=7).contains(&seconds), "{start:?} was kept for {seconds} s");
    }
}

#[test]
fn half_a_body_is_answered_and_closed() {
    let device = Device::alone();
    let mut stream = open(device.address, "POST", "/update", &[], 100);
    stream.write_all(b"dml").unwrap();
    let start = Instant::now();
    let reply = read_reply(stream);
    assert_eq!((reply.status, reply.cause().as_str()), (408, "bad-request"));
    assert!((9..=12).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[test]
fn a_head_that_drips_is_not_waited_for() {
    let device = Device::alone();
    let mut stream = connect(device.address);
    let start = Instant::now();
    let drops = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let is_cut = drops.iter().any(|byte| {
        std::thread::sleep(Duration::from_millis(200));
        stream.write_all(&[*byte]).is_err()
    });
    assert!(is_cut && start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn tls_is_told_from_http_and_closed_for_now() {
    let device = Device::alone();
    let mut stream = connect(device.address);
    stream.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
    assert!(closed_after(stream) < Duration::from_secs(2));
    device.logs("127.0.0.1 asked for TLS");
    let mut stream = connect(device.address);
    stream.write_all(b"\xff\xff\r\n\r\n").unwrap();
    let answer = read_all(stream);
    assert!(answer.starts_with(b"HTTP/1.1 400 "), "{answer:?}");
}

#[test]
fn one_address_cannot_take_all_connections() {
    let device = Device::alone();
    let held: Vec<TcpStream> = (0..16).map(|_| connect(device.address)).collect();
    // Accepted in order: once the 17th is closed, all 16 are counted.
    assert!(closed_after(connect(device.address)) < Duration::from_secs(2));
    device.logs("closed a connection from 127.0.0.1");
    assert_eq!(from(device.address, "127.0.0.2"), Some(b'H'));
    drop(held);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(get(device.address, "/").status, 200);
}

#[test]
fn all_addresses_together_cannot_take_more_than_the_limit() {
    let device = Device::alone();
    let held: Vec<TcpStream> =
        (0..256).map(|at| connect_from(device.address, &format!("127.0.1.{}", at / 16 + 1))).collect();
    assert_eq!(from(device.address, "127.0.2.1"), None);
    drop(held);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(from(device.address, "127.0.2.1"), Some(b'H'));
}

/// The first byte of the answer to a request from this address.
fn from(address: SocketAddr, source: &str) -> Option<u8> {
    let mut stream = connect_from(address, source);
    let mut first = [0];
    let written = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    written.ok().and_then(|()| stream.read_exact(&mut first).ok()).map(|()| first[0])
}
