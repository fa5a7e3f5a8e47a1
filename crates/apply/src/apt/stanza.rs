//! Single fields of a stanza (deb822(5)), where only those count.

use framboise_core::debian::{Architecture, PackageKey};

/// The first line of a field's value; none when the stanza lacks it.
pub fn field<'s>(stanza: &'s str, name: &str) -> Option<&'s str> {
    stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// The package that a stanza is of, as it is addressed on a device of this architecture.
pub fn key(stanza: &str, native: &Architecture) -> Option<PackageKey> {
    let architecture = field(stanza, "Architecture")?.parse().ok()?;
    Some(PackageKey::new(field(stanza, "Package")?.parse().ok()?, &architecture, native))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_field_by_its_whole_name() {
        let stanza =
            "Package: hello\nPackage-Type: deb\nVersion:1:2.0 \nArchitecture: all\nDescription: x\n Version: 9\n";
        assert_eq!(field(stanza, "Package"), Some("hello"));
        assert_eq!(field(stanza, "Version"), Some("1:2.0"));
        assert_eq!(field(stanza, "Size"), None);
        assert_eq!(key(stanza, &"arm64".parse().unwrap()).unwrap().to_string(), "hello:arm64");
    }
}
