//! The rig itself: a machine's disk keeps what was flushed and loses what was not.

use crate::rig::Rig;
use framboise_lab::{Machine, Suite, Up};

/// Neither the kernel nor systemd is given time to write by itself: the file has just been made when the power goes.
const WRITE: &str = "echo kept >/var/tmp/kept; sync; echo lost >/var/tmp/lost";

#[test]
fn a_machine_keeps_what_it_flushed_and_loses_the_rest() {
    let rig = Rig::raise("vmcache", &Up::devices(1).suite(Suite::Bookworm));
    let device = rig.lab.device("pi-1").unwrap();
    device.power_cut().unwrap();
    let mut machine = Machine::of(&rig.lab, device).unwrap_or_else(|error| panic!("{error}"));
    machine.power_on().unwrap_or_else(|error| panic!("{error}"));
    machine.check(WRITE).unwrap();
    let lost = machine.power_cut(|_| 0).unwrap();
    machine.power_on().unwrap_or_else(|error| panic!("{error}"));
    let found = machine.check("cat /var/tmp/kept; ls -A /var/tmp; dpkg --audit; uname -r").unwrap();
    eprintln!("{lost} writes lost; afterwards: {found}");
    assert!(found.starts_with("kept\n"), "{found}");
    assert!(!found.contains("lost"), "{found}");
}
