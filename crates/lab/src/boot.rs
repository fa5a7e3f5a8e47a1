//! Becomes PID 1 of a device: builds its view of the world on an overlay, then hands over to its init.
//!
//! Two hops, because a process cannot move itself into a new PID namespace: `enter` joins the device's cgroup and
//! becomes `nsenter … unshare … framboise-lab boot-init`, which is born inside fresh namespaces and runs `init`.

use std::ffi::CString;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::{Signal, pivot_root, set_parent_process_death_signal, setsid, umask};
use rustix::thread::{CapabilitySet, remove_capability_from_bounding_set};
use serde::{Deserialize, Serialize};

use crate::cgroup::Cgroup;
use crate::command;
use crate::disk;
use crate::error::{Error, Result};
use crate::files;

/// Everything the first process of a device needs to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Boot {
    pub(crate) hostname: String,
    /// Read-only layers of the root, the topmost first.
    pub(crate) lower: Vec<PathBuf>,
    pub(crate) upper: PathBuf,
    /// An image that holds `upper`; none: a folder of the host does.
    pub(crate) image: Option<PathBuf>,
    pub(crate) work: PathBuf,
    /// Where the root is put together.
    pub(crate) mountpoint: PathBuf,
    /// The named network namespace to live in; none: that of the caller.
    pub(crate) netns: Option<String>,
    /// The cgroup to live in; systemd needs one of its own.
    pub(crate) cgroup: Option<PathBuf>,
    /// Gets the PID that the host sees.
    pub(crate) pid_file: Option<PathBuf>,
    /// What to run as PID 1, inside.
    pub(crate) init: Vec<String>,
}

const NOSUID: MountFlags = MountFlags::NOSUID;
const LOCKED_DOWN: MountFlags = NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);

impl Boot {
    /// The command that boots this; `helper` is the `framboise-lab` binary, `record` a file for this description.
    pub(crate) fn command(&self, helper: &Path, record: &Path) -> Result<Command> {
        files::write_json(record, self)?;
        let mut command = Command::new(helper);
        command.arg("boot-enter").arg(record).stdin(std::process::Stdio::null());
        Ok(command)
    }

    /// First hop, still outside: never returns unless it fails.
    pub(crate) fn enter(record: &Path) -> Result<()> {
        let boot: Boot = files::read_json(record)?;
        let helper = fs::read_link("/proc/self/exe").map_err(Error::io("read", "/proc/self/exe"))?;
        match &boot.cgroup {
            Some(cgroup) => outlive_the_caller(cgroup)?,
            None => die_with_the_caller()?,
        }
        let mut words: Vec<String> = Vec::new();
        if let Some(netns) = &boot.netns {
            words.extend(["nsenter".into(), format!("--net=/run/netns/{netns}"), "--".into()]);
        }
        words.extend(["unshare", "--kill-child", "--mount", "--uts", "--ipc", "--pid", "--fork"].map(String::from));
        if boot.cgroup.is_some() {
            words.push("--cgroup".into());
        }
        words.push("--".into());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(helper).arg("boot-init").arg(record);
        match &boot.cgroup {
            Some(cgroup) => start_until_off(&mut command, &Cgroup::at(cgroup)),
            None => {
                let failure = command.exec();
                Err(command::not_started(&command, failure))
            }
        }
    }

    /// Second hop, PID 1 inside: never returns unless it fails.
    pub(crate) fn init(record: &Path) -> Result<()> {
        let boot: Boot = files::read_json(record)?;
        let pid = fs::read_link("/proc/self").map_err(Error::io("read", "/proc/self"))?;
        boot.mount_root()?;
        boot.mount_inside()?;
        make_devices()?;
        rustix::system::sethostname(boot.hostname.as_bytes()).map_err(Error::kernel("set the host's name"))?;
        if let Some(file) = &boot.pid_file {
            // /proc is still the host's here, so this is the PID that the host sees.
            files::replace(file, pid.to_string_lossy().as_bytes())?;
        }
        boot.change_root()?;
        let mut command = Command::new(&boot.init[0]);
        command
            .args(&boot.init[1..])
            .env_clear()
            .env("PATH", DEVICE_PATH)
            .env("LC_ALL", "C.UTF-8")
            .env("container", "framboise-lab");
        let failure = command.exec();
        Err(command::not_started(&command, failure))
    }

