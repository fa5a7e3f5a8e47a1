//! The order of versions held against dpkg itself.

use super::versions::any_version;
use framboise_core::debian::Version;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use std::cmp::Ordering;

/// How many pairs are compared: enough for every seam, and about two seconds of dpkg.
const PAIRS: usize = 400;

/// What `sh` ends with when there is no dpkg (automake's number for a skipped test).
const SKIPPED: i32 = 77;

/// One line a pair: lt, eq, gt, or that one of the two is no version to dpkg.
const COMPARE: &str = r#"
command -v dpkg >/dev/null || exit 77
while [ $# -gt 0 ]; do
    if dpkg --compare-versions "$1" lt "$2" 2>/dev/null; then echo lt
    elif dpkg --compare-versions "$1" gt "$2" 2>/dev/null; then echo gt
    elif dpkg --compare-versions "$1" eq "$2" 2>/dev/null; then echo eq
    else echo refused
    fi
    shift 2
done
"#;

#[test]
fn dpkg_orders_alike() {
    let pairs = pairs();
    let Some(verdicts) = verdicts(&pairs) else {
        eprintln!("skipped: this machine has no dpkg to compare with");
        return;
    };
    assert_eq!(verdicts.len(), pairs.len());
    for ((one, other), verdict) in pairs.iter().zip(&verdicts) {
        match verdict.as_str() {
            "lt" => assert_eq!(one.cmp(other), Ordering::Less, "{one} {other}"),
            "gt" => assert_eq!(one.cmp(other), Ordering::Greater, "{one} {other}"),
            "eq" => assert_eq!(other.cmp(one), one.cmp(other).reverse(), "{one} {other}"),
            _ => unreachable!("dpkg on {one} and {other}: {verdict}"),
        }
    }
    // The pairs would tell nothing if dpkg had one answer to all.
    for word in ["lt", "gt", "eq"] {
        assert!(verdicts.iter().filter(|verdict| *verdict == word).count() > PAIRS / 40, "{word}");
    }
}

/// The same at each run; every tenth differs in a way that dpkg does not see.
fn pairs() -> Vec<(Version, Version)> {
    let mut runner = TestRunner::deterministic();
    let wild = "[0-9][0-9a-zA-Z:.+~-]{0,6}".prop_filter_map("no version", |text| text.parse::<Version>().ok());
    let strategy = proptest::prop_oneof![4 => any_version(), 1 => wild];
    let mut version = || strategy.new_tree(&mut runner).unwrap().current();
    let pairs = (0..PAIRS).map(|at| {
        let one = version();
        let same = format!("0{one}").parse().ok().filter(|_| at % 10 == 0);
        let other = same.unwrap_or_else(&mut version);
        (one, other)
    });
    pairs.collect()
}

#[expect(clippy::disallowed_methods, reason = "the test asks dpkg; what is tested does not")]
fn verdicts(pairs: &[(Version, Version)]) -> Option<Vec<String>> {
    let versions = pairs.iter().flat_map(|(one, other)| [one.as_str(), other.as_str()]);
    let output = std::process::Command::new("sh").args(["-c", COMPARE, "sh"]).args(versions).output().unwrap();
    if output.status.code() == Some(SKIPPED) {
        return None;
    }
    assert!(output.status.success(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}
