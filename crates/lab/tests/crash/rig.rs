//! A lab that ends with the test, whatever ends the test.

use framboise_lab::{Lab, TemporaryLab, Up};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A lab, and who looks after it.
pub struct Rig {
    /// The lab.
    pub lab: TemporaryLab,
    guard: Child,
}

impl Rig {
    /// Raises devices in a lab of its own.
    pub fn raise(label: &str, up: &Up) -> Rig {
        let lab = Lab::temporary(label).unwrap_or_else(|error| panic!("{error}"));
        // It waits for the end of its stdin, which comes with Ctrl-C too; a session of its own keeps Ctrl-C from it.
        let script = "cat >/dev/null; exec \"$0\" --lab \"$1\" down 2>/dev/null";
        let guard = Command::new("setsid")
            .args(["sh", "-c", script, env!("CARGO_BIN_EXE_framboise-lab"), lab.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        let rig = Rig { lab, guard: guard.unwrap() };
        rig.lab.up(up).unwrap_or_else(|error| panic!("no device: {error}"));
        std::fs::create_dir_all(rig.lab.scratch()).unwrap();
        rig
    }

    /// A file or folder of this test's own, in memory.
    pub fn scratch(&self, name: &str) -> PathBuf {
        self.lab.scratch().join(name)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // The lab ends itself when it is dropped, right after this.
        drop(self.guard.kill());
        drop(self.guard.wait());
    }
}
