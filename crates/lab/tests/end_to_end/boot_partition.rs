//! A boot partition that is a file system of its own: not mounted when it is needed, or full.

use crate::desk::{Desk, Said, said};
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use std::process::Stdio;

const FSTAB: &str = "/srv/boot /boot/firmware none bind,noauto 0 0\n";

/// What is mounted by hand, or by a `noauto` in fstab, and gone by the time of the way back, is mounted again first.
#[test]
fn one_that_is_not_mounted_on_the_way_back_is_mounted() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    pi.device.write_file("/etc/fstab", FSTAB, 0o644).unwrap();
    mount(&pi, "mount /boot/firmware");
    let before = pi.snapshot();
    failing(&desk, "umount /boot/firmware").exits(3).says("1 rolled back by itself");
    pi.sh("mountpoint --quiet /boot/firmware");
    pi.snapshot().same_as(&before, "after a check that took the boot partition away");
    assert_eq!(beneath(&pi), "", "written below the boot partition");
}

/// Nothing says how to mount it: a person has to, and nothing of it is written to the root meanwhile.
#[test]
fn one_that_cannot_be_mounted_is_told_and_not_written_beside() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    mount(&pi, "mount --bind /srv/boot /boot/firmware");
    let before = pi.snapshot();
    let told = failing(&desk, "umount /boot/firmware").exits(3);
    told.says("needs you").says("/boot/firmware").says("not mounted any more");
    // The packages' own scripts wrote there; Framboise did not.
    assert!(!beneath(&pi).contains("config.txt"), "{}", beneath(&pi));
    assert_eq!(pi.sh("cat /srv/boot/kernel8.img").trim(), "kernel 2.0");
    // Another order comes and goes before somebody mounts it again.
    desk.framboise(&["point", "name", PI_1, "1", "before the kernel"]).exits(0);
    pi.sh("rm -r /boot/firmware/*; mount --bind /srv/boot /boot/firmware");
    desk.rollback(&[PI_1]).exits(0).says("no package differs");
    pi.snapshot().same_as(&before, "once it is mounted again");
    desk.rollback(&[PI_1]).exits(0).says("nothing to do");
}

/// It is looked after before anything is touched, too: scripts would write the kernel into the empty directory.
#[test]
fn one_that_is_not_mounted_before_an_update_is_mounted() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    pi.device.write_file("/etc/fstab", FSTAB, 0o644).unwrap();
    mount(&pi, "mount /boot/firmware");
    let before = pi.snapshot();
    pi.sh("umount /boot/firmware");
    desk.update("linux-image-rpi-lab", &[PI_1]).exits(0).says("1 updated");
    assert_eq!(pi.sh("cat /srv/boot/kernel8.img").trim(), "kernel 2.0");
    pi.sh("umount /boot/firmware");
    desk.rollback(&[PI_1]).exits(0);
    pi.snapshot().same_as(&before, "after the rollback");
    assert_eq!(beneath(&pi), "", "written below the boot partition");
    pi.sh("umount /boot/firmware; mv /srv/boot /srv/gone");
    desk.update("linux-image-rpi-lab", &[PI_1]).exits(3).says("mount the boot partition /boot/firmware");
    assert_eq!(pi.sh("dpkg-query --show --showformat '${Version}' linux-image-rpi-lab"), "1.0");
}

#[test]
fn a_power_cut_where_no_boot_mounts_it() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    pi.device.write_file("/etc/fstab", FSTAB, 0o644).unwrap();
    mount(&pi, "mount /boot/firmware");
    let before = pi.snapshot();
    let file = list(&desk, "exec sleep 27");
    let mut command = desk.command(&["update", "--yes", "--file", &file, PI_1]);
    let watching = command.stdin(Stdio::null()).spawn().unwrap();
    pi.wait_for_process("sleep 27");
    pi.device.power_cut().unwrap();
    pi.power_on();
    said(watching.wait_with_output().unwrap()).exits(3).says("1 rolled back by itself");
    pi.sh("mountpoint --quiet /boot/firmware");
    pi.snapshot().same_as(&before, "after a power cut");
    assert_eq!(beneath(&pi), "", "written below the boot partition");
}

/// Less is free than the largest file takes: none of its versions fits beside the other.
#[test]
fn one_that_is_nearly_full_goes_back() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    mount(&pi, "mount -t tmpfs -o size=64k,mode=755 boot /boot/firmware; cp --archive /srv/boot/. /boot/firmware");
    pi.sh("head -c 36864 /dev/urandom >/boot/firmware/start4.elf; chmod 755 /boot/firmware/start4.elf");
    let before = pi.snapshot();
    let spoil = "dd if=/dev/urandom of=/boot/firmware/start4.elf bs=36864 count=1 conv=notrunc status=none";
    failing(&desk, spoil).exits(3).says("1 rolled back by itself");
    pi.snapshot().same_as(&before, "after an update on a boot partition that was nearly full");
}

/// Has `command` mount what stands in `/boot/firmware` as a file system of its own, an empty directory beneath.
fn mount(pi: &Pi, command: &str) {
    pi.sh(&format!(
        "mkdir -p /srv/boot; cp --archive /boot/firmware/. /srv/boot; rm -r /boot/firmware/*
         echo dtparam=audio=on >/srv/boot/config.txt; {command}"
    ));
}

/// What stands in the directory that the boot partition is mounted on.
fn beneath(pi: &Pi) -> String {
    pi.sh("mkdir -p /run/root; mount --bind / /run/root; find /run/root/boot/firmware -mindepth 1; umount /run/root")
}

/// An update of the kernel whose check does this, and fails.
fn failing(desk: &Desk<'_>, doing: &str) -> Said {
    let file = list(desk, &format!("{doing}; exit 3"));
    desk.framboise(&["update", "--yes", "--file", &file, PI_1])
}

fn list(desk: &Desk<'_>, check: &str) -> String {
    let check = format!("[checks.boot]\ncommand = [\"sh\", \"-c\", \"{check}\"]\nretries = 0\ntimeout_seconds = 60\n");
    desk.file("kernel.toml", &format!("packages = [\"linux-image-rpi-lab\"]\n{check}"))
}
