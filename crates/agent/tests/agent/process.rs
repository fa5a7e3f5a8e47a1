//! The program: options, settings, start and end.

use crate::client::connect;
use crate::root_side::{Device, framboised, wait_for};
use std::os::unix::net::UnixDatagram;
use std::process::Output;
use std::time::{Duration, Instant};

fn run(settings: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("framboise.toml"), settings).unwrap();
    let Output { status, stdout, stderr } = framboised(folder.path()).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn tells_how_to_use_it() {
    let (status, stdout, _) = run("", &["--help"]);
    assert_eq!(status, Some(0));
    assert!(stdout.contains("--apply-socket PATH"));
    assert_eq!(run("", &["--version"]).1, format!("framboised {}\n", env!("CARGO_PKG_VERSION")));
    for (arguments, words) in [
        (&["--port", "1"][..], "--port is not an option"),
        (&["--listen"], "--listen needs a value"),
        (&["--listen", "5000"], "5000 is not an address and a port"),
    ] {
        let (status, _, stderr) = run("", arguments);
        assert_eq!(status, Some(2));
        assert!(stderr.contains(words), "{stderr}");
    }
}

#[test]
fn refuses_wrong_settings() {
    let (status, _, stderr) = run("name = \"x\"\nseed_routes = [\"everybody\"]\n", &["--listen", "127.0.0.1:0"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("framboise.toml:2: seed_routes is not a network"), "{stderr}");
    let (status, _, stderr) = run("", &["--config", "/nonexistent/framboise.toml"]);
    assert_eq!(status, Some(2));
    assert!(stderr.contains("could not read /nonexistent/framboise.toml"), "{stderr}");
}

#[test]
fn tells_when_the_port_is_taken() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (status, _, stderr) = run("", &["--listen", &taken.local_addr().unwrap().to_string()]);
    assert_eq!(status, Some(1));
    assert!(stderr.contains("could not listen on 127.0.0.1:"), "{stderr}");
}

#[test]
fn tells_systemd_when_it_is_ready() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("framboise.toml"), "").unwrap();
    let path = folder.path().join("notify.sock");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut process =
        framboised(folder.path()).args(["--listen", "127.0.0.1:0"]).env("NOTIFY_SOCKET", &path).spawn().unwrap();
    let mut message = [0; 64];
    let length = socket.recv(&mut message).unwrap();
    assert_eq!(&message[..length], b"READY=1\n");
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn ends_at_sigterm_with_connections_at_rest() {
    let mut device = Device::alone();
    let _silent = connect(device.address);
    crate::client::get(device.address, "/");
    let start = Instant::now();
    device.terminate();
    let status = device.process.wait().unwrap();
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(7), "{:?}", start.elapsed());
    wait_for("the port to close", || std::net::TcpStream::connect(device.address).is_err());
}
