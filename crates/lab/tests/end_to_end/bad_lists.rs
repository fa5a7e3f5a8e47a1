//! Lists that no device follows, each refused with a reason and without a trace on the device.

use crate::answer::Answer;
use crate::pi::Pi;
use framboise_lab::Suite;

on_each_suite!(
    lists_against_debians_grammar_are_refused,
    packages_that_are_not_to_be_had_are_refused,
    a_plan_is_as_strict_as_an_update,
);

const EMPTY: [&str; 3] = ["\n \n", "# fram-hello\n", " , ,,\n"];

/// A list, and what the refusal must say.
const AGAINST_THE_GRAMMAR: [(&str, &str); 18] = [
    ("-y", "options are not taken"),
    ("--allow-unauthenticated", "options are not taken"),
    ("-oDPkg::Pre-Invoke::=reboot", "options are not taken"),
    ("foo;rm -rf /", "foo;rm"),
    ("$(reboot)", "$(reboot)"),
    ("`reboot`", "`reboot`"),
    ("/etc/passwd", "/etc/passwd"),
    ("./fram-hello_2.0_all.deb", "./fram-hello_2.0_all.deb"),
    ("../../../tmp/x.deb", "../../../tmp/x.deb"),
    ("fram-*", "fram-*"),
    ("fram-hello=2*", "2*"),
    ("^task", "^task"),
    ("standard^", "standard^"),
    ("fram-.*", "fram-.*"),
    ("fram-hell[o]", "fram-hell[o]"),
    ("~nfram", "~nfram"),
    ("?installed", "?installed"),
    ("fram-hello\u{1b}[2J", "control character"),
];

fn lists_against_debians_grammar_are_refused(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    for list in EMPTY {
        pi.update(list).refused(422, "bad-list").saying("lists no package");
    }
    for (list, words) in AGAINST_THE_GRAMMAR {
        pi.update(list).refused(422, "bad-list").saying(words);
        // Good ones beside it do not help, and are not followed in part.
        pi.update(&format!("fram-hello\n{list}\nfram-conf\n")).refused(422, "bad-list").saying(words);
    }
    pi.snapshot().same_as(&before, "after lists against the grammar");
}

fn packages_that_are_not_to_be_had_are_refused(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    let refused = |list: &str, kind: &str, words: &str| {
        let answer = pi.update(list).refused(422, kind).saying(words);
        pi.snapshot().same_as(&before, list);
        answer
    };
    refused("fram-hello\nfram-nowhere\nfram-conf", "unknown-package", "fram-nowhere");
    refused("fram-hello=9.9", "version-not-available", "9.9");
    refused("fram-hello/sid", "suite-not-available", "sid");
    // A part of a name: apt takes some of these for a pattern when no such package is there.
    refused("fram-hell.", "unknown-package", "fram-hell.");
    // To apt a sign at the end is an instruction, unless a package is called so.
    refused("fram-hell+", "unknown-package", "fram-hell");
    refused("fram-hello+", "unknown-package", "fram-hello+");
    pi.sh("apt-mark hold fram-hello");
    let held = pi.snapshot();
    pi.update("fram-conf fram-hello").refused(422, "held").saying("fram-hello");
    pi.snapshot().same_as(&held, "a held package in the list");
}

fn a_plan_is_as_strict_as_an_update(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    for list in ["", "\n", "# fram-hello"] {
        plan(&pi, list).refused(422, "bad-list").saying("lists no package");
    }
    for (list, words) in AGAINST_THE_GRAMMAR {
        plan(&pi, list).refused(422, "bad-list").saying(words);
    }
    plan(&pi, "fram-hello\nfram-nowhere").refused(422, "unknown-package").saying("fram-nowhere");
    let planned = plan(&pi, "fram-dep");
    assert_eq!(planned.status, 200, "{}", planned.text);
    let plan = crate::sealed_plan::planned(&planned.json);
    assert_eq!(plan["lock"]["fram-lib:amd64"]["reason"], "dependency", "{plan}");
    pi.snapshot().same_as(&before, "after plans");
}

fn plan(pi: &Pi, list: &str) -> Answer {
    let request = serde_json::json!({ "action": "update", "file_name": "list.txt", "text": list }).to_string();
    pi.request("/api/v1/plan", &["--data", &request])
}
