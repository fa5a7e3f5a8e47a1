//! Reads the checks of the TOML form.

use super::document::Reader;
use super::{Check, CheckKind};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// What is tried; a check has one of them.
const KINDS: [&str; 4] = ["command", "http", "tcp", "unit"];

/// All that a check may hold.
const KEYS: [&str; 6] = ["command", "http", "tcp", "unit", "timeout_seconds", "retries"];

/// More would keep a device waiting for hours; one check may test many things.
const CHECKS_MAX: usize = 64;

/// Enough for a program with its options; a longer one belongs into a script.
const ARGUMENTS_MAX: usize = 64;

type Value<'i> = Spanned<DeValue<'i>>;

/// The checks under `checks`; what is wrong with them is noted by the reader.
pub(super) fn read(reader: &mut Reader<'_>, value: &Value<'_>) -> BTreeMap<String, Check> {
    let Some(table) = reader.table(value, "a table of checks: write [checks.NAME]") else { return BTreeMap::new() };
    if table.len() > CHECKS_MAX {
        reader.problem(value.span(), format!("within the limit of {CHECKS_MAX} checks"));
    }
    let checks =
        table.iter().filter_map(|(name, value)| Some((name.get_ref().to_string(), check(reader, name, value)?)));
    checks.collect()
}

fn check(reader: &mut Reader<'_>, name: &Spanned<DeString<'_>>, value: &Value<'_>) -> Option<Check> {
    if !is_check_name(name.get_ref()) {
        reader.problem(name.span(), "a check's name: letters, digits, - and _ only, at most 64");
    }
    let table = reader.table(value, "a check: write [checks.NAME] and below it one of command, http, tcp, unit")?;
    reader.only_keys(table, &KEYS);
    let kind = kind(reader, name, table);
    let timeout = number(reader, table, "timeout_seconds", Check::TIMEOUT_SECONDS, Check::TIMEOUT_SECONDS_DEFAULT);
    let retries = number(reader, table, "retries", Check::RETRIES, Check::RETRIES_DEFAULT);
    Some(Check { kind: kind?, timeout_seconds: timeout, retries })
}

fn kind(reader: &mut Reader<'_>, name: &Spanned<DeString<'_>>, table: &DeTable<'_>) -> Option<CheckKind> {
    let given: Vec<(&str, &Value<'_>)> = KINDS.iter().filter_map(|key| Some((*key, table.get(*key)?))).collect();
    match given.as_slice() {
        [] => {
            reader.problem(name.span(), "a whole check: add one of command, http, tcp, unit");
            None
        }
        [("command", value)] => command(reader, value).map(CheckKind::Command),
        [("http", value)] => {
            text(reader, value, "an address in quotes, such as \"http://localhost:80/\"").map(CheckKind::Http)
        }
        [("tcp", value)] => {
            text(reader, value, "a host and port in quotes, such as \"localhost:80\"").map(CheckKind::Tcp)
        }
        [(_, value)] => text(reader, value, "a unit in quotes, such as \"nginx.service\"").map(CheckKind::Unit),
        [first, second, ..] => {
            let expected = format!("one check: it has {} and {}; make them two", first.0, second.0);
            reader.problem(name.span(), expected);
            None
        }
    }
}

fn command(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Vec<String>> {
    const EXPECTED: &str =
        "a program and its arguments, each in quotes, such as [\"systemctl\", \"is-active\", \"nginx\"]";
    let arguments: Option<Vec<String>> = value
        .get_ref()
        .as_array()
        .and_then(|items| items.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect());
    let is_command = |arguments: &Vec<String>| {
        let starts_well = arguments.first().is_some_and(|program| !program.is_empty() && !program.starts_with('-'));
        starts_well && arguments.len() <= ARGUMENTS_MAX && arguments.iter().all(|argument| is_argument(argument))
    };
    let command = arguments.filter(is_command);
    if command.is_none() {
        reader.problem(value.span(), EXPECTED);
    }
    command
}

fn text<T: FromStr<Err = crate::debian::GrammarError>>(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    expected: &str,
) -> Option<T> {
    let Some(text) = value.get_ref().as_str() else {
        reader.problem(value.span(), expected);
        return None;
    };
    text.parse().map_err(|error: T::Err| reader.problem(value.span(), error.expected)).ok()
}

fn number<N>(reader: &mut Reader<'_>, table: &DeTable<'_>, key: &str, range: RangeInclusive<N>, default: N) -> N
where
    N: PartialOrd + std::fmt::Display + Copy + TryFrom<i64>,
{
    let Some(value) = table.get(key) else { return default };
    let given =
        value.get_ref().as_integer().and_then(|digits| i64::from_str_radix(digits.as_str(), digits.radix()).ok());
    let number = given.and_then(|given| N::try_from(given).ok()).filter(|number| range.contains(number));
    if number.is_none() {
        reader.problem(value.span(), format!("a whole number from {} to {}", range.start(), range.end()));
    }
    number.unwrap_or(default)
}

fn is_check_name(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=64).contains(&name.len()) && !name.starts_with('-') && name.bytes().all(is_word)
}

/// A script may have lines; anything else that a terminal would act on may not be in an argument.
fn is_argument(argument: &str) -> bool {
    argument.len() <= 4096 && !argument.contains(|c: char| c.is_control() && c != '\n' && c != '\t')
}
