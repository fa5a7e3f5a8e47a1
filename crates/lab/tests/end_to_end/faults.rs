//! Faults in the middle: the disk fills up or turns read-only at any state, the journal is spoilt, the root side is killed
//! inside dpkg, another package manager works at the same time. Wherever it ends, the device is as before or as after.

use crate::answer::Answer;
use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use crate::snapshot::Snapshot;
use framboise_lab::Suite;

on_each_suite!(
    a_disk_that_fills_up_at_any_state,
    a_disk_that_fills_up_while_it_rolls_back,
    a_disk_that_turns_read_only_at_any_state,
    a_spoilt_journal,
    the_root_side_killed_inside_dpkg,
    another_apt_at_the_same_time,
    a_new_package_that_fails_leaves_no_trace,
    unmet_dependencies_of_a_deb_are_named,
);

/// Gives Framboise's own folder a file system of its own, with what it holds.
fn small_disk(pi: &Pi) {
    pi.sh("cp -a /var/lib/framboise /run/kept; mount -t tmpfs -o size=48m small /var/lib/framboise; \
           cp -a /run/kept/. /var/lib/framboise/; rm -r /run/kept");
}

/// Does something to the device at the instant an order is in this state: the root side stands still meanwhile.
fn at(pi: &Pi, state: &str, action: &str) -> std::process::Child {
    let script = format!(
        "until grep -qs '\"state\":\"{state}\"' /dev/null $(ls -d /var/lib/framboise/transactions/*/journal | tail -n 1); do sleep 0.01; done
         pid=$(systemctl show --property MainPID --value framboise-apply); kill -STOP $pid; {action}; kill -CONT $pid"
    );
    // The order that comes is the only one whose journal is looked at.
    let mut command = pi.device.command(["sh", "-uc", &script]).unwrap();
    command.spawn().unwrap()
}

const FILL: &str = "cat /dev/zero > /var/lib/framboise/filler 2>/dev/null";
const READ_ONLY: &str = "mount -o remount,ro /var/lib/framboise";

/// An update while something happens at a state, then the cure; how it ended. The device stands as before or as updated.
fn survived(pi: &Pi, (state, action, cure): (&str, &str, &str), list: &str, states: [&Snapshot; 2]) -> Answer {
    pi.sh("rm -rf /var/lib/framboise/transactions/*");
    let mut watcher = at(pi, state, action);
    let answer = pi.update(list);
    drop(watcher.kill());
    drop(watcher.wait());
    pi.sh(cure);
    let when = format!("{action} at {state}: {}", answer.text);
    // What the disk refused is written down as soon as it takes it.
    pi.wait_until("the end of it", || {
        let status = pi.get("/api/v1/status");
        status.status == 200 && status.json["running"].is_null()
    });
    let now = pi.snapshot();
    let [before, after] = states;
    if now != *before {
        now.same_as(after, &format!("{when}; neither as before nor"));
        pi.rollback().done();
        pi.snapshot().same_as(before, &format!("{when}; and a rollback"));
    }
    assert_eq!(pi.sh("dpkg --audit"), "", "{when}");
    answer
}

fn at_each_state(suite: Suite, action: &str, cure: &str, kinds: &[&str]) {
    let pi = Pi::raise(suite);
    small_disk(&pi);
    let list = "fram-hello fram-dep fram-conf";
    let before = pi.snapshot();
    pi.update(list).done();
    let after = pi.snapshot();
    pi.rollback().done();
    for state in ["received", "planned", "vaulted", "downloaded", "applying", "checking"] {
        // Nothing is at hand: it has to be fetched in the middle of it.
        pi.sh("apt-get clean; rm -rf /var/lib/framboise/vault");
        let answer = survived(&pi, (state, action, cure), list, [&before, &after]);
        assert!(answer.status == 200 || kinds.contains(&answer.kind()), "{action} at {state}: {}", answer.text);
    }
    pi.update(list).done();
    pi.snapshot().same_as(&after, "after all that");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after all that and a rollback");
}

