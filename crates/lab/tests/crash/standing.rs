//! Where a device stands: all that is compared before and after.

use crate::snapshot::Snapshot;
use framboise_lab::Device;
use std::collections::BTreeMap;

/// The device, and the original's record of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Standing {
    snapshot: Snapshot,
    rollback_file: Option<String>,
}

impl Standing {
    /// Reads it from inside the running device.
    pub fn of(device: &Device) -> Standing {
        let rollback_file = device.read_file("/var/lib/framboise/rollbackFile").ok();
        Standing::new(Snapshot::of(device), rollback_file)
    }

    /// Of what was read elsewhere.
    pub fn new(snapshot: Snapshot, rollback_file: Option<Vec<u8>>) -> Standing {
        Standing { snapshot, rollback_file: rollback_file.map(|text| String::from_utf8(text).unwrap()) }
    }

    /// The first lines that differ; empty when none do.
    pub fn difference(&self, other: &Standing) -> String {
        let mut text = self.packages_difference(other);
        if self.rollback_file != other.rollback_file {
            let first = |file: &Option<String>| {
                file.as_deref().unwrap_or("absent").lines().take(3).collect::<Vec<_>>().join(" | ")
            };
            text.push_str(&format!(
                "  rollbackFile: {} instead of {}\n",
                first(&self.rollback_file),
                first(&other.rollback_file)
            ));
        }
        text
    }

    /// The files whose content is another than what was read from the disk, path by path; empty when none is.
    pub fn contradicted(&self, read: &BTreeMap<String, String>) -> String {
        self.snapshot.contradicted(read)
    }

    /// The same, but for the original's record.
    pub fn packages_difference(&self, other: &Standing) -> String {
        self.snapshot.difference(&other.snapshot)
    }
}
