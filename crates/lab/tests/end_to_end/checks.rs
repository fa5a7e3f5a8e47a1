//! Checks of an update file: what does not pass goes back.

use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;

on_each_suite!(
    a_check_that_passes_keeps_the_update,
    a_check_that_fails_brings_the_device_back,
    a_service_that_ran_runs_again_after_the_way_back,
);

const PACKAGES: &str = "packages = [\"fram-hello\", \"fram-svc\", \"fram-dep\"]\n";

fn a_check_that_passes_keeps_the_update(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let checks = "[checks.service]\nunit = \"fram-svc.service\"\n[checks.agent]\ntcp = \"127.0.0.1:5000\"\n\
                  [checks.page]\nhttp = \"http://127.0.0.1:5000/\"\n[checks.version]\ncommand = [\"grep\", \"2.0\", \"/usr/bin/fram-hello\"]\n";
    let file = desk.file("kiosk.toml", &format!("{PACKAGES}{checks}"));
    desk.framboise(&["update", "--yes", "--file", &file, PI_1]).exits(0).says("1 updated");
    assert!(pi.snapshot().has("dpkg-query fram-hello 2.0"));
}

/// Not enabled, and removed meanwhile: nothing but the device's own note says that it ran.
fn a_service_that_ran_runs_again_after_the_way_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    pi.sh("systemctl disable --quiet fram-svc; systemctl is-active fram-svc");
    let before = pi.snapshot();
    let file = desk.file("gone.toml", "packages = [\"fram-svc-\"]\n[checks.it]\ncommand = [\"false\"]\nretries = 0\n");
    desk.framboise(&["update", "--yes", "--file", &file, PI_1]).exits(3).says("rolled back by itself");
    assert_eq!(pi.sh("systemctl is-active fram-svc || true").trim(), "active");
    pi.snapshot().same_as(&before, "after its removal failed");
}

fn a_check_that_fails_brings_the_device_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let checks = [
        ("unit = \"nothing.service\"", "nothing.service"),
        ("tcp = \"127.0.0.1:5999\"", "refused"),
        ("command = [\"sh\", \"-c\", \"echo out of paper; exit 3\"]", "out of paper"),
        ("command = [\"sleep\", \"60\"]\ntimeout_seconds = 1", "no answer in time"),
    ];
    for (check, words) in checks {
        let file = desk.file("kiosk.toml", &format!("{PACKAGES}[checks.printer]\n{check}\nretries = 0\n"));
        let told = desk.framboise(&["update", "--yes", "--file", &file, PI_1]).exits(3);
        told.says("1 rolled back by itself").says("check `printer` failed").says(words);
        pi.snapshot().same_as(&before, check);
    }
}
