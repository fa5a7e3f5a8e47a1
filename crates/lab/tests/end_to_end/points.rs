//! Restore points as a history: named, pinned, deleted, let go for room; and what was changed by other means in between.

use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;

on_each_suite!(
    a_named_point_is_returned_to,
    a_pinned_point_outlives_the_others,
    deleting_frees_what_no_other_point_needs,
    pruning_never_takes_the_way_back,
    what_was_changed_by_other_means_is_shown_and_recorded,
    a_damaged_point_is_told,
);

/// How many .debs of this package and version the vault has.
fn kept(pi: &Pi, package: &str, version: &str) -> usize {
    let listed = pi.sh("cat /var/lib/framboise/vault/*.control");
    let is_one = |stanza: &&str| {
        stanza.contains(&format!("Package: {package}\n")) && stanza.contains(&format!("Version: {version}\n"))
    };
    // Each stanza begins with the package.
    let stanzas: Vec<String> = listed.split("Package: ").map(|rest| format!("Package: {rest}\n")).collect();
    stanzas.iter().map(String::as_str).filter(is_one).count()
}

/// Three updates: restore points 1 to 4.
fn three_updates(desk: &Desk<'_>) {
    for list in ["fram-hello", "fram-conf", "fram-svc"] {
        desk.update(list, &[PI_1]).exits(0);
    }
}

fn a_named_point_is_returned_to(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    three_updates(&desk);
    let updated = pi.snapshot();
    desk.framboise(&["point", "name", PI_1, "1", "before the fair"]).exits(0);
    desk.framboise(&["point", "name", PI_1, "2", "before the fair"]).exits(2).says("restore point 1 has it");
    desk.framboise(&["point", "name", PI_1, "2", "3"]).exits(2).says("number");
    let history = desk.framboise(&["history", PI_1]).exits(0);
    history.says("before the fair");
    let shown = desk.framboise(&["point", "show", PI_1, "before the fair"]).exits(0);
    shown
        .says("Restore point 1, before the fair")
        .says("the way back is complete")
        .says("fram-conf:amd64 version 1.0 → 2.0");
    desk.rollback(&[PI_1, "--to", "before the fair"]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "at the named point");
    desk.rollback(&[PI_1, "--to", "after the fair"]).exits(2).says("no restore point is called after the fair");
    pi.snapshot().same_as(&before, "after a name that no point has");
    desk.rollback(&[PI_1, "--to", "4"]).exits(0);
    pi.snapshot().same_as(&updated, "there again");
}

