//! What was probably meant by a text that names no package, and what a .deb file's path or address looks like.

use crate::debian::PackageName;
use crate::text::visible;

/// What it is not, and what to write instead, to follow "is not".
pub(super) fn for_package(text: &str) -> String {
    const NAME: &str = "a package name";
    if text.is_empty() {
        "a package name; write one, such as vim".to_owned()
    } else if text.starts_with('-') {
        format!("{NAME}: options are not taken; write names only, such as vim")
    } else if has_any(text, ";&|`<>\"'\\!") || text.contains("$(") || text.contains("${") {
        format!("{NAME}: nothing here goes through a shell; write names only, such as vim")
    } else if text.starts_with(['~', '?', '^']) || text.contains('~') || has_any(text, "*?[]^$(){}") {
        format!("{NAME}: apt's patterns are not taken; write the full name")
    } else if text.contains(|character: char| character == ',' || character.is_whitespace()) {
        "one package; write one a line".to_owned()
    } else if text.contains('/') {
        format!("{NAME}: of paths only those of .deb files are taken, such as ./x.deb")
    } else if text.ends_with(".deb") {
        format!("{NAME}; for the file write ./{}", visible(text))
    } else if let Some(name) = lower_case_name(text) {
        format!("{NAME}: those are in lower case; write {name}")
    } else if text.ends_with("--") {
        format!("{NAME}: one - at the end removes the package, two are too many")
    } else {
        format!("{NAME}: those have at least two characters, lower-case letters, digits and + - . only")
    }
}

/// The same for the removal of what no system does without.
pub(super) fn for_needed(name: &PackageName) -> String {
    format!(
        "a package that can go: a - at the end removes, and no system runs without {name}; write the name that you mean"
    )
}

/// The same for what follows `name=`.
pub(super) fn for_version(version: &str) -> String {
    if has_any(version, "*?[") {
        "name=version: versions with * ? [ are not taken; write the full version".to_owned()
    } else {
        "name=version: a version starts with a digit, has letters, digits and . + - ~ : only, and no - at its end"
            .to_owned()
    }
}

pub(super) fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// `http://host/path.deb`, printable ASCII as RFC 3986 has it, perhaps with a query.
pub(super) fn is_deb_url(text: &str) -> bool {
    let Some((host, path)) = text
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        .and_then(|(_, rest)| rest.split_once('/'))
    else {
        return false;
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
    !host.is_empty() && !host.contains(['?', '#']) && is_printable && path.ends_with(".deb")
}

/// A path that reads the same in every place it goes through: no blank, nothing hidden, no glob.
pub(super) fn is_deb_path(text: &str) -> bool {
    let is_plain = visible(text) == text && !text.contains(char::is_whitespace) && !has_any(text, "*?[");
    is_plain && !text.starts_with(['-', '#', '@', '~']) && text.contains('/') && text.ends_with(".deb")
}

fn lower_case_name(text: &str) -> Option<PackageName> {
    let lower = text.to_ascii_lowercase();
    lower.parse().ok().filter(|_| lower != text)
}

fn has_any(text: &str, characters: &str) -> bool {
    text.contains(|character| characters.contains(character))
}
