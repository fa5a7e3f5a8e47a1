//! Checks: what must hold on a device after an update, or it rolls back.

use crate::debian::validated_text;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// One check, tried until it passes or its tries are used up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What is tried.
    #[serde(flatten)]
    pub kind: CheckKind,
    /// For one try.
    #[serde(deserialize_with = "timeout_in_range")]
    pub timeout_seconds: u16,
    /// Tries after the first.
    #[serde(deserialize_with = "retries_in_range")]
    pub retries: u8,
}

/// What a check tries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// This program with these arguments, no shell between, exits with 0.
    Command(Vec<String>),
    /// A GET of this address answers with a status from 200 to 399.
    Http(HttpUrl),
    /// This host and port accept a connection.
    Tcp(TcpTarget),
    /// This systemd unit is active.
    Unit(UnitName),
}

impl Check {
    /// How long one try may take: a check is part of an update, not a service of its own.
    pub const TIMEOUT_SECONDS: RangeInclusive<u16> = 1..=3600;
    /// How often it is tried again.
    pub const RETRIES: RangeInclusive<u8> = 0..=100;
    /// When the file names none.
    pub const TIMEOUT_SECONDS_DEFAULT: u16 = 10;
    /// When the file names none.
    pub const RETRIES_DEFAULT: u8 = 3;
}

/// An address that the device can fetch by itself: `http://host[:port]/path`. The root side speaks no TLS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HttpUrl(String);

validated_text!(
    HttpUrl,
    "an http:// address such as http://localhost:80/ (for https write command = [\"curl\", …])",
    |text: &str| http_parts(text).is_some()
);

impl HttpUrl {
    /// Host (without the brackets of an IPv6 address), port, and path with query.
    pub fn parts(&self) -> (&str, u16, &str) {
        http_parts(&self.0).unwrap_or(("", 0, "/"))
    }
}

/// A host and a port: `localhost:80`, `[::1]:80`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TcpTarget(String);

validated_text!(TcpTarget, "a host and port such as localhost:80", |text: &str| host_and_port(text).is_some());

impl TcpTarget {
    /// Host (without the brackets of an IPv6 address) and port.
    pub fn parts(&self) -> (&str, u16) {
        host_and_port(&self.0).unwrap_or(("", 0))
    }
}

/// A systemd unit's full name (systemd.unit(5)): `nginx.service`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitName(String);

validated_text!(UnitName, "a systemd unit with its suffix, such as nginx.service", is_unit);

fn http_parts(text: &str) -> Option<(&str, u16, &str)> {
    let rest = text.strip_prefix("http://").filter(|_| text.len() <= 2048)?;
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let is_sendable = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let (host, port) = host_and_port(authority).or_else(|| host(authority).map(|host| (host, 80)))?;
    is_sendable.then_some((host, port, path))
}

fn host_and_port(text: &str) -> Option<(&str, u16)> {
    let (before, port) = text.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.parse().ok().filter(|port| is_number && *port != 0)?;
    Some((host(before)?, port))
}

/// A host's name or IPv4 address as it is, an IPv6 address in brackets.
fn host(text: &str) -> Option<&str> {
    if let Some(inner) = text.strip_prefix('[') {
        return inner.strip_suffix(']').filter(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let is_host = (1..=253).contains(&text.len()) && !text.starts_with(['-', '.']) && text.bytes().all(is_word);
    is_host.then_some(text)
}

fn is_unit(text: &str) -> bool {
    const SUFFIXES: [&str; 11] =
        ["service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope"];
    let Some((stem, suffix)) = text.rsplit_once('.') else { return false };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b":-_.\\@".contains(&byte);
    let is_stem = !stem.is_empty() && text.len() <= 255 && !stem.starts_with('-') && stem.bytes().all(is_word);
    is_stem && SUFFIXES.contains(&suffix)
}

fn timeout_in_range<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    in_range(u16::deserialize(deserializer)?, &Check::TIMEOUT_SECONDS)
}

fn retries_in_range<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    in_range(u8::deserialize(deserializer)?, &Check::RETRIES)
}

fn in_range<N, E>(number: N, range: &RangeInclusive<N>) -> Result<N, E>
where
    N: PartialOrd + std::fmt::Display,
    E: serde::de::Error,
{
    let wrong = || E::custom(format!("{number} is not a number from {} to {}", range.start(), range.end()));
    if range.contains(&number) { Ok(number) } else { Err(wrong()) }
}
