//! The verbs that look and change nothing.

use crate::bench::Bench;
use framboise_core::Timestamp;
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_core::restore_point::{Origin, RestorePoint};
use framboise_core::transaction::State;
use framboise_core::vault::KeptDeb;
use framboise_fleet::fake::{FakeDevice, Script, lock, plan, state};
use std::collections::BTreeMap;

pub fn point(id: u32, origin: Origin, current: bool, missing_debs: u32) -> RestorePoint {
    let parent = (id > 1).then(|| RestorePointId(id - 1));
    let recorded = Timestamp::from_second(1_000_000_000 + i64::from(id) * 86_400).unwrap();
    let id = RestorePointId(id);
    RestorePoint {
        id,
        recorded,
        origin,
        state: Digest::of(b""),
        packages: 1284,
        current,
        missing_debs,
        parent,
        name: None,
        pinned: false,
    }
}

pub fn with_points(name: &str) -> Script {
    let order = OrderId::new(1, [7; 10]);
    let mut script = Script::named(name);
    script.points = vec![
        point(1, Origin::First, false, 2),
        point(2, Origin::After { order }, false, 0),
        point(3, Origin::Drift { order }, true, 0),
    ];
    script.states = BTreeMap::from([
        (RestorePointId(1), state(&[("hello", "0.9"), ("nano", "7.2")])),
        (RestorePointId(2), state(&[("hello", "1.0"), ("nano", "7.2")])),
        (RestorePointId(3), state(&[("hello", "1.0")])),
    ]);
    script
}

#[test]
fn plans_are_grouped_by_outcome() {
    let mut names = vec![("chromium".to_owned(), Some("128.0.1"), Some("130.0.2"))];
    names.push(("fonts-noto".to_owned(), None, Some("2023.1")));
    names.push(("nano".to_owned(), Some("7.2"), None));
    names.push(("libold".to_owned(), Some("2.0"), Some("1.0")));
    names.extend((1..=12).map(|number| (format!("libdep{number}"), Some("1.0"), Some("2.0"))));
    let packages: Vec<_> = names.iter().map(|(name, before, after)| (name.as_str(), *before, *after)).collect();
    let many = |name: &str| {
        let mut plan = plan(name, Action::Update, lock(&packages));
        plan.reboot_for = vec!["linux-image-arm64".into()];
        plan.remarks = vec!["mariadb-server's data is not carried back".into()];
        Script::named(name).with_plan(plan)
    };
    let mut held = plan("kiosk-5", Action::Update, lock(&[("hello", Some("0.9"), Some("2.0"))]));
    held.way_back.gaps.push(Gap { package: "hello:arm64".parse().unwrap(), reason: GapReason::NoDeb });
    let broken: Failure = Failure::new(
        Cause::UnknownPackage { package: "helo".into() },
        "E: Unable to locate package helo\nE: \u{1b}[31mred\u{1b}[0m",
    );
    let bench = Bench::with(vec![
        many("kiosk-2"),
        many("kiosk-10"),
        Script::named("kiosk-3").that_cannot(broken),
        Script::named("kiosk-4").with_plan(plan("kiosk-4", Action::Update, lock(&[]))),
        Script::named("kiosk-5").with_plan(held),
        Script::named("kiosk-6"),
    ]);
    bench.devices[5].set_power(false);
    bench.write("kiosk.txt", "chromium\n");
    insta::assert_snapshot!("plan", bench.run(&["plan", "--file", "kiosk.txt", "--all"]));
    let left = bench.run(&["plan", "--file", "kiosk.txt", "kiosk-2", "--verbose"]);
    assert!(left.exit == 0 && left.stdout.contains("libdep9") && !left.stdout.contains("more, all"), "{left}");
    bench.write("kiosk.toml", "packages = [\"chromium\"]\n[reboot]\nwhen = \"if-required\"\n");
    let restarts = bench.run(&["plan", "--file", "kiosk.toml", "kiosk-2"]);
    assert!(restarts.stdout.contains("restarts the device, for linux-image-arm64, then checks it"), "{restarts}");
    let left = bench.run(&["plan", "--file", "kiosk.txt", "kiosk-3"]);
    assert_eq!(left.exit, 2, "nothing can be done");
}

#[test]
fn the_fleet_is_shown_with_the_next_command() {
    let check: Failure = Cause::CheckFailed { check: "web".into() }.into();
    let bench = Bench::with(vec![
        with_points("kiosk-2"),
        Script::named("kiosk-10").that_ends(State::RolledBack, check),
        Script::named("kiosk-3"),
    ]);
    bench.write("kiosk.txt", "hello\n");
    assert_eq!(bench.run(&["update", "--file", "kiosk.txt", "kiosk-2", "kiosk-10", "--yes", "-q"]).exit, 3);
    bench.devices[2].set_power(false);
    insta::assert_snapshot!("overview", bench.run(&[]));
    let status = bench.run(&["status", "kiosk-2"]);
    assert_eq!((status.exit, status.stderr.as_str()), (0, ""), "{status}");
    assert_eq!(bench.run(&["status", "kiosk-3"]).exit, 2);
    assert_eq!(bench.run(&["status"]).exit, 3);
    let devices = bench.run(&["devices"]);
    assert!(devices.stdout.contains("kiosk-3    10.0.0.3:5000"), "known though not reached: {devices}");
}

