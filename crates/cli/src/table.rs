//! Columns that line up, whatever script the cells are in.

use unicode_width::UnicodeWidthStr as _;

/// Between columns.
const GAP: usize = 3;

/// Before what stands below a row, for want of room in it.
const BELOW_AT: usize = 4;

/// A line that goes on goes on so much further in.
const FURTHER_IN: usize = 2;

/// A table as a window has room for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Fitted {
    /// The lines of each row.
    pub rows: Vec<Vec<String>>,
    /// The columns that found no room.
    pub left_out: Vec<usize>,
}

/// The rows with columns that line up, in lines of at most this width. Where rows find no room, so many columns of `spare` are
/// left out, the first first, that the fewest do not; the last cells of those go below them, broken between words.
pub fn fitted<const N: usize>(rows: &[[String; N]], width: usize, spare: &[usize]) -> Fitted {
    let all = widths(rows);
    let without = |count: usize| {
        let mut widths = all;
        let mut left_out = Vec::new();
        for column in spare.iter().take(count) {
            if let Some(shown) = widths.get_mut(*column).filter(|shown| **shown > 0) {
                *shown = 0;
                left_out.push(*column);
            }
        }
        left_out.sort_unstable();
        (widths, left_out)
    };
    let without_room = |count: &usize| {
        let (widths, _) = without(*count);
        rows.iter().filter(|row| row_width(row, &widths, N) > width).count()
    };
    let (widths, left_out) = without((0..=spare.len()).min_by_key(without_room).unwrap_or(0));
    Fitted { rows: rows.iter().map(|row| row_lines(row, &widths, width)).collect(), left_out }
}

/// As many of the first cells beside each other as there is room for, all others below them.
fn row_lines<const N: usize>(row: &[String; N], widths: &[usize; N], width: usize) -> Vec<String> {
    let beside = (1..=N).rev().find(|count| row_width(row, widths, *count) <= width).unwrap_or(1);
    let (room, indent) = (width.saturating_sub(BELOW_AT), " ".repeat(BELOW_AT));
    let mut below: Vec<String> = Vec::new();
    let rest = row.iter().zip(widths).skip(beside).filter(|(cell, width)| **width > 0 && !cell.is_empty());
    for (cell, _) in rest {
        match below.last_mut() {
            Some(last) if last.width() + GAP + cell.width() <= room => {
                *last = format!("{last}{}{cell}", " ".repeat(GAP));
            }
            Some(_) | None => below.extend(wrapped(cell, room)),
        }
    }
    let below = below.iter().map(|text| format!("{indent}{text}"));
    std::iter::once(line(row, widths, beside)).chain(below).collect()
}

/// How wide the first so many cells of a row are, no blanks behind the last one.
fn row_width<const N: usize>(row: &[String; N], widths: &[usize; N], beside: usize) -> usize {
    let (mut width, mut at) = (0, 0);
    for (cell, column) in row.iter().zip(widths).take(beside).filter(|(_, column)| **column > 0) {
        if !cell.is_empty() {
            width = at + cell.width();
        }
        at += column + GAP;
    }
    width
}

fn widths<const N: usize>(rows: &[[String; N]]) -> [usize; N] {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    widths
}

/// The first so many cells of a row.
fn line<const N: usize>(row: &[String; N], widths: &[usize; N], beside: usize) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths).take(beside).filter(|(_, width)| **width > 0) {
        line.push_str(&padded(cell, width + GAP));
    }
    line.trim_end().to_owned()
}

/// The text, followed by blanks up to this width.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The text in lines of at most this width, broken between words; a longer word stays whole, and so does a command, which
/// would be another one in two lines.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in words(text) {
        let Some(line) = lines.last_mut() else { break };
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The line, which may be styled, in lines of at most this width, broken between words; what goes on stands further in.
/// Blanks between words stay as they are, and so does a command.
pub fn folded(line: &str, width: usize) -> String {
    if shown_width(line) <= width {
        return line.to_owned();
    }
    let further_in = plain(line).chars().take_while(|character| *character == ' ').count() + FURTHER_IN;
    let (mut folded, mut at, mut blanks, mut has_word) = (String::new(), 0, 0, false);
    for (place, word) in words(line).into_iter().enumerate() {
        blanks += usize::from(place > 0);
        if word.is_empty() {
            continue;
        }
        let width_of_word = shown_width(word);
        if has_word && at + blanks + width_of_word > width {
            folded.push('\n');
            (at, blanks) = (0, further_in);
        }
        folded.extend(std::iter::repeat_n(' ', blanks));
        folded.push_str(word);
        (at, blanks, has_word) = (at + blanks + width_of_word, 0, true);
    }
    folded
}

