//! Files that cannot be kept as others are: unreadable ones, pipes, what a helper notes.

use crate::desk::{Desk, Said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;

/// An update whose check does this, and then fails.
fn update_that_fails(desk: &Desk<'_>, packages: &str, script: &str) -> Said {
    let check = format!(
        "packages = [{packages}]\n[checks.it]\ncommand = [\"sh\", \"-c\", \"{script}; exit 3\"]\nretries = 0\n"
    );
    let file = desk.file("failing.toml", &check);
    desk.framboise(&["update", "--yes", "--file", &file, PI_1])
}

/// The kernel refuses to read the first page of a process's memory with EIO, as it does a bad block of a card.
#[test]
fn a_file_that_cannot_be_read_keeps_nothing_else_from_going_back() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    pi.sh("echo mine > /etc/unrelated.conf");
    let before = pi.snapshot();
    pi.sh("mount --bind /proc/1/mem /etc/unrelated.conf");
    update_that_fails(&desk, "\"fram-hello\", \"fram-conf\"", "true").exits(3).says("rolled back by itself");
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0);
    pi.sh("umount /etc/unrelated.conf");
    pi.snapshot().same_as(&before, "once it can be read again");
}

#[test]
fn a_pipe_that_is_gone_is_told_and_stops_nothing() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    pi.sh("mkfifo /etc/a.pipe");
    let told = update_that_fails(&desk, "\"fram-hello\"", "rm /etc/a.pipe").exits(3);
    told.says("rolled back by itself");
    pi.snapshot().same_as(&before, "but for the pipe");
}

#[test]
fn what_is_noted_of_users_units_goes_back() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    pi.sh("for kind in enabled masked; do mkdir -p /var/lib/systemd/deb-systemd-user-helper-$kind; done
           echo was > /var/lib/systemd/deb-systemd-user-helper-enabled/one");
    let before = pi.snapshot();
    let script =
        "cd /var/lib/systemd; rm deb-systemd-user-helper-enabled/one; echo is > deb-systemd-user-helper-masked/two";
    update_that_fails(&desk, "\"fram-hello\"", script).exits(3).says("rolled back by itself");
    pi.snapshot().same_as(&before, "after a user's unit was masked");
}

#[test]
fn a_file_that_changes_all_the_time_stops_nothing() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let restless = "n=0; while :; do n=\\$((n+1)); echo \\$n > /etc/restless.new; mv /etc/restless.new /etc/restless; echo \\$n > /etc/direct; done";
    pi.sh(&format!("systemd-run --quiet --unit=restless sh -c \"{restless}\""));
    desk.update("fram-hello", &[PI_1]).exits(0);
    update_that_fails(&desk, "\"fram-conf\"", "true").exits(3).says("rolled back by itself");
    desk.update("fram-conf", &[PI_1]).exits(0);
    desk.rollback(&[PI_1, "--to", "1"]).exits(0);
    pi.sh("systemctl stop restless; rm -f /etc/restless /etc/restless.new /etc/direct");
    pi.snapshot().same_as(&before, "once it is quiet");
}

#[test]
fn what_needs_you_is_put_right_by_a_rollback() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    // No other file can take the place of one that something is mounted on.
    let hold = "echo other > /etc/fram-conf.conf; mount --bind /etc/fram-conf.conf /etc/fram-conf.conf";
    update_that_fails(&desk, "\"fram-hello\"", hold).exits(3).says("needs you").says("/etc/fram-conf.conf");
    pi.sh("umount /etc/fram-conf.conf; grep -q other /etc/fram-conf.conf");
    desk.rollback(&[PI_1]).exits(0).says("no package differs");
    pi.snapshot().same_as(&before, "once nothing is in the way");
    assert!(!desk.framboise(&["status", PI_1]).exits(0).out.contains("needs you"));
    desk.rollback(&[PI_1]).exits(0).says("nothing to do");
}
