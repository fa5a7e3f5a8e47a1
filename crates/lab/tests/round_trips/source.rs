//! An apt source on the device itself, with packages made for one test.

use crate::build::Build;
use crate::pi::Pi;

/// Where the packages are on the device.
pub const FOLDER: &str = "/srv/packages";

/// Carries packages to the device. The older ones are offered at once, all of them after [`offer_all`].
pub fn carry<'a>(pi: &Pi, older: impl Iterator<Item = &'a Build>, newer: impl Iterator<Item = &'a Build>) {
    let folder = tempfile::tempdir().unwrap();
    let carry = |build: &Build| {
        let stanza = build.make(folder.path());
        let deb = std::fs::read(folder.path().join(build.file_name())).unwrap();
        pi.device.write_file(&format!("{FOLDER}/{}", build.file_name()), deb, 0o644).unwrap();
        stanza
    };
    let older: String = older.map(carry).collect();
    let newer: String = newer.map(carry).collect();
    pi.device.write_file(&format!("{FOLDER}/Packages"), &older, 0o644).unwrap();
    pi.device.write_file(&format!("{FOLDER}/Packages.all"), older + &newer, 0o644).unwrap();
    let line = format!("deb [trusted=yes] file:{FOLDER} ./\n");
    pi.device.write_file("/etc/apt/sources.list.d/packages.list", line, 0o644).unwrap();
}

/// Offers the newer ones, too.
pub fn offer_all(pi: &Pi) {
    pi.sh(&format!("mv {FOLDER}/Packages.all {FOLDER}/Packages; apt-get -qq update"));
}

/// Installs the older of both by plain apt and offers the newer one.
pub fn install_older(pi: &Pi, older: &Build, newer: &Build) {
    carry(pi, std::iter::once(older), std::iter::once(newer));
    pi.sh(&format!("apt-get -qq update; apt-get -qq -y install {}={}", older.name, older.version));
    offer_all(pi);
}