fn a_disk_that_fills_up_at_any_state(suite: Suite) {
    at_each_state(suite, FILL, "rm -f /var/lib/framboise/filler", &["disk-full"]);
}

fn a_disk_that_turns_read_only_at_any_state(suite: Suite) {
    at_each_state(suite, READ_ONLY, "mount -o remount,rw /var/lib/framboise", &["read-only"]);
}

fn a_disk_that_fills_up_while_it_rolls_back(suite: Suite) {
    let pi = Pi::raise(suite);
    small_disk(&pi);
    let before = pi.snapshot();
    let list = "fram-hello fram-dep fram-conf fram-failpost";
    let cure = "rm -f /var/lib/framboise/filler";
    let answer = survived(&pi, ("rolling-back", FILL, cure), list, [&before, &before]);
    assert_eq!(answer.kind(), "script-failed", "{}", answer.text);
    pi.update("fram-hello").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after another update and rollback");
}

/// The card loses part of the journal while the power is off.
fn a_spoilt_journal(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    for spoil in [
        "truncate -s -40 $journal",
        "printf 'x' | dd of=$journal bs=1 conv=notrunc seek=$(($(stat -c %s $journal) - 30)) status=none",
        "head -c 200 /dev/urandom >> $journal",
        "truncate -s $(($(head -n 1 $journal | wc -c) - 5)) $journal",
    ] {
        cut_with_a_spoilt_journal(&pi, spoil);
        pi.snapshot().same_as(&before, spoil);
    }
    // With it, the one other note of where the device came from: it does not say that it is back, and a rollback can be sent.
    let point = pi.get("/api/v1/restore-points").json[0]["id"].as_u64().unwrap().to_string();
    cut_with_a_spoilt_journal(
        &pi,
        "truncate -s 0 $journal; head -c 300 /dev/zero > $journal; rm $state/stands-on.json",
    );
    assert_eq!(pi.get("/api/v1/status").json["last"]["state"], "needs-you");
    let desk = Desk::of(&pi.lab);
    desk.rollback(&[PI_1, "--to", &point]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "after a rollback by hand");
    pi.update("fram-hello").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after another update and rollback");
}

/// Cuts the power in the middle of an update, and spoils the order's journal at that instant.
fn cut_with_a_spoilt_journal(pi: &Pi, spoil: &str) {
    let request = pi.start_update("fram-hello fram-dep fram-slow fram-conf");
    pi.wait_for_process("fram-slow.postinst");
    let order = pi.get("/api/v1/status").json["running"]["order"].as_str().unwrap().to_owned();
    let journal = pi.device.inside(&format!("/var/lib/framboise/transactions/{order}/journal")).unwrap();
    // Spoilt from outside at the instant of the cut: the disk is the same before and after.
    let state = pi.device.inside("/var/lib/framboise").unwrap();
    let script = spoil.replace("$journal", &journal.display().to_string());
    let script = script.replace("$state", &state.display().to_string());
    let spoilt = std::process::Command::new("sh").args(["-euc", &script]).output().unwrap();
    assert!(spoilt.status.success(), "{script}: {}", String::from_utf8_lossy(&spoilt.stderr));
    pi.device.power_cut().unwrap();
    drop(request);
    pi.power_on();
}

/// As the kernel does where memory is short: the root side alone, dpkg goes on for a moment without it.
fn the_root_side_killed_inside_dpkg(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    for process in ["fram-slow.postinst", "dpkg.*--unpack"] {
        let request = pi.start_update("fram-hello fram-dep fram-slow fram-conf fram-new");
        pi.wait_for_process(process);
        pi.sh("kill -KILL $(systemctl show --property MainPID --value framboise-apply)");
        let answer = request.answer();
        assert_eq!(
            (answer.kind(), answer.json["state"].as_str()),
            ("interrupted", Some("rolled-back")),
            "{}",
            answer.text
        );
        pi.snapshot().same_as(&before, &format!("after the root side was killed during {process}"));
    }
}

