//! Architectures.

use super::validated_text;
use serde::{Deserialize, Serialize};

/// A Debian architecture such as `arm64`, `armhf`, or `all` (Debian policy 5.6.8): `[a-z0-9][a-z0-9-]*`. What stands for
/// several (`any`, `linux-any`) or for whichever the device has (`native`) is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Architecture(String);

validated_text!(Architecture, "an architecture (such as arm64, armhf or all)", is_architecture);

impl Architecture {
    /// Whether the package runs on every architecture.
    pub fn is_all(&self) -> bool {
        self.0 == "all"
    }
}

fn is_architecture(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (2..=32).contains(&text.len())
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().next_back().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || byte == b'-')
        && text != "native"
        && text.split('-').all(|word| word != "any")
}
