//! A clock that is wrong: a Pi without a battery starts in 1970, and one was set to 2099.

use crate::pi::Pi;
use framboise_lab::Suite;

faults!(a_clock_at_1970, a_clock_at_2099);

fn a_clock_at_1970(suite: Suite) {
    there_and_back_at(suite, "1970-01-02 03:04:05");
}

fn a_clock_at_2099(suite: Suite) {
    there_and_back_at(suite, "2099-12-31 12:00:00");
}

/// Only the root side's own clock is faked: its programs, apt among them, get an environment of their own.
fn there_and_back_at(suite: Suite, instant: &str) {
    let pi = Pi::raise(suite);
    pi.lab.archive().add(&["libfaketime"]).unwrap();
    pi.sh("apt-get -qq update; apt-get -qq -y install libfaketime");
    let dropin = format!(
        "[Service]\nEnvironment=LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1 \"FAKETIME=@{instant}\" FAKETIME_DONT_FAKE_MONOTONIC=1 DONT_FAKE_MONOTONIC=1\n"
    );
    pi.sh("ls /usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");
    pi.device.write_file("/etc/systemd/system/framboise-apply.service.d/clock.conf", dropin, 0o644).unwrap();
    pi.sh(
        "systemctl daemon-reload; systemctl kill --signal=KILL framboise-apply.service 2>/dev/null || true; sleep 0.5",
    );
    let before = pi.snapshot();
    let answer = pi.update("fram-hello fram-conf fram-dep").done();
    let year = instant.split('-').next().unwrap();
    let history = pi.sh("cat /var/lib/framboise/restore-points/*.json");
    assert!(history.contains(year), "the clock was not wrong: {}", answer.text);
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after update and rollback with a wrong clock");
}
