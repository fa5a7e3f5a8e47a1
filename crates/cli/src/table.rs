//! Columns that line up, whatever script the cells are in.

use unicode_width::UnicodeWidthStr as _;

/// Between columns.
const GAP: usize = 3;

/// The rows with every column as wide as its widest cell; no blanks at the end of a line.
pub fn aligned<const N: usize>(rows: &[[String; N]]) -> Vec<String> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    rows.iter().map(|row| line(row, &widths)).collect()
}

fn line<const N: usize>(row: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths).filter(|(_, width)| **width > 0) {
        line.push_str(&padded(cell, width + GAP));
    }
    line.trim_end().to_owned()
}

/// The text, followed by blanks up to this width.
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// The text in lines of at most this width, broken between words; a longer word stays whole.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
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
        assert_eq!(aligned(&rows), ["kiosk-1   fine", "日本      not reached"]);
    }

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrapped("a way back for all", 10), ["a way back", "for all"]);
        assert_eq!(wrapped("unbreakable a", 4), ["unbreakable", "a"]);
        assert_eq!(wrapped("", 4), [""]);
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!(shortened("unpacking chromium", 10), "unpacking…");
        assert_eq!(shortened("short", 10), "short");
    }
}
