//! Devices by name: sorted as people sort, and found though misspelt.

use std::cmp::Ordering;

/// Names less alike than this (Jaro-Winkler, 1 is equal) are no help.
const LIKENESS_MIN: f64 = 0.75;

/// How many near names are worth reading.
const NEAR_NAMES_MAX: usize = 3;

/// The order in which people sort: `kiosk-2` before `kiosk-10`, capitals aside.
///
/// ```
/// use framboise_fleet::names::natural_order;
/// let mut names = ["kiosk-10", "Kiosk-2", "kiosk-1"];
/// names.sort_by(|a, b| natural_order(a, b));
/// assert_eq!(names, ["kiosk-1", "Kiosk-2", "kiosk-10"]);
/// ```
pub fn natural_order(left: &str, right: &str) -> Ordering {
    let (mut a, mut b) = (left, right);
    while !a.is_empty() && !b.is_empty() {
        let ((piece_a, rest_a), (piece_b, rest_b)) = (first_piece(a), first_piece(b));
        let order = compare_pieces(piece_a, piece_b);
        if order != Ordering::Equal {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    // Names that differ in capitals or leading zeros alone still need one order.
    a.len().cmp(&b.len()).then_with(|| left.cmp(right))
}

/// The known names that are most like this one, best first.
pub fn near<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut rated: Vec<(f64, &str)> = known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&name, &known.to_lowercase()), known))
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    rated.sort_by(|(a, name_a), (b, name_b)| b.total_cmp(a).then_with(|| natural_order(name_a, name_b)));
    rated.dedup_by(|(_, a), (_, b)| a == b);
    rated.into_iter().take(NEAR_NAMES_MAX).map(|(_, name)| name).collect()
}

/// A run of digits, or one character that is none.
fn first_piece(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let end = if digits > 0 { digits } else { text.chars().next().map_or(0, char::len_utf8) };
    text.split_at(end)
}

fn compare_pieces(left: &str, right: &str) -> Ordering {
    let is_number = |piece: &str| piece.starts_with(|character: char| character.is_ascii_digit());
    if is_number(left) && is_number(right) {
        let (left, right) = (left.trim_start_matches('0'), right.trim_start_matches('0'));
        left.len().cmp(&right.len()).then_with(|| left.cmp(right))
    } else {
        left.to_lowercase().cmp(&right.to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn misspelt_names_are_recognised() {
        let known = ["kiosk-1", "kiosk-2", "greenhouse", "lobby-sign"];
        assert_eq!(near("kiosk1", known), ["kiosk-1", "kiosk-2"]);
        assert_eq!(near("grenhouse", known), ["greenhouse"]);
        assert!(near("xyz", known).is_empty());
    }

    proptest! {
        #[test]
        fn is_a_total_order(a in "[a-cA-C0-2-]{0,6}", b in "[a-cA-C0-2-]{0,6}", c in "[a-cA-C0-2-]{0,6}") {
            prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
            prop_assert_eq!(natural_order(&a, &b) == Ordering::Equal, a == b);
            if natural_order(&a, &b) != Ordering::Greater && natural_order(&b, &c) != Ordering::Greater {
                prop_assert_ne!(natural_order(&a, &c), Ordering::Greater);
            }
        }
    }
}
