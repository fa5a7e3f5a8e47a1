//! What is known of a .deb and kept beside it: a text with its digest before it, for a card forgets.

use framboise_core::digest::Digest;
use std::fs;
use std::path::Path;

/// A text with its digest before it.
pub fn sealed(text: &str) -> String {
    format!("{}\n{text}", Digest::of(text.as_bytes()))
}

/// The text in a file, if it is the one that its digest was taken of.
pub fn read(path: &Path) -> Option<String> {
    let kept = fs::read_to_string(path).ok()?;
    let (digest, text) = kept.split_once('\n')?;
    (digest.parse() == Ok(Digest::of(text.as_bytes()))).then(|| text.to_owned())
}
