//! Updates that restart the device: checks run after, and whatever happens on the way, it ends as before or as after.

use crate::desk::{Desk, Said, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::fs;
use std::process::{Child, Stdio};

on_each_suite!(
    an_update_that_restarts_is_checked_after,
    a_restart_where_it_is_required_and_only_there,
    a_check_that_fails_after_the_restart,
    a_power_cut_while_it_restarts,
    a_power_cut_while_it_is_checked,
);

const ALWAYS: &str = "[reboot]\nwhen = \"always\"\n";
const IF_REQUIRED: &str = "[reboot]\nwhen = \"if-required\"\n";

/// Writes down in which boot the check ran.
const NOTES_BOOT: &str = "cat /proc/sys/kernel/random/boot_id >/var/tmp/checked-in";

/// Keeps a shutdown waiting, so that something can happen meanwhile.
const SLOW_TO_STOP: &str = "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=true\nExecStop=sleep 4\n\
                            [Install]\nWantedBy=multi-user.target\n";

fn an_update_that_restarts_is_checked_after(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let (before, first) = (pi.snapshot(), boot(&pi));
    let check = format!(
        "[checks.boot]\ncommand = [\"sh\", \"-c\", \"{NOTES_BOOT}; grep 2.0 /usr/bin/fram-hello\"]\nretries = 0\n\
         [checks.service]\nunit = \"fram-svc.service\"\n"
    );
    let told = update(&desk, "\"fram-hello\", \"fram-svc\"", &format!("{ALWAYS}{check}"));
    let told = told.exits(0).says("1 updated").says("restarts the device").says("restarting").says("checking");
    assert!(!told.out.contains("asking on"), "a restart is no loss:\n{}", told.out);
    let second = boot(&pi);
    assert_ne!(first, second);
    assert_eq!(checked_in(&pi), second);
    let last = last(&pi);
    assert_eq!(last["state"], "committed", "{last}");
    assert!(pi.snapshot().has("dpkg-query fram-svc 2.0 install ok installed"));
    // The chain of receipts holds, and a rollback restarts nothing unasked.
    desk.framboise(&["history", PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0);
    assert_eq!(boot(&pi), second);
    pi.snapshot().same_as(&before, "after the rollback");
}

fn a_restart_where_it_is_required_and_only_there(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let (before, first) = (pi.snapshot(), boot(&pi));
    update(&desk, "\"fram-hello\"", IF_REQUIRED).exits(0).says("may restart");
    assert_eq!(boot(&pi), first, "nothing asked for a restart");
    // A package's script says so.
    update(&desk, "\"fram-restart\"", IF_REQUIRED).exits(0).says("1 updated").says("restarting");
    let second = boot(&pi);
    assert_ne!(second, first);
    // A name says so; the list does not ask for it.
    desk.update("linux-image-rpi-lab", &[PI_1])
        .exits(0)
        .says("needs a restart")
        .says("if-required")
        .says("makes it effective");
    assert_eq!(boot(&pi), second);
    desk.framboise(&["rollback", "--yes", "--to", "1", "--reboot", "if-required", PI_1]).exits(0).says("restarting");
    assert_ne!(boot(&pi), second);
    pi.snapshot().same_as(&before, "after a rollback with a restart");
}

fn a_check_that_fails_after_the_restart(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let (before, first) = (pi.snapshot(), boot(&pi));
    let check = format!("[checks.boot]\ncommand = [\"sh\", \"-c\", \"{NOTES_BOOT}; echo no picture; false\"]\n");
    let told = update(&desk, "\"fram-hello\", \"linux-image-rpi-lab\"", &format!("{IF_REQUIRED}{check}"));
    told.exits(3)
        .says("1 rolled back by itself")
        .says("check `boot` failed")
        .says("no picture")
        .says("restarts once more");
    let second = checked_in(&pi);
    assert_ne!(first, second);
    pi.wait_until("one more restart", || ![&first, &second].contains(&&boot_or_none(&pi)));
    settled(&pi).same_as(&before, "after a check that failed");
    desk.framboise(&["history", PI_1]).exits(0);
    desk.update("fram-hello", &[PI_1]).exits(0);
}

fn a_power_cut_while_it_restarts(suite: Suite) {
    let pi = Pi::raise(suite);
    slow_to_stop(&pi);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let watching =
        start(&desk, "\"fram-hello\", \"linux-image-rpi-lab\"", &format!("{ALWAYS}[checks.a]\ncommand = [\"true\"]\n"));
    until_restarting(&pi);
    pi.device.power_cut().unwrap();
    pi.power_on();
    // The power cut was a restart.
    end(watching).exits(0).says("1 updated");
    assert_eq!(last(&pi)["state"], "committed");
    desk.rollback(&[PI_1]).exits(0);
    pi.snapshot().same_as(&before, "after the rollback");
}

fn a_power_cut_while_it_is_checked(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let check =
        format!("[checks.slow]\ncommand = [\"sh\", \"-c\", \"{NOTES_BOOT}; exec sleep 27\"]\ntimeout_seconds = 60\n");
    let watching = start(&desk, "\"fram-hello\", \"linux-image-rpi-lab\"", &format!("{ALWAYS}{check}"));
    pi.wait_for_process("sleep 27");
    let second = checked_in(&pi);
    pi.device.power_cut().unwrap();
    pi.power_on();
    end(watching).exits(3).says("1 rolled back by itself").says("stopped in the middle");
    pi.wait_until("one more restart", || boot_or_none(&pi) != second);
    settled(&pi).same_as(&before, "after a power cut while it was checked");
}

/// `if-required` asks for what the order itself needs: another one's need, that was left to its operator, is only told.
#[test]
fn a_restart_that_an_earlier_order_needs() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let (before, first) = (pi.snapshot(), boot(&pi));
    desk.update("fram-restart", &[PI_1]).exits(0).says("makes it effective").says("fram-restart");
    update(&desk, "\"fram-hello\"", IF_REQUIRED).exits(0).says("may restart").says("1 updated");
    assert_eq!(boot(&pi), first, "fram-hello needs none");
    desk.framboise(&["status", PI_1]).exits(0).says("needs a reboot");
    // It changes again what waits for a restart already.
    desk.framboise(&["rollback", "--yes", "--to", "1", "--reboot", "if-required", PI_1]).exits(0).says("restarting");
    assert_ne!(boot(&pi), first);
    pi.snapshot().same_as(&before, "after a rollback with a restart");
    assert!(pi.get("/api/v1/status").json["reboot_for"].as_array().is_none_or(Vec::is_empty));
}

/// As the kernel does where memory is short.
#[test]
fn a_root_side_killed_while_it_restarts() {
    let pi = Pi::raise(Suite::Trixie);
    slow_to_stop(&pi);
    let desk = Desk::of(&pi.lab);
    let watching = start(&desk, "\"fram-hello\"", ALWAYS);
    until_restarting(&pi);
    drop(pi.device.exec(["sh", "-c", "kill -KILL $(pidof framboise-apply)"]));
    end(watching).exits(0).says("1 updated");
    assert_eq!(last(&pi)["state"], "committed");
}

#[test]
fn a_device_that_does_not_restart_goes_back() {
    let pi = Pi::raise(Suite::Bookworm);
    pi.sh("systemctl mask --quiet reboot.target");
    let desk = Desk::of(&pi.lab);
    let (before, first) = (pi.snapshot(), boot(&pi));
    update(&desk, "\"fram-hello\"", ALWAYS).exits(3).says("1 rolled back by itself").says("did not restart");
    assert_eq!(boot(&pi), first);
    pi.snapshot().same_as(&before, "after a restart that did not come");
}

/// What a desk said before the restart holds after it.
#[test]
fn a_desk_that_left_before_the_restart_is_not_waited_for() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let first = boot(&pi);
    let watching = start(&desk, "\"fram-slow\"", ALWAYS);
    pi.wait_for_process("fram-slow.postinst");
    let pid = rustix::process::Pid::from_child(&watching);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    end(watching).exits(130).says("the devices go on");
    pi.wait_until("the restart", || ![first.as_str(), ""].contains(&boot_or_none(&pi).as_str()));
    settled(&pi);
    assert_eq!(last(&pi)["state"], "committed");
}

