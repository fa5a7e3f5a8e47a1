//! Signed orders by `framboise`: there and back, from every kind of list, to every restore point.

use crate::desk::{Desk, said};
use crate::pi::{PI_1, Pi};
use crate::snapshot::Snapshot;
use framboise_lab::{Lab, Suite, Up};
use std::process::Stdio;

on_each_suite!(
    every_restore_point_can_be_returned_to,
    lists_come_from_files_addresses_and_standard_input,
    debs_by_path_and_by_address,
    what_has_no_way_back_is_held_back_until_that_is_accepted,
);

#[test]
fn a_fleet_there_and_back() {
    let lab = Lab::temporary("e2e").unwrap();
    let devices = lab.up(&Up::devices(3)).unwrap_or_else(|error| panic!("{error}"));
    let desk = Desk::of(&lab);
    let found = desk.framboise(&["scan", "--subnet", "10.77.0.0/27"]).exits(0);
    let found = found.says("pi-1").says("pi-2").says("pi-3");
    found.says("3 Pis with the agent found");
    let before: Vec<_> = devices.iter().map(Snapshot::of).collect();
    let same = |states: &[Snapshot], when: &str| {
        devices.iter().zip(states).for_each(|(device, state)| Snapshot::of(device).same_as(state, when));
    };
    let list = desk.file("kiosk.txt", "# for all\nfram-hello\nfram-dep\nfram-conf\nfram-new\n");
    desk.framboise(&["plan", "--file", &list, "--all"])
        .exits(0)
        .says("3 devices")
        .says("fram-old")
        .says("way back 6/6");
    same(&before, "after a plan");
    desk.framboise(&["update", "--yes", "--file", &list, "--all"]).exits(0).says("3 updated");
    for device in &devices {
        assert_eq!(device.check(["fram-hello"]).unwrap(), "2.0\n");
    }
    let updated: Vec<_> = devices.iter().map(Snapshot::of).collect();
    desk.framboise(&["update", "--yes", "--file", &list, "--all"]).exits(0).says("Nothing to do on 3 devices");
    same(&updated, "after the same update again");
    // One of them fails its part of the next one, and goes back alone.
    desk.update("fram-failpost\nfram-svc\n", &["pi-2"])
        .exits(3)
        .says("1 rolled back by itself")
        .says("fram-failpost: boom");
    same(&updated, "after a failed update");
    // pi-2's last order had failed, so it stands where a rollback leads; the others go back behind the last update.
    let rolled_back = desk.framboise(&["--json", "rollback", "--yes", "--all"]).exits(0);
    let summary = rolled_back.json().pop().unwrap();
    let counts = (&summary["event"], &summary["counts"]["done"], &summary["left_out"]["nothing_to_do"]);
    assert_eq!(counts, (&"summary".into(), &2.into(), &1.into()), "{summary}");
    same(&[before[0].clone(), updated[1].clone(), before[2].clone()], "after the rollback of all");
    desk.framboise(&["history", "pi-2"]).exits(0).says("before the first update");
    desk.framboise(&["rollback", "--yes", "pi-2", "--to", "1"]).exits(0);
    same(&before, "at the end");
}

fn every_restore_point_can_be_returned_to(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let mut states = vec![pi.snapshot()];
    for list in ["fram-hello\nfram-new", "fram-dep\nfram-conf\ntree", "fram-svc\nfram-move-b\nfram-hello-\nfram-conf-"]
    {
        desk.update(list, &[PI_1]).exits(0);
        states.push(pi.snapshot());
    }
    pi.lab.archive().off().unwrap();
    for point in [2, 4, 1, 3, 2, 1] {
        desk.rollback(&[PI_1, "--to", &point.to_string()]).exits(0).says("exactly as recorded");
        pi.snapshot().same_as(&states[point - 1], &format!("at restore point {point}"));
    }
    desk.rollback(&[PI_1, "--to", "99"]).exits(2).says("99");
    pi.snapshot().same_as(&states[0], "after a restore point that there is not");
}

