//! The operators of a device, as root lists them in `/etc/framboise/operators`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::VerifyingKey;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A person who may give orders, known by a key.
///
/// As text, and so in JSON: its line in the file, `NAME ed25519:KEY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// Their name, one word, for receipts and logs.
    pub name: String,
    /// Their Ed25519 public key.
    pub key: VerifyingKey,
}

/// Everybody a device follows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operators(Vec<Operator>);

/// A line of the file that is not an operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected `NAME ed25519:KEY`, as `framboise keys show` prints it, found {found:?}")]
pub struct OperatorsError {
    /// The line, from 1.
    pub line: usize,
    /// What it says.
    pub found: String,
}

impl Operators {
    /// Reads the file's text: one `NAME ed25519:KEY` a line; blank lines and `#` comments are skipped.
    ///
    /// # Errors
    /// At the first line that is none: a list half understood is not a list of whom to trust.
    pub fn parse(text: &str) -> Result<Self, OperatorsError> {
        text.lines()
            .enumerate()
            .map(|(at, line)| (at + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
            .map(|(line, text)| {
                operator(text).ok_or_else(|| OperatorsError { line, found: crate::text::visible(text) })
            })
            .collect::<Result<Vec<_>, _>>()
            .map(Operators)
    }

    /// The operators.
    pub fn list(&self) -> &[Operator] {
        &self.0
    }
}

impl std::fmt::Display for Operator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ed25519:{}", self.name, super::public_key_text(&self.key))
    }
}

impl Serialize for Operator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Operator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let line = String::deserialize(deserializer)?;
        operator(&line).ok_or_else(|| D::Error::custom("expected `NAME ed25519:KEY`"))
    }
}

fn operator(line: &str) -> Option<Operator> {
    let mut words = line.split_whitespace();
    let (name, key, None) = (words.next()?, words.next()?, words.next()) else { return None };
    let bytes = URL_SAFE_NO_PAD.decode(key.strip_prefix("ed25519:")?).ok()?;
    let key = VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok()?;
    (!key.is_weak()).then(|| Operator { name: name.to_owned(), key })
}
