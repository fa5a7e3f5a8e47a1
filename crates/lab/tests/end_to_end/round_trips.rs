//! There and back: after an update and its rollback the device is as before in every field.

use crate::pi::Pi;
use crate::snapshot::Snapshot;
use framboise_lab::{Suite, Up};

on_each_suite!(
    a_plain_upgrade,
    a_new_dependency_and_its_conffile_go_again,
    a_removed_package_comes_back,
    a_package_removed_by_the_list_comes_back,
    a_service_runs_before_and_after,
    a_file_that_moved_to_another_package_is_there_again,
    set_id_bits_groups_and_capabilities_come_back,
    a_hold_stays,
    marks_come_back,
    leftovers_of_removed_packages_stay_leftovers,
    several_times_there_and_back,
    an_update_ends_where_apt_get_ends,
);

/// Everything of the lab that can be upgraded in little time.
const ALL_GOOD: &str = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-a fram-move-b fram-mode";

/// Updates by the list, rolls back, and holds what stands against what stood; what is in between is given to `look`.
#[track_caller]
pub fn round_trip(pi: &Pi, list: &str, look: impl FnOnce(&Snapshot)) {
    let before = pi.snapshot();
    pi.update(list).done();
    let updated = pi.snapshot();
    assert_ne!(updated, before, "the update of {list} changed nothing");
    look(&updated);
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after update and rollback");
}

fn a_plain_upgrade(suite: Suite) {
    let pi = Pi::raise(suite);
    round_trip(&pi, "fram-hello", |_| assert_eq!(pi.sh("fram-hello").trim(), "2.0"));
    assert_eq!(pi.sh("fram-hello").trim(), "1.0");
}

fn a_new_dependency_and_its_conffile_go_again(suite: Suite) {
    let pi = Pi::raise(suite);
    round_trip(&pi, "fram-dep", |updated| {
        for fact in ["dpkg-query fram-lib 2.0 install ok installed", "/etc/fram-lib.conf", "apt-mark auto fram-lib"] {
            assert!(updated.has(fact), "{fact}");
        }
    });
}

fn a_removed_package_comes_back(suite: Suite) {
    let pi = Pi::raise(suite);
    round_trip(&pi, "fram-new", |updated| {
        assert!(updated.has("dpkg-query fram-new 2.0"));
        assert!(!updated.has("dpkg-query fram-old"), "apt did not remove fram-old");
    });
}

fn a_package_removed_by_the_list_comes_back(suite: Suite) {
    let pi = Pi::raise(suite);
    // Its own conffile stays as a leftover, edited as it is.
    pi.sh("echo '# mine' >> /etc/fram-conf.conf");
    round_trip(&pi, "fram-conf- fram-svc- fram-hello", |updated| {
        assert!(updated.has("dpkg-query fram-conf 1.0 deinstall ok config-files"));
        assert!(!updated.has("service fram-svc.service"));
    });
}

fn a_service_runs_before_and_after(suite: Suite) {
    let pi = Pi::raise(suite);
    assert!(pi.snapshot().has("service fram-svc.service loaded active running Test service 1.0"));
    round_trip(&pi, "fram-svc", |updated| {
        assert!(updated.has("service fram-svc.service loaded active running Test service 2.0"));
    });
    // Not the new version's process under the old one's name.
    let journal = pi.sh("journalctl --no-pager --unit fram-svc --output cat");
    assert_eq!(journal.lines().rfind(|line| line.ends_with(" runs")), Some("fram-svc 1.0 runs"), "{journal}");
    pi.sh("systemctl disable --quiet --now fram-svc");
    round_trip(&pi, "fram-svc", |updated| assert!(!updated.has("service fram-svc.service"), "it was switched on"));
}

fn a_file_that_moved_to_another_package_is_there_again(suite: Suite) {
    let pi = Pi::raise(suite);
    round_trip(&pi, "fram-move-b", |updated| {
        assert!(updated.has("/usr/share/fram-move/file"));
        let owner = pi.sh("dpkg --search /usr/share/fram-move/file");
        assert!(owner.starts_with("fram-move-b:"), "{owner}");
    });
    assert_eq!(pi.sh("cat /usr/share/fram-move/file"), "1.0");
    round_trip(&pi, "fram-move-a fram-move-b", |_| ());
}

