//! Fake devices at 127.0.1.1, 127.0.1.2 and so on, port 5000, for trying a face without a network:
//! `cargo run -p framboise-fleet --example fake_fleet`, then `framboise scan --subnet 127.0.1.0/24`.
//! Three numbers may follow: how many (12), the milliseconds between their events (300), and which is the first (1). A
//! process has room for some thousands; all of 10,000 are in 127.0.0.0/18. Says each second how many events they told.

use framboise_core::cause::{Cause, Failure};
use framboise_core::event::EventKind;
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_core::transaction::State;
use framboise_fleet::fake::{Beat, FakeDevice, Script, lock, plan};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// Devices in one /24.
const IN_A_NETWORK: u32 = 250;

/// Of so many or more, all do well, and take their time: a fleet to look at, not to try cases with.
const MANY: u32 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    framboise_fleet::limits::allow_many_connections();
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<u32>().ok());
    let (count, pause_ms, first) =
        (numbers.next().unwrap_or(12), numbers.next().unwrap_or(300), numbers.next().unwrap_or(1));
    let mut devices = Vec::new();
    for number in first..first.saturating_add(count) {
        let script = if count < MANY { script(number, pause_ms) } else { steady(number, pause_ms) };
        devices.push(FakeDevice::start(address(number)?, script).await?);
        if count < MANY {
            println!("kiosk-{number} at {}", address(number)?);
        }
    }
    println!("{count} devices");
    let mut told = 0_usize;
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now: usize = devices.iter().map(FakeDevice::told).sum();
        // A second without any is told, too, once the first came.
        if now > 0 {
            println!("{} events", now.saturating_sub(told));
        }
        told = now;
    }
}

/// 127.0.1.1 is the first one's.
fn address(number: u32) -> std::io::Result<SocketAddr> {
    let (network, host) = ((number - 1) / IN_A_NETWORK + 1, (number - 1) % IN_A_NETWORK + 1);
    let octets = u16::try_from(network).ok().map(u16::to_be_bytes).zip(u8::try_from(host).ok());
    let ([high, low], host) =
        octets.ok_or_else(|| std::io::Error::other("there is no room for so many in 127.0.0.0/8"))?;
    Ok(SocketAddr::from((Ipv4Addr::new(127, high, low, host), 5000)))
}

/// A device that does well, package by package.
fn steady(number: u32, pause_ms: u32) -> Script {
    const PACKAGES: u8 = 20;
    let mut script = Script::named(&format!("kiosk-{number}"));
    let place = script.beats.iter().position(|beat| matches!(beat.kind, EventKind::Package { .. })).unwrap_or_default();
    let packages = (1..=PACKAGES).map(|at| EventKind::Package {
        package: format!("package-{at}"),
        phase: "unpacking".into(),
        percent: at * (100 / PACKAGES),
    });
    script.beats.splice(place..place, packages.map(|kind| Beat { after: Duration::ZERO, kind }));
    let mut script = script.slowed(Duration::from_millis(u64::from(pause_ms)));
    // Not all in step.
    if let Some(first) = script.beats.first_mut() {
        first.after = Duration::from_millis(u64::from(pause_ms * (number % 100) / 100));
    }
    script
}

fn script(number: u32, pause_ms: u32) -> Script {
    let name = format!("kiosk-{number}");
    let lock = lock(&[
        ("chromium", Some("128.0.1"), Some("130.0.2")),
        ("libnss3", Some("2:3.87-1"), Some("2:3.91-1")),
        ("fonts-noto", None, Some("2023.1")),
    ]);
    let mut full = plan(&name, Action::Update, lock);
    if number == 5 {
        full.way_back
            .gaps
            .extend("libnss3:arm64".parse().ok().map(|package| Gap { package, reason: GapReason::NoDeb }));
    }
    let script = Script::named(&name).with_plan(full);
    let check = Failure::new(Cause::CheckFailed { check: "web".into() }, "connection refused on port 80 (3 tries)");
    let script = match number {
        4 => script.that_ends(State::RolledBack, check),
        7 => script.with_plan(plan(&name, Action::Update, lock_of_nothing())),
        11 => script.that_cannot(Cause::DiskFull { path: "/".into(), missing_bytes: Some(212_000_000) }.into()),
        _ => script,
    };
    script.slowed(Duration::from_millis(u64::from(pause_ms + pause_ms / 8 * (number % 12))))
}

fn lock_of_nothing() -> framboise_core::plan::Lock {
    lock(&[])
}