fn lists_come_from_files_addresses_and_standard_input(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let mut command = desk.command(&["update", "--yes", "--file", "-", PI_1]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"fram-hello\n").unwrap();
    said(child.wait_with_output().unwrap()).exits(0).says("1 updated");
    crate::swap::publish(&pi.lab, "lists/kiosk.txt", b"fram-conf\n");
    desk.framboise(&["update", "--yes", "--file", "http://10.77.0.2/lists/kiosk.txt", PI_1]).exits(0).says("1 updated");
    let toml = desk.file("kiosk.toml", "packages = [\"fram-dep\", \"fram-svc\"]\n");
    desk.framboise(&["update", "--yes", "--file", &toml, PI_1]).exits(0).says("1 updated");
    let updated = pi.snapshot();
    for package in ["fram-hello", "fram-conf", "fram-dep", "fram-svc"] {
        assert!(updated.has(&format!("dpkg-query {package} 2.0")), "{package}");
    }
    let missing = desk.framboise(&["update", "--yes", "--file", "http://10.77.0.2/lists/nothing.txt", PI_1]).exits(1);
    missing.says("nothing.txt").says("404");
    desk.framboise(&["update", "--yes", "--file", "/nowhere.txt", PI_1]).exits(1).says("/nowhere.txt");
    pi.snapshot().same_as(&updated, "after lists that are not there");
    desk.rollback(&[PI_1, "--to", "1"]).exits(0);
    pi.snapshot().same_as(&before, "at the end");
}

/// What no archive has is handed over by the desk, pinned by its hash.
fn debs_by_path_and_by_address(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let side = crate::swap::build(&desk.file("side.deb", ""), "fram-side", "1.0", "Depends: fram-lib");
    let hello = crate::swap::build(&desk.file("hello.deb", ""), "fram-hello", "3.0", "Section: misc");
    crate::swap::publish(&pi.lab, "debs/hello.deb", &std::fs::read(hello).unwrap());
    let list = format!("{side}\nhttp://10.77.0.2/debs/hello.deb\nfram-conf\n");
    desk.update(&list, &[PI_1]).exits(0).says("1 updated");
    let updated = pi.snapshot();
    for fact in ["dpkg-query fram-side 1.0", "dpkg-query fram-hello 3.0", "apt-mark auto fram-lib"] {
        assert!(updated.has(fact), "{fact}");
    }
    pi.lab.archive().off().unwrap();
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "after .debs of no archive");
    // There again as well: the vault has them.
    desk.rollback(&[PI_1, "--to", "2"]).exits(0);
    pi.snapshot().same_as(&updated, "there again");
    let text = desk.file("text.deb", "no package");
    desk.update(&text, &[PI_1]).exits(1).says("is not a Debian package");
    desk.update("http://10.77.0.2/debs/nothing.deb", &[PI_1]).exits(1).says("nothing.deb");
    pi.snapshot().same_as(&updated, "after files that are no package");
}

fn what_has_no_way_back_is_held_back_until_that_is_accepted(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let held = desk.update("fram-hello\nfram-vanish", &[PI_1]).exits(2);
    held.says("no way back for fram-vanish").says("--accept-no-way-back").says("Nothing was changed");
    pi.snapshot().same_as(&before, "held back");
    desk.update("fram-hello\nfram-vanish", &[PI_1, "--accept-no-way-back"]).exits(0).says("1 updated");
    assert!(pi.snapshot().has("dpkg-query fram-vanish 2.0"));
    // Not promised, and done as well as it can be: a package rebuilt from its installed files.
    desk.rollback(&[PI_1]).exits(0);
    let after = pi.snapshot();
    assert!(after.has("dpkg-query fram-vanish 1.0 install ok installed") && after.has("dpkg-query fram-hello 1.0"));
    let rebuilt =
        ["status fram-vanish:all", "/var/lib/dpkg/info/fram-vanish.md5sums", "/var/lib/dpkg/info/fram-vanish.list"];
    after.without(&rebuilt).same_as(&before.without(&rebuilt), "but for the rebuilt package's own records");
}
