//! The lab itself, on real devices: needs root, and builds the roots first if they are not cached.

use framboise_lab::{Error, Lab, Suite, Up};

#[test]
fn devices_are_real_debian_with_the_test_packages() {
    let lab = Lab::temporary("devices").unwrap();
    let devices = lab.up(&Up::devices(2).without_agent()).unwrap();
    let suites: Vec<_> = devices.iter().map(|device| device.suite()).collect();
    assert_eq!(suites, Suite::ALL);
    for device in &devices {
        let release = device.check(["sed", "-n", "s/^VERSION_CODENAME=//p", "/etc/os-release"]).unwrap();
        assert_eq!(release.trim(), device.suite().name());
        assert_eq!(device.check(["systemctl", "is-system-running"]).unwrap().trim(), "running");
        assert_eq!(device.check(["systemctl", "is-active", "fram-svc"]).unwrap().trim(), "active");
        assert_eq!(device.check(["fram-hello"]).unwrap().trim(), "1.0");
        let waiting = device.check(["apt-get", "--simulate", "upgrade"]).unwrap();
        assert!(waiting.contains("Inst fram-hello [1.0] (2.0 "), "{waiting}");
        assert!(waiting.contains("Inst openssl "), "no real package has an update waiting:\n{waiting}");
        assert_ne!(device.exec(["ping", "-c1", "-W1", "192.0.2.1"]).unwrap().status, 0, "a way outside");
    }
    let neighbour = devices[1].address().to_string();
    devices[0].check(["ping", "-c1", "-W2", &neighbour]).unwrap();
    lab.desk_check(["curl", "--silent", "--fail", "http://10.77.0.2/lab/dists/lab/InRelease"]).unwrap();
}

#[test]
fn test_packages_fail_the_way_they_should() {
    let lab = Lab::temporary("packages").unwrap();
    let device = &lab.up(&Up::devices(1).without_agent()).unwrap()[0];
    let install = |package: &str| device.exec(["apt-get", "-qq", "-y", "install", package]).unwrap();
    let failed = install("fram-failpost=2.0");
    assert_ne!(failed.status, 0);
    // apt gives dpkg a terminal, where stderr is stdout.
    assert!(failed.stdout.contains("fram-failpost: boom"), "{failed:?}");
    device.check(["dpkg", "--force-downgrade", "--remove", "fram-failpost"]).unwrap();
    assert_ne!(install("fram-failpre=2.0").status, 0);
    assert_eq!(install("fram-new").status, 0);
    assert!(!device.exec(["dpkg", "--status", "fram-old"]).unwrap().stdout.contains("ok installed"));
    assert_eq!(install("fram-dep").status, 0);
    device.check(["dpkg", "--status", "fram-lib"]).unwrap();
    assert_eq!(install("fram-move-b").status, 0);
    let owner = device.check(["dpkg", "--search", "/usr/share/fram-move/file"]).unwrap();
    assert!(owner.starts_with("fram-move-b:"), "{owner}");
    let capability = device.check(["getcap", "/usr/bin/fram-mode-capability"]).unwrap();
    assert!(capability.contains("cap_net_raw"), "{capability}");
}

#[test]
fn a_power_cut_keeps_the_disk() {
    let lab = Lab::temporary("power").unwrap();
    let device = &lab.up(&Up::devices(1).without_agent()).unwrap()[0];
    device.write_file("/etc/kept/file", "as it was", 0o640).unwrap();
    device.check(["touch", "/run/lost"]).unwrap();
    device.power_cut().unwrap();
    assert!(!device.is_running().unwrap());
    assert!(matches!(device.exec(["true"]), Err(Error::SwitchedOff { .. })));
    assert_ne!(lab.desk(["ping", "-c1", "-W1", "10.77.0.11"]).unwrap().status, 0);
    device.power_on().unwrap();
    assert_eq!(device.read_file("/etc/kept/file").unwrap(), b"as it was");
    assert_ne!(device.exec(["test", "-e", "/run/lost"]).unwrap().status, 0);
    lab.desk_check(["ping", "-c1", "-W2", "10.77.0.11"]).unwrap();
    device.network_off().unwrap();
    assert_ne!(lab.desk(["ping", "-c1", "-W1", "10.77.0.11"]).unwrap().status, 0);
}

#[test]
fn the_archive_changes_while_devices_run() {
    let lab = Lab::temporary("archive").unwrap();
    let device = &lab.up(&Up::devices(1).without_agent()).unwrap()[0];
    let archive = lab.archive();
    let versions = |package: &str| {
        device.check(["apt-get", "-qq", "update"]).unwrap();
        let lines = device.check(["apt-cache", "madison", package]).unwrap();
        lines.lines().filter_map(|line| line.split('|').nth(1)).map(|text| text.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(versions("fram-vanish"), ["2.0"]);
    archive.drop_version("fram-hello", "1.0").unwrap();
    assert_eq!(versions("fram-hello"), ["2.0"]);
    archive.add(&["fram-hello=1.0"]).unwrap();
    assert_eq!(versions("fram-hello"), ["2.0", "1.0"]);
    let error = archive.drop_version("fram-hello", "9").unwrap_err().to_string();
    assert!(error.contains("2.0 in lab"), "{error}");
    archive.off().unwrap();
    let refused = device.exec(["apt-get", "-o", "Acquire::Retries=0", "update"]).unwrap();
    assert!(refused.stderr.contains("Connection refused"), "{refused:?}");
    archive.on().unwrap();
    assert_eq!(device.exec(["apt-get", "-qq", "-y", "install", "tree"]).unwrap().status, 0);
}

#[test]
fn up_adds_what_is_missing_and_down_leaves_nothing() {
    let lab = Lab::temporary("again").unwrap();
    let up = Up::devices(1).suite(Suite::Trixie).without_agent();
    lab.up(&up).unwrap()[0].write_file("/root/mark", "", 0o644).unwrap();
    let devices = lab.up(&Up::devices(2).suite(Suite::Trixie).without_agent()).unwrap();
    devices[0].check(["test", "-e", "/root/mark"]).unwrap();
    devices[0].power_cut().unwrap();
    lab.up(&up).unwrap()[0].check(["test", "-e", "/root/mark"]).unwrap();
    lab.down().unwrap();
    lab.down().unwrap();
    assert!(lab.devices().unwrap().is_empty());
    let namespaces = std::process::Command::new("ip").args(["netns", "list"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&namespaces.stdout).contains(lab.name()));
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains(lab.name()));
}

#[test]
fn a_device_restarts_itself() {
    let lab = Lab::temporary("restart").unwrap();
    let device = &lab.up(&Up::devices(1).without_agent()).unwrap()[0];
    let boot = || device.check(["cat", "/proc/sys/kernel/random/boot_id"]);
    let first = boot().unwrap();
    device.check(["touch", "/run/lost", "/etc/kept"]).unwrap();
    device.check(["systemctl", "reboot"]).unwrap();
    let began = std::time::Instant::now();
    // Asked without a pause: what runs inside must not keep the device from going down.
    while !boot().is_ok_and(|now| now != first) {
        assert!(began.elapsed().as_secs() < 120, "it does not restart");
    }
    device.power_on().unwrap();
    device.check(["test", "-e", "/etc/kept", "-a", "!", "-e", "/run/lost"]).unwrap();
    assert_eq!(device.check(["systemctl", "is-active", "fram-svc"]).unwrap().trim(), "active");
    // Off is off.
    device.check(["systemctl", "poweroff"]).unwrap();
    while device.is_running().unwrap() {
        assert!(began.elapsed().as_secs() < 240, "it does not switch itself off");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    device.power_on().unwrap();
}
