//! What the device keeps for its way back, and what becomes of it on a dying card.

use crate::pi::Pi;
use framboise_lab::Suite;

on_each_suite!(a_damaged_deb_is_fetched_again, a_damaged_deb_that_is_nowhere_else_is_told);

/// How long a .deb has waited cannot be told from a time to come: it is no reason to let it go.
#[test]
fn a_deb_from_a_time_to_come_is_no_old_one() {
    let pi = Pi::raise(Suite::Trixie);
    pi.update("fram-failpost").refused(500, "script-failed");
    let kept = || pi.sh("grep -lx 'Package: fram-failpost' /var/lib/framboise/vault/*.control | wc -l");
    let debs = kept();
    pi.sh("touch -d 2099-01-01 /var/lib/framboise/vault/*.deb");
    pi.update("fram-hello").done();
    assert_eq!(kept(), debs);
    // One that has waited for long goes.
    pi.sh("touch -d 2020-01-01 /var/lib/framboise/vault/*.deb");
    pi.update("fram-conf").done();
    assert_ne!(kept(), debs);
}

/// Flips a byte in the middle of each kept .deb of a package.
const DAMAGE: &str = r#"
for deb in /var/lib/framboise/vault/*.deb; do
	[ "$(dpkg-deb --field "$deb" Package)" = fram-hello ] || continue
	printf X | dd of="$deb" bs=1 seek=$(($(stat -c %s "$deb") / 2)) conv=notrunc status=none
	echo damaged
done
"#;

fn a_damaged_deb_is_fetched_again(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot();
    pi.update("fram-hello fram-conf").done();
    assert!(pi.sh(DAMAGE).contains("damaged"));
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the kept .deb was damaged");
}

fn a_damaged_deb_that_is_nowhere_else_is_told(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.update("fram-hello fram-conf").done();
    let updated = pi.snapshot();
    assert!(pi.sh(DAMAGE).contains("damaged"));
    pi.lab.archive().drop_version("fram-hello", "1.0").unwrap();
    pi.sh("apt-get -qq update; apt-get clean");
    let answer = pi.rollback();
    assert_eq!(answer.kind(), "deb-missing", "{}", answer.text);
    answer.saying("fram-hello");
    pi.snapshot().same_as(&updated, "after a rollback whose .deb is nowhere");
    // It comes back as soon as the .deb is there again.
    pi.lab.archive().add(&["fram-hello=1.0"]).unwrap();
    pi.sh("apt-get -qq update");
    pi.rollback().done();
    assert_eq!(pi.sh("fram-hello").trim(), "1.0");
}
