//! Versions and their order.

use super::validated_text;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// A package's version, `[epoch:]upstream[-revision]`, ordered as dpkg orders (Debian policy 5.6.12).
///
/// Equality is that of the text, which is what an exact rollback needs: `1.0` and `1.00` are two versions. The order
/// falls back to the text where dpkg sees no difference, so that the two agree.
///
/// ```
/// use framboise_core::debian::Version;
/// let version = |text: &str| text.parse::<Version>().unwrap();
/// assert!(version("1.0~rc1") < version("1.0"));
/// assert!(version("1:0.9") > version("2.0"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(String);

validated_text!(Version, "a version (starts with a digit; then letters, digits and . + - ~ : only)", is_version);

fn is_version(text: &str) -> bool {
    let (epoch, upstream, _) = parts(text);
    (1..=256).contains(&text.len())
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".+:~-".contains(&byte))
        && !text.ends_with(['-', ':'])
        && !upstream.is_empty()
        && is_epoch(epoch)
}

/// dpkg's limit is that of C's `int`.
fn is_epoch(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<i32>().is_ok()
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let (epoch, upstream, revision) = parts(&self.0);
        let (other_epoch, other_upstream, other_revision) = parts(&other.0);
        compare_numbers(epoch, other_epoch)
            .then_with(|| compare_part(upstream, other_upstream))
            .then_with(|| compare_part(revision, other_revision))
            .then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parts(text: &str) -> (&str, &str, &str) {
    let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
    (epoch, upstream, revision)
}

/// Runs of non-digits by dpkg's own letter order, runs of digits by number, in turn.
fn compare_part(mut left: &str, mut right: &str) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let (left_word, left_rest) = split_run(left, |byte| !byte.is_ascii_digit());
        let (right_word, right_rest) = split_run(right, |byte| !byte.is_ascii_digit());
        let (left_number, left_rest) = split_run(left_rest, |byte| byte.is_ascii_digit());
        let (right_number, right_rest) = split_run(right_rest, |byte| byte.is_ascii_digit());
        let order = compare_words(left_word, right_word).then_with(|| compare_numbers(left_number, right_number));
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

fn split_run(text: &str, belongs: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len()))
}

/// `~` before the end, the end before letters, letters before the rest.
fn compare_words(left: &str, right: &str) -> Ordering {
    let weight = |byte: Option<u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(byte),
        Some(byte) => i32::from(byte) + 256,
    };
    let (left, right) = (left.as_bytes(), right.as_bytes());
    (0..left.len().max(right.len()))
        .map(|at| weight(left.get(at).copied()).cmp(&weight(right.get(at).copied())))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

/// Decimal numbers of any length, without turning them into integers.
fn compare_numbers(left: &str, right: &str) -> Ordering {
    let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}
