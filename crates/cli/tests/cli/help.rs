//! The help is the manual: it is looked at as a whole whenever it changes.

use crate::bench::Bench;

#[test]
fn of_every_verb() {
    let bench = Bench::without_devices();
    let verbs = [
        "",
        "scan",
        "devices",
        "plan",
        "update",
        "rollback",
        "history",
        "point",
        "point show",
        "point name",
        "point pin",
        "point unpin",
        "point delete",
        "vault",
        "vault prune",
        "depot",
        "depot add",
        "depot list",
        "depot remove",
        "diff",
        "status",
        "log",
        "forget",
        "keys",
        "keys show",
        "completions",
    ];
    let mut manual = String::new();
    for verb in verbs {
        let mut arguments: Vec<&str> = verb.split_whitespace().collect();
        arguments.push("--help");
        let left = bench.run(&arguments);
        assert_eq!((left.exit, left.stderr.as_str()), (0, ""), "{verb}");
        assert!(
            left.stdout.contains("Examples") || matches!(verb, "" | "keys" | "point" | "depot"),
            "{verb} has no example"
        );
        manual.push_str(&format!("$ framboise {}\n{}\n", arguments.join(" "), left.stdout));
    }
    insta::assert_snapshot!("manual", manual);
}

#[test]
fn the_version_is_told() {
    let left = Bench::without_devices().run(&["--version"]);
    assert_eq!((left.exit, left.stdout), (0, format!("framboise {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn completions_are_printed() {
    let left = Bench::without_devices().run(&["completions", "bash"]);
    assert_eq!(left.exit, 0);
    assert!(left.stdout.contains("_framboise"));
}
