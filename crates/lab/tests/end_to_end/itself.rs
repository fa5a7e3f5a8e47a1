//! Framboise's own package, updated by Framboise.

use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::path::PathBuf;
use std::process::Command;

on_each_suite!(it_updates_itself_and_goes_back);

/// The settings that root changed stay; the running root side is nobody's to restart.
fn it_updates_itself_and_goes_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    keep_own_deb(&pi);
    let before = pi.snapshot();
    let newer = repack(&pi, &desk.file("framboise.deb", ""), "sed -i 's/^Version: .*/&+new/' DEBIAN/control");
    desk.update(&format!("{newer}\nfram-hello"), &[PI_1]).exits(0).says("1 updated");
    let updated = pi.snapshot();
    assert!(pi.sh("dpkg-query --show framboise").contains("+new"));
    assert!(updated.has("service framboised.service loaded active running"));
    // The request waits for the end of the very server that took it.
    drop(pi.rollback());
    pi.wait_until("the end of the rollback", || {
        let status = pi.get("/api/v1/status");
        status.status == 200 && status.json["running"].is_null()
    });
    pi.snapshot().same_as(&before, "after the seed rollback of its own version");
    desk.rollback(&[PI_1, "--to", "2"]).exits(0);
    pi.snapshot().same_as(&updated, "its newer version again");
    desk.rollback(&[PI_1, "--to", "1"]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "after it went back to its own older version");
}

/// The new server does not start: nobody would reach the device any more.
#[test]
fn a_broken_version_of_itself_goes_back() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    keep_own_deb(&pi);
    let before = pi.snapshot();
    let edit = "sed -i 's/^Version: .*/&+broken/' DEBIAN/control; printf '#!/bin/sh\\nexit 1\\n' > usr/lib/framboise/framboised";
    let broken = repack(&pi, &desk.file("framboise.deb", ""), edit);
    desk.update(&format!("{broken}\nfram-hello"), &[PI_1, "--patience", "100"]).exits(3);
    pi.device.wait_for_agent().unwrap();
    pi.wait_until("the end of the way back", || pi.get("/api/v1/status").json["running"].is_null());
    pi.snapshot().same_as(&before, "after a version of itself that does not start");
    desk.update("fram-hello", &[PI_1]).exits(0);
}

/// No archive has it, so its way back is the .deb in apt's cache.
fn keep_own_deb(pi: &Pi) {
    let name = pi.sh("dpkg-query --show --showformat '${Package}_${Version}_${Architecture}.deb' framboise");
    let deb = std::fs::read(own_deb(pi)).unwrap();
    pi.device.write_file(&format!("/var/cache/apt/archives/{name}"), deb, 0o644).unwrap();
}

/// The .deb that the lab put on the device.
fn own_deb(pi: &Pi) -> PathBuf {
    if let Some(deb) = std::env::var_os("FRAMBOISE_DEB") {
        return deb.into();
    }
    let build = std::env::var_os("FRAMBOISE_BIN_DIR").map(PathBuf::from);
    let build = build.unwrap_or_else(|| std::env::current_exe().unwrap().ancestors().nth(2).unwrap().to_owned());
    let ending = format!("_{}.deb", pi.device.arch());
    let debs = std::fs::read_dir(build.with_file_name("deb")).unwrap().map(|entry| entry.unwrap().path());
    let debs = debs.filter(|path| path.file_name().unwrap().to_string_lossy().ends_with(&ending));
    debs.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap()
}

/// The same package, edited by a script in its unpacked tree; its path.
fn repack(pi: &Pi, path: &str, edit: &str) -> String {
    let script = "mkdir \"$1.tree\"; cd \"$1.tree\"; dpkg-deb --raw-extract \"$0\" .";
    let build = "dpkg-deb --root-owner-group -Zgzip -z1 --build . \"$1\" >&2; rm -r \"$1.tree\"";
    let mut command = Command::new("sh");
    let output =
        command.args(["-euc", &format!("{script}; {edit}; {build}")]).arg(own_deb(pi)).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path.to_owned()
}
