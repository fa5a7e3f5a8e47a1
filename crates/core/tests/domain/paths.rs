//! Paths: any bytes but NUL, each with one spelling; and what of a text a terminal may see.

use framboise_core::text::{FilePath, last_lines, visible};
use proptest::prelude::*;

#[test]
fn paths_are_spelled_so_that_people_can_read_them() {
    let table: [(&[u8], &str); 6] = [
        (b"/etc/motd", "/etc/motd"),
        ("/etc/caf\u{e9}".as_bytes(), "/etc/café"),
        (b"/etc/caf\xe9", "/etc/caf\\xe9"),
        (b"/etc/a\\b", "/etc/a\\\\b"),
        (b"/etc/\\xe9", "/etc/\\\\xe9"),
        (b"", ""),
    ];
    for (bytes, spelled) in table {
        let path = FilePath::from_bytes(bytes);
        assert_eq!((path.as_str(), path.to_bytes().as_slice()), (spelled, bytes));
    }
}

#[test]
fn a_second_spelling_is_refused() {
    for text in ["\\", "/etc/\\", "\\x41", "\\x4", "\\xzz", "\\x+f", "\\xc3\\xa9", "\\xE9", "\\n", "a\0b"] {
        let json = serde_json::to_string(text).unwrap();
        assert!(serde_json::from_str::<FilePath>(&json).is_err(), "{text:?}");
    }
}

#[test]
fn parents_lead_up_to_the_root() {
    let parents = |path: &str| FilePath::from(path).parents().map(|parent| parent.to_string()).collect::<Vec<_>>();
    assert_eq!(parents("/etc/apt/sources.list"), ["/etc/apt", "/etc"]);
    assert_eq!(parents("/etc"), [""; 0]);
}

#[test]
fn nothing_shown_acts_on_a_terminal() {
    assert_eq!(visible("a\u{1b}[2J\r\u{9b}\u{7f}\u{202e}\u{61c}\u{2028}b\n\tc"), {
        "a\\u{1b}[2J\\u{d}\\u{9b}\\u{7f}\\u{202e}\\u{61c}\\u{2028}b⏎ c"
    });
    assert_eq!(visible("Größe: 3 → 4 日本"), "Größe: 3 → 4 日本");
}

#[test]
fn the_last_lines_are_the_last_ones() {
    assert_eq!(last_lines("a\n\nb\n \nc\u{7}\n", 2), "b\nc\\u{7}");
    assert_eq!(last_lines(&format!("{}x", "é".repeat(3_000)), 1), format!("{}x", "é".repeat(1_999)));
    assert_eq!(last_lines("", 3), "");
}

proptest! {
    #[test]
    fn any_path_comes_back_byte_for_byte(bytes in path_bytes()) {
        let path = FilePath::from_bytes(&bytes);
        prop_assert_eq!(path.to_bytes(), bytes);
        let json = serde_json::to_string(&path).unwrap();
        prop_assert_eq!(serde_json::from_str::<FilePath>(&json).unwrap(), path);
    }

    #[test]
    fn any_text_is_refused_or_is_the_one_spelling(text in "[\\\\x0-9a-f+é/]{0,8}|.{0,8}") {
        let json = serde_json::to_string(&text).unwrap();
        if let Ok(path) = serde_json::from_str::<FilePath>(&json) {
            prop_assert_eq!(path.as_str(), text);
            prop_assert_eq!(FilePath::from_bytes(&path.to_bytes()), path);
        }
    }

    #[test]
    fn a_shown_text_has_no_control_characters(text in any::<String>(), bytes in path_bytes()) {
        prop_assert!(!visible(&text).contains(char::is_control));
        prop_assert!(!FilePath::from_bytes(&bytes).to_string().contains(char::is_control));
        prop_assert!(!last_lines(&text, 3).contains(|c: char| c.is_control() && c != '\n'));
        prop_assert!(last_lines(&text, 3).lines().count() <= 3);
    }
}

/// Any bytes but NUL, many of them at the seams of UTF-8 and of the spelling.
fn path_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![1_u8..=255, prop::sample::select(b"\\x/0e9\xc3\xa9\xe2\x82\xac\xf0\n".to_vec())];
    prop::collection::vec(byte, 0..24)
}
