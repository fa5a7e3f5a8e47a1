//! Update files: what is to be installed, removed or upgraded, and the checks that must pass after.
//!
//! Two forms say the same: the plain list, one package a line, and TOML, which has room for checks, reboot and hooks.
//! Both are validated against Debian's grammar as a whole, and everything that is wrong is told at once, with its place.

mod check;
mod document;
mod document_checks;
mod gather;
mod hint;
mod print;
mod problem;
mod spec;
mod words;

pub use check::{Check, CheckKind, HttpUrl, TcpTarget, UnitName};
pub use problem::{Problem, UpdateFileError};
pub use spec::{DebSource, PackageSpec, SpecError};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest text that is read: far more than a list of packages needs, little for the smallest Pi.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// The most entries that one file lists: a full desktop has about 2,000 packages.
pub const ENTRIES_MAX: usize = 4096;

/// What is to be done to the packages of a device, and what must hold after.
///
/// ```
/// use framboise_core::update_file::UpdateFile;
/// let file = UpdateFile::parse("kiosk.txt", "chromium\ng++=4:12.2.0-3\nnano-   # nobody edits here\n").unwrap();
/// assert_eq!(file.to_plain(), "chromium\ng++=4:12.2.0-3\nnano-\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateFile {
    /// What it lists, in its order, no two for one package.
    pub entries: Vec<Entry>,
    /// What must pass on the device after, by name.
    pub checks: BTreeMap<String, Check>,
    /// Whether the device may restart.
    pub reboot: RebootPolicy,
    /// Whether the device's own scripts run.
    pub hooks: Hooks,
}

/// One entry and where it was written. Two are equal when they ask for the same, wherever that was written.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it asks for.
    pub spec: PackageSpec,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.spec == other.spec
    }
}

impl Eq for Entry {}

/// When a device restarts after an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RebootPolicy {
    /// Not by Framboise.
    #[default]
    Never,
    /// When a package that changed asks for it.
    IfRequired,
    /// After every update that changed something.
    Always,
}

/// What becomes of the hook scripts that a device's owner put on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooks {
    /// Whether they run.
    pub run: bool,
}

impl Default for Hooks {
    fn default() -> Self {
        Hooks { run: true }
    }
}

impl UpdateFile {
    /// Reads an update file in the form that its name tells: TOML when that ends in `.toml`, else the plain list.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(source_name: &str, text: &str) -> Result<Self, UpdateFileError> {
        if source_name.to_ascii_lowercase().ends_with(".toml") {
            UpdateFile::parse_toml(source_name, text)
        } else {
            UpdateFile::parse_plain(source_name, text)
        }
    }

    /// Reads the plain list: one package a line, blank lines, `#` comments.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse_plain(source_name: &str, text: &str) -> Result<Self, UpdateFileError> {
        let result = words::prepared(text)
            .and_then(|text| gather::entries(&words::lines(text), "write one a line, such as vim"));
        UpdateFile::of_packages(source_name, result)
    }

    /// Reads the body of the original's `/update` request: like the plain list, but spaces and commas part packages too.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse_seed_list(text: &str) -> Result<Self, UpdateFileError> {
        let result = words::prepared(text)
            .and_then(|text| gather::entries(&words::words(text), "send at least one, such as vim"));
        UpdateFile::of_packages("list", result)
    }

    /// Reads the TOML form: `packages`, `[checks.NAME]`, `[reboot]`, `[hooks]`.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse_toml(source_name: &str, text: &str) -> Result<Self, UpdateFileError> {
        words::prepared(text).and_then(document::read).map_err(|problems| UpdateFileError::new(source_name, problems))
    }

    /// What it asks for, without places.
    pub fn specs(&self) -> impl Iterator<Item = &PackageSpec> {
        self.entries.iter().map(|entry| &entry.spec)
    }

    fn of_packages(source_name: &str, result: Result<Vec<Entry>, Vec<Problem>>) -> Result<Self, UpdateFileError> {
        match result {
            Ok(entries) => Ok(UpdateFile { entries, ..UpdateFile::default() }),
            Err(problems) => Err(UpdateFileError::new(source_name, problems)),
        }
    }
}
