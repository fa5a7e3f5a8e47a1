//! Orders that are not followed: the device stays as it is in every field, and `framboise` says why.

use crate::desk::{Desk, said};
use crate::pi::{PI_1, Pi};
use crate::swap;
use framboise_lab::{Suite, Up};
use std::process::Stdio;

on_each_suite!(
    lists_with_mistakes_go_nowhere,
    packages_that_are_not_to_be_had,
    a_device_changed_by_hand_after_the_plan,
    a_deb_swapped_after_the_plan,
    strangers_give_no_orders,
);

fn lists_with_mistakes_go_nowhere(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let lists = [
        ("", "lists no package"),
        ("# nothing\n\n", "lists no package"),
        ("-y", "options are not taken"),
        ("fram-hello\n--reinstall", "list.txt:2:1"),
        ("foo;rm -rf /", "list.txt:1:1"),
        ("/etc/passwd", "/etc/passwd"),
        ("fram-*", "fram-*"),
        ("^task", "^task"),
        ("fram-hell[o]", "fram-hell[o]"),
        ("fram-hello\n\n  fram.conf!", "list.txt:3:3"),
        ("fram-hello\u{202e}", "control character"),
    ];
    for (list, words) in lists {
        desk.update(list, &[PI_1]).exits(1).says(words);
    }
    let binary = desk.file("binary.txt", "");
    std::fs::write(&binary, b"fram-hello\n\xff\xfe\n").unwrap();
    desk.framboise(&["update", "--yes", "--file", &binary, PI_1]).exits(1).says("line 2");
    let huge = desk.file("huge.txt", &"fram-hello\n".repeat(1 << 20));
    desk.framboise(&["update", "--yes", "--file", &huge, PI_1]).exits(1).says("huge.txt");
    let toml = desk.file("list.toml", "packages = [\"fram-hello\", \"-y\"]\n");
    desk.framboise(&["update", "--yes", "--file", &toml, PI_1]).exits(1).says("list.toml:1");
    // Nobody to ask, and nobody said yes.
    let list = desk.file("list.txt", "fram-hello");
    desk.framboise(&["update", "--file", &list, PI_1]).exits(1).says("--yes");
    desk.framboise(&["update", "--yes", "--file", &list]).exits(1).says("no device");
    desk.ask_to_update("fram-hello", PI_1).answer("n").exits(2).says("Nothing was ordered");
    pi.snapshot().same_as(&before, "after lists with mistakes");
    assert_eq!(pi.get("/api/v1/receipts").json, serde_json::json!([]), "something was sent");
}

fn packages_that_are_not_to_be_had(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    let unknown = desk.update("fram-hello\nfram-nowhere\nfram-conf", &[PI_1]).exits(2);
    unknown.says("no package fram-nowhere").says("Nothing was changed");
    desk.update("fram-hello=9", &[PI_1]).exits(2).says("fram-hello 9");
    desk.update("fram-hello/sid", &[PI_1]).exits(2).says("sid");
    desk.rollback(&[PI_1]).exits(2).says("nothing is recorded");
    pi.snapshot().same_as(&before, "after packages that are not to be had");
    pi.lab.archive().off().unwrap();
    desk.update("fram-hello", &[PI_1]).exits(2).says("archive");
    pi.snapshot().same_as(&before, "without an archive");
}

fn a_device_changed_by_hand_after_the_plan(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let changes = [
        // A package of the plan, another one, one of which only the selection changed.
        ("apt-get -qq -y install fram-hello=2.0", "fram-hello"),
        ("apt-get -qq -y install tree", ""),
        ("apt-mark -qq hold fram-svc", ""),
        ("apt-get -qq -y remove fram-old", ""),
    ];
    for (script, named) in changes {
        let question = desk.ask_to_update("fram-hello\nfram-conf\nfram-dep", PI_1);
        pi.sh(script);
        let changed = pi.snapshot();
        question.answer("y").exits(3).says("changed since the plan").says(named).says("Plan again");
        pi.snapshot().same_as(&changed, script);
        pi.sh("apt-mark -qq unhold fram-svc; apt-get -qq -y --allow-downgrades install fram-hello=1.0 fram-old tree-");
    }
    desk.ask_to_update("fram-hello\nfram-conf\nfram-dep", PI_1).answer("y").exits(0).says("1 updated");
}

