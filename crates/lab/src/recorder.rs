//! Records every write and flush that a file system makes, so that its disk can be rebuilt as of any instant.
//!
//! The file system lies on a loop device over a file that qemu-storage-daemon shows by FUSE, with its `blklogwrites`
//! filter below. The log has the format of the kernel's dm-log-writes: [`crate::WriteLog`] reads it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::command;
use crate::error::{Error, Result};

/// The daemon needs a moment.
const START_WAIT: Duration = Duration::from_secs(10);

/// Room for the log; the file takes only what is written.
const LOG_BYTES_MAX: u64 = 16 << 30;

/// An image that is recorded.
#[derive(Debug)]
pub struct Recording {
    daemon: Child,
    /// What the daemon shows: the image of which every write is recorded.
    image: PathBuf,
}

impl Recording {
    /// Records what is written to `image`, by way of [`Recording::image`], in `log`.
    pub fn begin(image: &Path, log: &Path) -> Result<Recording> {
        let export = image.with_extension("export");
        for (file, bytes) in [(log, LOG_BYTES_MAX), (&export, 0)] {
            let created = fs::File::create(file).and_then(|created| created.set_len(bytes));
            created.map_err(Error::io("create", file))?;
        }
        let file = |node: &str, path: &Path| format!("driver=file,node-name={node},filename={}", path.display());
        let mut command = Command::new("setpriv");
        // Whatever ends the recorder ends the daemon.
        command.args(["--pdeathsig", "KILL", "qemu-storage-daemon"]);
        command.args(["--blockdev", &file("disk", image), "--blockdev", &file("log", log)]);
        command.args(["--blockdev", "driver=blklogwrites,node-name=recorded,file=disk,log=log,log-sector-size=512"]);
        let shown = format!("type=fuse,id=shown,node-name=recorded,mountpoint={},writable=on", export.display());
        command.args(["--export", &shown]).stdin(Stdio::null());
        let daemon = command.spawn().map_err(|error| command::not_started(&command, error))?;
        let recording = Recording { daemon, image: export.clone() };
        let size = fs::metadata(image).map_err(Error::io("read", image))?.size();
        let began = Instant::now();
        while fs::metadata(&export).map_or(0, |shown| shown.size()) != size {
            if began.elapsed() > START_WAIT {
                return Err(Error::Invalid("qemu-storage-daemon does not show the disk".into()));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(recording)
    }

    /// What is to be mounted instead of the image itself.
    pub fn image(&self) -> &Path {
        &self.image
    }

    /// Ends it, once nobody uses the image any more. The log is complete then.
    pub fn end(mut self) -> Result<()> {
        let pid = rustix::process::Pid::from_child(&self.daemon);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).map_err(Error::kernel("end the recorder"))?;
        self.daemon.wait().map(drop).map_err(Error::kernel("wait for the recorder"))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        // Only where a test broke off; it has ended otherwise.
        drop(self.daemon.kill());
        drop(self.daemon.wait());
    }
}