#[test]
fn a_device_that_does_not_follow_the_operator_says_so_and_no_key_is_made_by_looking() {
    let mut stranger = Script::named("kiosk-1");
    stranger.operators = Some(Vec::new());
    let bench = Bench::with(vec![stranger]);
    let status = bench.run(&["status"]);
    assert!(status.stdout.contains("▲ needs you"), "{status}");
    assert!(status.stdout.contains("no order yet; does not follow you yet: framboise keys show"), "{status}");
    assert!(bench.run(&["status", "--json"]).stdout.contains("\"follows\":false"), "{status}");
    assert!(bench.run(&["keys", "show"]).stderr.contains("A key was made"), "none was made before");
}

#[test]
fn history_and_differences() {
    let bench = Bench::with(vec![with_points("kiosk-1")]);
    bench.write("kiosk.txt", "hello\n");
    assert_eq!(bench.run(&["update", "--file", "kiosk.txt", "--all", "--yes"]).exit, 0);
    let mut text = String::new();
    for arguments in [
        &["history", "kiosk-1"][..],
        &["diff", "kiosk-1"],
        &["diff", "kiosk-1", "1"],
        &["diff", "kiosk-1", "1", "3"],
        &["diff", "kiosk-1", "9"],
        &["log", "kiosk-1"],
    ] {
        text.push_str(&format!("$ framboise {}\n{}\n", arguments.join(" "), bench.run(arguments)));
    }
    insta::assert_snapshot!("history", text);
}

#[test]
fn what_a_vault_lacks_is_named() {
    let mut script = with_points("kiosk-1");
    script.vault.debs = vec![KeptDeb {
        package: "nano:arm64".parse().unwrap(),
        version: "7.2".parse().unwrap(),
        bytes: 700_000,
        sha256: Digest::of(b"nano"),
        rebuilt: false,
        staged: false,
        points: [RestorePointId(1)].into(),
    }];
    let bench = Bench::with(vec![script]);
    let says = |words: &str| {
        let history = bench.run(&["history", "kiosk-1"]);
        let line = format!("      the way back is not complete: the vault lacks {words}\n");
        assert!(history.exit == 0 && history.stdout.contains(&line), "{history}");
        let shown = bench.run(&["point", "show", "kiosk-1", "1"]);
        assert!(shown.stdout.contains(&format!("  the vault lacks {words}; the vault has 700 kB for it\n")), "{shown}");
    };
    says("hello");
    let many = [("a1", "1"), ("b1", "1"), ("c1", "1"), ("d1", "1"), ("e1", "1"), ("hello", "1.0"), ("nano", "7.2")];
    bench.devices[0].rewrite(|script| drop(script.states.insert(RestorePointId(1), state(&many))));
    says("a1, b1, c1 and 2 more");
    // A point that cannot be read any more keeps its number.
    bench.devices[0].rewrite(|script| drop(script.states.remove(&RestorePointId(1))));
    let history = bench.run(&["history", "kiosk-1"]);
    assert!(history.stdout.contains("the vault lacks 2 packages\n"), "{history}");
}

#[test]
fn a_scan_finds_and_keeps() {
    let bench = Bench::without_devices();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let start =
        |address: &str| runtime.block_on(FakeDevice::start(address.parse().unwrap(), Script::named(address))).unwrap();
    let first = start("127.0.88.2:0");
    let port = first.address().port();
    let _second = start(&format!("127.0.88.3:{port}"));
    let web = std::net::TcpListener::bind(("127.0.88.4", port)).unwrap();
    std::thread::spawn(move || {
        for mut stream in web.incoming().flatten() {
            use std::io::{Read as _, Write as _};
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nserver: Werkzeug/3.0\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let port = port.to_string();
    let left = bench.run(&["scan", "--subnet", "127.0.88.0/29", "--port", &port]);
    assert_eq!(left.exit, 0, "{left}");
    assert_eq!(left.stdout.matches("● 127.0.88.").count(), 2, "{left}");
    assert!(left.stdout.contains("another program answers: Werkzeug/3.0, status 404"), "{left}");
    assert!(left.stderr.contains("2 Pis with the agent found"), "{left}");
    assert_eq!(bench.run(&["devices"]).stdout.lines().count(), 3);
    let left = bench.run(&["scan", "--subnet", "127.0.88.5", "--port", &port]);
    assert_eq!(left.exit, 2);
    assert!(left.stderr.contains("No Pi with the agent answered") && left.stderr.contains("Same network?"), "{left}");
}

#[test]
fn a_device_is_forgotten_and_its_key_is_shown() {
    let bench = Bench::with(vec![Script::named("kiosk-1"), Script::named("kiosk-2")]);
    let left = bench.run(&["forget", "kiosk-1"]);
    assert_eq!((left.exit, left.stderr.as_str()), (0, ""));
    assert_eq!(bench.run(&["forget", "kiosk-1"]).exit, 1);
    let first = bench.run(&["keys", "show"]);
    let second = bench.run(&["keys", "show"]);
    assert!(first.stderr.contains("A key was made") && second.stderr.is_empty());
    assert_eq!(first.stdout, second.stdout);
    let operators = framboise_core::trust::Operators::parse(&first.stdout).unwrap();
    assert!(operators.list()[0].name.starts_with("operator@"));
}