fn a_pinned_point_outlives_the_others(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    // Framboise's own settings stay as they are.
    pi.sh("printf '\n[keep]\nrestore_points = 2\n' >> /etc/framboise/framboise.toml");
    let before = pi.snapshot();
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.framboise(&["point", "pin", PI_1, "1"]).exits(0);
    for list in ["fram-conf", "fram-svc", "fram-dep"] {
        desk.update(list, &[PI_1]).exits(0);
    }
    let points = desk.framboise(&["history", PI_1, "--json"]).exits(0).json().remove(0);
    let ids: Vec<u64> =
        points["restore_points"].as_array().unwrap().iter().map(|point| point["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [5, 4, 1], "{points}");
    pi.lab.archive().off().unwrap();
    desk.rollback(&[PI_1, "--to", "1"]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "at the pinned point");
}

fn deleting_frees_what_no_other_point_needs(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    three_updates(&desk);
    let updated = pi.snapshot();
    assert_eq!((kept(&pi, "fram-hello", "1.0"), kept(&pi, "fram-conf", "1.0")), (1, 1));
    // Where it stands, where a rollback leads, and what is pinned.
    desk.framboise(&["point", "delete", PI_1, "4", "--yes"]).exits(2).says("the device stands on it");
    desk.framboise(&["point", "delete", PI_1, "3", "--yes"]).exits(2).says("the newest way back");
    desk.framboise(&["point", "pin", PI_1, "1"]).exits(0);
    desk.framboise(&["point", "delete", PI_1, "1", "--yes"]).exits(2).says("pinned").says("point unpin");
    desk.framboise(&["point", "delete", PI_1, "9", "--yes"]).exits(2).says("no restore point 9");
    desk.framboise(&["point", "delete", PI_1, "1"]).exits(1).says("--yes");
    desk.framboise(&["point", "unpin", PI_1, "1"]).exits(0);
    desk.framboise(&["point", "delete", PI_1, "1", "--yes"]).exits(0).says("1 restore point of pi-1 deleted");
    assert_eq!(kept(&pi, "fram-hello", "1.0"), 0, "only the first point had it");
    assert_eq!(kept(&pi, "fram-conf", "1.0"), 1, "the second point needs it still");
    desk.rollback(&[PI_1, "--to", "1"]).exits(2).says("no restore point 1");
    pi.lab.archive().off().unwrap();
    desk.rollback(&[PI_1, "--to", "2"]).exits(0).says("exactly as recorded");
    desk.rollback(&[PI_1, "--to", "4"]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&updated, "after a deleted point");
    assert_ne!(updated.difference(&before), "");
}

fn pruning_never_takes_the_way_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-hello", &[PI_1]).exits(0);
    desk.update("fram-conf", &[PI_1]).exits(0);
    let before = pi.snapshot();
    desk.update("fram-svc fram-dep".replace(' ', "\n").as_str(), &[PI_1]).exits(0);
    desk.framboise(&["vault", PI_1])
        .exits(0)
        .says("stays: the device stands on it")
        .says("stays: it is the newest way back");
    let points = || {
        let vault = desk.framboise(&["vault", PI_1, "--json"]).exits(0).json().remove(0);
        let points = vault["devices"][0]["vault"]["points"].as_array().unwrap().clone();
        points.iter().map(|point| point["id"].as_u64().unwrap()).collect::<Vec<u64>>()
    };
    // More than can get free: then nobody loses a point for it.
    desk.framboise(&["vault", "prune", PI_1, "--free", "2G", "--yes"]).exits(2).says("no restore point went");
    assert_eq!(points(), [1, 2, 3, 4]);
    desk.framboise(&["vault", "prune", PI_1, "--free", "1"]).exits(1).says("--yes");
    desk.framboise(&["vault", "prune", PI_1, "--free", "1", "--yes"]).exits(0);
    assert_eq!(points(), [2, 3, 4]);
    desk.framboise(&["vault", "prune", PI_1, "--free", "1", "--yes"]).exits(0);
    desk.framboise(&["vault", "prune", PI_1, "--free", "1", "--yes"]).exits(2).says("no restore point went");
    assert_eq!(points(), [3, 4]);
    pi.lab.archive().off().unwrap();
    pi.sh("apt-get clean");
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "after a prune and a rollback without an archive");
}

fn what_was_changed_by_other_means_is_shown_and_recorded(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-hello", &[PI_1]).exits(0);
    let quiet = desk.framboise(&["status", PI_1]).exits(0);
    assert!(!quiet.out.contains("by other means"), "{}", quiet.out);
    pi.sh("apt-get -qq -y install fram-conf=2.0; apt-mark -qq hold fram-svc");
    let drifted = pi.snapshot();
    desk.framboise(&["status", PI_1]).exits(0).says("changed by other means since");
    desk.framboise(&["history", PI_1]).exits(0).says("changed by other means since").says("stood here");
    desk.update("fram-dep", &[PI_1]).exits(0);
    desk.framboise(&["history", PI_1]).exits(0).says("changed by hand, before");
    let settled = desk.framboise(&["status", PI_1]).exits(0);
    assert!(!settled.out.contains("by other means"), "{}", settled.out);
    // It is a point of its own: the newest way back leads to just that.
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&drifted, "back at what was done by hand");
}

fn a_damaged_point_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    three_updates(&desk);
    let updated = pi.snapshot();
    // A failing card: the second point's state is cut short.
    pi.sh("cd /var/lib/framboise/restore-points; head -c 300 000002.state.json > half; mv half 000002.state.json");
    desk.rollback(&[PI_1, "--to", "2"]).exits(2).says("000002.state.json");
    desk.framboise(&["point", "show", PI_1, "2"]).exits(2).says("000002.state.json");
    pi.snapshot().same_as(&updated, "after a rollback to a damaged point");
    // The others are as good as before, and the damaged one can be told from them and deleted.
    desk.framboise(&["history", PI_1]).exits(0);
    desk.framboise(&["vault", PI_1]).exits(0);
    desk.update("fram-dep", &[PI_1]).exits(0);
    desk.framboise(&["point", "delete", PI_1, "2", "--yes"]).exits(0);
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&updated, "back beside a damaged point");
}
