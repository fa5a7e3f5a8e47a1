//! Debian's own unattended-upgrades beside an order: whoever comes second waits or gives up, and nothing is corrupted.

use crate::desk::{Desk, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::{Output, Suite};
use std::process::{Child, Stdio};

/// Passes as soon as it is let.
const HELD_CHECK: &str = "[checks.held]\ncommand = [\"sh\", \"-c\", \"until test -e /run/go; do sleep 0.1; done\"]\n\
                          timeout_seconds = 300\n";

#[test]
fn unattended_upgrades_at_work_when_an_order_comes() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    install(&pi, "fram-slow");
    let question = desk.ask_to_update("fram-hello\nfram-conf", PI_1);
    let other = start(&pi);
    pi.wait_for_process("fram-slow.postinst");
    // What it was planned on holds no longer; that is found out only once the other has ended.
    let told = question.answer("y").exits(3);
    told.says("waiting: unattended-upgr").says("changed since the plan").says("other packages").says("Plan again");
    let other = end(other);
    assert_eq!(other.status, 0, "{}{}", other.stdout, other.stderr);
    let upgraded = pi.snapshot();
    assert!(upgraded.has("dpkg-query fram-slow 2.0 install ok installed"), "{}", other.stdout);
    assert!(upgraded.has("dpkg-query fram-hello 1.0 install ok installed"));
    desk.update("fram-hello\nfram-conf", &[PI_1]).exits(0).says("1 updated");
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&upgraded, "after an update that was planned again, and its rollback");
}

#[test]
fn unattended_upgrades_that_start_while_an_order_is_at_work() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    install(&pi, "fram-mode");
    let before = pi.snapshot();
    let file = desk.file("held.toml", &format!("packages = [\"fram-slow\", \"fram-hello\"]\n{HELD_CHECK}"));
    let mut update = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let update = update.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("fram-slow.postinst");
    let other = end(start(&pi));
    let said_by_it = format!("{}{}", other.stdout, other.stderr);
    assert!(other.status != 0 && said_by_it.contains("another package manager"), "{said_by_it}");
    assert!(pi.sh("dpkg-query --show fram-mode").contains("1.0"));
    // Nobody holds dpkg's lock while an order is checked.
    pi.wait_for_process("until test -e /run/go");
    let other = end(start(&pi));
    assert_eq!(other.status, 0, "{}{}", other.stdout, other.stderr);
    assert!(pi.sh("dpkg-query --show fram-mode").contains("2.0"), "{}", other.stdout);
    pi.sh("touch /run/go");
    said(update.wait_with_output().unwrap()).exits(0).says("1 updated").says("by other means").says("fram-mode");
    assert_eq!(pi.sh("dpkg --audit"), "");
    let quiet = desk.framboise(&["status", PI_1]).exits(0);
    assert!(!quiet.out.contains("by other means"), "{}", quiet.out);
    // And once more when nothing is at work.
    only(&pi, "fram-svc");
    assert_eq!(end(start(&pi)).status, 0);
    assert!(pi.snapshot().has("dpkg-query fram-svc 2.0 install ok installed"));
    desk.framboise(&["status", PI_1]).exits(0).says("changed by other means since");
    only(&pi, "fram-mode");
    // The whole state of that time, what the other did included; the plan names it.
    desk.rollback(&[PI_1]).exits(0).says("fram-mode").says("fram-svc").says("exactly as recorded");
    pi.snapshot().same_as(&before, "after the rollback");
}

/// Installs it from Debian, and has it upgrade one package of the lab's.
fn install(pi: &Pi, package: &str) {
    pi.lab.archive().add(&["unattended-upgrades"]).unwrap();
    pi.sh("apt-get -qq update; apt-get -qq -y -o DPkg::Options::=--force-unsafe-io --no-install-recommends install unattended-upgrades >/dev/null 2>&1");
    only(pi, package);
}

/// Which package it upgrades.
fn only(pi: &Pi, package: &str) {
    let settings = format!(
        "#clear Unattended-Upgrade::Origins-Pattern;\n#clear Unattended-Upgrade::Package-Whitelist;\n\
         Unattended-Upgrade::Origins-Pattern {{ \"origin=Framboise lab\"; }};\n\
         Unattended-Upgrade::Package-Whitelist {{ \"^{package}$\"; }};\n\
         Unattended-Upgrade::Package-Whitelist-Strict \"true\";\n"
    );
    pi.device.write_file("/etc/apt/apt.conf.d/52unattended-upgrades-lab", settings, 0o644).unwrap();
}

fn start(pi: &Pi) -> Child {
    let mut command = pi.device.command(["unattended-upgrade", "--verbose"]).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn end(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Output { status: output.status.code().unwrap_or(128), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}
