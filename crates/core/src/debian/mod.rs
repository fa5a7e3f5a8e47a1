//! Debian's own words, each validated once: name, version, architecture, suite.
//!
//! Whatever reaches apt's command line is built from these types alone. The grammar is narrower than apt's on purpose:
//! no option, path, glob, pattern or removal can be spelled in it (apt expands `hel.*`, `~nhel` and `task^`). One thing is
//! left: `.` and `+` belong to names, yet apt reads `libc.6` as a regular expression where no package has that name. So
//! whoever asks apt holds its answer against the very names that were asked for.

mod architecture;
mod name;
mod suite;
mod version;

pub use architecture::Architecture;
pub use name::PackageName;
pub use suite::Suite;
pub use version::Version;

use serde::{Deserialize, Serialize};

/// A text that is not what Debian's grammar allows at this place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not {expected}")]
pub struct GrammarError {
    /// What was there.
    pub found: String,
    /// What would have been right, to follow "expected".
    pub expected: &'static str,
}

/// Which package of a device: its name, and the architecture under which apt addresses it.
///
/// `Architecture: all` packages are addressed under the device's own architecture, as apt does, so that a package which
/// turns from `all` to `arm64` stays the same package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageKey {
    /// The package's name.
    pub name: PackageName,
    /// Never `all`.
    pub architecture: Architecture,
}

impl PackageKey {
    /// The key of a package on a device whose own architecture is `native`.
    pub fn new(name: PackageName, architecture: &Architecture, native: &Architecture) -> Self {
        let architecture = if architecture.is_all() { native } else { architecture };
        PackageKey { name, architecture: architecture.clone() }
    }
}

impl std::fmt::Display for PackageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.name, self.architecture)
    }
}

impl std::str::FromStr for PackageKey {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let (name, architecture) = text
            .split_once(':')
            .ok_or_else(|| GrammarError { found: text.to_owned(), expected: "name:architecture" })?;
        let (name, architecture): (PackageName, Architecture) = (name.parse()?, architecture.parse()?);
        if architecture.is_all() {
            return Err(GrammarError { found: text.to_owned(), expected: "name:architecture with one architecture" });
        }
        Ok(PackageKey { name, architecture })
    }
}

impl TryFrom<String> for PackageKey {
    type Error = GrammarError;

    fn try_from(text: String) -> Result<Self, GrammarError> {
        text.parse()
    }
}

impl From<PackageKey> for String {
    fn from(key: PackageKey) -> String {
        key.to_string()
    }
}

/// A newtype over a validated string: parsing, display, and serde through both.
macro_rules! validated_text {
    ($name:ident, $expected:expr, $valid:expr) => {
        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::debian::GrammarError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                if $valid(text) {
                    Ok($name(text.to_owned()))
                } else {
                    Err(crate::debian::GrammarError { found: text.to_owned(), expected: $expected })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = crate::debian::GrammarError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}
pub(crate) use validated_text;
