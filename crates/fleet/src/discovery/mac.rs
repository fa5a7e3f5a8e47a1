//! MAC addresses, and what their first three bytes tell of the maker.

use std::fmt;

/// Prefixes that the IEEE registered to Raspberry Pi (OUI list, 2026). A hint, no proof: anybody can set an address.
const RASPBERRY_PI_PREFIXES: [[u8; 3]; 7] = [
    [0xb8, 0x27, 0xeb],
    [0xdc, 0xa6, 0x32],
    [0xe4, 0x5f, 0x01],
    [0xd8, 0x3a, 0xdd],
    [0x2c, 0xcf, 0x67],
    [0x28, 0xcd, 0xc1],
    [0x88, 0xa2, 0x9e],
];

/// A network card's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MacAddress(pub [u8; 6]);

impl MacAddress {
    /// Whether it is of Raspberry Pi's range.
    pub fn is_raspberry_pi(self) -> bool {
        RASPBERRY_PI_PREFIXES.iter().any(|prefix| self.0.starts_with(prefix))
    }
}

impl fmt::Display for MacAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl serde::Serialize for MacAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_pi_by_its_prefix() {
        assert!(MacAddress([0xdc, 0xa6, 0x32, 1, 2, 3]).is_raspberry_pi());
        assert!(!MacAddress([0x02, 0xa6, 0x32, 1, 2, 3]).is_raspberry_pi());
    }

    #[test]
    fn is_written_in_lower_case_pairs() {
        assert_eq!(MacAddress([0xb8, 0x27, 0xeb, 0, 0x0a, 0xff]).to_string(), "b8:27:eb:00:0a:ff");
    }
}
