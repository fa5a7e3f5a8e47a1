//! A scan of a /24 with 20 agents, 5 % of all packets lost each way, ARP included, in network namespaces of its own.
//!
//! Needs root, iproute2 and nftables: `cargo test -p framboise-fleet --test lossy_network -- --ignored --nocapture`.
//! `TRIES`, `LOSS` (percent) and `PREFIX` (bits) change the defaults.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

use framboise_fleet::discovery::{Scan, ScanEvent, scan};
use framboise_fleet::fake::Script;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsFd as _;
use std::process::Command;
use std::time::Instant;

const AGENTS: u8 = 20;

fn run(command: &str) {
    let mut words = command.split_whitespace();
    let status = Command::new(words.next().unwrap()).args(words).status().unwrap();
    assert!(status.success(), "{command}");
}

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Namespaces of this process, deleted with it.
struct Network {
    desk: String,
    agents: String,
    switch: String,
}

impl Network {
    fn new(loss_percent: u32, prefix: u32) -> Self {
        let id = std::process::id();
        let network =
            Network { desk: format!("fbdesk{id}"), agents: format!("fbagents{id}"), switch: format!("fbswitch{id}") };
        let Network { desk, agents, switch } = &network;
        for namespace in [desk, agents, switch] {
            run(&format!("ip netns add {namespace}"));
            run(&format!("ip -n {namespace} link set lo up"));
        }
        // The switch has a namespace of its own: in the agents', Linux would answer ARP on the bridge as well.
        run(&format!("ip -n {switch} link add br0 type bridge forward_delay 0"));
        run(&format!("ip -n {switch} link set br0 up"));
        for (port, namespace) in [("porta", agents), ("portd", desk)] {
            run(&format!("ip -n {switch} link add {port} type veth peer name eth0 netns {namespace}"));
            run(&format!("ip -n {switch} link set {port} master br0 up"));
        }
        run(&format!("ip -n {desk} addr add 10.99.0.1/{prefix} dev eth0"));
        run(&format!("ip -n {desk} link set eth0 up"));
        run(&format!("ip -n {agents} link set eth0 address dc:a6:32:00:00:01 up"));
        (0..AGENTS).for_each(|agent| run(&format!("ip -n {agents} addr add {}/{prefix} dev eth0", address(agent))));
        // A Pi without agent.
        run(&format!("ip -n {agents} addr add 10.99.0.250/{prefix} dev eth0"));
        for port in ["porta", "portd"] {
            network.lose(port, loss_percent);
        }
        network
    }

    fn lose(&self, port: &str, percent: u32) {
        let rules = format!(
            "table netdev loss_{port} {{ chain in {{ type filter hook ingress device {port} priority 0; numgen random mod 100 < {percent} drop; }}\n}}\n"
        );
        let mut nft = Command::new("ip")
            .args(["netns", "exec", &self.switch, "nft", "-f", "-"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        nft.stdin.take().unwrap().write_all(rules.as_bytes()).unwrap();
        assert!(nft.wait().unwrap().success());
    }

    fn forget_neighbours(&self) {
        run(&format!("ip -n {} neigh flush all", self.desk));
        run(&format!("ip -n {} neigh flush all", self.agents));
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for namespace in [&self.desk, &self.agents, &self.switch] {
            let _ = Command::new("ip").args(["netns", "del", namespace]).status();
        }
    }
}

fn address(agent: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 99, 0, 7 + agent * 12)
}

/// Moves the calling thread into a namespace; its sockets are made there.
fn enter(namespace: &str) {
    let file = std::fs::File::open(format!("/run/netns/{namespace}")).unwrap();
    rustix::thread::move_into_link_name_space(file.as_fd(), Some(rustix::thread::LinkNameSpaceType::Network)).unwrap();
}

fn serve_agents(namespace: &str) {
    enter(namespace);
    for agent in 0..AGENTS {
        let listener = TcpListener::bind((address(agent), 5000)).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || answer(stream, agent));
            }
        });
    }
}

fn answer(mut stream: std::net::TcpStream, agent: u8) {
    let identity = Script::named(&format!("kiosk-{agent}")).identity();
    let body = serde_json::to_string(&identity).unwrap();
    let mut request = [0; 2048];
    let _ = stream.read(&mut request);
    let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
}

/// Agents found, the second in which the last of them was, and the scan's length.
fn one_scan(namespace: &str) -> (usize, f64, f64, usize) {
    enter(namespace);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let began = Instant::now();
        let mut events = scan(Scan { announced: std::env::var_os("MDNS").is_some(), ..Scan::default() }).unwrap();
        let mut last = 0.0;
        let mut pis = 0;
        while let Some(event) = events.recv().await {
            match event {
                ScanEvent::Found { .. } => last = began.elapsed().as_secs_f64(),
                ScanEvent::SilentPi { .. } => pis += 1,
                ScanEvent::Finished(summary) => return (summary.found, last, began.elapsed().as_secs_f64(), pis),
                ScanEvent::Started { .. } | ScanEvent::Progress(_) | ScanEvent::NotTheAgent { .. } => {}
            }
        }
        panic!("the scan ended without a summary");
    })
}

#[test]
#[ignore = "needs root, iproute2 and nftables; takes three seconds a try"]
fn finds_every_agent_though_packets_are_lost() {
    let tries = setting("TRIES", 20);
    let network = Network::new(setting("LOSS", 5), setting("PREFIX", 24));
    let agents = network.agents.clone();
    std::thread::spawn(move || serve_agents(&agents)).join().unwrap();
    let mut complete = 0;
    for number in 1..=tries {
        network.forget_neighbours();
        let desk = network.desk.clone();
        let (found, last, length, pis) = std::thread::spawn(move || one_scan(&desk)).join().unwrap();
        complete += u32::from(found == usize::from(AGENTS));
        eprintln!(
            "try {number}: {found} of {AGENTS} found, the last after {last:.2} s; {pis} silent Pi; {length:.2} s in all"
        );
    }
    eprintln!("{complete} of {tries} tries complete");
    assert!(complete >= tries - tries / 10, "{complete} of {tries} tries complete");
}
