//! What else happens while an update runs: other requests, a client that goes away, processes that are killed.

use crate::pi::{Pi, base64_of};
use framboise_lab::Suite;
use serde_json::Value;
use std::time::Duration;

on_each_suite!(
    another_order_is_told_that_the_device_is_busy,
    a_client_that_hangs_up_stops_nothing,
    a_pulled_cable_stops_nothing,
    a_killed_root_side_brings_the_device_back,
    a_restarted_agent_stops_nothing,
);

/// Runs while `fram-slow` is being configured: six seconds.
const AT_WORK: &str = "fram-slow.postinst";

fn another_order_is_told_that_the_device_is_busy(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let first = pi.start_update("fram-slow");
    pi.wait_for_process(AT_WORK);
    let second = pi.update("fram-hello").refused(409, "busy");
    pi.rollback().refused(409, "busy");
    let running = running(&pi);
    assert_eq!(second.json["cause"]["order"], running["order"], "{}", second.text);
    assert_eq!(running["state"], "applying", "{running}");
    let first = first.answer().done();
    assert_eq!(first.changes(), ["fram-slow 1.0 2.0"]);
    assert_eq!(pi.sh("fram-hello").trim(), "1.0");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after all");
}

fn a_client_that_hangs_up_stops_nothing(suite: Suite) {
    let pi = Pi::raise(suite);
    let request = pi.start_update("fram-slow fram-hello");
    pi.wait_for_process(AT_WORK);
    request.hang_up();
    wait_until_idle(&pi);
    assert_eq!(last(&pi)["state"], "committed");
    assert!(pi.snapshot().has("dpkg-query fram-slow 2.0 install ok installed"));
}

fn a_pulled_cable_stops_nothing(suite: Suite) {
    let pi = Pi::raise(suite);
    let request = pi.start_update("fram-slow fram-hello");
    pi.wait_for_process(AT_WORK);
    pi.device.network_off().unwrap();
    pi.wait_until("the end of the update", || {
        pi.sh("cat /var/lib/dpkg/status").contains("Package: fram-slow\nStatus: install ok installed")
    });
    pi.device.network_on().unwrap();
    wait_until_idle(&pi);
    assert_eq!(last(&pi)["state"], "committed");
    drop(request);
}

/// As the kernel does where memory is short.
fn a_killed_root_side_brings_the_device_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let request = pi.start_update("fram-hello fram-dep fram-slow fram-conf");
    pi.wait_for_process(AT_WORK);
    pi.sh("kill -KILL $(systemctl show --property MainPID --value framboise-apply)");
    // The agent asks again until the root side has recovered.
    request.answer().refused(500, "interrupted").ended("rolled-back");
    pi.snapshot().same_as(&before, "after the root side was killed in an update");
    pi.update("fram-hello").done();
    let request = pi.start("/rollback", &[]);
    pi.wait_until("the rollback's work", || running(&pi)["state"] == "applying" || last(&pi)["action"] == "rollback");
    pi.sh("kill -KILL $(systemctl show --property MainPID --value framboise-apply)");
    drop(request.answer());
    wait_until_idle(&pi);
    // Killed in the middle, or too late to be in the middle: as before or as after, nothing between.
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the root side was killed in a rollback, and another rollback");
}

fn a_restarted_agent_stops_nothing(suite: Suite) {
    let pi = Pi::raise(suite);
    let request = pi.start_update("fram-slow");
    pi.wait_for_process(AT_WORK);
    pi.sh("systemctl restart framboised");
    drop(request);
    pi.device.wait_for_agent().unwrap();
    let order = running(&pi)["order"].as_str().unwrap().to_owned();
    // All that was told is told again to whoever asks, then what comes, up to the end.
    let events = pi.request(&format!("/api/v1/orders/{order}/events?after=0"), &["--no-buffer"]);
    for told in ["\"downloaded\"", "\"applying\"", "fram-slow: second 1 of 6", "fram-slow: second 6 of 6", "\"ended\""]
    {
        assert!(events.text.contains(told), "{told} is not told:\n{}", events.text);
    }
    assert_eq!(last(&pi)["state"], "committed");
    let numbers =
        events.text.lines().filter_map(|line| line.strip_prefix("id:")).map(|id| id.trim().parse::<u64>().unwrap());
    let numbers: Vec<u64> = numbers.collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
    let middle = numbers[numbers.len() / 2];
    let header = format!("Last-Event-ID: {middle}");
    let rest = pi.request(&format!("/api/v1/orders/{order}/events"), &["--no-buffer", "--header", &header]);
    let first = rest.text.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().parse::<u64>().unwrap();
    assert!(first > middle, "{first} comes again after {middle}");
}

fn running(pi: &Pi) -> Value {
    pi.get("/api/v1/status").json["running"].clone()
}

fn last(pi: &Pi) -> Value {
    pi.get("/api/v1/status").json["last"].clone()
}

fn wait_until_idle(pi: &Pi) {
    pi.wait_until("the end of its work", || {
        std::thread::sleep(Duration::from_millis(100));
        let status = pi.get("/api/v1/status");
        status.status == 200 && status.json["running"].is_null()
    });
}

#[test]
fn orders_from_two_desks_do_not_mix() {
    let pi = Pi::raise(Suite::Trixie);
    let body = base64_of("fram-hello");
    let other = base64_of("fram-conf fram-dep");
    let both: Vec<_> = [body, other].iter().map(|body| pi.start("/update", &["--data", body])).collect();
    let answers: Vec<_> = both.into_iter().map(super::pi::Request::answer).collect();
    let (done, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
    assert_eq!((done.len(), refused.len()), (1, 1), "{done:?} {refused:?}");
    for answer in refused {
        answer.refused(409, "busy");
    }
}
