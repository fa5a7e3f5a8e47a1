//! A package's script that does not come to its end: somebody must learn of it, and decide.

use crate::desk::{Desk, said};
use crate::faults::made_version;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::process::Stdio;

on_each_suite!(
    a_script_that_hangs_is_told,
    a_pulled_plug_ends_a_script_that_hangs_before_the_unpacking,
    a_script_that_hangs_while_the_device_recovers_is_seen,
);

/// Its script ends when the file is gone.
const HANGS: &str = "printf '#!/bin/sh\\necho nothing else to do?\\nwhile [ -e /var/tmp/hang ]; do sleep 0.2; done\\n' > DEBIAN/postinst; chmod 755 DEBIAN/postinst";

/// As packaging has it, with less patience.
const IMPATIENT: &str = "mkdir -p /etc/systemd/system/framboise-recover.service.d
    printf '[Service]\\nExecStart=\\nExecStart=/usr/lib/framboise/framboise-apply recover --patience 3\\n' \\
        > /etc/systemd/system/framboise-recover.service.d/impatient.conf";

/// Instead of two minutes.
const SOON: &str = "printf '[stall]\\nafter_seconds = 2\\n' >> /etc/framboise/framboise.toml";

fn a_script_that_hangs_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    made_version(&pi, "fram-hangs", "1", HANGS);
    pi.sh(SOON);
    pi.sh("touch /var/tmp/hang");
    let list = desk.file("list.txt", "fram-hello\nfram-hangs");
    let update = desk.command(&["update", "--yes", "--file", &list, PI_1]).stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("fram-hangs.postinst");
    wait_until_told(&pi);
    // Nothing was ended for it.
    pi.wait_for_process("fram-hangs.postinst");
    pi.sh("rm /var/tmp/hang");
    said(update.wait_with_output().unwrap()).exits(0).says("fram-hangs shows no progress").says("1 updated");
    let log = desk.framboise(&["log", PI_1]).exits(0);
    // Its last words, what runs, and what to do.
    log.says("nothing else to do?").says("fram-hangs.postinst configure (sleeping)").says("a script may wait");
    assert!(pi.snapshot().has("dpkg-query fram-hangs 1 install ok installed"));
}

/// A new package's preinst: recovery has nothing to unpack, and does not run it again.
fn a_pulled_plug_ends_a_script_that_hangs_before_the_unpacking(suite: Suite) {
    let pi = Pi::raise(suite);
    made_version(&pi, "fram-hangs", "1", &HANGS.replace("postinst", "preinst"));
    let before = pi.snapshot();
    pi.sh("touch /var/tmp/hang");
    let request = pi.start_update("fram-hello fram-hangs");
    pi.wait_for_process("preinst install");
    pi.device.power_cut().unwrap();
    drop(request);
    pi.power_on();
    pi.snapshot().same_as(&before, "after a preinst that hung, and a pulled plug");
}

fn wait_until_told(pi: &Pi) {
    let events = || {
        let order = pi.get("/api/v1/status").json["running"]["order"].clone();
        let path = format!("/api/v1/orders/{}/events", order.as_str().unwrap_or_default());
        // They go on for as long as the order does.
        pi.request(&path, &["--max-time", "1"]).text
    };
    pi.wait_until("a word of what hangs", || events().contains("shows no progress"));
}

fn a_script_that_hangs_while_the_device_recovers_is_seen(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    made_version(&pi, "fram-hangs", "1", HANGS);
    pi.sh(IMPATIENT);
    pi.sh(SOON);
    let before = pi.snapshot();
    pi.sh("touch /var/tmp/hang");
    let request = pi.start_update("fram-hello fram-hangs");
    pi.wait_for_process("fram-hangs.postinst");
    pi.device.power_cut().unwrap();
    drop(request);
    // It answers while it still recovers.
    pi.power_on();
    let running = pi.get("/api/v1/status").json["running"].clone();
    assert_eq!(running["state"], "rolling-back", "{running}");
    desk.framboise(&["status", PI_1]).says("rolling back");
    let log = desk.command(&["log", PI_1]).stdin(Stdio::null()).spawn().unwrap();
    pi.update("fram-conf").refused(409, "busy");
    desk.update("fram-conf", &[PI_1]).exits(2).says("busy");
    wait_until_told(&pi);
    // The operator decides: the script is let go.
    pi.sh("rm /var/tmp/hang");
    let log = said(log.wait_with_output().unwrap()).exits(0);
    log.says("Repairing")
        .says("shows no progress")
        .says("fram-hangs.postinst configure (sleeping)")
        .says("rolled back");
    pi.wait_until("the end of the recovery", || pi.get("/api/v1/status").json["running"].is_null());
    pi.snapshot().same_as(&before, "after a recovery that hung");
    desk.update("fram-conf", &[PI_1]).exits(0);
}