/// Nobody is there after the restart: the device goes back.
#[test]
fn a_desk_that_is_gone_after_the_restart() {
    let pi = Pi::raise(Suite::Trixie);
    slow_to_stop(&pi);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let mut watching = start(&desk, "\"fram-hello\"", ALWAYS);
    until_restarting(&pi);
    watching.kill().unwrap();
    drop(watching.wait());
    pi.wait_until("the way back", || {
        !boot_or_none(&pi).is_empty() && pi.get("/api/v1/status").json["last"]["state"] == "rolled-back"
    });
    pi.wait_until("one more restart", || {
        pi.device.on_disk("/var/lib/framboise/restart.json").exists() || boot_or_none(&pi).is_empty()
    });
    settled(&pi).same_as(&before, "after its desk was gone");
}

#[test]
fn an_order_that_comes_meanwhile_waits() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let second = desk.ask_to_update("fram-hello", PI_1);
    // It goes back after its restart, so that what the second one was planned on holds again.
    let first = start(&desk, "\"fram-slow\"", &format!("{ALWAYS}[checks.no]\ncommand = [\"false\"]\nretries = 0\n"));
    pi.wait_for_process("fram-slow.postinst");
    second.answer("y").exits(0).says("busy");
    end(first).exits(3).says("1 rolled back by itself");
    settled(&pi);
    assert_eq!(pi.sh("fram-hello").trim(), "2.0");
}

