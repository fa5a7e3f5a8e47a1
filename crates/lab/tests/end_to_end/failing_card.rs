//! A card that forgets, or refuses to be written: what the device keeps for itself is not believed, and stops nothing.

use crate::desk::{Desk, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A check that fails as soon as it is let.
const HELD_CHECK: &str = "[checks.held]\ncommand = [\"sh\", \"-c\", \"until test -e /run/go; do sleep 0.1; done; exit 3\"]\n\
                          retries = 0\ntimeout_seconds = 100\n";

#[test]
fn a_bit_that_flips_in_a_restore_point_is_noticed() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-conf", &[PI_1]).exits(0);
    let before = pi.snapshot();
    // The device stands on the second point; a file that was 0600 is recorded as 0460.
    pi.sh("cd /var/lib/framboise/restore-points; sed -i '0,/\"mode\":384/s//\"mode\":304/' 000002.state.json; grep -q 304 000002.state.json");
    desk.update("fram-failpost", &[PI_1]).exits(3).says("rolled back by itself");
    pi.snapshot().same_as(&before, "after an update that failed on a damaged restore point");
    desk.rollback(&[PI_1, "--to", "2"]).exits(2).says("damaged");
}

/// Of what the device keeps for itself, one thing after the other: each has a second copy, is made again, or is done without.
#[test]
fn no_single_file_that_is_spoilt_keeps_a_device_from_going_back() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    for list in ["fram-hello", "fram-svc", "fram-conf"] {
        desk.update(list, &[PI_1]).exits(0);
    }
    for file in [
        "vault/*.control",
        "vault/*.shipment",
        "guard.json",
        "guard-copy.json",
        "restore-points/000002.state.json",
        "deviations.json",
    ] {
        pi.sh(&format!("for f in /var/lib/framboise/{file}; do printf '\\377' | dd of=$f bs=1 seek=9 conv=notrunc status=none; done"));
    }
    // Both copies of the guard at once are another matter: nothing is followed then.
    desk.rollback(&[PI_1, "--to", "1"]).exits(3).says("guard");
    pi.sh("rm /var/lib/framboise/guard-copy.json");
    desk.rollback(&[PI_1, "--to", "1"]).exits(3).says("guard");
    pi.sh("rm /var/lib/framboise/guard.json");
    desk.rollback(&[PI_1, "--to", "1"]).exits(0);
    pi.snapshot().same_as(&before, "after a rollback with files that were spoilt");
}

#[test]
fn one_copy_of_the_guard_is_enough() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-hello", &[PI_1]).exits(0);
    for file in ["guard.json", "guard-copy.json"] {
        pi.sh(&format!("truncate -s 7 /var/lib/framboise/{file}"));
        desk.update("fram-svc", &[PI_1]).exits(0);
        desk.rollback(&[PI_1]).exits(0);
    }
}

#[test]
fn a_damaged_receipt_stops_nothing() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-hello", &[PI_1]).exits(0);
    pi.sh("printf '\\377' | dd of=/var/lib/framboise/receipts/00000001 bs=1 seek=40 conv=notrunc status=none");
    desk.update("fram-conf", &[PI_1]).exits(0).says("1 updated");
    desk.update("fram-svc", &[PI_1]).exits(0).says("1 updated");
    desk.framboise(&["status", PI_1]).exits(0);
    assert_eq!(pi.get("/api/v1/receipts").status, 200);
}

#[test]
fn what_a_person_writes_meanwhile_is_kept_aside() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let update = held_update(&pi, &desk, "fram-conf");
    pi.sh("echo mine > /etc/new-admin-file; echo edited >> /etc/fram-conf.conf; touch /run/go");
    let told = said(update.wait_with_output().unwrap()).exits(3);
    told.says("rolled back by itself").says("/etc/new-admin-file").says("/etc/fram-conf.conf").says("set-aside");
    pi.snapshot().same_as(&before, "after a check that failed");
    let kept =
        pi.sh("cd /var/lib/framboise/transactions/*/set-aside; cat etc%new-admin-file; tail -n 1 etc%fram-conf.conf");
    assert_eq!(kept, "mine\nedited\n");
}