fn a_deb_swapped_after_the_plan(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    let before = pi.snapshot();
    // Behind its index.
    let question = desk.ask_to_update("fram-conf\nfram-hello", PI_1);
    swap::deb(&pi.lab, "fram-hello_2.0_all.deb");
    question.answer("y").exits(3).says("fram-hello");
    pi.snapshot().same_as(&before, "after a .deb was swapped behind its index");
    // And with its index: the archive vouches for it, the plan that was seen does not.
    swap::undo(&pi.lab);
    let question = desk.ask_to_update("fram-conf\nfram-hello", PI_1);
    assert!(question.screen().contains("fram-hello"), "{}", question.screen());
    swap::deb(&pi.lab, "fram-hello_2.0_all.deb");
    swap::index(&pi.lab, "fram-hello_2.0_all.deb");
    question.answer("y").exits(3).says("fram-hello");
    pi.snapshot().same_as(&before, "after a .deb was swapped with its index");
    pi.sh("apt-get -qq update");
    let question = desk.ask_to_update("fram-conf\nfram-hello", PI_1);
    question.answer("y").exits(0);
    assert_eq!(pi.sh("fram-hello").trim(), "swapped", "a new plan has what the archive has now");
}

fn strangers_give_no_orders(suite: Suite) {
    let pi = Pi::raise(suite);
    let desk = Desk::of(&pi.lab);
    desk.update("fram-conf", &[PI_1]).exits(0);
    let before = pi.snapshot();
    let list = desk.file("list.txt", "fram-hello");
    let stranger = |words: &[&str]| said(desk.strangers_command(words).stdin(Stdio::null()).output().unwrap());
    stranger(&["update", "--yes", "--file", &list, PI_1])
        .exits(3)
        .says("not signed by an operator of this device")
        .says("keys show");
    stranger(&["rollback", "--yes", PI_1]).exits(3).says("not signed by an operator of this device");
    let deb = swap::build(&desk.file("side.deb", ""), "fram-side", "1.0", "Section: misc");
    let list = desk.file("list.txt", &deb);
    let refused = stranger(&["update", "--yes", "--file", &list, PI_1]);
    refused.says("not signed by an operator of this device");
    pi.snapshot().same_as(&before, "after orders of a stranger");
    // Root on the device lets them in, and out again.
    let line = stranger(&["keys", "show"]).exits(0).out;
    pi.sh(&format!("cp /etc/framboise/operators /run/kept; echo '{}' >> /etc/framboise/operators", line.trim()));
    stranger(&["rollback", "--yes", PI_1]).exits(0);
    pi.sh("cp /run/kept /etc/framboise/operators");
    stranger(&["rollback", "--yes", PI_1, "--to", "2"]).exits(3).says("not signed by an operator of this device");
    assert!(pi.snapshot().has("dpkg-query fram-conf 1.0"));
    // A list that anybody may write is nobody's.
    let before = pi.snapshot();
    pi.sh("chmod 666 /etc/framboise/operators");
    desk.update("fram-conf", &[PI_1]).exits(3).says("others than root may write it; sudo chmod 644");
    pi.sh("chmod 644 /etc/framboise/operators");
    pi.snapshot().same_as(&before, "after an order under a list that anybody may write");
}

#[test]
fn an_order_is_for_the_device_it_names() {
    let pi = Pi::raise_as(&Up::devices(2).suite(Suite::Bookworm));
    let desk = Desk::of(&pi.lab);
    let other = pi.lab.device("pi-2").unwrap();
    let before = pi.snapshot();
    desk.framboise(&["scan", "--subnet", "10.77.0.0/28"]).exits(0);
    // pi-2 takes over pi-1's address: it has another key, and is not taken for pi-1.
    pi.device.network_off().unwrap();
    other.check(["ip", "address", "add", "10.77.0.11/24", "dev", "eth0"]).unwrap();
    // The desk asks anew who has the address, as it would after a while by itself.
    pi.lab.desk_check(["ip", "neigh", "flush", "all"]).unwrap();
    let list = desk.file("list.txt", "fram-hello");
    desk.framboise(&["update", "--yes", "--file", &list, "pi-1"]).exits(2).says("another device");
    assert_eq!(other.check(["fram-hello"]).unwrap(), "1.0\n");
    pi.device.network_on().unwrap();
    pi.snapshot().same_as(&before, "after an order at a borrowed address");
}
