//! Where things are on a device (DESIGN: "Files on a device").

use framboise_core::ids::{OrderId, RestorePointId};
use std::path::{Path, PathBuf};

/// The directories the root side works in. All below `/` in production; tests name others.
#[derive(Debug, Clone)]
pub struct Paths {
    state: PathBuf,
    settings: PathBuf,
}

impl Default for Paths {
    fn default() -> Self {
        Paths { state: "/var/lib/framboise".into(), settings: "/etc/framboise".into() }
    }
}

impl Paths {
    /// Other directories than the usual ones.
    #[cfg(test)]
    pub fn below(root: &Path) -> Self {
        Paths { state: root.join("state"), settings: root.join("settings") }
    }

    /// Everything Framboise keeps.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// The settings that root writes.
    pub fn settings_file(&self) -> PathBuf {
        self.settings.join("framboise.toml")
    }

    /// The operators that root lists.
    pub fn operators_file(&self) -> PathBuf {
        self.settings.join("operators")
    }

    /// The device owner's scripts.
    pub fn hooks(&self) -> PathBuf {
        self.settings.join("hooks")
    }

    /// The device's private key.
    pub fn device_key(&self) -> PathBuf {
        self.state.join("device.key")
    }

    /// The device's public key, for the agent to read.
    pub fn device_id(&self) -> PathBuf {
        self.state.join("device.pub")
    }

    /// The guard against replay.
    pub fn guard(&self) -> PathBuf {
        self.state.join("guard.json")
    }

    /// Its other copy: a card forgets.
    pub fn guard_copy(&self) -> PathBuf {
        self.state.join("guard-copy.json")
    }

    /// Whoever holds a lock on it works on transactions; nobody else does.
    pub fn executor_lock(&self) -> PathBuf {
        self.state.join("lock")
    }

    /// The original's file: every package with its version, as the newest restore point has them.
    pub fn rollback_file(&self) -> PathBuf {
        self.state.join("rollbackFile")
    }

    /// The .debs of the way back.
    pub fn vault(&self) -> PathBuf {
        self.state.join("vault")
    }

    /// The contents of files under `/etc`, by digest; some are secret.
    pub fn contents(&self) -> PathBuf {
        self.state.join("contents")
    }

    /// The restore points.
    pub fn restore_points(&self) -> PathBuf {
        self.state.join("restore-points")
    }

    /// One restore point.
    pub fn restore_point(&self, id: RestorePointId) -> PathBuf {
        self.restore_points().join(format!("{:06}.json", id.0))
    }

    /// The number of the restore point that the device stands on.
    pub fn stands_on(&self) -> PathBuf {
        self.state.join("stands-on.json")
    }

    /// The wish for one more restart, after a rollback of what a restart had made effective.
    pub fn restart_wish(&self) -> PathBuf {
        self.state.join("restart.json")
    }

    /// The transactions.
    pub fn transactions(&self) -> PathBuf {
        self.state.join("transactions")
    }

    /// One transaction.
    pub fn transaction(&self, order: OrderId) -> PathBuf {
        self.transactions().join(order.to_string())
    }

    /// The sealed receipts.
    pub fn receipts(&self) -> PathBuf {
        self.state.join("receipts")
    }

    /// What plans and single apt runs need for a moment; emptied at each start.
    pub fn scratch(&self) -> PathBuf {
        self.state.join("scratch")
    }
}
