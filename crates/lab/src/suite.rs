//! The Debian releases that devices are made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A Debian release that Raspberry Pi OS is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Suite {
    /// Debian 12.
    Bookworm,
    /// Debian 13.
    Trixie,
}

impl Suite {
    /// Every suite the lab knows, the oldest first.
    pub const ALL: [Suite; 2] = [Suite::Bookworm, Suite::Trixie];

    /// The suite's name in the archive.
    pub fn name(self) -> &'static str {
        match self {
            Suite::Bookworm => "bookworm",
            Suite::Trixie => "trixie",
        }
    }

    /// The suite of device `number` (from 1) when nobody chose one: they alternate.
    pub(crate) fn alternating(number: u8) -> Suite {
        if number % 2 == 1 { Suite::Bookworm } else { Suite::Trixie }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
