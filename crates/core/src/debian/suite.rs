//! Suites.

use super::validated_text;
use serde::{Deserialize, Serialize};

/// A suite or codename after a slash, such as `bookworm-backports`: `[a-z0-9][a-z0-9.+~_-]*` (apt-get(8), `pkg/release`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Suite(String);

validated_text!(Suite, "a suite (such as bookworm-backports)", is_suite);

fn is_suite(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=64).contains(&text.len())
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || b".+~_-".contains(&byte))
        && !text.ends_with('-')
}
