//! Fake devices at 127.0.1.1, 127.0.1.2 and so on, port 5000, for trying a face without a network:
//! `cargo run -p framboise-fleet --example fake_fleet`, then `framboise scan --subnet 127.0.1.0/24`.
//! Two arguments may follow: how many (12), and the milliseconds between their events (300).

use framboise_core::cause::{Cause, Failure};
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_core::transaction::State;
use framboise_fleet::fake::{FakeDevice, Script, lock, plan};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    framboise_fleet::limits::allow_many_connections();
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse().ok());
    let (count, pause_ms) = (numbers.next().unwrap_or(12), numbers.next().unwrap_or(300));
    let mut devices = Vec::new();
    for number in 1..=u8::try_from(count).unwrap_or(u8::MAX) {
        let address = SocketAddr::from((Ipv4Addr::new(127, 0, 1, number), 5000));
        devices.push(FakeDevice::start(address, script(number, pause_ms)).await?);
        println!("kiosk-{number} at {address}");
    }
    std::future::pending().await
}

fn script(number: u8, pause_ms: u64) -> Script {
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
    script.slowed(Duration::from_millis(pause_ms + pause_ms / 8 * u64::from(number % 12)))
}

fn lock_of_nothing() -> framboise_core::plan::Lock {
    lock(&[])
}
