//! Points at which the crash tests stop this program for good, to cut the device's power there. Built only with the
//! feature `faults`: what ships has neither this module nor the points.
//!
//! The test makes the folder. Each point that is reached is noted in `hits`; when that makes it the one that `stop` names
//! (`COUNT NAME`), `reached` is written and this thread goes no further.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

/// On the disk, so that it holds across a power cut, too.
const FOLDER: &str = "/var/tmp/framboise-faults";

/// Stops here if the test wants it.
pub fn reach(name: &str) {
    let folder = Path::new(FOLDER);
    let hits = folder.join("hits");
    let Ok(mut file) = OpenOptions::new().create(true).append(true).open(&hits) else { return };
    let noted = writeln!(file, "{name}").and_then(|()| fs::read_to_string(&hits));
    let count = noted.unwrap_or_default().lines().filter(|line| *line == name).count();
    let stop = fs::read_to_string(folder.join("stop")).unwrap_or_default();
    if stop.trim_end() == format!("{count} {name}") && fs::write(folder.join("reached"), "").is_ok() {
        loop {
            std::thread::park();
        }
    }
}
