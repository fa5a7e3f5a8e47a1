//! The comparison itself: what it takes for equal must be equal.

use crate::pi::Pi;
use crate::snapshot::Snapshot;
use framboise_lab::{Device, Up};

const PATH: &str = "/usr/local/lib/version";

/// Two writes seldom fall into different ticks of the clock, which are some milliseconds long.
const TRIES: u32 = 100;

#[test]
fn files_that_two_devices_changed_at_the_same_instant_are_told_apart() {
    let pi = Pi::raise_as(&Up::devices(2));
    let devices = pi.lab.devices().unwrap();
    let look = |device: &Device| device.check(["stat", "--format=%s %z", PATH]).unwrap();
    let is_same_instant = (0..TRIES).any(|_| {
        for (device, version) in devices.iter().zip(["1.0", "2.0"]) {
            device.write_file(PATH, version, 0o644).unwrap();
        }
        look(&devices[0]) == look(&devices[1])
    });
    assert!(is_same_instant, "no two writes fell together");
    for device in &devices {
        let digest = device.check(["sha256sum", PATH]).unwrap();
        let digest = digest.split(' ').next().unwrap();
        let seen = Snapshot::of(device);
        assert!(seen.has(&format!("{PATH}\tsha256 {digest}")), "{} shows the other's file", device.name());
    }
}
