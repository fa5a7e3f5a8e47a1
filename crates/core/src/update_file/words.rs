//! From text to words with their places, after what no update file may hold was refused.

use super::problem::Problem;
use super::{ENTRIES_MAX, TEXT_BYTES_MAX};

/// A piece of the text and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    pub line: usize,
    pub column: usize,
}

/// The text without its byte order mark, when it is short enough and holds no control characters.
pub(super) fn prepared(text: &str) -> Result<&str, Vec<Problem>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > TEXT_BYTES_MAX {
        let expected = format!("within the limit of {TEXT_BYTES_MAX} bytes; split the list");
        return Err(vec![Problem::at(place(text, TEXT_BYTES_MAX), &format!("{} bytes", text.len()), expected)]);
    }
    let problems: Vec<Problem> = numbered_lines(text).filter_map(|(number, line)| control_in(number, line)).collect();
    if problems.is_empty() { Ok(text) } else { Err(problems) }
}

/// The plain list: what each line holds beside blanks and comment.
pub(super) fn lines(text: &str) -> Vec<Word<'_>> {
    let words = numbered_lines(text).filter_map(|(line, content)| {
        let kept = without_comment(content).trim_end();
        let text = kept.trim_start();
        let column = kept.chars().count() - text.chars().count() + 1;
        (!text.is_empty()).then_some(Word { text, line, column })
    });
    words.take(ENTRIES_MAX + 1).collect()
}

/// The original's request: everything between blanks and commas.
pub(super) fn words(text: &str) -> Vec<Word<'_>> {
    let words = numbered_lines(text).flat_map(|(line, content)| words_of_line(line, without_comment(content)));
    words.take(ENTRIES_MAX + 1).collect()
}

/// Line and column, both from 1, of what starts at this byte.
pub(super) fn place(text: &str, byte: usize) -> (usize, usize) {
    let before = (0..=byte).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines())
}

fn words_of_line(line: usize, content: &str) -> impl Iterator<Item = Word<'_>> {
    let is_between = |character: char| character == ',' || character.is_whitespace();
    let mut column = 1;
    content.split_inclusive(is_between).filter_map(move |piece| {
        let start = column;
        column += piece.chars().count();
        let text = piece.trim_end_matches(is_between);
        (!text.is_empty()).then_some(Word { text, line, column: start })
    })
}

/// A `#` starts a comment at the start of a line or after a blank: elsewhere it may belong to a URL.
fn without_comment(line: &str) -> &str {
    let starts_comment =
        |at: &usize| line.get(..*at).is_none_or(|before| before.is_empty() || before.ends_with(char::is_whitespace));
    let start = line.match_indices('#').map(|(at, _)| at).find(starts_comment);
    start.and_then(|at| line.get(..at)).unwrap_or(line)
}

/// The first character of a line that would act on a terminal or reorder what is shown, comments included.
fn control_in(line: usize, content: &str) -> Option<Problem> {
    let (before, control) = (0..).zip(content.chars()).find(|(_, character)| *character != '\t' && acts(*character))?;
    let found = control.to_string();
    Some(Problem::at((line, before + 1), &found, "allowed in an update file: it is a control character; delete it"))
}

fn acts(character: char) -> bool {
    let is_bidi =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    character.is_control() || is_bidi
}
