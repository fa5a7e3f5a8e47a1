//! Orders whose desk or device goes away in the middle: what `framboise` says then, and what the device does.

use crate::desk::{Desk, Said, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::process::Child;
use std::time::Instant;

on_each_suite!(a_device_that_vanishes, a_device_that_comes_back_in_time, ctrl_c_stops_watching_and_no_device);

/// Six seconds of work on the device.
const AT_WORK: &str = "fram-slow.postinst";

fn a_device_that_vanishes(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let watching = start(&desk, "fram-hello\nfram-slow\nfram-dep", &["--patience", "3"]);
    pi.wait_for_process(AT_WORK);
    pi.device.power_cut().unwrap();
    let began = Instant::now();
    let told =
        end(watching).exits(3).says("not reached since").says("goes on, or back, by itself").says("framboise status");
    assert!(began.elapsed().as_secs() < 40, "it took {:?} to say so", began.elapsed());
    drop(told);
    desk.framboise(&["status", PI_1]).says("not reached").exits(2);
    pi.power_on();
    pi.snapshot().same_as(&before, "after the power cut");
    desk.framboise(&["history", PI_1]).exits(0).says("stopped in the middle");
    desk.framboise(&["status", PI_1]).exits(0);
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0);
    pi.snapshot().same_as(&before, "after another update and rollback");
}

fn a_device_that_comes_back_in_time(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let watching = start(&desk, "fram-hello\nfram-slow", &[]);
    pi.wait_for_process(AT_WORK);
    pi.device.power_cut().unwrap();
    pi.power_on();
    end(watching).exits(3).says("1 rolled back by itself").says("stopped in the middle");
    pi.snapshot().same_as(&before, "after the power cut");
}

fn ctrl_c_stops_watching_and_no_device(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let watching = start(&desk, "fram-hello\nfram-slow", &[]);
    pi.wait_for_process(AT_WORK);
    let pid = rustix::process::Pid::from_child(&watching);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    end(watching).exits(130).says("Stopped watching").says("framboise status");
    pi.wait_until("the end of the update", || pi.get("/api/v1/status").json["running"].is_null());
    // It judged by its own checks: nobody was there to be reached.
    desk.framboise(&["log", PI_1]).exits(0);
    assert!(pi.snapshot().has("dpkg-query fram-slow 2.0 install ok installed"));
}

/// Commit-confirm: what the desk does not reach any more goes back by itself.
#[test]
fn a_device_that_its_desk_cannot_reach_any_more_goes_back() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let watching = start(&desk, "fram-slow\nfram-hello", &["--patience", "120"]);
    pi.wait_for_process(AT_WORK);
    pi.device.network_off().unwrap();
    // Its minute passes.
    pi.wait_until("the way back", || pi.sh("fram-hello").trim() == "2.0");
    pi.wait_until("the way back", || pi.sh("cat /usr/bin/fram-hello").contains("1.0"));
    pi.device.network_on().unwrap();
    end(watching).exits(3).says("1 rolled back by itself");
    pi.snapshot().same_as(&before, "after its desk was not there");
}

#[test]
fn orders_of_two_windows_do_not_mix() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let slow = start(&desk, "fram-slow", &[]);
    pi.wait_for_process(AT_WORK);
    // A plan would be of a state that is about to change.
    desk.update("fram-hello", &[PI_1]).exits(2).says("busy");
    end(slow).exits(0).says("1 updated");
    // Both planned on the same base: one is first, the other's plan holds no more.
    let first = desk.ask_to_update("fram-hello", PI_1);
    let second = desk.ask_to_update("fram-conf", PI_1);
    second.answer("y").exits(0);
    let changed = pi.snapshot();
    first.answer("y").exits(3).says("changed since the plan");
    pi.snapshot().same_as(&changed, "after the order that came second");
}

fn start(desk: &Desk<'_>, list: &str, more: &[&str]) -> Child {
    let file = desk.file("list.txt", list);
    let mut command = desk.command(&[&["update", "--yes", "--file", &file, PI_1], more].concat());
    command.stdin(std::process::Stdio::null()).spawn().unwrap()
}

fn end(child: Child) -> Said {
    said(child.wait_with_output().unwrap())
}