/// The boot partition is no package's: what their scripts put there goes back too, what a person wrote there stays.
#[test]
fn the_boot_partition_goes_back() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    pi.sh("echo dtparam=audio=on >/boot/firmware/config.txt");
    let before = pi.snapshot();
    desk.update("linux-image-rpi-lab", &[PI_1]).exits(0).says("/boot/firmware");
    assert_eq!(pi.sh("cat /boot/firmware/kernel8.img").trim(), "kernel 2.0");
    pi.sh("echo dtparam=spi=on >>/boot/firmware/config.txt");
    desk.rollback(&[PI_1]).exits(0).says("makes it effective");
    // No package's: it is a person's.
    assert!(pi.sh("cat /boot/firmware/config.txt").contains("spi"));
    pi.sh("echo dtparam=audio=on >/boot/firmware/config.txt");
    pi.snapshot().same_as(&before, "after the rollback");
}

fn update(desk: &Desk<'_>, packages: &str, more: &str) -> Said {
    end(start(desk, packages, more))
}

fn start(desk: &Desk<'_>, packages: &str, more: &str) -> Child {
    let file = desk.file("kiosk.toml", &format!("packages = [{packages}]\n{more}"));
    let mut command = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    command.stdin(Stdio::null()).spawn().unwrap()
}

fn end(child: Child) -> Said {
    said(child.wait_with_output().unwrap())
}

fn slow_to_stop(pi: &Pi) {
    pi.device.write_file("/etc/systemd/system/slow-to-stop.service", SLOW_TO_STOP, 0o644).unwrap();
    pi.sh("systemctl daemon-reload; systemctl enable --quiet --now slow-to-stop.service");
}

/// Which boot it is, as the kernel tells.
fn boot(pi: &Pi) -> String {
    pi.sh("cat /proc/sys/kernel/random/boot_id").trim().to_owned()
}

/// The same; empty while it is off.
fn boot_or_none(pi: &Pi) -> String {
    let output = pi.device.exec(["cat", "/proc/sys/kernel/random/boot_id"]);
    output.map(|output| output.stdout.trim().to_owned()).unwrap_or_default()
}

fn checked_in(pi: &Pi) -> String {
    pi.sh("cat /var/tmp/checked-in").trim().to_owned()
}

/// The journal says that the restart is under way.
fn until_restarting(pi: &Pi) {
    let folder = pi.device.on_disk("/var/lib/framboise/transactions");
    pi.wait_until("the restart", || {
        let journals = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path().join("journal"));
        journals.filter_map(|path| fs::read_to_string(path).ok()).any(|text| text.contains("\"state\":\"restarting\""))
    });
}

/// The device once it is up and at rest: no order runs, and no restart is wished for.
fn settled(pi: &Pi) -> crate::snapshot::Snapshot {
    pi.wait_until("the device at rest", || {
        let is_up = pi.device.exec(["systemctl", "is-system-running"]);
        let is_up = is_up.is_ok_and(|output| ["running", "degraded"].contains(&output.stdout.trim()));
        let status = pi.request("/api/v1/status", &["--max-time", "10"]);
        is_up
            && status.status == 200
            && status.json["running"].is_null()
            && !pi.device.on_disk("/var/lib/framboise/restart.json").exists()
    });
    pi.snapshot()
}

fn last(pi: &Pi) -> serde_json::Value {
    pi.get("/api/v1/status").json["last"].clone()
}
