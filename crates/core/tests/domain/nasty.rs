//! Nothing that apt takes for more than a name, a version or a suite can be spelled as one.
//!
//! What apt does with a word is in apt-get(8), apt-patterns(7) and seen: `-x` option, `./x` path, `hel*` glob, `^hel`
//! regular expression, `~nhel` and `?name(hel)` pattern, `task^` task, `hel-` removal. `.` and `+` are not among these
//! characters, for they belong to real names (`libc6.1`, `g++`).

use framboise_core::debian::{Architecture, PackageKey, PackageName, Suite, Version};
use proptest::prelude::*;

/// Wherever one of these stands, apt, dpkg, a shell or a terminal reads more than a name.
const SPECIAL: &str = "*?[]^$|(){}\\/!@#%&=,;<>\"'` \t\r\n\0\u{7f}\u{1b}\u{202e}";

const SPECIAL_IN_NAMES: &str = "~:_ABCÉé";
const SPECIAL_IN_VERSIONS: &str = "_é";

#[test]
fn real_tricks_are_refused() {
    let tricks = [
        "-oDPkg::Pre-Invoke::=reboot",
        "--force-yes",
        "-",
        "--",
        "./vim",
        "../vim",
        "/etc/passwd",
        "~/vim",
        "vim*",
        "v?m",
        "[v]im",
        "^vim",
        "vim$",
        "vim|nano",
        "~nvim",
        "~i",
        "?installed",
        "?name(vim)",
        "!vim",
        "(vim)",
        "desktop^",
        "vim-",
        "vim=1.0",
        "vim/sid",
        "vim:any",
        "@security",
        "vim nano",
        "vim,nano",
        "vim\n-y",
        "vim\0",
        "$(reboot)",
        "`reboot`",
        "vim;reboot",
        "vim&",
        "\u{1b}[2J",
    ];
    for trick in tricks {
        assert!(trick.parse::<PackageName>().is_err(), "{trick:?}");
        assert!(trick.parse::<Suite>().is_err(), "{trick:?}");
        assert!(trick.parse::<Version>().is_err(), "{trick:?}");
        assert!(trick.parse::<Architecture>().is_err(), "{trick:?}");
        assert!(trick.parse::<PackageKey>().is_err(), "{trick:?}");
    }
}

proptest! {
    #[test]
    fn a_special_character_spoils_every_word(
        (start, end) in word_around(), special in one_of(SPECIAL), in_name in one_of(SPECIAL_IN_NAMES),
        in_version in one_of(SPECIAL_IN_VERSIONS),
    ) {
        let text = format!("{start}{special}{end}");
        prop_assert!(text.parse::<PackageName>().is_err(), "{text:?}");
        prop_assert!(text.parse::<Suite>().is_err(), "{text:?}");
        prop_assert!(text.parse::<Architecture>().is_err(), "{text:?}");
        prop_assert!(text.parse::<Version>().is_err(), "{text:?}");
        let name = format!("{start}{in_name}{end}");
        prop_assert!(name.parse::<PackageName>().is_err(), "{name:?}");
        let version = format!("1{start}{in_version}{end}");
        prop_assert!(version.parse::<Version>().is_err(), "{version:?}");
    }

    #[test]
    fn a_word_neither_starts_nor_ends_as_an_option_or_a_removal(text in "[a-z0-9]{1,6}") {
        let right = format!("{text}1");
        prop_assert!(right.parse::<PackageName>().is_ok(), "{right}");
        let before = ["-", "~", "+", "."].map(|sign| format!("{sign}{text}"));
        for wrong in before.into_iter().chain([format!("{text}-")]) {
            let is_refused = wrong.parse::<PackageName>().is_err() && wrong.parse::<Architecture>().is_err();
            prop_assert!(is_refused && wrong.parse::<Suite>().is_err() && wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_a_key_prints_is_one_argument_for_one_package(text in "[-a-z0-9:.+=/*~^ ]{1,16}") {
        if let Ok(key) = text.parse::<PackageKey>() {
            let printed = key.to_string();
            prop_assert!(!printed.starts_with('-') && !printed.ends_with(['-', '+', '^', '*']), "{printed}");
            prop_assert_eq!(printed.matches(':').count(), 1);
            prop_assert!(!printed.contains(|c: char| SPECIAL.contains(c)), "{printed}");
        }
    }
}

/// What stands before and after the special character; all of it would do without.
fn word_around() -> impl Strategy<Value = (String, String)> {
    ("([a-z0-9][a-z0-9]{0,4})?", "([a-z0-9]{0,4}[a-z0-9])?")
}

fn one_of(characters: &'static str) -> impl Strategy<Value = char> {
    prop::sample::select(characters.chars().collect::<Vec<_>>())
}
