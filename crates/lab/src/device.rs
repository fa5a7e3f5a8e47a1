//! One simulated Pi: boots, loses power, runs commands.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use crate::boot::{Boot, DEVICE_PATH};
use crate::cgroup::Cgroup;
use crate::command::{self, Output};
use crate::disk;
use crate::error::{Error, Result};
use crate::files;
use crate::network::Network;
use crate::progress::Step;
use crate::suite::Suite;

/// A device boots in well under a second, unless it has an interrupted update to recover from: seconds on an idle host,
/// minutes on one with ten times the work it can do.
const BOOT_WAIT: Duration = Duration::from_secs(900);

/// The agent answers soon after boot.
const AGENT_WAIT: Duration = Duration::from_secs(180);

/// What the agent answers first, and to anybody.
pub(crate) const IDENTITY: &str = "/api/v1/identity";

/// What is known of a device, running or not.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) address: Ipv4Addr,
    pub(crate) suite: Suite,
    pub(crate) arch: String,
    pub(crate) agent: bool,
    /// Read-only layers of its root, the topmost first.
    pub(crate) lower: Vec<PathBuf>,
}

/// One simulated Pi of a lab.
#[derive(Debug, Clone)]
pub struct Device {
    pub(crate) record: Record,
    pub(crate) lab: String,
    /// Its own folder.
    pub(crate) folder: PathBuf,
    /// The `framboise-lab` binary.
    pub(crate) helper: PathBuf,
}

impl Device {
    /// Its name: `pi-1`.
    pub fn name(&self) -> &str {
        &self.record.name
    }

    /// Its address on the lab's network.
    pub fn address(&self) -> Ipv4Addr {
        self.record.address
    }

    /// The Debian release it is made of.
    pub fn suite(&self) -> Suite {
        self.record.suite
    }

    /// Its Debian architecture.
    pub fn arch(&self) -> &str {
        &self.record.arch
    }

    /// The layers under its disk, the topmost first: the Debian it is made of, which nobody ever writes to.
    pub fn layers(&self) -> &[PathBuf] {
        &self.record.lower
    }

