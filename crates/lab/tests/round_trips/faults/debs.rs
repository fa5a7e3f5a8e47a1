//! Damaged .debs: in the vault, in apt's cache, in the archive.

use super::pair;
use crate::pi::Pi;
use crate::source::{self, FOLDER};
use framboise_lab::Suite;

faults!(
    a_damaged_deb_in_the_vault_is_fetched_anew,
    a_damaged_deb_in_the_vault_and_no_other_is_told,
    a_damaged_deb_in_apts_cache_is_not_taken,
    another_deb_of_the_same_version_is_not_taken,
    a_damaged_deb_from_the_archive_is_refused,
);

/// Damages every .deb in the vault of packages with this name.
fn damage(pi: &Pi, name: &str) {
    let script = format!(
        "cd /var/lib/framboise/vault; for deb in *.deb; do
         [ \"$(dpkg-deb -f $deb Package)\" != {name} ] || printf x | dd of=$deb bs=1 seek=200 conv=notrunc status=none; done"
    );
    pi.sh(&script);
}

fn a_damaged_deb_in_the_vault_is_fetched_anew(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-hello fram-conf").done();
    damage(&pi, "fram-hello");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a rollback with a damaged vault");
}

fn a_damaged_deb_in_the_vault_and_no_other_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-hello fram-conf").done();
    let updated = pi.snapshot();
    damage(&pi, "fram-hello");
    pi.lab.archive().off().unwrap();
    let answer = pi.rollback();
    assert_ne!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("fram-hello"), "{}", answer.text);
    pi.snapshot().same_as(&updated, "after a rollback that had no .deb");
    pi.lab.archive().on().unwrap();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "with the archive again");
}

fn a_damaged_deb_in_apts_cache_is_not_taken(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.sh("cd /var/cache/apt/archives; apt-get -qq update; apt-get -qq download fram-hello=1.0 fram-conf=1.0
           printf x | dd of=fram-hello_1.0_all.deb bs=1 seek=200 conv=notrunc status=none; : > fram-conf_1.0_all.deb");
    let before = pi.snapshot();
    pi.update("fram-hello fram-conf").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a rollback past a damaged cache");
    // And where the archive has it no longer, there is no way back.
    pi.sh("rm -r /var/lib/framboise/vault");
    pi.lab.archive().drop_version("fram-hello", "1.0").unwrap();
    pi.update("fram-hello").refused(422, "no-way-back");
    pi.snapshot().same_as(&before, "after an update without a way back");
}

/// Someone builds the same version again: the version says nothing of the content.
fn another_deb_of_the_same_version_is_not_taken(suite: Suite) {
    let pi = Pi::raise(suite);
    let (older, newer) = pair("fram-twin");
    source::install_older(&pi, &older, &newer);
    let before = pi.snapshot();
    let mut twin = older.clone();
    twin.file("usr/share/fram-twin/version", "another 1.0");
    let folder = tempfile::tempdir().unwrap();
    twin.make(folder.path());
    let deb = std::fs::read(folder.path().join(twin.file_name())).unwrap();
    pi.device.write_file("/var/cache/apt/archives/fram-twin_1.0_all.deb", deb, 0o644).unwrap();
    pi.update("fram-twin").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a rollback beside a twin");
}

fn a_damaged_deb_from_the_archive_is_refused(suite: Suite) {
    let pi = Pi::raise(suite);
    let (older, newer) = pair("fram-torn");
    source::install_older(&pi, &older, &newer);
    let before = pi.snapshot();
    pi.sh(&format!("printf x | dd of={FOLDER}/fram-torn_2.0_all.deb bs=1 seek=200 conv=notrunc status=none"));
    let answer = pi.update("fram-torn fram-hello");
    assert_ne!(answer.status, 200, "{}", answer.text);
    pi.snapshot().same_as(&before, "after a .deb that is not the indexed one");
}
