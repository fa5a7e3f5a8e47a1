//! What is wrong with an update file, told so that a person can mend it in one go.

use crate::text::visible;
use serde::{Deserialize, Serialize};

/// How much of a wrong text is shown: enough to know it again.
const SHOWN_CHARS_MAX: usize = 80;

/// Everything that is wrong with one update file. Its text has a line for each problem: `kiosk.txt:3:1: "-foo" is not …`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateFileError {
    /// The file's name, or what stands for it.
    pub source_name: String,
    /// By place; never empty.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What was there, as it was there: show it through [`visible`]. Empty when something is missing.
    pub found: String,
    /// What should be there, and what to do about it.
    pub expected: String,
}

impl Problem {
    /// A problem at a place (line, column).
    pub(super) fn at((line, column): (usize, usize), found: &str, expected: impl Into<String>) -> Self {
        Problem { line, column, found: found.to_owned(), expected: expected.into() }
    }
}

impl UpdateFileError {
    pub(super) fn new(source_name: &str, mut problems: Vec<Problem>) -> Self {
        problems.sort();
        problems.dedup();
        UpdateFileError { source_name: source_name.to_owned(), problems }
    }
}

impl std::error::Error for UpdateFileError {}

impl std::fmt::Display for UpdateFileError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, problem) in self.problems.iter().enumerate() {
            let separator = if at == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{problem}", visible(&self.source_name))?;
        }
        Ok(())
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Problem { line, column, found, expected } = self;
        if found.is_empty() {
            return write!(f, "{line}:{column}: expected {expected}");
        }
        write!(f, "{line}:{column}: {} is not {expected}", quoted(found))
    }
}

/// A text in quotes, shortened, with nothing in it that a terminal would act on.
pub(super) fn quoted(text: &str) -> String {
    let mut characters = text.chars();
    let start: String = characters.by_ref().take(SHOWN_CHARS_MAX).collect();
    let more = if characters.next().is_some() { "…" } else { "" };
    format!("\"{}{more}\"", visible(&start))
}
