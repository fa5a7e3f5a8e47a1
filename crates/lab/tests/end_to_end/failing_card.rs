//! A card that forgets, or refuses to be written: what the device keeps for itself is not believed, and stops nothing.

use crate::desk::{Desk, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::process::{Child, Stdio};

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

/// Starts an update that is held in its check.
fn held_update(pi: &Pi, desk: &Desk<'_>, package: &str) -> Child {
    let file = desk.file("held.toml", &format!("packages = [\"{package}\"]\n{HELD_CHECK}"));
    let mut command = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let child = command.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("until test -e /run/go");
    child
}
