//! Maintainer scripts that fail on the way there, on the way back, on both; a package that refuses to go down.

use super::pair;
use crate::build::Build;
use crate::pi::Pi;
use crate::source;
use framboise_lab::Suite;

faults!(
    a_postinst_that_fails_on_the_way_back,
    a_postinst_that_fails_on_both_ways,
    a_preinst_that_refuses_a_downgrade,
    a_prerm_that_lets_nothing_replace_it,
);

/// A script that fails while this file is there.
fn fails_while(build: &mut Build, script: &'static str, file: &str) {
    let name = build.name.clone();
    build.script(script, format!("if [ -e {file} ]; then echo '{name}: no' >&2; exit 7; fi"));
}

fn a_postinst_that_fails_on_the_way_back(suite: Suite) {
    let pi = Pi::raise(suite);
    let (mut older, newer) = pair("fram-sulk");
    fails_while(&mut older, "postinst", "/srv/fail");
    source::install_older(&pi, &older, &newer);
    let before = pi.snapshot();
    pi.update("fram-sulk").done();
    let updated = pi.snapshot();
    pi.sh("touch /srv/fail");
    let answer = pi.rollback();
    assert_ne!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("fram-sulk"), "{}", answer.text);
    // Nothing in between: the newer version works, so the device stands on it.
    pi.snapshot().same_as(&updated, "after a rollback that failed");
    pi.sh("rm /srv/fail");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a rollback that did not");
}

fn a_postinst_that_fails_on_both_ways(suite: Suite) {
    let pi = Pi::raise(suite);
    let (mut older, mut newer) = pair("fram-sulk");
    fails_while(&mut older, "postinst", "/srv/fail");
    fails_while(&mut newer, "postinst", "/srv/fail");
    source::install_older(&pi, &older, &newer);
    let before = pi.snapshot();
    pi.sh("touch /srv/fail");
    let answer = pi.update("fram-sulk fram-hello");
    assert_eq!(answer.json["state"], "needs-you", "{}", answer.text);
    assert!(answer.text.contains("fram-sulk"), "{}", answer.text);
    assert_eq!(pi.sh("fram-hello").trim(), "1.0", "what came with it stayed");
    // The operator removes the reason, and asks for the state before.
    pi.sh("rm /srv/fail");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the reason was gone");
}

fn a_preinst_that_refuses_a_downgrade(suite: Suite) {
    let pi = Pi::raise(suite);
    let (mut older, newer) = pair("fram-proud");
    older.script(
        "preinst",
        "if [ \"$1\" = upgrade ] && dpkg --compare-versions \"$2\" gt 1.0; then echo 'no downgrade' >&2; exit 5; fi"
            .into(),
    );
    source::install_older(&pi, &older, &newer);
    let before = pi.snapshot();
    pi.update("fram-proud fram-hello").done();
    let updated = pi.snapshot();
    let answer = pi.rollback();
    // Removed and installed anew it goes down; where that is not tried, nothing else goes either.
    eprintln!("a package that refuses: {} {}", answer.status, answer.text);
    let wanted = if answer.status == 200 { &before } else { &updated };
    assert!(answer.status == 200 || answer.text.contains("fram-proud"), "{}", answer.text);
    pi.snapshot().same_as(wanted, "after the rollback of a package that refuses");
}

fn a_prerm_that_lets_nothing_replace_it(suite: Suite) {
    let pi = Pi::raise(suite);
    let (older, mut newer) = pair("fram-clingy");
    newer.script("prerm", "echo 'I stay' >&2; exit 1".into());
    source::install_older(&pi, &older, &newer);
    pi.update("fram-clingy fram-hello").done();
    let updated = pi.snapshot();
    // dpkg asks the older version's prerm then, which there is none of (policy 6.6).
    let answer = pi.rollback();
    assert_ne!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("fram-clingy"), "{}", answer.text);
    pi.snapshot().same_as(&updated, "after the rollback of a package that can't be replaced");
}
