//! The settings that root wrote for this device.

use crate::arguments::Arguments;
use framboise_core::protocol::http::PORT;
use framboise_core::text::visible;
use ipnet::IpNet;
use std::net::{Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of this server. The same file has tables for the root side, which this server leaves alone.
const KEYS: [&str; 4] = ["listen", "name", "names", "seed_routes"];

/// What this server is to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What to call the device, when not by its host name.
    pub name: Option<String>,
    /// Further names that requests may be sent to, besides its addresses and its own names.
    pub names: Vec<String>,
    /// From where the requests of the original are taken.
    pub seed_routes: Vec<IpNet>,
}

/// Settings that cannot be followed. A server that guessed might open what its owner meant to keep shut.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("could not read {}: {problem}", .path.display())]
    Unreadable { path: PathBuf, problem: std::io::Error },
    #[error("{}:{line}: {problem}", .path.display())]
    Wrong { path: PathBuf, line: usize, problem: String },
}

impl Default for Settings {
    fn default() -> Self {
        let listen = SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), PORT);
        Settings { listen, name: None, names: Vec::new(), seed_routes: Vec::new() }
    }
}

impl Settings {
    /// The settings in the file that the command line names, and what the command line itself says.
    pub fn read(arguments: &Arguments) -> Result<Self, SettingsError> {
        let (path, is_named) = &arguments.config;
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_named => String::new(),
            Err(problem) => return Err(SettingsError::Unreadable { path: path.clone(), problem }),
        };
        let settings = Settings::parse(path, &text)?;
        Ok(Settings { listen: arguments.listen.unwrap_or(settings.listen), ..settings })
    }

    fn parse(path: &Path, text: &str) -> Result<Self, SettingsError> {
        read(text).map_err(|(place, problem)| {
            let line = text.bytes().take(place.start).filter(|byte| *byte == b'\n').count() + 1;
            SettingsError::Wrong { path: path.to_owned(), line, problem }
        })
    }
}

/// Where and why settings are wrong.
type Wrong = (Range<usize>, String);

fn read(text: &str) -> Result<Settings, Wrong> {
    let root = DeTable::parse(text).map_err(|error| (error.span().unwrap_or(0..0), error.message().to_owned()))?;
    let root = root.get_ref();
    if let Some((key, _)) = root.iter().find(|(key, value)| !is_known(key.get_ref(), value)) {
        let problem = format!("{} is not a setting; known are {}", visible(key.get_ref()), KEYS.join(", "));
        return Err((key.span(), problem));
    }
    let mut settings = Settings::default();
    if let Some(value) = root.get("listen") {
        settings.listen =
            string(value, "listen", "an address and a port, such as \"[::]:5000\"", |text| text.parse().ok())?;
    }
    if let Some(value) = root.get("name") {
        settings.name = Some(string(value, "name", "a name of 1 to 63 characters", device_name)?);
    }
    if let Some(value) = root.get("names") {
        settings.names = host_names(value)?;
    }
    if let Some(value) = root.get("seed_routes") {
        settings.seed_routes = networks(value)?;
    }
    Ok(settings)
}

fn is_known(key: &str, value: &Spanned<DeValue<'_>>) -> bool {
    KEYS.contains(&key) || value.get_ref().is_table()
}

fn networks(value: &Spanned<DeValue<'_>>) -> Result<Vec<IpNet>, Wrong> {
    const EXPECTED: &str = "a network, such as \"192.168.1.0/24\"";
    let Some(items) = value.get_ref().as_array() else {
        return Err((value.span(), "seed_routes is not a list of networks, such as [\"192.168.1.0/24\"]".to_owned()));
    };
    items.iter().map(|item| string(item, "seed_routes", EXPECTED, |text| text.parse().ok())).collect()
}

fn host_names(value: &Spanned<DeValue<'_>>) -> Result<Vec<String>, Wrong> {
    const EXPECTED: &str = "a host name, such as \"pi.example.org\"";
    let Some(items) = value.get_ref().as_array() else {
        return Err((value.span(), "names is not a list of host names, such as [\"pi.example.org\"]".to_owned()));
    };
    items.iter().map(|item| string(item, "names", EXPECTED, host_name)).collect()
}

/// As RFC 1123, 2.1 has it, less the dot at the end.
fn host_name(text: &str) -> Option<String> {
    let is_label = |label: &str| {
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(is_of_name)
    };
    let text = text.strip_suffix('.').unwrap_or(text);
    (text.len() <= 253 && text.split('.').all(is_label)).then(|| text.to_owned())
}

fn device_name(text: &str) -> Option<String> {
    let fits = (1..=63).contains(&text.len()) && visible(text) == text;
    fits.then(|| text.to_owned())
}

fn string<T>(
    value: &Spanned<DeValue<'_>>,
    key: &str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, Wrong> {
    let parsed = value.get_ref().as_str().and_then(parse);
    parsed.ok_or_else(|| (value.span(), format!("{key} is not {expected}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, String> {
        Settings::parse(Path::new("framboise.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn reads_settings_and_leaves_the_root_sides_tables_alone() {
        let text = "listen = \"127.0.0.1:80\"\nname = \"kiosk\"\nnames = [\"pi.example.org.\"]\nseed_routes = [\"10.0.0.0/8\", \"::1/128\"]\n[vault]\nx = 1\n";
        let settings = parse(text).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:80");
        assert_eq!(settings.name.as_deref(), Some("kiosk"));
        assert_eq!(settings.names, ["pi.example.org"]);
        let networks: Vec<String> = settings.seed_routes.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "::1/128"]);
        assert_eq!(parse("").unwrap(), Settings::default());
    }

    #[test]
    fn tells_file_line_and_key() {
        let told = |text: &str| parse(text).unwrap_err();
        assert_eq!(
            told("\nlisten = 5000"),
            "framboise.toml:2: listen is not an address and a port, such as \"[::]:5000\""
        );
        assert_eq!(told("name = \"\""), "framboise.toml:1: name is not a name of 1 to 63 characters");
        assert_eq!(
            told("seed_route = []"),
            "framboise.toml:1: seed_route is not a setting; known are listen, name, names, seed_routes"
        );
        assert_eq!(
            told("seed_routes = true"),
            "framboise.toml:1: seed_routes is not a list of networks, such as [\"192.168.1.0/24\"]"
        );
        assert_eq!(
            told("seed_routes = [\n\"10.0.0.0/33\"]"),
            "framboise.toml:2: seed_routes is not a network, such as \"192.168.1.0/24\""
        );
        for wrong in ["[\"http://pi\"]", "[\"pi:5000\"]", "[\"*.org\"]", "[\"\"]"] {
            assert_eq!(
                told(&format!("names = {wrong}")),
                "framboise.toml:1: names is not a host name, such as \"pi.example.org\""
            );
        }
        assert!(told("listen = [").starts_with("framboise.toml:1: "));
    }
}
