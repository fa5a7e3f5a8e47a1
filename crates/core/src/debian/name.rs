//! Package names.

use super::validated_text;
use serde::{Deserialize, Serialize};

/// A binary package's name: `[a-z0-9][a-z0-9+.-]+`, 2 to 128 characters (Debian policy 5.6.1), and no `-` at its end,
/// which apt-get takes for a removal.
///
/// ```
/// use framboise_core::debian::PackageName;
/// assert!("libstdc++6".parse::<PackageName>().is_ok());
/// assert!("-oDPkg::Pre-Invoke=reboot".parse::<PackageName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageName(String);

validated_text!(PackageName, "a package name (lower-case letters, digits and + - . only, at least two)", is_name);

fn is_name(text: &str) -> bool {
    let starts_well = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (2..=128).contains(&text.len())
        && text.bytes().next().is_some_and(starts_well)
        && text.bytes().all(|byte| starts_well(byte) || b"+-.".contains(&byte))
        && !text.ends_with('-')
}
