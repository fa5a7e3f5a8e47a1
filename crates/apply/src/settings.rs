//! What root has set: `/etc/framboise/framboise.toml`, and the operators.

use crate::command::QUIET_DEFAULT;
use crate::fault::{Doing, Result, fault};
use crate::paths::Paths;
use framboise_core::trust::Operators;
use serde::Deserialize;
use std::io;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The root side's part of the settings; the agent's keys stand in the same file and are not judged here.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Networks from which the original's two requests are taken, as `address/bits`. None: they are off.
    pub seed_routes: Vec<String>,
    /// How much of the past is kept.
    pub keep: Keep,
    /// What counts as a stall.
    pub stall: Stall,
}

/// What counts as a stall: the table `[stall]`. Nothing is ever ended for it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Stall {
    /// After so many seconds without a word from dpkg, or a script it runs, what hangs is told: at least 1.
    pub after_seconds: u32,
}

impl Default for Stall {
    fn default() -> Self {
        Stall { after_seconds: u32::try_from(QUIET_DEFAULT.as_secs()).unwrap_or(u32::MAX) }
    }
}

/// How much of the past is kept: the table `[keep]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Keep {
    /// How many restore points are kept, pinned ones among them. Those that may not go stay beyond it.
    pub restore_points: usize,
    /// How much room their .debs may take, in MB (10⁶ bytes).
    pub vault_mb: u64,
}

impl Default for Keep {
    fn default() -> Self {
        Keep { restore_points: 20, vault_mb: 2_000 }
    }
}

impl Keep {
    /// The vault's budget in bytes.
    pub fn vault_bytes(&self) -> u64 {
        self.vault_mb.saturating_mul(1_000_000)
    }
}

impl Settings {
    /// Reads the settings; an absent file is an empty one.
    ///
    /// # Errors
    /// When the file cannot be read or understood: then nothing is switched on.
    pub fn read(paths: &Paths) -> Result<Settings> {
        let path = paths.settings_file();
        let text = read_or_empty(&path)?;
        toml::from_str(&text).map_err(|error| fault(format!("understand {}", path.display()), error.to_string()))
    }

    /// Whether the original's requests are taken from this address.
    ///
    /// # Errors
    /// When a network is not spelled `address/bits`.
    pub fn opens_seed_routes_to(&self, peer: IpAddr) -> Result<bool> {
        for network in &self.seed_routes {
            let holds = contains(network, peer.to_canonical());
            let holds =
                holds.ok_or_else(|| fault("understand seed_routes", format!("{network:?} is no address/bits")))?;
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The operators whom root has listed.
///
/// # Errors
/// When the file cannot be read, a line of it is not understood, or others than its owner may write it.
pub fn operators(paths: &Paths) -> Result<Operators> {
    let path = paths.operators_file();
    // Who may write it gives orders to root.
    if std::fs::metadata(&path).is_ok_and(|about| about.mode() & 0o022 != 0) {
        let problem = format!("others than root may write it; sudo chmod 644 {}", path.display());
        return Err(fault(format!("trust {}", path.display()), problem));
    }
    Operators::parse(&read_or_empty(&path)?)
        .map_err(|error| fault(format!("understand {}", path.display()), error.to_string()))
}

fn read_or_empty(path: &Path) -> Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        read => read.at("read", path),
    }
}

/// Whether a network written `address/bits` holds the address; none when it is not so written.
fn contains(network: &str, peer: IpAddr) -> Option<bool> {
    let (address, bits) = network.split_once('/')?;
    let (address, bits): (IpAddr, u32) = (address.parse().ok()?, bits.parse().ok()?);
    let (left, right, width) = match (address, peer) {
        (IpAddr::V4(left), IpAddr::V4(right)) => (u128::from(left.to_bits()), u128::from(right.to_bits()), 32),
        (IpAddr::V6(left), IpAddr::V6(right)) => (left.to_bits(), right.to_bits(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) => return (bits <= 32).then_some(false),
        (IpAddr::V6(_), IpAddr::V4(_)) => return (bits <= 128).then_some(false),
    };
    let shift = width - if bits <= width { bits } else { return None };
    Some(shift == 128 || (left ^ right) >> shift == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_to_listed_networks_only() {
        let settings =
            Settings { seed_routes: vec!["192.168.1.0/24".into(), "fd00::/8".into()], ..Settings::default() };
        let open = |peer: &str| settings.opens_seed_routes_to(peer.parse().unwrap()).unwrap();
        assert!(open("192.168.1.77") && open("fd12::1") && open("::ffff:192.168.1.5"));
        assert!(!open("192.168.2.1") && !open("10.0.0.1") && !open("fe80::1"));
    }

    #[test]
    fn refuses_what_is_no_network() {
        for network in ["192.168.1.0", "192.168.1.0/33", "x/8", "::/129"] {
            let settings = Settings { seed_routes: vec![network.into()], ..Settings::default() };
            assert!(settings.opens_seed_routes_to("192.168.1.1".parse().unwrap()).is_err(), "{network}");
        }
    }
}
