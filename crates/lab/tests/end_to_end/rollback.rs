//! What a rollback returns to (the original's promises S8 to S10).

use crate::pi::Pi;
use framboise_lab::Suite;

on_each_suite!(
    with_nothing_recorded_it_is_refused,
    after_a_success_it_returns_to_the_state_before,
    after_a_failure_it_returns_to_the_last_recorded_state,
    twice_in_a_row_is_harmless,
    the_rollback_file_names_what_is_installed,
    it_needs_neither_the_archive_nor_its_old_versions,
    changes_by_hand_are_undone_in_packages,
    what_an_owner_set_for_apt_stops_nothing,
);

fn with_nothing_recorded_it_is_refused(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.rollback().refused(409, "nothing-recorded");
    pi.update("fram-nowhere").refused(422, "unknown-package");
    pi.update("").refused(400, "bad-request");
    // Nothing was touched by these, so there is nothing to go back to still.
    pi.rollback().refused(409, "nothing-recorded");
    pi.snapshot().same_as(&before, "after rollbacks to nothing");
}

fn after_a_success_it_returns_to_the_state_before(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.update("fram-hello").done();
    let first = pi.snapshot();
    pi.update("fram-conf fram-dep").done();
    pi.rollback().done();
    pi.snapshot().same_as(&first, "the last update alone is undone");
    // An update with nothing to do is no update to undo: still the one before is.
    pi.update("fram-svc").done();
    let second = pi.snapshot();
    pi.update("fram-svc").done();
    pi.snapshot().same_as(&second, "the same list again");
    pi.rollback().done();
    pi.snapshot().same_as(&first, "after an update with nothing to do");
}

fn after_a_failure_it_returns_to_the_last_recorded_state(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.update("fram-hello").done();
    let good = pi.snapshot();
    let file = rollback_file(&pi);
    pi.update("fram-conf fram-failpost").refused(500, "script-failed");
    assert_eq!(rollback_file(&pi), file, "a failed update rewrote rollbackFile");
    pi.rollback().done();
    pi.snapshot().same_as(&good, "after the rollback of a failed update");
    // Failed before anything was touched: the same.
    pi.update("fram-conf fram-nowhere").refused(422, "unknown-package");
    pi.rollback().done();
    pi.snapshot().same_as(&good, "after the rollback of a refused update");
    assert_eq!(rollback_file(&pi), file);
}

fn twice_in_a_row_is_harmless(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-hello fram-dep fram-conf fram-new").done();
    pi.rollback().done();
    for _ in 0..2 {
        let again = pi.rollback().done();
        assert_eq!(again.changes(), Vec::<String>::new(), "{}", again.text);
        pi.snapshot().same_as(&before, "after another rollback");
    }
    let first = pi.update("fram-failpre");
    assert_eq!(first.status, 500, "{}", first.text);
    pi.rollback().done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after two rollbacks of a failed update");
}

fn the_rollback_file_names_what_is_installed(suite: Suite) {
    let pi = Pi::raise(suite);
    assert!(pi.device.read_file("/var/lib/framboise/rollbackFile").is_err(), "written before any update");
    pi.sh("apt-get -qq -y remove fram-conf");
    pi.update("fram-hello fram-dep").done();
    assert_eq!(rollback_file(&pi), installed(&pi), "after an update");
    assert!(rollback_file(&pi).contains(&"fram-hello:amd64=2.0".to_owned()));
    pi.rollback().done();
    assert_eq!(rollback_file(&pi), installed(&pi), "after its rollback");
}

fn it_needs_neither_the_archive_nor_its_old_versions(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let list = "fram-hello fram-dep fram-conf fram-svc fram-move-b fram-mode openssl";
    let changes = pi.update(list).done().changes();
    let archive = pi.lab.archive();
    for change in &changes {
        let words: Vec<&str> = change.split(' ').collect();
        if words[1] != "none" {
            archive.drop_version(words[0], words[1]).unwrap_or_else(|error| panic!("{change}: {error}"));
        }
    }
    pi.sh("apt-get -qq update");
    let still = pi.sh("apt-cache policy fram-hello");
    assert!(!still.contains("archive.lab") || !still.contains("1.0 500"), "{still}");
    archive.off().unwrap();
    pi.sh("apt-get clean; rm -rf /var/lib/apt/lists/*");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a rollback without an archive");
}

fn changes_by_hand_are_undone_in_packages(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-hello").done();
    pi.sh("apt-get -qq -y install fram-conf=2.0 tree; apt-mark -qq auto fram-svc");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after changes by hand and a rollback");
}

fn rollback_file(pi: &Pi) -> Vec<String> {
    let text = String::from_utf8(pi.device.read_file("/var/lib/framboise/rollbackFile").unwrap()).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// What the file should say, by dpkg's own account.
fn installed(pi: &Pi) -> Vec<String> {
    let format = "${Package}:${Architecture}=${Version} ${db:Status-Status}\\n";
    let all = pi.sh(&format!("dpkg-query --show --showformat '{format}'"));
    let native = pi.device.arch();
    let lines = all.lines().filter_map(|line| line.strip_suffix(" installed"));
    let mut lines: Vec<String> = lines.map(|line| line.replace(":all=", &format!(":{native}="))).collect();
    lines.sort();
    lines
}

/// What people set on their Pis: a release that is preferred, packages that are not to be taken from it, sizes, colours, no
/// recommends, everything removed at once.
fn what_an_owner_set_for_apt_stops_nothing(suite: Suite) {
    let pi = Pi::raise(suite);
    let settings = "APT::Default-Release \"lab\";\nAPT::Install-Recommends \"true\";\nAPT::Get::AutomaticRemove \"true\";\n\
                    APT::Get::Purge \"true\";\nAPT::Color \"1\";\nDPkg::Use-Pty \"1\";\nAcquire::Languages \"none\";\n\
                    Dir::Cache::pkgcache \"\";\nDir::Cache::archives \"/mnt/usb/archives/\";\nAPT::Clean-Installed \"true\";\nAPT::Keep-Downloaded-Packages \"false\";\n";
    pi.device.write_file("/etc/apt/apt.conf.d/99own", settings, 0o644).unwrap();
    let pins = "Package: fram-hello\nPin: version 1.*\nPin-Priority: 1001\n\nPackage: fram-conf\nPin: release *\nPin-Priority: -1\n";
    pi.device.write_file("/etc/apt/preferences.d/own", pins, 0o644).unwrap();
    let before = pi.snapshot();
    pi.update("fram-hello=2.0 fram-conf=2.0 fram-new fram-svc").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after an update and its rollback beside an owner's settings");
    // A pin is an owner's word: what is not asked for by its version stays.
    pi.update("fram-hello fram-svc").done();
    assert!(pi.snapshot().has("dpkg-query fram-hello 1.0 install ok installed"));
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after another");
}
