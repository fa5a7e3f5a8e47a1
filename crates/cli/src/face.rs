//! Where words go: data to standard output, talk to standard error, JSON in place of data when asked for.

use crate::arguments::Global;
use crate::problem::Problem;
use crate::table::folded;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use std::io::{IsTerminal as _, Write as _};

/// The version of everything that `--json` prints. It grows when something is renamed or removed.
pub const JSON_VERSION: u32 = 1;

/// Longer lines are hard to read, however wide the window.
const WIDTH_MAX: usize = 110;

/// No window is taken to be narrower: some words alone would not fit.
const WIDTH_MIN: usize = 40;

/// Secondary words.
pub const DIM: Style = Style::new().dimmed();
/// What a line is about.
pub const BOLD: Style = Style::new().bold();
/// Well done.
pub const GREEN: Style = AnsiColor::Green.on_default();
/// A person is needed.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Wrong.
pub const RED: Style = AnsiColor::Red.on_default().bold();

/// The terminal, file or pipe in front of us.
#[derive(Debug, Clone, Copy)]
pub struct Face {
    global: Global,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

/// An object of `--json` with the version that its reader goes by.
#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    value: &'a T,
}

impl Face {
    pub fn new(global: Global) -> Self {
        let stdout_is_terminal = std::io::stdout().is_terminal();
        Face { global, stdout_is_terminal, stderr_is_terminal: std::io::stderr().is_terminal() }
    }

    pub fn is_json(&self) -> bool {
        self.global.json
    }

    pub fn is_verbose(&self) -> bool {
        self.global.verbose
    }

    pub fn is_quiet(&self) -> bool {
        self.global.quiet
    }

    /// How wide a text may be that is to be read line by line; endless where nobody looks at it.
    pub fn width(&self) -> usize {
        if self.stdout_is_terminal { self.window().min(WIDTH_MAX) } else { usize::MAX }
    }

    /// How wide a line of data may be; endless where nobody looks at it.
    pub fn window(&self) -> usize {
        if self.stdout_is_terminal { columns(&console::Term::stdout()) } else { usize::MAX }
    }

    /// Whether bars and spinners can be drawn.
    pub fn is_live(&self) -> bool {
        self.stderr_is_terminal && !self.global.quiet && !self.global.json && !is_dumb()
    }

    /// Whether events are told a line each.
    pub fn tells_lines(&self) -> bool {
        let has_bars = self.stdout_is_terminal && self.is_live();
        !(self.global.json || self.global.quiet || has_bars)
    }

    /// A line of what was asked for.
    pub fn data(&self, line: &str) {
        self.exact_data(&folded(line, self.window()));
    }

    /// A line of what was asked for that is copied as it stands, and therefore one line in any window.
    pub fn exact_data(&self, line: &str) {
        if !self.global.json {
            // Who closed the pipe wants no more lines; what was begun on devices is seen through all the same.
            let _ = writeln!(anstream::stdout(), "{line}");
        }
    }

    /// A line that is good to know.
    pub fn talk(&self, line: &str) {
        if !self.global.quiet {
            let _ = writeln!(anstream::stderr(), "{}", for_stderr(line));
        }
    }

    /// A line that nobody is spared, whatever was asked for.
    pub fn warning(&self, line: &str) {
        let _ = writeln!(anstream::stderr(), "{}", for_stderr(line));
    }

    /// A line of what failed, which nobody is spared; in JSON it stands in the document.
    pub fn failure(&self, line: &str) {
        if !self.global.json {
            let _ = writeln!(anstream::stderr(), "{}", for_stderr(line));
        }
    }

    /// An object, when JSON was asked for; one line, so that a stream of them is one object a line.
    pub fn json(&self, value: &impl Serialize) {
        if self.global.json
            && let Ok(text) = serde_json::to_string(&Versioned { version: JSON_VERSION, value })
        {
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// A problem for scripts alone: people have been told already.
    pub fn problem_as_json(&self, problem: &Problem) {
        self.json(&serde_json::json!({ "error": problem }));
    }

    /// What went wrong, and what now.
    pub fn problem(&self, problem: &Problem) {
        self.problem_as_json(problem);
        let mut lines = vec![format!("{RED}error{RED:#}: {}", problem.message)];
        lines.extend(problem.details.iter().map(|line| format!("  {line}")));
        lines.extend(problem.next_step.iter().map(|hint| format!("{GREEN}hint{GREEN:#}: {}", sentence(hint))));
        for line in lines {
            let _ = writeln!(anstream::stderr(), "{}", for_stderr(&line));
        }
    }
}

/// The line as it stands in the terminal that errors go to; as it is where that is none.
pub fn for_stderr(line: &str) -> String {
    if std::io::stderr().is_terminal() { folded(line, columns(&console::Term::stderr())) } else { line.to_owned() }
}

fn columns(terminal: &console::Term) -> usize {
    usize::from(terminal.size().1).max(WIDTH_MIN)
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Hints come from many places, some as sentences, some as the rest of one.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The text in a style.
pub fn styled(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}