    /// A command to run as root inside it, in all its namespaces, for the caller to spawn.
    pub fn command(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Command> {
        let pid = self.pid()?;
        let mut command = Command::new(&self.helper);
        command.args(["inside", &pid, "--", "env", "-i", "HOME=/root", "LANG=C.UTF-8"]);
        command.arg(format!("PATH={DEVICE_PATH}"));
        command.arg(format!("TERM={}", std::env::var("TERM").unwrap_or_else(|_| "dumb".into())));
        command.arg("DEBIAN_FRONTEND=noninteractive");
        command.args(words);
        Ok(command)
    }

    /// Runs a command inside it, whatever its exit status.
    pub fn exec(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Output> {
        command::output(self.command(words)?)
    }

    /// Runs a command inside it and gives its stdout; an error unless it succeeds.
    pub fn check(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
        command::check(self.command(words)?)
    }

    /// Reads a file inside it.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        let path = self.inside(path)?;
        fs::read(&path).map_err(Error::io("read", &path))
    }

    /// Writes a file inside it, and the folders above.
    pub fn write_file(&self, path: &str, content: impl AsRef<[u8]>, mode: u32) -> Result<()> {
        files::write_with_mode(&self.inside(path)?, content, mode)
    }

    /// Pulls the plug: SIGKILL of its PID 1, so that all of it ends at once. Its disk stays.
    pub fn power_cut(&self) -> Result<()> {
        let cgroup = self.cgroup()?;
        match self.pid() {
            Ok(pid) => {
                if let Some(pid) = pid.parse().ok().and_then(Pid::from_raw) {
                    kill_process(pid, Signal::KILL).map_err(Error::kernel(format!("kill {}", self.name())))?;
                }
            }
            // Between two inits, while it restarts.
            Err(_) if cgroup.is_populated() => {}
            Err(error) => return Err(error),
        }
        cgroup.kill()?;
        files::remove_file(&self.folder.join("pid"))?;
        if let Some(image) = self.image()? {
            disk::wait_until_let_go(&image)?;
        }
        self.network_off()
    }

    /// Boots it, again or for the first time, and returns once systemd is up.
    pub fn power_on(&self) -> Result<()> {
        self.switch_on()?;
        let cgroup = self.cgroup()?;
        // It may restart by itself meanwhile; only then nothing of it is left.
        self.wait_for("start", BOOT_WAIT, || self.is_booted() || !cgroup.is_populated())?;
        if cgroup.is_populated() { Ok(()) } else { self.still_runs() }
    }

    /// Starts it and does not wait until it has booted.
    pub fn switch_on(&self) -> Result<()> {
        if self.is_running()? { Ok(()) } else { self.launch() }
    }

    /// Whether it is switched on.
    pub fn is_running(&self) -> Result<bool> {
        Ok(self.pid().is_ok())
    }

    /// Pulls its network cable.
    pub fn network_off(&self) -> Result<()> {
        Network::of(&self.lab).set_cable(self.name(), false)
    }

    /// Plugs its network cable in.
    pub fn network_on(&self) -> Result<()> {
        Network::of(&self.lab).set_cable(self.name(), true)
    }

    /// Waits until its agent answers on port 5000.
    pub fn wait_for_agent(&self) -> Result<()> {
        let network = Network::of(&self.lab);
        self.wait_for("answer on port 5000", AGENT_WAIT, || network.probe(self.address(), IDENTITY) == Some(200))
    }

    /// Starts its first process and waits until the host knows its PID.
    fn launch(&self) -> Result<()> {
        let network = Network::of(&self.lab);
        network.attach(self.name(), self.address())?;
        network.set_cable(self.name(), true)?;
        let cgroup = self.cgroup()?;
        // Where an earlier start was broken off, its processes may still be on their way.
        cgroup.kill()?;
        cgroup.create()?;
        let (upper, work, root) = (self.disk().join("upper"), self.disk().join("work"), self.folder.join("root"));
        for folder in [&upper, &work, &root] {
            files::create_dir(folder)?;
        }
        let pid_file = self.folder.join("pid");
        files::remove_file(&pid_file)?;
        let boot = Boot {
            hostname: self.name().to_owned(),
            lower: self.record.lower.clone(),
            upper,
            image: self.image()?,
            work,
            mountpoint: root,
            netns: Some(network.namespace(self.name())),
            cgroup: Some(cgroup.path().to_path_buf()),
            pid_file: Some(pid_file.clone()),
            init: vec!["/sbin/init".into()],
        };
        let console = self.folder.join("console");
        let log = File::options().create(true).append(true).open(&console).map_err(Error::io("open", &console))?;
        let errors = log.try_clone().map_err(Error::io("open", &console))?;
        let mut command = boot.command(&self.helper, &self.folder.join("boot.json"))?;
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        let mut first = command.spawn().map_err(|e| command::not_started(&command, e))?;
        // The caller may live on: without a waiter a device that ended would stay a zombie.
        let waiter = std::thread::spawn(move || first.wait());
        self.wait_for("start", BOOT_WAIT, || pid_file.exists() || waiter.is_finished())?;
        self.still_runs()
    }

    fn still_runs(&self) -> Result<()> {
        self.pid().map(drop).map_err(|_| Error::Died { name: self.name().to_owned(), console: self.last_words() })
    }

    /// systemd has started all that belongs to its default target.
    fn is_booted(&self) -> bool {
        let state = self.exec(["systemctl", "is-system-running"]).map(|output| output.stdout);
        state.is_ok_and(|state| ["running", "degraded"].contains(&state.trim()))
    }

    /// The PID that the host sees of its PID 1, if it runs.
    fn pid(&self) -> Result<String> {
        let pid = fs::read_to_string(self.folder.join("pid")).unwrap_or_default();
        // The number alone may be another process's by now.
        if !pid.is_empty() && self.cgroup()?.holds(&pid) {
            return Ok(pid);
        }
        Err(Error::SwitchedOff { name: self.name().to_owned() })
    }

    /// Where a path inside it is, seen from outside, as long as it runs.
    pub fn inside(&self, path: &str) -> Result<PathBuf> {
        Ok(PathBuf::from(format!("/proc/{}/root/{}", self.pid()?, path.trim_start_matches('/'))))
    }

    fn cgroup(&self) -> Result<Cgroup> {
        Ok(Cgroup::of_lab(&self.lab)?.member(self.name()))
    }

    fn wait_for(&self, what: &'static str, limit: Duration, mut done: impl FnMut() -> bool) -> Result<()> {
        let _step = Step::begin_quietly(format!("waiting for {} to {what}", self.name()));
        let began = Instant::now();
        while !done() {
            if began.elapsed() > limit {
                return Err(Error::Silent {
                    name: self.name().to_owned(),
                    what,
                    seconds: limit.as_secs(),
                    console: self.last_words(),
                });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// The end of its console and of its journal.
    fn last_words(&self) -> String {
        let console = fs::read_to_string(self.folder.join("console")).unwrap_or_default();
        let lines: Vec<_> = console.lines().collect();
        let console = lines[lines.len().saturating_sub(10)..].join("\n");
        let journal = self.exec(["journalctl", "--no-pager", "--lines=15", "--boot", "--output=short-monotonic"]);
        let journal = journal.map(|output| output.stdout).unwrap_or_default();
        format!("{console}\n{journal}").trim().to_owned()
    }
}