/// What the disk refuses to take down is not forgotten: a later start would undo it once more, and whatever came between.
#[test]
fn nothing_new_begins_before_a_recovery_is_written_down() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let update = held_update(&pi, &desk, "fram-hello");
    // The root side dies, and its journal cannot be written when it comes again.
    pi.sh("cd /var/lib/framboise/transactions/*; mount --bind journal journal; mount -o remount,ro,bind journal
           pkill -KILL -x framboise-apply; touch /run/go");
    pi.wait_until("the way back", || pi.sh("fram-hello").trim() == "1.0");
    desk.update("fram-dep", &[PI_1]).exits(2).says("busy");
    pi.sh("umount /var/lib/framboise/transactions/*/journal");
    said(update.wait_with_output().unwrap()).exits(3).says("rolled back by itself");
    pi.wait_until("room for another order", || pi.get("/api/v1/status").json["running"].is_null());
    desk.update("fram-dep", &[PI_1]).exits(0).says("1 updated");
    let updated = pi.snapshot();
    pi.sh("pkill -TERM -x framboise-apply; while pgrep -x framboise-apply; do sleep 0.1; done");
    assert_eq!(pi.get("/api/v1/status").status, 200);
    pi.snapshot().same_as(&updated, "after the root side began anew");
}

/// An error of the card: the kernel lets nothing be written any more, dpkg in the middle, until the device starts anew.
#[test]
fn a_card_that_turns_read_only_in_an_update() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let card = onto_a_card(&pi);
    let file = desk.file("list.txt", "fram-hello\nfram-conf\nfram-slow\nfram-new\n");
    let mut update = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let update = update.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("fram-slow.postinst");
    fail(&card);
    // It cannot go back, and says why instead of seeming to be well.
    said(update.wait_with_output().unwrap()).exits(3).says("needs you: / is mounted read-only");
    desk.framboise(&["status", PI_1]).says("needs you").says("/ is mounted read-only");
    pi.device.power_cut().unwrap();
    mend(&card);
    pi.power_on();
    pi.snapshot().same_as(&before, "after it was started anew with a card that can be written");
    assert_eq!(pi.get("/api/v1/status").json["last"]["state"], "rolled-back");
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "after another update and rollback");
}

/// Has the device start from an image of ext4, which the kernel turns read-only at an error, as on a Pi.
fn onto_a_card(pi: &Pi) -> PathBuf {
    pi.device.power_cut().unwrap();
    let card = pi.device.disk().with_file_name("card");
    framboise_lab::make_image(&card, &pi.device.disk(), 256).unwrap();
    run("tune2fs", &["-e", "remount-ro", card.to_str().unwrap()]);
    pi.device.use_image(&card).unwrap();
    pi.power_on();
    card
}

/// Has the kernel find an error on the card (ext4's `trigger_fs_error`).
fn fail(card: &Path) {
    let loops = run("losetup", &["--noheadings", "--output", "NAME", "--associated", card.to_str().unwrap()]);
    let name = loops.trim().rsplit('/').next().unwrap();
    std::fs::write(format!("/sys/fs/ext4/{name}/trigger_fs_error"), "the card's").unwrap();
}

/// As systemd-fsck does before a root is mounted.
fn mend(card: &Path) {
    let mended = Command::new("e2fsck").args(["-f", "-y"]).arg(card).output().unwrap();
    assert!(mended.status.code().is_some_and(|code| code <= 2), "{}", String::from_utf8_lossy(&mended.stdout));
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Starts an update that is held in its check.
fn held_update(pi: &Pi, desk: &Desk<'_>, package: &str) -> Child {
    let file = desk.file("held.toml", &format!("packages = [\"{package}\"]\n{HELD_CHECK}"));
    let mut command = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let child = command.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("until test -e /run/go");
    child
}
