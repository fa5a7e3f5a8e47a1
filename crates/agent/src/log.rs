//! Lines on stderr for the journal, each with its priority in front (sd-daemon(3)); plain where a person looks on.

use framboise_core::text::visible;
use std::io::{IsTerminal as _, Write as _};

/// Something that somebody should mend.
pub fn error(text: &str) {
    line(3, text);
}

/// Something out of the ordinary.
pub fn warning(text: &str) {
    line(4, text);
}

/// What happened.
pub fn info(text: &str) {
    line(6, text);
}

fn line(priority: u8, text: &str) {
    let mut stderr = std::io::stderr().lock();
    let prefix = if stderr.is_terminal() { String::new() } else { format!("<{priority}>") };
    for part in text.lines() {
        // Where a log cannot be written, that cannot be logged either.
        let _ = stderr.write_all(format!("{prefix}{}\n", visible(part)).as_bytes());
    }
}