fn set_id_bits_groups_and_capabilities_come_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    assert!(before.has("/usr/bin/fram-mode-capability\tcapability cap_net_raw=ep"));
    assert!(before.has("/usr/bin/fram-mode-setuid\tmode f 4755 0:0"));
    round_trip(&pi, "fram-mode", |updated| assert!(updated.has("/usr/bin/fram-mode-setgid\tmode f 2755 0:4")));
    // What the admin set besides, by dpkg's own means and without.
    pi.sh("dpkg-statoverride --add --update root adm 0750 /usr/bin/fram-mode-setgid");
    round_trip(&pi, "fram-mode", |updated| assert!(updated.has("/usr/bin/fram-mode-setgid\tmode f 750 0:4")));
}

fn a_hold_stays(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("apt-mark hold fram-conf fram-svc");
    round_trip(&pi, "fram-hello fram-dep", |updated| {
        assert!(updated.has("apt-mark hold fram-conf") && updated.has("apt-mark hold fram-svc"));
    });
    // Held only after the update: the state before did not know of it.
    pi.sh("apt-mark unhold fram-conf fram-svc");
    let before = pi.snapshot();
    pi.update("fram-hello").done();
    pi.sh("apt-mark hold fram-hello");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the rollback of a package that was held since");
}

fn marks_come_back(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("apt-mark auto fram-hello fram-conf fram-old");
    round_trip(&pi, "fram-hello fram-dep fram-new", |updated| {
        // As apt-get does: who is asked for by name is wanted.
        assert!(updated.has("apt-mark manual fram-hello") && updated.has("apt-mark auto fram-conf"));
    });
}

fn leftovers_of_removed_packages_stay_leftovers(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("echo '# mine' >> /etc/fram-conf.conf; apt-get -qq -y remove fram-conf");
    assert!(pi.snapshot().has("dpkg-query fram-conf 1.0 deinstall ok config-files"));
    round_trip(&pi, "fram-hello", |updated| assert!(updated.has("dpkg-query fram-conf 1.0 deinstall")));
    round_trip(&pi, "fram-conf", |updated| assert!(updated.has("dpkg-query fram-conf 2.0 install ok installed")));
}

fn several_times_there_and_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update(ALL_GOOD).done();
    let updated = pi.snapshot();
    for _ in 0..2 {
        // systemd allows five starts in ten seconds, and this is quicker.
        pi.sh("systemctl reset-failed fram-svc");
        pi.rollback().done();
        pi.snapshot().same_as(&before, "after a rollback");
        pi.update(ALL_GOOD).done();
        pi.snapshot().same_as(&updated, "after the same update again");
    }
}

/// What Framboise adds is the way back; the way there is apt's own.
fn an_update_ends_where_apt_get_ends(suite: Suite) {
    let pi = Pi::raise_as(&Up::devices(2).suite(suite));
    let twin = pi.lab.device("pi-2").unwrap();
    let own_name = ["/etc/hostname", "/etc/hosts", "/etc/machine-id"];
    let both = |when: &str| {
        let (ours, apts) = (pi.snapshot().without(&own_name), Snapshot::of(&twin).without(&own_name));
        ours.same_as(&apts, when);
    };
    both("two fresh devices");
    let prepare =
        "apt-mark -qq auto fram-conf; echo '# mine' >> /etc/fram-conf.conf; rm /etc/fram-svc.keep 2>/dev/null || true";
    pi.sh(prepare);
    twin.check(["sh", "-euc", prepare]).unwrap();
    for list in [ALL_GOOD, "tree fram-hello-", "fram-dep- file"] {
        pi.update(list).done();
        let install = "apt-get -qq -y -o DPkg::Options::=--force-confold -o DPkg::Options::=--force-confdef \
                       --no-install-recommends install";
        twin.check(["sh", "-euc", &format!("{install} {list}")]).unwrap();
        both(list);
    }
}
