//! Updates and rollbacks, told a line each, with the exit code that sums them up.

use crate::bench::Bench;
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::EventKind;
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_core::transaction::State;
use framboise_fleet::fake::{Beat, Script, lock, plan};
use std::process::Stdio;
use std::time::{Duration, Instant};

const UPDATE: [&str; 5] = ["update", "--file", "kiosk.txt", "--all", "--yes"];

fn bench(scripts: Vec<Script>) -> Bench {
    let bench = Bench::with(scripts);
    bench.write("kiosk.txt", "hello\n");
    bench
}

fn script_failure() -> Failure {
    let cause = Cause::ScriptFailed { package: "hello".into(), script: Some("postinst".into()) };
    Failure::new(cause, "setting up hello\nboom\u{7}\nexit 3")
}

#[test]
fn one_device_is_told_step_by_step() {
    let bench = bench(vec![Script::named("kiosk-1").slowed(Duration::from_millis(20))]);
    insta::assert_snapshot!("one_update", bench.run(&UPDATE));
}

#[test]
fn a_failure_brings_its_reason_and_the_next_step() {
    let bench = bench(vec![Script::named("kiosk-1").that_ends(State::RolledBack, script_failure())]);
    insta::assert_snapshot!("one_failure", bench.run(&UPDATE));
}

#[test]
fn exit_codes_sum_up() {
    let changed: Failure = Cause::ChangedSincePlan { differences: vec!["hello:arm64".into()] }.into();
    let ends = |name: &str, state| Script::named(name).that_ends(state, script_failure());
    let nothing = |name: &str| Script::named(name).with_plan(plan(name, Action::Update, lock(&[])));
    let cannot = |name: &str| Script::named(name).that_cannot(Cause::NothingRecorded.into());
    let cases = [
        (0, vec![Script::named("a"), Script::named("b")]),
        (0, vec![Script::named("a"), nothing("b")]),
        (0, vec![nothing("a")]),
        (2, vec![cannot("a")]),
        (3, vec![ends("a", State::RolledBack)]),
        (3, vec![ends("a", State::Failed), cannot("b")]),
        (3, vec![Script::named("a").that_ends(State::Failed, changed)]),
        (3, vec![Script::named("a"), ends("b", State::RolledBack)]),
        (3, vec![Script::named("a"), cannot("b")]),
        (3, vec![nothing("a"), cannot("b")]),
        (3, vec![ends("a", State::NeedsYou)]),
    ];
    for (expected, scripts) in cases {
        let names: Vec<String> = scripts.iter().map(|script| format!("{:?}", script.beats.last())).collect();
        let left = bench(scripts).run(&UPDATE);
        assert_eq!(left.exit, expected, "{names:?}\n{left}");
    }
}

#[test]
fn a_device_changed_by_hand_is_told_to_plan_again() {
    let changed: Failure = Cause::ChangedSincePlan { differences: vec!["hello:arm64 1.0 → 1.1".into()] }.into();
    let left = bench(vec![Script::named("kiosk-1").that_ends(State::Failed, changed)]).run(&UPDATE);
    assert!(left.stdout.contains("the device changed since the plan: hello:arm64 1.0 → 1.1"), "{left}");
    assert!(left.stdout.contains("Plan again"), "{left}");
}

#[test]
fn a_device_that_vanishes_does_not_hold_up_the_others() {
    let mut vanishing = Script::named("kiosk-1");
    vanishing.power_cut_after = Some(5);
    let bench = bench(vec![vanishing, Script::named("kiosk-2")]);
    let left = bench.run(&[&UPDATE[..], &["--patience", "0.5"]].concat());
    assert_eq!(left.exit, 3, "{left}");
    assert!(left.stdout.contains("1 updated and 1 lost sight of"), "{left}");
    assert!(
        left.stdout.contains("kiosk-1  not reached since 00:00:00; it has its order and goes on, or back, by itself"),
        "{left}"
    );
    assert!(left.stdout.contains("Ask again later: framboise status kiosk-1"), "{left}");
}

#[test]
fn ctrl_c_stops_watching_and_no_device() {
    let bench = bench(vec![Script::named("kiosk-1").slowed(Duration::from_millis(400))]);
    let child = bench.command(&UPDATE).spawn().unwrap();
    let began = Instant::now();
    while bench.devices[0].orders().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "no order came");
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    let left = bench.left(child);
    assert_eq!(left.exit, 130, "{left}");
    assert!(left.stderr.contains("Stopped watching; the devices go on. framboise status"), "{left}");
    assert_eq!(bench.devices[0].heard_of_desk(), [true]);
    let log = bench.run(&["log", "kiosk-1"]);
    assert!(log.exit == 0 && log.stdout.contains("  done\n"), "the device went on: {log}");
}

