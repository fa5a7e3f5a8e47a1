//! Text from elsewhere: paths that need not be UTF-8, and words that must not move a terminal's cursor.

use serde::{Deserialize, Serialize};

/// A path or link target on a device, any bytes but NUL: written as UTF-8 with `\xNN` for bytes that are none and `\\`
/// for a backslash, so that each path has one spelling and comes back byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FilePath(String);

impl FilePath {
    /// The spelling of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut spelled = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            spelled.push_str(&chunk.valid().replace('\\', "\\\\"));
            spelled.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
        }
        FilePath(spelled)
    }

    /// The bytes it stands for.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.len());
        let mut rest = self.0.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            let (byte, tail) = match (first, tail) {
                (b'\\', [b'x', digits @ ..]) => escaped_byte(digits).unwrap_or((first, tail)),
                (b'\\', [b'\\', after @ ..]) => (b'\\', after),
                _ => (first, tail),
            };
            bytes.push(byte);
            rest = tail;
        }
        bytes
    }

    /// The spelling.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn escaped_byte(digits: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, rest) = digits.split_at_checked(2)?;
    let byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    Some((byte, rest))
}

impl From<&str> for FilePath {
    fn from(text: &str) -> Self {
        FilePath::from_bytes(text.as_bytes())
    }
}

impl std::fmt::Display for FilePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&visible(&self.0))
    }
}

/// The text with control characters (C0, DEL, C1) and bidirectional controls shown as `\u{…}`, so that what a package's
/// script prints can neither move the cursor nor reorder a line. Newlines and tabs become visible too.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('⏎'),
            '\t' => shown.push(' '),
            _ if is_hidden(character) => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// The last lines of a longer text, each made [`visible`]; at most `lines` of them and 2,000 characters in all.
pub fn last_lines(text: &str, lines: usize) -> String {
    let kept: Vec<String> =
        text.lines().rev().filter(|line| !line.trim().is_empty()).take(lines).map(visible).collect();
    let joined = kept.into_iter().rev().collect::<Vec<_>>().join("\n");
    let excess = joined.chars().count().saturating_sub(2_000);
    joined.chars().skip(excess).collect()
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
