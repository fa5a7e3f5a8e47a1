//! The operator's depot: where neither vault, cache nor archive has the .deb of a way back, the desk may have it.

use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;

on_each_suite!(
    the_depot_closes_a_gap_exactly,
    another_deb_of_the_same_version_closes_none,
    a_deb_handed_over_is_never_taken_for_the_installed_one,
    what_is_handed_over_is_kept,
    a_version_that_was_built_again_goes_back_to_its_first_build,
);

/// A device whose `our-app` 1.0 came from a .deb that no archive has, the vault and apt's cache empty; and that .deb.
fn stranded(pi: &Pi, desk: &Desk<'_>) -> String {
    let older = crate::swap::build(&desk.file("our-app_1.0.deb", ""), "our-app", "1.0", "Section: misc");
    pi.device.write_file("/run/our-app.deb", std::fs::read(&older).unwrap(), 0o644).unwrap();
    pi.sh("dpkg -i /run/our-app.deb >/dev/null; rm /run/our-app.deb; apt-get clean; rm -rf /var/lib/framboise/vault");
    older
}

/// The list that updates it.
fn newer(desk: &Desk<'_>) -> String {
    crate::swap::build(&desk.file("our-app_2.0.deb", ""), "our-app", "2.0", "Section: misc")
}

/// Another .deb of the same name, version and architecture as this one; `change` works in its unpacked tree.
fn twin(desk: &Desk<'_>, deb: &str, change: &str) -> String {
    let path = desk.file("twin.deb", "");
    let script = format!(
        "tree=$(mktemp -d); dpkg-deb --raw-extract {deb} $tree/deb; cd $tree/deb; {change}; cd /; \
         dpkg-deb --root-owner-group --build $tree/deb {path} >/dev/null; rm -r $tree"
    );
    let built = std::process::Command::new("sh").args(["-euc", &script]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    path
}

/// Twins that differ in a file, in a script alone, and in a conffile alone.
const CHANGES: [&str; 3] = [
    "echo other > usr/share/our-app/version",
    "printf '#!/bin/sh\\ntouch /srv/twin\\n' > DEBIAN/postinst; chmod 755 DEBIAN/postinst",
    "echo '# other' > etc/our-app.d/our-app.conf",
];

fn the_depot_closes_a_gap_exactly(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let older = stranded(&pi, &desk);
    let list = newer(&desk);
    let before = pi.snapshot();
    desk.update(&list, &[PI_1]).exits(2).says("no way back for our-app").says("Nothing was changed");
    pi.snapshot().same_as(&before, "held back");
    desk.framboise(&["depot", "add", &older]).exits(0).says("our-app 1.0 kept");
    let file = desk.file("list.txt", &list);
    desk.framboise(&["plan", "--file", &file, PI_1])
        .exits(0)
        .says("way back 1/1")
        .says("way back from this desk's depot: our-app");
    desk.update(&list, &[PI_1]).exits(0).says("1 updated");
    pi.lab.archive().off().unwrap();
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "back by the depot's .deb");
}

fn another_deb_of_the_same_version_closes_none(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let older = stranded(&pi, &desk);
    let list = newer(&desk);
    let before = pi.snapshot();
    for change in CHANGES {
        let twin = twin(&desk, &older, change);
        desk.framboise(&["depot", "add", &twin]).exits(0);
        let held = desk.update(&list, &[PI_1]).exits(2);
        held.says("no way back for our-app").says("is not the one it was installed from");
        pi.snapshot().same_as(&before, change);
    }
    // Beside all of them the right one is found.
    desk.framboise(&["depot", "add", &older]).exits(0);
    desk.update(&list, &[PI_1]).exits(0);
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "back by the right one of four");
}

/// Its version says nothing: the vault has the right one, or the archive; the one handed over is another.
fn a_deb_handed_over_is_never_taken_for_the_installed_one(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    pi.sh("cd /run; apt-get -qq update; apt-get -qq download fram-hello=1.0");
    let original = desk.file("fram-hello.deb", "");
    std::fs::write(&original, pi.device.read_file("/run/fram-hello_1.0_all.deb").unwrap()).unwrap();
    let before = pi.snapshot();
    for number in 0..4 {
        // By chance of its digest it would come first, or not.
        let change = format!(
            "mkdir -p usr/share; echo {number} > usr/share/fram-twin-{number}; sed -i 's/1.0/9.{number}/' usr/bin/fram-hello"
        );
        let twin = twin(&desk, &original, &change);
        let file = desk.file("list.txt", &twin);
        // apt may see work in it, or none: it is in the vault from then on.
        drop(desk.framboise(&["plan", "--file", &file, PI_1]));
    }
    let staged = desk.framboise(&["vault", PI_1, "--verbose"]).exits(0);
    staged.says("handed over");
    desk.update("fram-hello=2.0", &[PI_1]).exits(0);
    assert_eq!(pi.sh("fram-hello").trim(), "2.0");
    pi.lab.archive().off().unwrap();
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    assert_eq!(pi.sh("fram-hello").trim(), "1.0");
    pi.snapshot().same_as(&before, "back by the one that was installed");
}

fn what_is_handed_over_is_kept(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let list = newer(&desk);
    desk.update(&list, &[PI_1]).exits(0);
    desk.framboise(&["depot", "list"]).exits(0).says("our-app 2.0 all");
    desk.rollback(&[PI_1]).exits(0);
    pi.snapshot().same_as(&before, "after the rollback");
    desk.framboise(&["depot", "remove", "our-app"]).exits(0).says("our-app 2.0 deleted");
    desk.framboise(&["depot", "remove", "our-app"]).exits(1).says("the depot has no our-app");
}

/// The same name and version, other content: the versions are equal, the packages are not.
fn a_version_that_was_built_again_goes_back_to_its_first_build(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let first = crate::swap::build(&desk.file("our-app_1.0.deb", ""), "our-app", "1.0", "Section: misc");
    desk.update(&first, &[PI_1]).exits(0);
    let before = pi.snapshot();
    let change = "echo again > usr/share/our-app/version; echo '# again' > etc/our-app.d/our-app.conf; \
                  echo 'Depends: base-files' >> DEBIAN/control";
    desk.update(&twin(&desk, &first, change), &[PI_1]).exits(0).says("1 updated");
    assert_eq!(pi.sh("cat /usr/share/our-app/version").trim(), "again");
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "back by the first build");
}
