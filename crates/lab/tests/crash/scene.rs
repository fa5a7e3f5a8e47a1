//! What is asked of devices while the power goes: each scene once undisturbed, to learn where it leads.

use crate::desk::Ask;
use crate::faults;
use crate::rig::Rig;
use crate::standing::Standing;
use framboise_lab::{Device, Suite};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Packages of all kinds, and an older OpenSSL that the device starts with.
const LIST: &str = "fram-hello fram-dep fram-conf fram-new fram-svc fram-move-b fram-mode openssl tree";

/// The last one's script fails, after most others are configured.
const FAILING: &str = "fram-hello fram-dep fram-conf fram-new fram-move-b fram-failpost";

/// Restarts the device, which then stands.
const RESTARTING: &str = "packages = [\"fram-hello\", \"fram-dep\", \"fram-svc\", \"linux-image-rpi-lab\"]\n\
                          [reboot]\nwhen = \"always\"\n[checks.service]\nunit = \"fram-svc.service\"\n";

/// Restarts the device, which then goes back and restarts once more.
const FAILING_RESTARTED: &str = "packages = [\"fram-hello\", \"fram-dep\", \"linux-image-rpi-lab\"]\n\
                                 [reboot]\nwhen = \"if-required\"\n[checks.no]\ncommand = [\"false\"]\nretries = 0\n";

/// What is asked, from which disk, and where it may end.
pub struct Scene {
    /// In a word.
    pub name: &'static str,
    /// What is asked.
    pub ask: Ask,
    /// The disk it begins on.
    pub disk: PathBuf,
    /// As it was.
    pub before: Standing,
    /// As it shall be; none when the order cannot succeed.
    pub after: Option<Standing>,
    /// Undisturbed.
    pub takes: Duration,
    /// The root side's points on the way.
    pub points: Vec<String>,
}

/// Makes the disks and plays each scene once.
pub fn prepare(rig: &Rig, suite: Suite) -> (Device, Vec<Scene>) {
    let device = rig.lab.devices().unwrap().into_iter().find(|device| device.suite() == suite).unwrap();
    let disk = |name: &str| rig.scratch(&format!("{}-{name}", device.name()));
    device.power_cut().unwrap();
    faults::install(&device);
    device.save_disk(&disk("fresh")).unwrap();
    let update = play(rig, &device, "update", Ask::Update(LIST), disk("fresh"));
    device.power_cut().unwrap();
    device.save_disk(&disk("updated")).unwrap();
    let rollback = play(rig, &device, "rollback", Ask::Rollback, disk("updated"));
    let restarting = play(rig, &device, "restarting update", Ask::Restart(RESTARTING), disk("fresh"));
    let restarted = play(rig, &device, "failing restarted update", Ask::Restart(FAILING_RESTARTED), disk("fresh"));
    let failing = play(rig, &device, "failing update", Ask::Update(FAILING), disk("fresh"));
    let difference = |one: &Standing, other: &Standing| one.packages_difference(other);
    let back = rollback.after.as_ref().map(|after| difference(after, &update.before));
    assert_eq!(back.as_deref(), Some(""), "the rollback is not exact, even undisturbed");
    (device, vec![update, rollback, restarting, restarted, failing])
}

fn play(rig: &Rig, device: &Device, name: &'static str, ask: Ask, disk: PathBuf) -> Scene {
    start_from(device, &disk, None);
    let before = Standing::of(device);
    let began = Instant::now();
    let answer = ask.answer(&rig.lab, device);
    let takes = began.elapsed();
    let now = Standing::of(device);
    let after = match answer.status {
        200 => Some(now),
        _ => {
            assert!(name.starts_with("failing"), "the {name} failed undisturbed: {}", answer.text);
            assert_eq!(now.difference(&before), "", "after the {name}, undisturbed");
            None
        }
    };
    let points = faults::reached(device);
    assert!(!points.is_empty(), "the root side on {} has no points", device.name());
    eprintln!("{}: the {name} takes {} ms and has {} points", device.suite(), takes.as_millis(), points.len());
    Scene { name, ask, disk, before, after, takes, points }
}

/// Boots the device from a copy of this disk, prepared for a cut.
pub fn start_from(device: &Device, disk: &std::path::Path, cut: Option<&faults::Cut>) {
    if device.is_running().unwrap() {
        device.power_cut().unwrap();
    }
    device.load_disk(disk).unwrap();
    faults::arm(device, cut);
    device.power_on().and_then(|()| device.wait_for_agent()).unwrap_or_else(|error| panic!("{error}"));
}
