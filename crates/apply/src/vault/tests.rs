//! What is taken in, kept, and read again where a card has spoilt it.

use super::*;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;

const CONTROL: &str =
    "Package: hello\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.invalid>\nDescription: x\n y\n";

fn deb(folder: &Path) -> PathBuf {
    deb_of(folder, CONTROL)
}

fn deb_of(folder: &Path, control: &str) -> PathBuf {
    let (tree, deb) = (folder.join("tree"), folder.join("hello.deb"));
    fs::create_dir_all(tree.join("DEBIAN")).unwrap();
    fs::write(tree.join("DEBIAN/control"), control).unwrap();
    let built = Command::new("dpkg-deb").args(["--nocheck", "--build"]).args([&tree, &deb]).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    deb
}

#[test]
fn a_stanza_is_as_dpkg_deb_tells_it() {
    let folder = tempfile::tempdir().unwrap();
    let deb = deb(folder.path());
    let told = Command::new("dpkg-deb").arg("--field").arg(&deb).output().unwrap();
    assert_eq!(deb::control(&deb).unwrap(), String::from_utf8(told.stdout).unwrap());
}

#[test]
fn a_deb_that_would_be_two_packages_in_an_index_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for blank in ["\n", " \n", "\r\n"] {
        let deb = deb_of(folder.path(), &format!("{CONTROL}{blank}Package: another\nVersion: 2\n"));
        assert!(deb::control(&deb).is_err(), "{blank:?}");
    }
}

#[test]
fn nothing_is_kept_where_one_of_many_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::new(folder.path().join("vault"));
    let good = folder.path().join("good.deb");
    fs::copy(deb(folder.path()), &good).unwrap();
    let other = deb_of(folder.path(), &CONTROL.replace("hello", "other"));
    let meant = digest_of(&good).unwrap();
    assert!(vault.take_all(&[good.clone(), other], &|found| found == meant, Came::Vouched).is_err());
    assert_eq!(fs::read_dir(folder.path().join("vault")).unwrap().count(), 0, "something was left");
    assert_eq!(vault.take_all(&[good], &|found| found == meant, Came::Vouched).unwrap(), [meant]);
    assert_eq!(vault.list().unwrap().len(), 1);
}

#[test]
fn what_is_taken_is_nobodys_to_write() {
    let folder = tempfile::tempdir().unwrap();
    let deb = deb(folder.path());
    fs::set_permissions(&deb, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let vault = Vault::new(folder.path().join("vault"));
    let taken = vault.take(&deb, None, Came::Vouched).unwrap();
    let (kept, fetched) = (fs::metadata(&taken.path).unwrap(), fs::metadata(&deb).unwrap());
    assert_eq!(kept.mode() & 0o777, 0o644);
    assert_ne!(kept.ino(), fetched.ino());
    assert_eq!(taken.sha256, digest_of(&deb).unwrap());
}

#[test]
fn what_a_power_cut_left_half_taken_goes() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::new(folder.path().join("vault"));
    let whole = vault.take(&deb(folder.path()), None, Came::Vouched).unwrap();
    fs::write(vault.directory.join(format!("1-0.deb.{INCOMING}")), b"less").unwrap();
    vault.remove_half_taken();
    let left: std::collections::BTreeSet<PathBuf> =
        fs::read_dir(&vault.directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [whole.path, vault.stanza(whole.sha256)].into());
}

#[test]
fn whatever_becomes_of_a_stanza_the_deb_stays() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::new(folder.path().join("vault"));
    let taken = vault.take(&deb(folder.path()), None, Came::Staged).unwrap();
    let stanza = vault.stanza(taken.sha256);
    let kept = fs::read(&stanza).unwrap();
    for at in 0..kept.len() {
        let mut spoilt = kept.clone();
        spoilt[at] ^= if at % 2 == 0 { 1 } else { 0x80 };
        fs::write(&stanza, spoilt).unwrap();
        assert_eq!(vault.list().unwrap(), std::slice::from_ref(&taken), "byte {at}");
    }
    fs::remove_file(&stanza).unwrap();
    vault.remove_half_taken();
    assert_eq!(vault.list().unwrap(), std::slice::from_ref(&taken));
    assert_eq!(fs::read(&stanza).unwrap(), kept, "it is not made again");
    // Of another's content nothing is told.
    fs::write(&taken.path, b"not it").unwrap();
    fs::remove_file(&stanza).unwrap();
    assert_eq!(vault.list().unwrap(), []);
}

#[test]
fn whatever_becomes_of_what_is_known_of_a_shipment_the_same_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let shipped = folder.path().join("tree/usr/share/hello");
    fs::create_dir_all(&shipped).unwrap();
    fs::write(shipped.join("file"), "shipped").unwrap();
    std::os::unix::fs::symlink(std::ffi::OsStr::from_bytes(b"\xff\\"), shipped.join("link")).unwrap();
    let vault = Vault::new(folder.path().join("vault"));
    let taken = vault.take(&deb(folder.path()), None, Came::Vouched).unwrap();
    let native: Architecture = "arm64".parse().unwrap();
    let told = vault.shipment(&taken, &native).unwrap();
    assert_eq!(told, deb::shipment(&taken.path).unwrap());
    let place = vault.shipment_file(taken.sha256);
    let kept = fs::read(&place).unwrap();
    for at in (0..kept.len()).step_by(7) {
        let mut spoilt = kept.clone();
        spoilt[at] ^= if at % 2 == 0 { 1 } else { 0x80 };
        fs::write(&place, spoilt).unwrap();
        assert_eq!(vault.shipment(&taken, &native).unwrap(), told, "byte {at}");
        assert_eq!(fs::read(&place).unwrap(), kept, "it is not made again");
    }
    // What an older Framboise read may be less; another's is another's.
    for (format, deb) in [(SHIPMENT_FORMAT - 1, taken.sha256), (SHIPMENT_FORMAT, Digest::of(b"another"))] {
        let other = KnownShipment { format, deb, shipment: Shipment::new() };
        fs::write(&place, beside::sealed(&serde_json::to_string(&other).unwrap())).unwrap();
        assert_eq!(vault.shipment(&taken, &native).unwrap(), told);
    }
    fs::write(&place, "").unwrap();
    fs::write(&taken.path, b"not it").unwrap();
    assert!(vault.shipment(&taken, &native).is_err(), "of another's content something is told");
    assert_eq!(fs::read_dir(&vault.directory).unwrap().count(), 0, "what is known of a .deb outlives it");
}

#[test]
fn only_the_expected_file_is_taken_and_nothing_else_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (deb, vault) = (deb(folder.path()), Vault::new(folder.path().join("vault")));
    let refused = vault.take(&deb, Some(Digest::of(b"another")), Came::Vouched).unwrap_err();
    assert_eq!(refused.cause, Cause::HashMismatch { package: Some("hello.deb".into()) });
    let (pipe, link) = (folder.path().join("pipe_1_all.deb"), folder.path().join("link_1_all.deb"));
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    std::os::unix::fs::symlink(&deb, &link).unwrap();
    for file in [pipe, link] {
        assert!(vault.take(&file, None, Came::Vouched).is_err(), "{}", file.display());
    }
    assert_eq!(fs::read_dir(folder.path().join("vault")).unwrap().count(), 0, "something was left");
}