/// unattended-upgrades starts whenever it likes.
fn another_apt_at_the_same_time(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("apt-get -qq update");
    let mut other = pi
        .device
        .command(["apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=120", "install", "fram-slow=2.0"])
        .unwrap();
    let mut other = other.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
    pi.wait_for_process("fram-slow.postinst");
    let answer = pi.update("fram-hello fram-conf").done();
    assert!(other.wait().unwrap().success());
    assert_eq!(answer.changes(), ["fram-conf 1.0 2.0", "fram-hello 1.0 2.0"]);
    let updated = pi.snapshot();
    assert!(updated.has("dpkg-query fram-slow 2.0 install ok installed"), "what the other did stays");
    // And the other way about: ours is at work, the other waits for dpkg's lock.
    let request = pi.start_update("fram-svc fram-dep");
    pi.wait_for_process("dpkg.*--status-fd");
    let other = ["apt-get", "-qq", "-y", "-o", "DPkg::Lock::Timeout=120", "install", "fram-mode=2.0"];
    let other = pi.device.exec(other).unwrap();
    // It came while the checks ran, or after them.
    request.answer().done();
    assert_eq!(other.status, 0, "{}", other.stderr);
    assert!(pi.snapshot().has("dpkg-query fram-mode 2.0 install ok installed"), "what the other did stays");
    assert_eq!(pi.sh("dpkg --audit"), "");
}

/// Version 1 of [`made_version`].
fn made(pi: &Pi, name: &str, script: &str) -> String {
    made_version(pi, name, "1", script)
}

/// A .deb that this script builds in the tree, in an archive that the device has of its own; its path there.
pub fn made_version(pi: &Pi, name: &str, version: &str, script: &str) -> String {
    let file = format!("{name}_{version}");
    pi.sh(&format!(
        "mkdir -p /srv/packages /srv/tree/DEBIAN; cd /srv/tree; \
         printf 'Package: {name}\\nVersion: {version}\\nArchitecture: all\\nMaintainer: x <x@example.invalid>\\nDescription: x\\n' > DEBIAN/control; \
         {script}; dpkg-deb --root-owner-group -Znone -b /srv/tree /srv/packages/{file}.deb >/dev/null; rm -r /srv/tree; cd /srv/packages; \
         {{ dpkg-deb -f {file}.deb; printf 'Filename: ./{file}.deb\\nSize: %s\\nSHA256: %s\\n\\n' \
         $(stat -c %s {file}.deb) $(sha256sum < {file}.deb | cut -d' ' -f1); }} >> Packages; \
         echo 'deb [trusted=yes] file:/srv/packages ./' > /etc/apt/sources.list.d/packages.list; apt-get -qq update"
    ));
    format!("/srv/packages/{file}.deb")
}

fn a_new_package_that_fails_leaves_no_trace(suite: Suite) {
    let pi = Pi::raise(suite);
    made(&pi, "fram-unborn", "printf '#!/bin/sh\\nexit 4\\n' > DEBIAN/preinst; chmod 755 DEBIAN/preinst");
    let before = pi.snapshot();
    pi.update("fram-unborn fram-hello").refused(500, "script-failed").ended("rolled-back");
    pi.snapshot().same_as(&before, "after a new package's preinst failed");
}

fn unmet_dependencies_of_a_deb_are_named(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = crate::desk::Desk::of(&pi.lab);
    let before = pi.snapshot();
    let deb = crate::swap::build(&desk.file("lonely.deb", ""), "fram-lonely", "1.0", "Depends: fram-nowhere");
    desk.update(&deb, &[crate::pi::PI_1]).exits(2).says("dependencies cannot be met").says("fram-lonely");
    pi.snapshot().same_as(&before, "after a .deb that needs what there is not");
}
