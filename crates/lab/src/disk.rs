//! A device's disk, which is what a power cut leaves: copied, put back, or an image of a file system.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::statfs;

use crate::command::Tool;
use crate::device::Device;
use crate::error::{Error, Result};
use crate::files;

/// `FUSE_SUPER_MAGIC` of statfs(2).
const FUSE: i64 = 0x6573_5546;

/// A file system ends well within this.
const LET_GO_WAIT: Duration = Duration::from_secs(30);

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
    make_ext4(image, megabytes)?;
    with_mounted(image, &[], "cp --archive \"$1\" .", &[&content.join("upper")]).map(drop)
}

/// As [`make_image`], with what these layers show together, the topmost first.
pub(crate) fn image_of(image: &Path, layers: &[&Path], megabytes: u64) -> Result<()> {
    make_ext4(image, megabytes)?;
    let view = image.with_extension("view");
    files::create_dir(&view)?;
    let layers: Vec<_> = layers.iter().map(|layer| layer.display().to_string()).collect();
    let layers = PathBuf::from(format!("lowerdir={}", layers.join(":")));
    let script = "mount -t overlay -o \"$1\" overlay \"$2\" && cp --archive \"$2\"/. .";
    with_mounted(image, &[], script, &[&layers, &view])?;
    files::remove_dir(&view)
}

fn make_ext4(image: &Path, megabytes: u64) -> Result<()> {
    let file = fs::File::create(image).map_err(Error::io("create", image))?;
    file.set_len(megabytes << 20).map_err(Error::io("resize", image))?;
    // All of it now: a lazy kernel thread would write at instants of its own.
    let options = ["-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-m", "0"];
    Tool::new("mkfs.ext4").args(options).arg(image).run().map(drop)
}

/// The SHA-256 of each regular file of a device's disk as it lies in this image, by its path on the device. Nobody may
/// use the image meanwhile.
pub fn digests_in_image(image: &Path) -> Result<BTreeMap<String, String>> {
    let script = "cd upper && find . -type f -print0 | xargs --null --no-run-if-empty sha256sum --zero";
    let text = with_mounted(image, &["ro"], script, &[])?;
    let lines = text.split('\0').filter_map(|line| line.split_once("  ."));
    Ok(lines.map(|(digest, path)| (path.to_owned(), digest.to_owned())).collect())
}

/// Has e2fsck judge an image that nobody uses; an error with its words unless all is sound.
pub fn check_image(image: &Path) -> Result<()> {
    Tool::new("e2fsck").args(["-f", "-n"]).arg(image).run().map(drop)
}

/// Runs a shell script in the file system of an image, with these arguments; its stdout.
pub(crate) fn with_mounted(image: &Path, options: &[&str], script: &str, arguments: &[&Path]) -> Result<String> {
    let mountpoint = image.with_extension("mount");
    files::create_dir(&mountpoint)?;
    let device = attach(image)?;
    // In a namespace of its own, so that nobody keeps the mount.
    let mount = format!("mount -t ext4 -o \"$1\" \"$2\" \"$0\" && cd \"$0\" && shift 2 && {script}");
    let options = [&["defaults"], options].concat().join(",");
    let done = Tool::new("unshare")
        .args(["--mount", "sh", "-euc", &mount])
        .arg(&mountpoint)
        .args([&options, &device])
        .args(arguments)
        .run();
    let detached = detach(&device).and_then(|()| wait_until_let_go(image));
    let done = done.and_then(|text| detached.map(|()| text))?;
    files::remove_dir(&mountpoint)?;
    Ok(done)
}

/// Mounts an image in this mount namespace; it is let go when the mount ends.
pub(crate) fn mount_image(image: &Path, on: &Path) -> Result<()> {
    let device = attach(image)?;
    let mounted = Tool::new("mount").args(["-t", "ext4", &device]).arg(on).run();
    mounted.and(detach(&device))
}

/// A loop device of the image's own, past the page cache where that can be: what is read there is what the image holds.
fn attach(image: &Path) -> Result<String> {
    let device = Tool::new("losetup").args(["--find", "--show"]).arg(image).run()?.trim().to_owned();
    let kind = statfs(image).map_err(Error::kernel(format!("look at {}", image.display())))?.f_type;
    // qemu's FUSE export mixes up the content of writes that come at once, and without the page cache they do
    // (seen with 7.2). In memory the page cache is the file, and not every kernel can go past it.
    if kind != FUSE {
        drop(Tool::new("losetup").args(["--direct-io=on", &device]).run());
    }
    Ok(device)
}

/// At once, or with the last mount of it.
fn detach(device: &str) -> Result<()> {
    Tool::new("losetup").args(["--detach", device]).run().map(drop)
}

/// Waits until no loop device holds the image: the kernel ends mounts in its own time.
pub(crate) fn wait_until_let_go(image: &Path) -> Result<()> {
    let deadline = Instant::now() + LET_GO_WAIT;
    let list = || Tool::new("losetup").args(["--noheadings", "--output", "NAME", "--associated"]).arg(image).run();
    while !list()?.trim().is_empty() {
        if Instant::now() > deadline {
            return Err(Error::Invalid(format!("{} is still in use", image.display())));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Copies an image; what is not in use stays a hole.
pub fn copy_image(from: &Path, to: &Path) -> Result<()> {
    Tool::new("cp").args(["--reflink=auto", "--sparse=always"]).args([from, to]).run().map(drop)
}

/// With owners, modes, capabilities and the marks that an overlay keeps in extended attributes.
fn copy(from: &Path, into: &Path) -> Result<()> {
    Tool::new("cp").arg("--archive").args([from, into]).run().map(drop)
}
