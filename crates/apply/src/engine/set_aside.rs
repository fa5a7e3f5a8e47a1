//! What a person did under `/etc` while a transaction was at work is undone with it, for no script can be told from a
//! person. So that nothing is lost, it is kept first, and told.

use super::{Run, target};
use crate::apt::query;
use crate::files;
use crate::place::Place;
use framboise_core::debian::PackageKey;
use framboise_core::diff::{Change, StateDiff};
use framboise_core::state::{FileRecord, PackageState};
use framboise_core::text::FilePath;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// So many names are told, and how many more there are.
const NAMES_TOLD: usize = 8;

impl Run<'_> {
    /// Copies each file under `/etc` that is about to be overwritten or removed, and says where; not conffiles that stand
    /// as their package ships them, nor what dpkg and ucf leave beside them. Names packages that the lock does not.
    pub(super) fn set_aside(&mut self, recorded: &PackageState) {
        let Ok(now) = query::package_state(&self.device.native) else { return };
        let Ok(recorded) = self.sparing_others(recorded, &now) else { return };
        let shipped = target::untouched_conffiles(&now, &recorded);
        let is_foreign = |change: &&Change<FilePath, FileRecord>| {
            let is_file = matches!(change.after, Some(FileRecord::File { .. }));
            is_file
                && change.key.as_str().starts_with("/etc/")
                && !shipped.contains(&change.key)
                && !is_left_beside(&change.key)
        };
        let directory = self.journal.part("set-aside");
        let changes = StateDiff::between(&recorded, &now).files;
        // A full disk must not keep the device from going back.
        let copied = changes.iter().filter(is_foreign).filter(|change| copy(&change.key, &directory).is_ok());
        let copied: Vec<String> = copied.map(|change| change.key.to_string()).collect();
        if !copied.is_empty() {
            let place = directory.display();
            self.remarks
                .push(format!("put back as before the update, and as they stood kept in {place}: {}", some(&copied)));
        }
        let lock = self.lock().unwrap_or_default();
        let is_others = |key: &&PackageKey| !recorded.packages.contains_key(*key) && !lock.entries.contains_key(*key);
        let others: Vec<String> = now.packages.keys().filter(is_others).map(ToString::to_string).collect();
        if !others.is_empty() {
            self.remarks.push(format!("installed meanwhile by other means, and removed again: {}", some(&others)));
        }
    }
}

/// Named by dpkg(1) and ucf(1) for what they leave beside a conffile.
fn is_left_beside(path: &FilePath) -> bool {
    path.as_str().contains(".dpkg-") || path.as_str().contains(".ucf-")
}

fn copy(path: &FilePath, directory: &Path) -> io::Result<()> {
    let mut file = Place::of(&files::place(path))?.open()?;
    // Some are secret, and where they stood their directories may have said so.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let name = path.as_str().trim_start_matches('/').replace('/', "%");
    io::copy(&mut file, &mut fs::File::create(directory.join(name))?).map(drop)
}

pub(super) fn some(names: &[String]) -> String {
    let told = names.iter().take(NAMES_TOLD).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}