    fn mount_root(&self) -> Result<()> {
        mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::PRIVATE)
            .map_err(Error::kernel("make the mounts private"))?;
        if let Some(image) = &self.image {
            self.mount_image(image)?;
        }
        let lower: Vec<_> = self.lower.iter().map(|path| path.display().to_string()).collect();
        let options =
            format!("lowerdir={},upperdir={},workdir={}", lower.join(":"), self.upper.display(), self.work.display());
        mount_on("overlay", &self.mountpoint, MountFlags::empty(), &options)?;
        std::env::set_current_dir(&self.mountpoint).map_err(Error::io("enter", &self.mountpoint))
    }

    /// In this namespace alone: a copy of the mount elsewhere would outlive the device, and keep the disk from ending.
    fn mount_image(&self, image: &Path) -> Result<()> {
        let disk = self.upper.parent().unwrap_or(&self.upper);
        disk::mount_image(image, disk)?;
        // What the kernel kept there is of a mount that has ended.
        files::remove_dir(&self.work)?;
        files::create_dir(&self.work)
    }

    fn mount_inside(&self) -> Result<()> {
        mount_on("proc", Path::new("proc"), LOCKED_DOWN, "")?;
        mount_on("sysfs", Path::new("sys"), LOCKED_DOWN | MountFlags::RDONLY, "")?;
        if self.cgroup.is_some() {
            mount_on("cgroup2", Path::new("sys/fs/cgroup"), LOCKED_DOWN, "")?;
        }
        mount_on("tmpfs", Path::new("dev"), NOSUID, "mode=755")?;
        mount_on("tmpfs", Path::new("run"), NOSUID | MountFlags::NODEV, "mode=755")?;
        mount_on("tmpfs", Path::new("tmp"), NOSUID | MountFlags::NODEV, "mode=1777")?;
        let boot_id = PathBuf::from("run/framboise-lab-boot-id");
        // The kernel's generator makes it, as it makes the real one.
        fs::copy("/proc/sys/kernel/random/uuid", &boot_id).map_err(Error::io("write", &boot_id))?;
        // Most of /proc/sys is the real kernel's, no namespace's.
        for name in ["sys", "sysrq-trigger", "irq", "bus"] {
            let path = PathBuf::from("proc").join(name);
            if path.exists() {
                mount_bind_recursive(&path, &path).map_err(Error::kernel(format!("bind {}", path.display())))?;
                mount_remount(&path, MountFlags::BIND | MountFlags::RDONLY, c"")
                    .map_err(Error::kernel(format!("protect {}", path.display())))?;
            }
        }
        // The kernel's is that of the host; a device that was started anew tells so by another one.
        let shown = Path::new("proc/sys/kernel/random/boot_id");
        mount_bind(&boot_id, shown).map_err(Error::kernel("show a boot id"))?;
        mount_remount(shown, MountFlags::BIND | MountFlags::RDONLY, c"")
            .map_err(Error::kernel("protect the boot id"))?;
        files::remove_file(&boot_id)
    }

    fn change_root(&self) -> Result<()> {
        pivot_root(".", ".").map_err(Error::kernel("change the root"))?;
        // The old root lies on top of the new one now.
        unmount(".", UnmountFlags::DETACH).map_err(Error::kernel("let go of the old root"))?;
        std::env::set_current_dir("/").map_err(Error::io("enter", "/"))?;
        // Without sharing, LoadCredential= silently gives services an empty folder.
        mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::SHARED)
            .map_err(Error::kernel("share the mounts"))?;
        // What would reach the real kernel; SYS_BOOT stays, for reboots.
        for capability in [
            CapabilitySet::SYS_MODULE,
            CapabilitySet::SYS_RAWIO,
            CapabilitySet::SYS_TIME,
            CapabilitySet::SYS_TTY_CONFIG,
            CapabilitySet::SYSLOG,
            CapabilitySet::BLOCK_SUSPEND,
        ] {
            remove_capability_from_bounding_set(capability).map_err(Error::kernel("drop a capability"))?;
        }
        Ok(())
    }
}

/// Starts a device, and again each time it restarts: an init that calls reboot(2) in a PID namespace is ended by SIGHUP for a
/// restart and by SIGINT for the end (pid_namespaces(7)), and unshare(1) ends as it ended.
fn start_until_off(command: &mut Command, cgroup: &Cgroup) -> Result<()> {
    loop {
        cgroup.join()?;
        let mut first = command.spawn().map_err(|error| command::not_started(command, error))?;
        let status = first.wait().map_err(Error::kernel("wait for the device"))?;
        if status.signal() != Some(Signal::HUP.as_raw()) {
            return Ok(());
        }
        // What the init before made for its services.
        cgroup.clear()?;
    }
}

/// `PATH` inside devices.
pub(crate) const DEVICE_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Moves this process into a cgroup and a session of its own: Ctrl-C at the command that began it is not for it.
pub(crate) fn outlive_the_caller(cgroup: &Path) -> Result<()> {
    Cgroup::at(cgroup).join()?;
    setsid().map(drop).map_err(Error::kernel("begin a session"))
}

/// Sees to it that this process does not go on when the one that waits for it is gone.
pub(crate) fn die_with_the_caller() -> Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Error::kernel("follow the parent process"))
}

fn make_devices() -> Result<()> {
    let previous = umask(Mode::empty());
    for (name, major, minor) in
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)]
    {
        let path = PathBuf::from("dev").join(name);
        mknodat(CWD, &path, FileType::CharacterDevice, Mode::from_raw_mode(0o666), makedev(major, minor))
            .map_err(Error::kernel(format!("make {}", path.display())))?;
    }
    umask(previous);
    files::create_dir(Path::new("dev/pts"))?;
    files::create_dir(Path::new("dev/shm"))?;
    let terminals = "newinstance,ptmxmode=0666,mode=620,gid=5";
    mount_on("devpts", Path::new("dev/pts"), NOSUID | MountFlags::NOEXEC, terminals)?;
    mount_on("tmpfs", Path::new("dev/shm"), NOSUID | MountFlags::NODEV, "mode=1777")?;
    for (name, target) in [
        ("ptmx", "pts/ptmx"),
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("kmsg", "/dev/null"),
    ] {
        let path = PathBuf::from("dev").join(name);
        symlink(target, &path).map_err(Error::io("link", path))?;
    }
    Ok(())
}

fn mount_on(kind: &str, target: &Path, flags: MountFlags, options: &str) -> Result<()> {
    let operation = format!("mount {kind} on {}", target.display());
    let options = CString::new(options).map_err(|_| Error::Invalid(format!("cannot {operation}: zero byte")))?;
    mount(kind, target, kind, flags, options.as_c_str()).map_err(Error::kernel(operation))
}
