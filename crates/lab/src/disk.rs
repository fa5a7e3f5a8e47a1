//! A device's disk, which is what a power cut leaves: copied, put back, or an image of a file system.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Tool;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::files;

impl Device {
    /// The folder that is its disk, unless an image is.
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

    /// Boots it from this image from now on; it must be switched off.
    pub fn use_image(&self, image: &Path) -> Result<()> {
        self.must_be_off()?;
        files::write_json(&self.image_note(), &image)
    }

    pub(crate) fn image(&self) -> Result<Option<PathBuf>> {
        let note = self.image_note();
        if note.exists() { files::read_json(&note).map(Some) } else { Ok(None) }
    }

    fn image_note(&self) -> PathBuf {
        self.folder.join("image.json")
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
    // In a namespace of its own, so that nobody keeps the mount.
    let script = "mount -o loop \"$0\" \"$1\" && cp --archive \"$2\" \"$1\"";
    let upper = content.join("upper");
    Tool::new("unshare").args(["--mount", "sh", "-c", script]).args([image, &mountpoint, &upper]).run().map(drop)
}

/// Copies an image; what is not in use stays a hole.
pub fn copy_image(from: &Path, to: &Path) -> Result<()> {
    Tool::new("cp").args(["--reflink=auto", "--sparse=always"]).args([from, to]).run().map(drop)
}

/// With owners, modes, capabilities and the marks that an overlay keeps in extended attributes.
fn copy(from: &Path, into: &Path) -> Result<()> {
    Tool::new("cp").arg("--archive").args([from, into]).run().map(drop)
}