#[test]
fn the_desk_is_heard_of_again_or_says_that_it_leaves() {
    let bench = bench(vec![Script::named("kiosk-1").that_awaits_the_desk(20)]);
    let left = bench.run(&UPDATE);
    assert_eq!(left.exit, 0, "{left}");
    assert!(left.stdout.contains("asks for this desk, for 20 s"), "{left}");
    assert_eq!(bench.devices[0].heard_of_desk(), [false]);
    assert!(bench.devices[0].orders()[0].live.is_some());
    let left = bench.run(&[&UPDATE[..], &["--no-wait"]].concat());
    assert_eq!(left.exit, 0, "{left}");
    assert!(left.stdout.contains("1 have their order and go on by themselves"), "{left}");
    assert_eq!(bench.devices[0].orders()[1].live, None);
}

#[test]
fn a_reader_that_leaves_ends_nothing() {
    let bench = bench(vec![Script::named("kiosk-1").slowed(Duration::from_millis(50))]);
    let mut child = bench.command(&UPDATE).stdout(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
    assert_eq!(bench.devices[0].orders().len(), 1);
}

#[test]
fn rollback_says_what_was_compared() {
    let back =
        plan("kiosk-1", Action::Rollback { to: RestorePointId(1) }, lock(&[("hello", Some("2.0"), Some("1.0"))]));
    let bench = Bench::with(vec![Script::named("kiosk-1").with_plan(back)]);
    let left = bench.run(&["rollback", "kiosk-1", "--to", "1", "--yes"]);
    assert_eq!(left.exit, 0, "{left}");
    assert!(left.stdout.contains("hello   2.0 → 1.0   older"), "{left}");
    let end = "1 rolled back exactly as recorded in 0.0 s, 3 packages compared, none differs";
    assert!(left.stdout.contains(end), "{left}");
    assert_eq!(bench.devices[0].planned_texts(), ["rollback Some(RestorePointId(1))"]);
}

#[test]
fn lists_come_from_standard_input_too() {
    let bench = Bench::with(vec![Script::named("kiosk-1")]);
    let left = bench.run_with_input(&["update", "--file", "-", "--all", "--yes"], "hello\n");
    assert_eq!(left.exit, 0, "{left}");
    assert_eq!(bench.devices[0].planned_texts(), ["hello\n"]);
    let left = bench.run_with_input(&["update", "--file", "-", "--all"], "hello\n");
    assert_eq!(left.exit, 1, "nobody can be asked: {left}");
}

#[test]
fn two_commands_at_once_are_both_done() {
    let bench = bench(vec![Script::named("kiosk-1"), Script::named("kiosk-2"), Script::named("kiosk-3")]);
    let children: Vec<_> = ["kiosk-1", "kiosk-2", "kiosk-3"]
        .map(|name| bench.command(&["update", "--file", "kiosk.txt", name, "--yes"]).spawn().unwrap())
        .into_iter()
        .collect();
    for child in children {
        let left = bench.left(child);
        assert_eq!(left.exit, 0, "{left}");
    }
    let mut counters: Vec<u64> = bench.devices.iter().map(|device| device.orders()[0].issue.counter).collect();
    counters.sort_unstable();
    counters.dedup();
    assert_eq!(counters.len(), 3, "no counter was used twice");
}

#[test]
fn quiet_is_silent_where_all_is_done() {
    let left = bench(vec![Script::named("kiosk-1")]).run(&[&UPDATE[..], &["-q"]].concat());
    assert_eq!((left.exit, left.stdout.as_str(), left.stderr.as_str()), (0, "", ""));
    let nothing = Script::named("kiosk-1").with_plan(plan("kiosk-1", Action::Update, lock(&[])));
    let left = bench(vec![nothing]).run(&[&UPDATE[..], &["-q"]].concat());
    assert_eq!((left.exit, left.stdout.as_str(), left.stderr.as_str()), (0, "", ""));
    let left = bench(vec![Script::named("kiosk-1")]).run(&[&UPDATE[..], &["-q", "--no-wait"]].concat());
    assert_eq!((left.exit, left.stdout.as_str(), left.stderr.as_str()), (0, "", ""));
}

#[test]
fn quiet_spares_nobody_what_failed() {
    let check = |detail: &str| Failure::new(Cause::CheckFailed { check: "web".into() }, detail);
    let mut held = plan("kiosk-6", Action::Update, lock(&[("hello", Some("0.9"), Some("2.0"))]));
    held.way_back.gaps.push(Gap { package: "hello:arm64".parse().unwrap(), reason: GapReason::NoDeb });
    let mut refusing = Script::named("kiosk-7");
    refusing.refusal = Some(Cause::NotSigned { problem: "nobody is trusted".into() }.into());
    let mut vanishing = Script::named("kiosk-8");
    vanishing.power_cut_after = Some(5);
    let bench = bench(vec![
        Script::named("kiosk-1"),
        Script::named("kiosk-2").that_ends(State::RolledBack, check("connection refused")),
        Script::named("kiosk-3").that_ends(State::NeedsYou, script_failure()),
        Script::named("kiosk-4").that_cannot(Cause::UnknownPackage { package: "helo".into() }.into()),
        Script::named("kiosk-5"),
        Script::named("kiosk-6").with_plan(held),
        refusing,
        vanishing,
    ]);
    bench.devices[4].set_power(false);
    insta::assert_snapshot!("quiet", bench.run(&[&UPDATE[..], &["-q", "--patience", "0.5"]].concat()));
    let left = bench.run(&["update", "--file", "kiosk.txt", "kiosk-4", "--yes", "-q", "--json"]);
    assert_eq!((left.exit, left.stderr.as_str()), (2, ""), "JSON says it: {left}");
}

#[test]
fn a_quiet_rollback_that_fails_says_what_the_device_is_now() {
    let back = plan("a", Action::Rollback { to: RestorePointId(1) }, lock(&[("hello", Some("2.0"), Some("1.0"))]));
    let bench = Bench::with(vec![Script::named("a").with_plan(back).that_ends(State::RolledBack, script_failure())]);
    let left = bench.run(&["rollback", "a", "--to", "1", "--yes", "-q"]);
    let line = "a: stayed as it was: hello's postinst script failed\n";
    assert_eq!((left.exit, left.stdout.as_str(), left.stderr.as_str()), (3, "", line));
}

#[test]
fn a_busy_device_says_what_it_does_and_for_whom() {
    let bench = bench(vec![Script::named("kiosk-1")]);
    assert_eq!(bench.run(&[&UPDATE[..], &["-q"]].concat()).exit, 0);
    let order = bench.devices[0].orders()[0].id;
    let busy = |order| Failure::from(Cause::Busy { order: Some(order) });
    bench.devices[0].rewrite(|script| script.plan = Err(busy(order)));
    let left = bench.run(&["plan", "--file", "kiosk.txt", "kiosk-1"]);
    assert_eq!(left.exit, 2, "only the device can tell: {left}");
    let says = "the device is busy with an update by operator@desk since 00:00";
    assert!(left.stdout.contains(&format!("can't: {says}")) && !left.stdout.contains(&order.to_string()), "{left}");
    assert!(left.stdout.contains("Wait for it: framboise status kiosk-1"), "{left}");
    let left = bench.run(&["plan", "--file", "kiosk.txt", "kiosk-1", "--json"]);
    assert!(left.stdout.contains(&order.to_string()), "scripts go by the id: {left}");
    bench.devices[0].rewrite(|script| script.plan = Err(busy(OrderId::new(1, [7; 10]))));
    let left = bench.run(&["plan", "--file", "kiosk.txt", "kiosk-1"]);
    assert!(left.stdout.contains("can't: the device is busy with another order   kiosk-1"), "{left}");
    // An order that waits for another one says so too, as it goes and in the log.
    bench.devices[0].rewrite(|script| {
        *script = Script::named("kiosk-1");
        script.beats.insert(0, Beat { after: Duration::ZERO, kind: EventKind::Waiting { reason: busy(order) } });
    });
    let left = bench.run(&UPDATE);
    assert!(left.stdout.contains(&format!("kiosk-1: waiting: {says}\n")), "{left}");
    let log = bench.run(&["log", "kiosk-1"]);
    assert!(log.stdout.contains(&format!("00:00:00  waiting: {says}\n")), "{log}");
    assert!(log.stdout.contains("00:00:00  Wait for it: framboise status kiosk-1\n"), "{log}");
}
