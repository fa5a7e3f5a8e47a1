//! The second kind of device: a virtual machine with a kernel of its own, in the place of a device of the lab.
//!
//! It has that device's name, address and content. Its disk loses what no flush had covered when its power goes: every
//! write is recorded ([`crate::WriteLog`]), and the disk is rebuilt from the record.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::command::{self, Output};
use crate::device::{Device, IDENTITY};
use crate::disk::{self, copy_image, image_of, with_mounted};
use crate::error::{Error, Result};
use crate::files;
use crate::guest;
use crate::kernel::Kernel;
use crate::lab::Lab;
use crate::network::Network;
use crate::write_log::WriteLog;

/// Without help from the processor a guest is ten to fifty times slower than this machine, and recovers at that speed.
const BOOT_WAIT: Duration = Duration::from_secs(1200);

/// The guest answers within this; apt works there, slowly.
const ANSWER_WAIT: Duration = Duration::from_secs(900);

/// Room for Debian, and for two of each package.
const DISK_MEGABYTES: u64 = 1536;

/// Room for the record of one run from power on to power cut; it takes only what is written.
const LOG_BYTES_MAX: u64 = 16 << 30;

/// Enough for apt.
const MEMORY_MEGABYTES: u32 = 512;

/// A virtual machine.
#[derive(Debug)]
pub struct Machine {
    device: Device,
    kernel: Kernel,
    qemu: Option<Child>,
}

impl Machine {
    /// Makes one of a device that is switched off, and stays so.
    pub fn of(lab: &Lab, device: Device) -> Result<Machine> {
        let kernel = Kernel::build(lab.store(), &lab.store().lock_cache()?, device.suite())?;
        let machine = Machine { device, kernel, qemu: None };
        let content = machine.file("content");
        files::remove_dir(&content)?;
        machine.device.save_disk(&content)?;
        let upper = content.join("upper");
        guest::prepare(&upper, machine.device.address())?;
        let lower: Vec<&Path> = machine.device.layers().iter().map(PathBuf::as_path).collect();
        image_of(&machine.file("base"), &[&[upper.as_path()], lower.as_slice()].concat(), DISK_MEGABYTES)?;
        files::remove_dir(&content)?;
        Ok(machine)
    }

