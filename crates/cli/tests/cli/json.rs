//! What `--json` prints: every object has its version, and nothing else stands on standard output.

use crate::bench::{Bench, Left};
use framboise_core::cause::Cause;
use framboise_fleet::fake::Script;
use serde_json::Value;

fn objects(left: &Left) -> Vec<Value> {
    let objects: Vec<Value> = left.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert!(objects.iter().all(|object| object["version"] == 1), "{left}");
    objects
}

fn bench() -> Bench {
    let bench = Bench::with(vec![
        Script::named("kiosk-1"),
        Script::named("kiosk-2").that_cannot(Cause::NothingRecorded.into()),
    ]);
    bench.write("kiosk.txt", "hello\n");
    bench
}

#[test]
fn of_an_update_is_events_and_a_summary() {
    let left = bench().run(&["update", "--file", "kiosk.txt", "--all", "--yes", "--json"]);
    assert_eq!(left.exit, 3);
    let objects = objects(&left);
    let events: Vec<&str> = objects.iter().map(|object| object["event"].as_str().unwrap()).collect();
    assert_eq!(events[..3], ["planned", "sending", "ordered"]);
    assert_eq!(events.last(), Some(&"summary"));
    assert_eq!(events.iter().filter(|event| **event == "told").count(), 10);
    let summary = objects.last().unwrap();
    assert_eq!((&summary["counts"]["done"], &summary["left_out"]["cannot"]), (&Value::from(1), &Value::from(1)));
    assert_eq!(summary["devices"][0]["device"]["name"], "kiosk-1");
    assert_eq!(summary["devices"][0]["verdict"], "done");
}

#[test]
fn of_wrong_use_is_an_error_like_any_other() {
    for (arguments, said) in [
        (&["updaet", "--json"][..], "unrecognized subcommand 'updaet'"),
        (&["--json", "scan", "--subnet", "10.0.0.0/8"], "invalid value '10.0.0.0/8'"),
        (&["update", "--json", "--all"], "required arguments"),
    ] {
        let left = bench().run(arguments);
        assert_eq!(left.exit, 1, "{left}");
        let error = &objects(&left)[0]["error"];
        assert!(error["message"].as_str().unwrap().contains(said), "{left}");
        assert_eq!(error["next_step"], "framboise --help");
    }
    let left = bench().run(&["updaet"]);
    assert_eq!(left.stdout, "", "{left}");
}

#[test]
fn of_everything_else_is_one_object() {
    let bench = bench();
    for arguments in [
        &["devices"][..],
        &[],
        &["status"],
        &["status", "kiosk-1"],
        &["plan", "--file", "kiosk.txt", "--all"],
        &["history", "kiosk-1"],
        &["diff", "kiosk-1", "now", "now"],
        &["vault", "kiosk-1"],
        &["vault", "prune", "kiosk-1", "--yes"],
        &["keys", "show"],
        &["forget", "kiosk-2"],
        &["scan", "--subnet", "127.0.99.0/30"],
    ] {
        let left = bench.run(&[arguments, &["--json"]].concat());
        assert_eq!(objects(&left).len(), 1, "{arguments:?}: {left}");
    }
}

#[test]
fn of_an_error_says_what_now() {
    let left = bench().run(&["status", "kiosk-9", "--json"]);
    assert_eq!(left.exit, 1);
    let error = &objects(&left)[0]["error"];
    assert_eq!(error["message"], "no device is called kiosk-9");
    assert_eq!(error["next_step"], "did you mean kiosk-1 or kiosk-2?");
}

#[test]
fn of_a_scan_can_be_watched() {
    let left = Bench::without_devices().run(&["scan", "--subnet", "127.0.99.0/30", "--json", "--watch"]);
    let objects = objects(&left);
    assert_eq!((&objects[0]["event"], &objects.last().unwrap()["event"]), (&"started".into(), &"finished".into()));
}
