//! Prints an update file back, in either form.

use super::{Check, Hooks, RebootPolicy, UpdateFile};
use serde::Serialize;
use std::collections::BTreeMap;

/// The TOML form, in the order people read; what is as by default is left out.
#[derive(Serialize)]
struct Document<'a> {
    packages: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reboot: Option<Reboot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hooks: Option<Hooks>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    checks: &'a BTreeMap<String, Check>,
}

#[derive(Serialize)]
struct Reboot {
    when: RebootPolicy,
}

impl UpdateFile {
    /// The plain list. It has no room for checks, reboot and hooks: those are left out.
    pub fn to_plain(&self) -> String {
        self.specs().map(|spec| format!("{spec}\n")).collect()
    }

    /// The TOML form.
    ///
    /// # Errors
    /// None that is known: all that it holds are strings, numbers and tables.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        let document = Document {
            packages: self.specs().map(ToString::to_string).collect(),
            reboot: (self.reboot != RebootPolicy::default()).then_some(Reboot { when: self.reboot }),
            hooks: (self.hooks != Hooks::default()).then_some(self.hooks),
            checks: &self.checks,
        };
        toml::to_string_pretty(&document)
    }
}