    /// The device in whose place it is.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// All it wrote on its console since it was switched on.
    pub fn console(&self) -> Result<String> {
        let file = self.file("console");
        let bytes = fs::read(&file).map_err(Error::io("read", &file))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Boots it from its disk and does not wait for it.
    pub fn switch_on(&mut self) -> Result<()> {
        if self.qemu.is_some() {
            return Ok(());
        }
        Network::of(&self.device.lab).attach_tap(self.device.name())?;
        let (live, log, console) = (self.file("live"), self.file("log"), self.file("console"));
        copy_image(&self.disk(), &live)?;
        let created = File::create(&log).and_then(|file| file.set_len(LOG_BYTES_MAX));
        created.map_err(Error::io("create", &log))?;
        let errors = File::create(&console).map_err(Error::io("create", &console))?;
        let mut command = self.qemu(&live, &log, &console);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        self.qemu = Some(command.spawn().map_err(|error| command::not_started(&command, error))?);
        Ok(())
    }

    /// Boots it and waits until its agent answers: it has recovered then.
    pub fn power_on(&mut self) -> Result<()> {
        self.switch_on()?;
        self.wait_for_agent()
    }

    /// Waits until its agent answers on port 5000.
    pub fn wait_for_agent(&mut self) -> Result<()> {
        self.wait_until("answer on port 5000", Machine::answers)
    }

    /// Whether its agent answers on port 5000.
    pub fn answers(&self) -> bool {
        Network::of(&self.device.lab).probe(self.device.address(), IDENTITY) == Some(200)
    }

    /// Waits until something holds of it.
    pub fn wait_until(&mut self, what: &'static str, mut holds: impl FnMut(&Machine) -> bool) -> Result<()> {
        let (name, began) = (self.device.name().to_owned(), Instant::now());
        while !holds(self) {
            if !self.is_on() {
                return Err(Error::Died { name, console: self.last_words() });
            }
            if began.elapsed() > BOOT_WAIT {
                return Err(Error::Silent { name, what, seconds: BOOT_WAIT.as_secs(), console: self.last_words() });
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Whether it is switched on.
    pub fn is_on(&mut self) -> bool {
        self.qemu.as_mut().is_some_and(|qemu| matches!(qemu.try_wait(), Ok(None)))
    }

    /// The image that is its disk while it is switched off.
    pub fn disk(&self) -> PathBuf {
        self.file("base")
    }

    /// Pulls the plug: of the writes that no flush had covered, each is kept whole, in part or not at all, as `fate` says
    /// for each, in sectors. How many were lost, at least in part.
    pub fn power_cut(&mut self, fate: impl FnMut(u64) -> u64) -> Result<usize> {
        let Some(mut qemu) = self.qemu.take() else {
            return Err(Error::SwitchedOff { name: self.device.name().to_owned() });
        };
        qemu.kill().and_then(|()| qemu.wait()).map_err(Error::kernel("end a virtual machine"))?;
        let (base, log) = (self.disk(), WriteLog::read(&self.file("log"))?);
        let disk = File::options().write(true).open(&base).map_err(Error::io("open", &base))?;
        // Of the last entry a part may be missing: the plug cut the record short, too.
        let complete = log.len().saturating_sub(1);
        let durable = log.durable(complete);
        log.replay(&disk, 0..durable)?;
        log.replay_some(&disk, durable..complete, fate)
    }

    /// Runs a shell script as root inside it.
    pub fn exec(&self, script: &str) -> Result<Output> {
        let network = Network::of(&self.device.lab);
        guest::exec(&network, self.device.address(), script, ANSWER_WAIT)
    }

    /// As [`Machine::exec`]; its stdout, and an error unless it succeeds.
    pub fn check(&self, script: &str) -> Result<String> {
        let output = self.exec(script)?;
        if output.status == 0 {
            return Ok(output.stdout);
        }
        let (command, status) = (format!("{}: {script}", self.device.name()), format!("exit status {}", output.status));
        Err(Error::Command { command, status, stderr: output.stderr })
    }

    /// Copies its disk while it runs, with all that it has written by now.
    pub fn save_disk(&self, to: &Path) -> Result<()> {
        self.check("sync")?;
        // The guest may write at any time: it stands still, or the copy would be of no instant at all.
        self.signal(Signal::STOP)?;
        let copied = copy_image(&self.file("live"), to);
        self.signal(Signal::CONT)?;
        copied
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let Some(qemu) = &self.qemu else { return Err(Error::SwitchedOff { name: self.device.name().to_owned() }) };
        let done = kill_process(Pid::from_child(qemu), signal);
        done.map_err(Error::kernel("pause or resume a virtual machine"))
    }

    /// Runs a shell script on this machine in the folder that is the root of its disk, read-only, as it is now, with these
    /// arguments; its stdout.
    pub fn look(&self, script: &str, arguments: &[&Path]) -> Result<String> {
        let copy = self.file("look");
        self.save_disk(&copy)?;
        let text = with_mounted(&copy, &["ro"], script, arguments);
        files::remove_file(&copy)?;
        text
    }

    fn last_words(&self) -> String {
        let console = self.console().unwrap_or_default();
        let lines: Vec<&str> = console.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    fn file(&self, kind: &str) -> PathBuf {
        self.device.folder.join(format!("machine.{kind}"))
    }

    fn qemu(&self, live: &Path, log: &Path, console: &Path) -> Command {
        let network = Network::of(&self.device.lab);
        let file = |node: &str, path: &Path| format!("driver=file,node-name={node},filename={}", path.display());
        let name = self.device.name();
        // What guards a processor against its programs only costs time in an emulated one; and the kernel's doubt whether
        // timers work at all is of machines that do not wait for a busy host.
        // Raspberry Pi OS has its root mended, too, where a power cut tore the last block of the journal: ext4 refuses it.
        let kernel = "root=/dev/vda rootfstype=ext4 rw fsck.repair=yes console=ttyS0 quiet net.ifnames=0 mitigations=off \
            no_timer_check systemd.show_status=0 systemd.journald.forward_to_console=1";
        // Whatever ends the test ends the machine.
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &network.namespace("switch"), "setpriv", "--pdeathsig", "KILL"]);
        command.args(["qemu-system-x86_64", "-nodefaults", "-display", "none", "-accel", "tcg", "-cpu", "max"]);
        command.arg("-m").arg(MEMORY_MEGABYTES.to_string());
        command.arg("-serial").arg(format!("file:{}", console.display()));
        command.arg("-kernel").arg(&self.kernel.image).arg("-initrd").arg(&self.kernel.initrd);
        command.args(["-append", kernel, "-blockdev", &file("disk", live), "-blockdev", &file("log", log)]);
        command.args(["-blockdev", "driver=blklogwrites,node-name=recorded,file=disk,log=log,log-sector-size=512"]);
        command.args(["-device", "virtio-blk-pci,drive=recorded,write-cache=on", "-device", "virtio-rng-pci"]);
        command.arg("-netdev").arg(format!("tap,id=lan,ifname={name},script=no,downscript=no"));
        command.arg("-device").arg(format!("virtio-net-pci,netdev=lan,mac={}", network.mac_of(self.device.address())));
        command
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(mut qemu) = self.qemu.take() {
            // It may have ended by itself.
            drop(qemu.kill());
            drop(qemu.wait());
        }
        drop(disk::wait_until_let_go(&self.file("look")));
    }
}
