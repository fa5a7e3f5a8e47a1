//! The order of versions: total, and that of Debian policy 5.6.12.

use framboise_core::debian::Version;
use proptest::prelude::*;
use std::cmp::Ordering;

#[test]
fn versions_known_from_the_policy_and_from_archives_are_in_order() {
    let rising = [
        ["1.0~~", "1.0~~a", "1.0~", "1.0"],
        ["1.0~rc1-1", "1.0~rc2-1", "1.0-1", "1.0-1+deb12u1"],
        ["1.0-1~bpo12+1", "1.0-1", "1.0-1+b1", "1.0-1.1"],
        ["1.9", "1.10", "1.10a", "1.10.1"],
        ["2.0", "1:0.9", "1:1.0", "2:0"],
        ["1.0", "1.0a", "1.0+a", "1.0.a"],
        ["1.2.3", "1.2.3+dfsg", "1.2.3+dfsg1", "1.2.3+git20240101"],
        ["0.5.0", "0.5.0-1rpi1", "0.5.0-1rpi1+deb12u1", "0.5.0-1rpi2"],
        ["1-1", "1-2", "1-1-1", "1-1-2"],
        ["99999999999999999999", "100000000000000000000", "100000000000000000000.1", "100000000000000000001"],
        ["1A", "1Z", "1a", "1z"],
    ];
    for row in rising {
        let versions = row.map(version);
        for (at, lower) in versions.iter().enumerate() {
            for higher in &versions[at + 1..] {
                assert_eq!(lower.cmp(higher), Ordering::Less, "{lower} {higher}");
                assert_eq!(higher.cmp(lower), Ordering::Greater, "{higher} {lower}");
            }
        }
    }
}

#[test]
fn where_dpkg_sees_no_difference_two_texts_are_still_two_versions() {
    for (one, other) in [("1.0", "1.00"), ("1", "0:1"), ("1", "1-0"), ("1.0", "1.0-00"), ("1a", "1a0")] {
        assert_ne!(version(one), version(other));
        assert_ne!(version(one).cmp(&version(other)), Ordering::Equal);
        // They stand side by side: nothing that dpkg tells from them lies between.
        for third in ["0", "0.9", "1.1", "2", "1:0", "1b"] {
            assert_eq!(version(one).cmp(&version(third)), version(other).cmp(&version(third)), "{one} {other} {third}");
        }
    }
}

proptest! {
    #[test]
    fn the_order_is_total(one in any_version(), other in any_version(), third in any_version()) {
        prop_assert_eq!(one.cmp(&other), other.cmp(&one).reverse());
        prop_assert_eq!(one.cmp(&other) == Ordering::Equal, one == other);
        prop_assert_eq!(one.partial_cmp(&other), Some(one.cmp(&other)));
        let mut sorted = [one, other, third];
        sorted.sort();
        prop_assert!(sorted[0] <= sorted[1] && sorted[1] <= sorted[2] && sorted[0] <= sorted[2], "{sorted:?}");
    }

    #[test]
    fn a_tilde_is_below_and_anything_else_above(middle in any_version(), more in "[a-zA-Z+.][a-z0-9]{0,3}") {
        let lower = version(&format!("{middle}~"));
        let higher = version(&format!("{middle}{more}"));
        prop_assert!(lower < middle && middle < higher, "{lower} {middle} {higher}");
    }
}

/// Versions that are near each other, so that every part decides now and then.
pub fn any_version() -> impl Strategy<Value = Version> {
    "([0-2]{1,2}:)?[0-2]([0-2aZ.+~]|-[0-1]){0,5}(-[0-2a.+~]{1,3})?"
        .prop_filter_map("no version", |text| text.parse().ok())
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}
