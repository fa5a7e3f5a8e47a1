//! What the admin wrote: kept through an update, kept through a rollback.

use crate::pi::Pi;
use crate::round_trips::round_trip;
use framboise_lab::Suite;

on_each_suite!(
    an_edit_before_the_update_stays,
    a_mode_and_an_owner_set_before_stay,
    a_conffile_deleted_before_stays_deleted,
    an_edit_after_the_update_stays_and_is_told,
    other_files_that_a_person_changed_since_stay,
);

const CONFFILE: &str = "/etc/fram-conf.conf";

fn an_edit_before_the_update_stays(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("echo 'mine=1' >> /etc/fram-conf.conf");
    let mine = pi.device.read_file(CONFFILE).unwrap();
    round_trip(&pi, "fram-conf", |_| assert_eq!(pi.device.read_file(CONFFILE).unwrap(), mine));
}

fn a_mode_and_an_owner_set_before_stay(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("chmod 640 /etc/fram-conf.conf; chgrp adm /etc/fram-conf.conf");
    round_trip(&pi, "fram-conf", |updated| assert!(updated.has("/etc/fram-conf.conf\tmode f 640 0:4")));
    pi.sh("echo 'mine=1' >> /etc/fram-conf.conf");
    round_trip(&pi, "fram-conf", |updated| assert!(updated.has("/etc/fram-conf.conf\tmode f 640 0:4")));
}

fn a_conffile_deleted_before_stays_deleted(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("rm /etc/fram-conf.conf");
    // dpkg respects the deletion (Debian policy 10.7.3), and so does the way back.
    round_trip(&pi, "fram-conf", |updated| assert!(!updated.has("/etc/fram-conf.conf")));
}

fn an_edit_after_the_update_stays_and_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-conf fram-hello").done();
    pi.sh("echo 'mine=2' >> /etc/fram-conf.conf");
    let mine = pi.device.read_file(CONFFILE).unwrap();
    let rolled_back = pi.rollback().done();
    assert_eq!(pi.device.read_file(CONFFILE).unwrap(), mine);
    let remarks = rolled_back.json["outcome"]["remarks"].to_string();
    assert!(remarks.contains(CONFFILE), "not told: {}", rolled_back.text);
    let edited = [CONFFILE];
    pi.snapshot().without(&edited).same_as(&before.without(&edited), "but for the edit");
}

fn other_files_that_a_person_changed_since_stay(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.update("fram-conf fram-hello").done();
    pi.sh(
        "echo hello > /etc/motd; echo mine > /etc/mine.conf; mkdir -p /etc/mine.d; ln -sf /etc/motd /etc/mine.d/link",
    );
    let edited = ["/etc/motd", "/etc/mine.conf", "/etc/mine.d"];
    pi.rollback().done();
    assert_eq!(pi.sh("cat /etc/motd /etc/mine.d/link /etc/mine.conf"), "hello\nhello\nmine\n");
    // And they stay through what follows.
    let before = pi.snapshot();
    round_trip(&pi, "fram-conf fram-dep", |updated| {
        for path in edited {
            assert!(updated.has(path), "{path} is gone");
        }
    });
    pi.snapshot().same_as(&before, "after another round");
}