/// The words of a line; from the name of this program on it is one, for a command is copied.
fn words(line: &str) -> Vec<&str> {
    let mut words: Vec<&str> = line.split(' ').collect();
    let is_program = |word: &&str| plain(word).trim_start_matches('`') == "framboise";
    if let Some(place) = words.iter().position(is_program) {
        let before: usize = words.iter().take(place).map(|word| word.len() + 1).sum();
        words.truncate(place);
        words.extend(line.get(before..));
    }
    words
}

/// How wide a text is in a terminal, where styles take no room.
fn shown_width(text: &str) -> usize {
    plain(text).width()
}

/// The text without styles; each ends with its first `m`.
fn plain(text: &str) -> String {
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().to_owned();
    first + &pieces.filter_map(|piece| piece.split_once('m')).map(|(_, shown)| shown).collect::<String>()
}

/// The text, shortened to this width if need be.
pub fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for character in text.chars() {
        let mut longer = short.clone();
        longer.push(character);
        if longer.width() + 1 > width {
            break;
        }
        short = longer;
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_empty_ones_vanish() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        let rows = [row(["kiosk-1", "", "fine"]), row(["日本", "", "not reached"])];
        assert_eq!(fitted(&rows, usize::MAX, &[]).rows.concat(), ["kiosk-1   fine", "日本      not reached"]);
    }

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrapped("a way back for all", 10), ["a way back", "for all"]);
        assert_eq!(wrapped("unbreakable a", 4), ["unbreakable", "a"]);
        assert_eq!(wrapped("", 4), [""]);
    }

    #[test]
    fn a_narrow_window_has_spare_columns_left_out_and_the_rest_below() {
        let row = |cells: [&str; 4]| cells.map(str::to_owned);
        let rows =
            [row(["kiosk-1", "12 packages", "after kiosk.txt", "pinned"]), row(["kiosk-10", "1 package", "", ""])];
        let lines = |width: usize, spare: &[usize]| {
            let Fitted { rows, left_out } = fitted(&rows, width, spare);
            (rows.into_iter().map(|lines| lines.join("|")).collect::<Vec<_>>(), left_out)
        };
        let wide = ["kiosk-1    12 packages   after kiosk.txt   pinned", "kiosk-10   1 package"];
        assert_eq!(lines(49, &[1]), (wide.map(str::to_owned).to_vec(), vec![]));
        let middle = ["kiosk-1    after kiosk.txt   pinned", "kiosk-10"];
        assert_eq!(lines(48, &[1]), (middle.map(str::to_owned).to_vec(), vec![1]));
        // To leave a column out would give no row room: none is.
        let narrow = ["kiosk-1|    12 packages|    after kiosk.txt|    pinned", "kiosk-10   1 package"];
        assert_eq!(lines(20, &[1]), (narrow.map(str::to_owned).to_vec(), vec![]));
        let below = ["kiosk-1    12 packages|    after kiosk.txt   pinned", "kiosk-10   1 package"];
        assert_eq!(lines(30, &[]), (below.map(str::to_owned).to_vec(), vec![]));
    }

    #[test]
    fn lines_are_folded_between_words() {
        assert_eq!(folded("  kiosk-1  its check failed", 20), "  kiosk-1  its check\n    failed");
        assert_eq!(folded("a   b", 5), "a   b");
        assert_eq!(folded("\u{1b}[1mkiosk-1\u{1b}[0m is up", 13), "\u{1b}[1mkiosk-1\u{1b}[0m is up");
        assert_eq!(folded("\u{1b}[1mkiosk-1\u{1b}[0m is up", 12), "\u{1b}[1mkiosk-1\u{1b}[0m is\n  up");
        assert_eq!(folded("\u{1b}[2m  is it up\u{1b}[0m", 7), "\u{1b}[2m  is it\n    up\u{1b}[0m");
        assert_eq!(folded("unbreakable a", 4), "unbreakable\n  a");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shortened("unpacking chromium", 10), "unpacking…");
        assert_eq!(shortened("short", 10), "short");
    }
}
