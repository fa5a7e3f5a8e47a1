//! Why a request came to nothing, in the system's own words.

use std::error::Error;

const NO_ANSWER: &str = "no answer in time";

/// The innermost cause (connection refused), without what HTTP made of it: the layers above it repeat the address.
pub(crate) fn of(error: &reqwest::Error) -> String {
    if error.is_timeout() { NO_ANSWER.to_owned() } else { innermost(error) }
}

/// The same of a connection that reqwest knows nothing of.
pub(crate) fn of_io(error: &std::io::Error) -> String {
    if error.kind() == std::io::ErrorKind::TimedOut { NO_ANSWER.to_owned() } else { innermost(error) }
}

fn innermost(mut error: &dyn Error) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
