//! What somebody else changed since a restore point, and that cannot be undone any more: no archive has the older .debs.

use crate::desk::{Desk, Said};
use crate::faults::made_version;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;

on_each_suite!(
    what_others_changed_is_left_where_a_deb_is_nowhere,
    what_came_with_it_is_left_too,
    nothing_is_left_that_would_be_broken,
    what_is_unfinished_is_not_left,
    what_an_order_changed_is_never_left,
);

/// Another apt on the device, whose cache keeps nothing.
fn by_hand(pi: &Pi, words: &str) {
    pi.sh(&format!("apt-get -qq update; apt-get -qq -y {words} >/dev/null; apt-get clean"));
}

/// The archive has this version no more, and the device knows.
fn dropped(pi: &Pi, package: &str, version: &str) {
    pi.lab.archive().drop_version(package, version).unwrap();
    by_hand(pi, "check");
}

/// A rollback that finds no way, and touches nothing.
fn refused(pi: &Pi, desk: &Desk<'_>, words: &str) -> Said {
    let stands = pi.snapshot();
    let said = desk.rollback(&[PI_1]).exits(2).says(words);
    pi.snapshot().same_as(&stands, "refused, with nothing touched");
    said
}

fn what_others_changed_is_left_where_a_deb_is_nowhere(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    by_hand(&pi, "install fram-vanish fram-conf");
    let meant = pi.snapshot();
    pi.lab.archive().add(&["fram-vanish=1.0"]).unwrap();
    by_hand(&pi, "install --allow-downgrades fram-vanish=1.0 fram-conf=1.0");
    dropped(&pi, "fram-vanish", "1.0");
    desk.update("fram-hello", &[PI_1]).exits(0);
    by_hand(&pi, "install fram-vanish fram-conf");
    let left = "(fram-vanish:amd64): fram-conf:amd64 1.0 → 2.0, fram-vanish:amd64 1.0 → 2.0";
    desk.rollback(&[PI_1]).exits(0).says("but for what is told below").says(left);
    pi.snapshot().same_as(&meant, "back, but for what somebody else changed");
    desk.rollback(&[PI_1]).exits(0).says("nothing to do").says(left);
    // Removed, it stays removed.
    by_hand(&pi, "purge fram-vanish");
    desk.update("fram-svc", &[PI_1]).exits(0);
    desk.rollback(&[PI_1, "--to", "1"]).exits(0).says("fram-vanish:amd64 1.0 → absent");
    let packages =
        pi.sh("dpkg-query --show fram-svc fram-hello; dpkg-query --show fram-vanish 2>&1 || true; dpkg --audit");
    assert!(packages.contains("fram-svc\t1.0") && packages.contains("no packages found"), "{packages}");
}

fn what_came_with_it_is_left_too(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    made_version(&pi, "fram-left", "1", "true");
    pi.sh("apt-get -qq -y install fram-left; rm /srv/packages/*.deb; : > /srv/packages/Packages; apt-get -qq update");
    desk.update("fram-hello", &[PI_1]).exits(0);
    made_version(&pi, "fram-needed", "1", "true");
    made_version(&pi, "fram-left", "2", "echo 'Depends: fram-needed' >> DEBIAN/control");
    pi.sh("apt-get -qq -y install fram-left");
    desk.rollback(&[PI_1]).exits(0).says("fram-left:amd64 1 → 2").says("fram-needed:amd64 absent → 1");
    let packages = pi.sh("dpkg-query --show fram-hello fram-left fram-needed; apt-get check");
    assert!(packages.contains("fram-hello\t1.0") && packages.contains("fram-left\t2"), "{packages}");
}

fn nothing_is_left_that_would_be_broken(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    by_hand(&pi, "install fram-dep");
    desk.update("fram-dep-", &[PI_1]).exits(0);
    by_hand(&pi, "purge fram-lib");
    dropped(&pi, "fram-lib", "2.0");
    // It would come back without what it needs.
    refused(&pi, &desk, "fram-lib");
}

fn what_is_unfinished_is_not_left(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-hello", &[PI_1]).exits(0);
    pi.sh("apt-get -qq -y install fram-failpost >/dev/null 2>&1 || true; apt-get clean");
    dropped(&pi, "fram-failpost", "1.0");
    refused(&pi, &desk, "fram-failpost");
}

fn what_an_order_changed_is_never_left(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-svc", &[PI_1]).exits(0);
    let lost = |package: &str| {
        format!(
            "for f in $(grep -lx 'Package: {package}' /var/lib/framboise/vault/*.control); do echo > ${{f%.control}}.deb; done"
        )
    };
    pi.sh(&lost("fram-svc"));
    dropped(&pi, "fram-svc", "1.0");
    refused(&pi, &desk, "fram-svc").says("framboise history");
    // Nor what one could not bring back.
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0);
    dropped(&pi, "fram-hello", "1.0");
    let check = format!(
        "packages = [\"fram-hello\"]\n[checks.it]\ncommand = [\"sh\", \"-c\", \"{}; exit 3\"]\nretries = 0\n",
        lost("fram-hello")
    );
    let file = desk.file("losing.toml", &check);
    desk.framboise(&["update", "--yes", "--file", &file, PI_1]).exits(3).says("needs you");
    refused(&pi, &desk, "fram-hello");
    by_hand(&pi, "install fram-conf");
    refused(&pi, &desk, "fram-hello");
}
