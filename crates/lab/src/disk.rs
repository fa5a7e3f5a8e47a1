//! A device's disk, which is what a power cut leaves: copied, put back, and mounted from an image.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::command::Tool;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::files;

/// A file system is busy for a moment after the last process on it has ended.
const UNMOUNT_WAIT: Duration = Duration::from_secs(20);

impl Device {
    /// The folder that is its disk. Another file system may be mounted there while it is switched off.
    pub fn disk(&self) -> PathBuf {
        self.folder.join("disk")
    }

    /// Where a file of its disk lies, if it differs from the Debian that the device is made of.
    pub fn on_disk(&self, path: &str) -> PathBuf {
        self.disk().join("upper").join(path.trim_start_matches('/'))
    }

    /// Copies its disk to a new folder; it must be switched off.
    pub fn save_disk(&self, to: &Path) -> Result<()> {
        self.must_be_off()?;
        files::create_dir(to)?;
        copy(&self.disk().join("upper"), to)
    }

    /// Puts a copy in the place of its disk; it must be switched off.
    pub fn load_disk(&self, from: &Path) -> Result<()> {
        self.must_be_off()?;
        for name in ["upper", "work"] {
            files::remove_dir(&self.disk().join(name))?;
        }
        files::create_dir(&self.disk())?;
        copy(&from.join("upper"), &self.disk())
    }

    fn must_be_off(&self) -> Result<()> {
        if self.is_running()? {
            return Err(Error::Invalid(format!("{} runs: its disk is in use", self.name())));
        }
        Ok(())
    }
}

/// An image of ext4 with this folder's content, so many megabytes large; the file takes only what is in use.
pub fn make_image(image: &Path, content: &Path, megabytes: u64) -> Result<()> {
    let file = fs::File::create(image).map_err(Error::io("create", image))?;
    file.set_len(megabytes << 20).map_err(Error::io("resize", image))?;
    // All of it now: a lazy kernel thread would write at instants of its own.
    let options = ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-m", "0"];
    Tool::new("mkfs.ext4").args(options).arg(image).run()?;
    let mountpoint = image.with_extension("mount");
    files::create_dir(&mountpoint)?;
    mount_image(image, &mountpoint)?;
    let copied = copy(&content.join("upper"), &mountpoint);
    unmount(&mountpoint)?;
    copied
}

/// Copies an image; what is not in use stays a hole.
pub fn copy_image(from: &Path, to: &Path) -> Result<()> {
    Tool::new("cp").args(["--reflink=auto", "--sparse=always"]).args([from, to]).run().map(drop)
}

/// Mounts an image of a file system; the kernel replays its journal as after a power cut.
pub fn mount_image(image: &Path, on: &Path) -> Result<()> {
    Tool::new("mount").args(["-o", "loop"]).args([image, on]).run().map(drop)
}

/// Unmounts, once nobody is on it any more, and waits until its loop device is free: a namespace that ends at this
/// moment still holds it, and who mounts the image again would get the file system of before.
pub fn unmount(mountpoint: &Path) -> Result<()> {
    let source = Tool::new("findmnt").args(["--noheadings", "--output", "SOURCE"]).arg(mountpoint).run()?;
    let name = source.trim().trim_start_matches("/dev/");
    let backing = PathBuf::from("/sys/block").join(name).join("loop/backing_file");
    wait_for(|| Tool::new("umount").arg(mountpoint).run().map(drop))?;
    wait_for(|| match backing.exists() {
        true => Err(Error::Invalid(format!("{} stays in use", source.trim()))),
        false => Ok(()),
    })
}

fn wait_for(mut attempt: impl FnMut() -> Result<()>) -> Result<()> {
    let began = Instant::now();
    loop {
        match attempt() {
            Err(_) if began.elapsed() < UNMOUNT_WAIT => std::thread::sleep(Duration::from_millis(20)),
            ended => return ended,
        }
    }
}

/// With owners, modes, capabilities and the marks that an overlay keeps in extended attributes.
fn copy(from: &Path, into: &Path) -> Result<()> {
    Tool::new("cp").arg("--archive").args([from, into]).run().map(drop)
}
