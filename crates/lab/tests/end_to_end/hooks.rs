//! The device owner's own scripts around updates and rollbacks.

use crate::desk::{Desk, said};
use crate::pi::{PI_1, Pi};
use crate::snapshot::Snapshot;
use framboise_lab::Suite;
use std::process::Stdio;

/// Writes down how it was called, by what name and version, and in which environment.
const NOTES: &str = "#!/bin/sh\necho \"$(basename \"$0\") $# $* $(fram-hello) $(id -u) $PWD\" >>/var/tmp/called\n\
                     env >/var/tmp/environment\ncat\n";

#[test]
fn hooks_run_before_and_after_and_are_left_out_on_demand() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    hook(&pi, "update_script.sh", NOTES);
    hook(&pi, "rollback_script.sh", NOTES);
    let before = standing(&pi);
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0);
    pi.update("fram-hello").done();
    pi.rollback().done();
    let update = ["update_script.sh 1 before 1.0 0 /", "update_script.sh 1 after 2.0 0 /"];
    let called = [update[0], update[1], "rollback_script.sh 1 after 1.0 0 /"];
    assert_eq!(called_as(&pi), [called, called].concat());
    // Nothing of whoever ordered it, and no question to anybody.
    let environment = pi.sh("cat /var/tmp/environment");
    for set in ["PATH=/usr/sbin:/usr/bin:/sbin:/bin\n", "DEBIAN_FRONTEND=noninteractive\n", "LC_ALL=C.UTF-8\n"] {
        assert!(environment.contains(set), "{set} is not set:\n{environment}");
    }
    assert!(!environment.contains("SYSTEMD") && !environment.contains("LISTEN_"), "{environment}");
    let file = desk.file("quiet.toml", "packages = [\"fram-hello\"]\n[hooks]\nrun = false\n");
    desk.framboise(&["update", "--yes", "--file", &file, PI_1]).exits(0);
    assert_eq!(called_as(&pi).len(), 6, "it was to be left out");
    desk.rollback(&[PI_1]).exits(0);
    standing(&pi).same_as(&before, "after three updates and rollbacks");
}

#[test]
fn a_hook_that_fails_keeps_an_update_away_or_takes_it_back() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    let before = standing(&pi);
    let log = pi.sh("cat /var/log/dpkg.log 2>/dev/null | wc --bytes");
    hook(&pi, "update_script.sh", "#!/bin/sh\necho \"the kiosk is in use, $1\" >&2\nexit 9\n");
    let told = desk.update("fram-hello", &[PI_1]).exits(3);
    told.says("check `update_script.sh before` failed").says("the kiosk is in use, before").says("exit status 9");
    standing(&pi).same_as(&before, "after the hook refused");
    assert_eq!(pi.sh("cat /var/log/dpkg.log 2>/dev/null | wc --bytes"), log, "dpkg was called");
    // It fails after; and the one that is told of the way back fails too.
    hook(&pi, "update_script.sh", "#!/bin/sh\n[ \"$1\" = before ] || { echo no picture; exit 1; }\n");
    hook(
        &pi,
        "rollback_script.sh",
        "#!/bin/sh\necho \"rolled back, $(fram-hello)\" >/var/tmp/called\necho no mail; exit 1\n",
    );
    let told = desk.update("fram-hello", &[PI_1]).exits(3);
    told.says("1 rolled back by itself").says("check `update_script.sh after` failed").says("no picture");
    told_of_the_way_back(&pi);
    standing(&pi).same_as(&before, "after the hook failed");
    assert_eq!(called_as(&pi), ["rolled back, 1.0"]);
    // A rollback that is asked for has come through, whatever the hook says.
    hook(&pi, "update_script.sh", "#!/bin/sh\n");
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0).says("rollback_script.sh after").says("no mail");
    standing(&pi).same_as(&before, "after a rollback whose hook failed");
}

#[test]
fn a_hook_that_is_not_roots_alone_is_not_run() {
    let pi = Pi::raise(Suite::Trixie);
    let before = standing(&pi);
    let script = "/etc/framboise/hooks/update_script.sh";
    hook(&pi, "update_script.sh", NOTES);
    for spoil in ["chmod 0777 $hook", "chmod 0775 $hook", "chmod 0755 $hook; chown nobody $hook"] {
        pi.sh(&format!("hook={script}; {spoil}"));
        let answer = pi.update("fram-hello");
        assert!(answer.status >= 400 && answer.text.contains(script), "{spoil}: {}", answer.text);
    }
    // A link to what somebody else owns, and a folder that somebody else could put another script into.
    pi.sh(&format!("cp {script} /srv/theirs; chown nobody /srv/theirs; ln -sf /srv/theirs {script}"));
    assert!(pi.update("fram-hello").status >= 400);
    hook(&pi, "update_script.sh", NOTES);
    pi.sh("chown nobody /etc/framboise/hooks");
    assert!(pi.update("fram-hello").status >= 400);
    standing(&pi).same_as(&before, "after hooks that anybody could write");
    assert!(!pi.device.on_disk("/var/tmp/called").exists());
    pi.sh("chown root /etc/framboise/hooks");
    pi.update("fram-hello").done();
    assert_eq!(called_as(&pi).len(), 2);
}

/// A hook has ten minutes; here the device's own timeout(1) makes seconds of them.
#[test]
fn a_hook_that_never_ends_is_stopped_and_told() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    pi.sh("cp /usr/bin/timeout /run/timeout; printf '#!/bin/sh\\nkill_after=$1; [ \"$2\" = 600 ] || exit 99; shift 2\\n\
           exec /run/timeout $kill_after 3 \"$@\"\\n' > /run/shorter; chmod 755 /run/shorter; mount -B /run/shorter /usr/bin/timeout");
    let before = standing(&pi);
    hook(&pi, "update_script.sh", "#!/bin/sh\n[ \"$1\" = before ] || { echo asking the till; sleep 1000; }\n");
    let file = desk.file("list.txt", "fram-hello");
    let mut update = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let update = update.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("sleep 1000");
    let told = said(update.wait_with_output().unwrap()).exits(3);
    told.says("update_script.sh after").says("asking the till").says("no answer in time");
    assert_ne!(pi.device.exec(["pgrep", "--full", "sleep 1000"]).unwrap().status, 0, "it runs still");
    standing(&pi).same_as(&before, "after a hook that did not end");
}

fn hook(pi: &Pi, name: &str, script: &str) {
    let path = format!("/etc/framboise/hooks/{name}");
    pi.sh(&format!("rm -f {path}"));
    pi.device.write_file(&path, script, 0o755).unwrap();
}

/// All but the hooks themselves.
fn standing(pi: &Pi) -> Snapshot {
    pi.snapshot().without(&["/etc/framboise/hooks"])
}

/// What the hooks wrote down.
fn called_as(pi: &Pi) -> Vec<String> {
    pi.sh("cat /var/tmp/called").lines().map(str::to_owned).collect()
}

/// The newest receipt says why it went back, in the hook's own words.
fn told_of_the_way_back(pi: &Pi) {
    let receipt = pi.sh("cd /var/lib/framboise/receipts; sed 's/.*\"payload\":\"\\([^\"]*\\)\".*/\\1/' \"$(ls | tail -n 1)\" | base64 -d");
    for words in ["update_script.sh after", "no picture", "rollback_script.sh after", "no mail"] {
        assert!(receipt.contains(words), "{words:?} is not in the receipt: {receipt}");
    }
}
