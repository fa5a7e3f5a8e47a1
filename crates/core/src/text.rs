//! Text from elsewhere: paths that need not be UTF-8, and words that must not move a terminal's cursor.

use serde::{Deserialize, Serialize};

/// A path or link target on a device, any bytes but NUL: written as UTF-8 with `\xNN` for bytes that are none and `\\`
/// for a backslash, so that each path has one spelling and comes back byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(String);

/// A text that spells no path, or spells one in a second way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a path as Framboise spells it")]
pub struct FilePathError(String);

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

    /// What it lies in, and what that lies in, up to below `/`: `/a/b` and `/a` for `/a/b/c`.
    pub fn parents(&self) -> impl Iterator<Item = FilePath> {
        self.0
            .match_indices('/')
            .rev()
            .filter_map(|(at, _)| self.0.get(..at))
            .filter(|parent| !parent.is_empty())
            .map(|parent| FilePath(parent.to_owned()))
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

impl TryFrom<String> for FilePath {
    type Error = FilePathError;

    fn try_from(text: String) -> Result<Self, FilePathError> {
        let path = FilePath(text);
        let is_spelled_so = !path.0.contains('\0') && FilePath::from_bytes(&path.to_bytes()) == path;
        if is_spelled_so { Ok(path) } else { Err(FilePathError(path.0)) }
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> String {
        path.0
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
        || matches!(character, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{2069}' | '\u{feff}')
}
