//! An archive that changes, lies, or is not there.

use crate::pi::Pi;
use crate::swap;
use framboise_lab::Suite;

on_each_suite!(
    an_archive_that_is_off_is_told,
    a_version_that_is_only_on_the_device_has_no_way_back,
    a_deb_swapped_behind_its_index_is_refused,
    the_new_index_of_a_swapped_deb_is_a_new_plan,
    an_archive_signed_by_a_stranger_is_refused,
    what_speaks_to_the_network_is_apts_own_user,
);

fn an_archive_that_is_off_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.lab.archive().off().unwrap();
    pi.update("fram-hello").refused(502, "fetch-failed").saying("archive.lab");
    pi.snapshot().same_as(&before, "after an update without an archive");
    pi.lab.archive().on().unwrap();
    pi.update("fram-hello").done();
}

/// The seed routes show nobody a plan, so nobody could accept it.
fn a_version_that_is_only_on_the_device_has_no_way_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-vanish").refused(422, "no-way-back").saying("fram-vanish");
    pi.update("fram-hello fram-vanish").refused(422, "no-way-back");
    pi.snapshot().same_as(&before, "after an update without a way back");
    // The .deb in apt's cache is one.
    pi.lab.archive().add(&["fram-vanish=1.0"]).unwrap();
    pi.sh("apt-get -qq update; cd /var/cache/apt/archives; apt-get -qq download fram-vanish=1.0");
    pi.lab.archive().drop_version("fram-vanish", "1.0").unwrap();
    let before = pi.snapshot();
    pi.update("fram-hello fram-vanish").done();
    pi.sh("apt-get clean");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a rollback with the .deb that was in apt's cache");
}

fn a_deb_swapped_behind_its_index_is_refused(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    swap::deb(&pi.lab, "fram-hello_2.0_all.deb");
    pi.update("fram-hello fram-conf").refused(502, "hash-mismatch");
    pi.snapshot().same_as(&before, "after a .deb that does not match its index");
    // The way back is guarded the same: an old version that is not the indexed one is none.
    swap::deb(&pi.lab, "fram-mode_1.0_all.deb");
    pi.update("fram-mode").refused(502, "hash-mismatch");
    pi.snapshot().same_as(&before, "after an old .deb that does not match its index");
}

fn the_new_index_of_a_swapped_deb_is_a_new_plan(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    swap::deb(&pi.lab, "fram-hello_2.0_all.deb");
    swap::index(&pi.lab, "fram-hello_2.0_all.deb");
    // Planned and locked at once, so what the archive has now is what was asked for.
    pi.update("fram-hello").done();
    assert_eq!(pi.sh("fram-hello").trim(), "swapped");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the rollback of a republished version");
}

fn an_archive_signed_by_a_stranger_is_refused(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("sed -i 's/^Signed-By:.*/Signed-By: \\/etc\\/apt\\/keyrings\\/other.gpg/' /etc/apt/sources.list.d/framboise-lab.sources; \
           : > /etc/apt/keyrings/other.gpg; rm -f /var/lib/apt/lists/*_lab_*");
    let before = pi.snapshot();
    pi.update("fram-hello").refused(502, "untrusted-archive");
    pi.snapshot().same_as(&before, "after an archive whose signature nobody knows");
}

/// Stands where apt looks for what speaks HTTP, and notes which user that runs as, as long as it runs.
const OBSERVER: &str = r#"mv /usr/lib/apt/methods/http /usr/lib/apt/methods/http.real
cat > /usr/lib/apt/methods/http <<'SH'
#!/bin/sh
asked=$(tr '\0' ' ' < /proc/$PPID/cmdline)
while uid=$(sed -n 's/^Uid:\t[0-9]*\t\([0-9]*\)\t.*/\1/p' /proc/$$/status); do echo "${uid:?} for $asked"; done >> /var/tmp/users 2>/dev/null &
exec /usr/lib/apt/methods/http.real
SH
chmod 755 /usr/lib/apt/methods/http"#;

fn what_speaks_to_the_network_is_apts_own_user(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh(OBSERVER);
    pi.update("fram-hello fram-conf fram-lib").done();
    let users = pi.sh("sort -u /var/tmp/users");
    let fetching = users.lines().filter(|line| line.contains(" download ")).collect::<Vec<_>>();
    // As root it starts, and has not read a byte then.
    let apts = format!("{} for ", pi.sh("id -u _apt").trim());
    assert!(fetching.iter().any(|line| line.starts_with(&apts)), "{users}");
}
