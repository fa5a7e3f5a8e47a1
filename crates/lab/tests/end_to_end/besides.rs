//! Another apt while an order is being checked, when nobody holds dpkg's lock: what it does to other packages stays, stops
//! nothing and is told; what it does to the order's own goes back with them.

use crate::desk::{Desk, Said, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::process::{Child, Stdio};

#[test]
fn another_apt_during_the_checks_stays_and_stops_nothing() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let update = held(&pi, &desk, "fram-hello", "true");
    pi.sh("apt-get -qq -y install fram-mode=2.0 fram-new >/dev/null 2>&1");
    let told = go(&pi, update).exits(0).says("1 updated");
    told.says("by other means").says("fram-mode").says("fram-new").says("fram-old");
    for package in ["fram-hello", "fram-mode", "fram-new"] {
        assert!(pi.snapshot().has(&format!("dpkg-query {package} 2.0 install ok installed")), "{package}");
    }
    // It was part of what the device was left on, and the way back leads to the whole state before.
    desk.rollback(&[PI_1]).exits(0).says("fram-mode").says("fram-new").says("exactly as recorded");
    pi.snapshot().same_as(&before, "after the rollback");
}

#[test]
fn another_apt_that_is_at_work_when_the_checks_end_is_waited_for() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let update = held(&pi, &desk, "fram-hello", "true");
    let mut other = pi.device.command(["apt-get", "-qq", "-y", "install", "fram-slow=2.0"]).unwrap();
    let mut other = other.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("fram-slow.postinst");
    go(&pi, update).exits(0).says("1 updated").says("waiting").says("apt-get").says("fram-slow");
    assert!(other.wait().unwrap().success());
    assert!(pi.snapshot().has("dpkg-query fram-slow 2.0 install ok installed"));
    // What is recorded is whole, not something half-way.
    let updated = pi.snapshot();
    desk.update("fram-failpost", &[PI_1]).exits(3).says("rolled back by itself");
    pi.snapshot().same_as(&updated, "after another update that failed");
}

#[test]
fn another_apt_during_checks_that_fail_stays() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    pi.sh("apt-get clean");
    let update = held(&pi, &desk, "fram-hello\", \"fram-dep", "false");
    pi.sh("apt-get -qq -y install fram-conf=2.0 fram-new >/dev/null 2>&1; apt-get clean");
    // What the other has replaced is nowhere to be had.
    pi.lab.archive().off().unwrap();
    let told = go(&pi, update).exits(3).says("1 rolled back by itself").says("check `held` failed");
    told.says("by other means").says("fram-conf").says("fram-new");
    let after = pi.snapshot();
    for fact in ["fram-hello 1.0", "fram-dep 1.0", "fram-conf 2.0", "fram-new 2.0"] {
        assert!(after.has(&format!("dpkg-query {fact} install ok installed")), "{fact}");
    }
    assert!(!after.has("dpkg-query fram-lib"), "what came with the update is gone");
    assert!(pi.sh("cat /etc/fram-conf.conf").contains("fram-conf 2.0"));
    assert_eq!(pi.sh("dpkg --audit"), "");
    desk.framboise(&["status", PI_1]).exits(0).says("changed by other means since");
}

#[test]
fn another_apt_that_changes_what_the_order_did_goes_back_with_it() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let update = held(&pi, &desk, "fram-hello\", \"fram-conf", "true");
    pi.sh("apt-get -qq -y --allow-downgrades install fram-hello=1.0 >/dev/null 2>&1");
    go(&pi, update).exits(3).says("1 rolled back by itself").says("fram-hello:amd64 is 1.0 instead of 2.0");
    pi.snapshot().same_as(&before, "after another apt undid half of it");
}

/// An update that is held in its check until `go`; then the check ends with this command.
fn held(pi: &Pi, desk: &Desk<'_>, packages: &str, ends: &str) -> Child {
    let check = format!("until test -e /run/go; do sleep 0.1; done; {ends}");
    let file = desk.file(
        "held.toml",
        &format!(
            "packages = [\"{packages}\"]\n[checks.held]\ncommand = [\"sh\", \"-c\", \"{check}\"]\nretries = 0\n\
             timeout_seconds = 300\n"
        ),
    );
    let mut command = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let child = command.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("until test -e /run/go");
    child
}

/// Lets its check end, and waits for its own end.
fn go(pi: &Pi, update: Child) -> Said {
    pi.sh("touch /run/go");
    said(update.wait_with_output().unwrap())
}
