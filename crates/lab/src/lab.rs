//! A lab: its devices, its archive and the operator's desk on one network of their own.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::archive::Archive;
use crate::build::Build;
use crate::cgroup::Cgroup;
use crate::command::{self, Output};
use crate::device::{Device, Record};
use crate::error::{Error, Result, called};
use crate::files;
use crate::network::{self, ARCHIVE, DESK, DEVICES_MAX, Network, SUBNET};
use crate::prepare::Prepared;
use crate::progress::say;
use crate::store::Store;
use crate::suite::Suite;

/// A lab on this machine, up or not.
#[derive(Debug)]
pub struct Lab {
    name: String,
    store: Store,
    build: Build,
}

/// How many devices to raise, and which.
#[derive(Debug, Clone)]
pub struct Up {
    count: u8,
    suite: Option<Suite>,
    agent: bool,
    wait: bool,
}

/// A lab of a test: nobody else has it, and it ends when this is dropped.
#[derive(Debug)]
pub struct TemporaryLab {
    lab: Lab,
}

impl Up {
    /// So many devices, `pi-1` to `pi-N`, of alternating suites, with Framboise.
    pub fn devices(count: u8) -> Up {
        Up { count, suite: None, agent: true, wait: true }
    }

    /// All new devices of this suite.
    pub fn suite(mut self, suite: Suite) -> Up {
        self.suite = Some(suite);
        self
    }

    /// New devices without Framboise: plain Debian.
    pub fn without_agent(mut self) -> Up {
        self.agent = false;
        self
    }

    /// Does not wait until the agents answer.
    pub fn without_waiting(mut self) -> Up {
        self.wait = false;
        self
    }

    fn suite_of(&self, number: u8) -> Suite {
        self.suite.unwrap_or_else(|| Suite::alternating(number))
    }

    fn suites(&self) -> Vec<Suite> {
        let used = |suite: &Suite| (1..=self.count).any(|number| self.suite_of(number) == *suite);
        Suite::ALL.into_iter().filter(used).collect()
    }
}

impl Lab {
    /// The lab of that name; changes nothing yet.
    pub fn open(name: &str) -> Result<Lab> {
        if !rustix::process::geteuid().is_root() {
            return Err(Error::NotRoot);
        }
        check_name(name)?;
        Ok(Lab { name: name.to_owned(), store: Store::open(), build: Build::find()? })
    }

    /// Every lab of this machine that is up, or was when something broke off.
    pub fn all() -> Result<Vec<Lab>> {
        Store::open().labs()?.iter().map(|name| Lab::open(name)).collect()
    }

    /// A lab with a name of its own that ends when dropped; `label` says what it is for.
    pub fn temporary(label: &str) -> Result<TemporaryLab> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("{label}-{}-{count}", std::process::id());
        Ok(TemporaryLab { lab: Lab::open(&name)? })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Builds all that devices are made of, without starting any.
    pub fn prepare(&self, suites: &[Suite], agent: bool) -> Result<()> {
        Prepared::build(&self.store, &self.build, suites, agent).map(drop)
    }

    /// Sees to it that `pi-1` to `pi-N` run: adds those missing, switches on those cut.
    pub fn up(&self, up: &Up) -> Result<Vec<Device>> {
        if up.count == 0 || up.count > DEVICES_MAX {
            return Err(Error::Invalid(format!("a lab has 1 to {DEVICES_MAX} devices, not {}", up.count)));
        }
        let prepared = Prepared::build(&self.store, &self.build, &up.suites(), up.agent)?;
        let _lock = self.store.lock_lab(&self.name)?;
        network::raise_inotify_limit()?;
        self.raise_network(&prepared)?;
        let operators = if up.agent { self.operators()? } else { String::new() };
        let numbers: Vec<u8> = (1..=up.count).collect();
        let raise = |number: &u8| self.raise_device(*number, up, &prepared, &operators);
        let devices = in_parallel(&numbers, raise)?;
        say(format!("{} devices run", devices.len()));
        Ok(devices)
    }

    /// Its devices, whether they run or not.
    pub fn devices(&self) -> Result<Vec<Device>> {
        let mut devices = Vec::new();
        for name in files::names(&self.folder().join("devices"))? {
            let folder = self.folder().join("devices").join(name);
            if folder.join("device.json").exists() {
                let record: Record = files::read_json(&folder.join("device.json"))?;
                devices.push(self.device_of(record));
            }
        }
        devices.sort_by_key(Device::address);
        Ok(devices)
    }

    /// The device of that name.
    pub fn device(&self, name: &str) -> Result<Device> {
        let devices = self.devices()?;
        let known = devices.iter().map(|device| device.name().to_owned()).collect::<Vec<_>>();
        devices.into_iter().find(|device| device.name() == name).ok_or_else(|| Error::UnknownDevice {
            lab: self.name.clone(),
            name: name.to_owned(),
            known: if known.is_empty() { "none".into() } else { known.join(", ") },
        })
    }

    /// A folder of this lab for a test's own files, in memory; it goes with the lab.
    pub fn scratch(&self) -> PathBuf {
        self.folder().join("scratch")
    }

    /// Its archive.
    pub fn archive(&self) -> Archive {
        Archive::of(&self.store, &self.name, self.build.helper())
    }

    /// A command to run at the operator's desk, for the caller to spawn.
    pub fn desk_command(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Command> {
        let namespace = Network::of(&self.name).namespace("desk");
        if !Path::new("/run/netns").join(&namespace).exists() {
            return Err(Error::Invalid(format!("lab `{}` is not up: {} up N", self.name, called())));
        }
        let home = self.folder().join("desk");
        let mut path = OsString::from(self.build.folder());
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_else(|| "/usr/sbin:/usr/bin:/sbin:/bin".into()));
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &namespace]).args(words).env("PATH", path);
        for kind in ["config", "data", "state", "cache"] {
            let folder = home.join(kind);
            files::create_dir(&folder)?;
            command.env(format!("XDG_{}_HOME", kind.to_uppercase()), folder);
        }
        Ok(command)
    }

    /// Runs a command at the operator's desk, whatever its exit status.
    pub fn desk(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Output> {
        command::output(self.desk_command(words)?)
    }

    /// Runs a command at the operator's desk and gives its stdout; an error unless it succeeds.
    pub fn desk_check(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<String> {
        command::check(self.desk_command(words)?)
    }

    /// Loses so many of a hundred frames that any host sends, as a bad Wi-Fi does; 0 ends it.
    pub fn lose_frames(&self, percent: u8) -> Result<()> {
        Network::of(&self.name).lose_frames(percent)
    }

    /// Ends everything of this lab, also what a crash left over.
    pub fn down(&self) -> Result<()> {
        let _lock = self.store.lock_lab(&self.name)?;
        let cgroup = Cgroup::of_lab(&self.name)?;
        cgroup.kill()?;
        Network::of(&self.name).remove()?;
        cgroup.remove()?;
        let folder = self.folder();
        while is_mounted(&folder)? {
            unmount(&folder, UnmountFlags::DETACH).map_err(Error::kernel(format!("unmount {}", folder.display())))?;
        }
        files::remove_dir(&folder)
    }

    fn raise_network(&self, prepared: &Prepared) -> Result<()> {
        let folder = self.folder();
        files::create_dir(&folder)?;
        if !is_mounted(&folder)? {
            // In memory: apt and dpkg wait for the disk more than for anything else.
            mount("framboise-lab", &folder, "tmpfs", MountFlags::empty(), c"mode=755")
                .map_err(Error::kernel(format!("mount a tmpfs on {}", folder.display())))?;
        }
        let network = Network::of(&self.name);
        network.create()?;
        network.attach("desk", DESK)?;
        network.attach("archive", ARCHIVE)?;
        let archive = self.archive();
        archive.site().offer(&prepared.offer)?;
        for parts in prepared.parts.values() {
            archive.site().offer(&parts.offer)?;
        }
        archive.on()
    }

    /// The line that lets the desk's orders through, for each device's roster.
    fn operators(&self) -> Result<String> {
        let framboise = self.build.framboise()?;
        let line = self.desk_check([framboise.as_os_str(), OsStr::new("keys"), OsStr::new("show")])?;
        if !line.contains(" ed25519:") {
            say("warning: `framboise keys show` printed no key: the devices will obey nobody");
        }
        Ok(line)
    }

    fn raise_device(&self, number: u8, up: &Up, prepared: &Prepared, operators: &str) -> Result<Device> {
        let name = format!("pi-{number}");
        let present = self.devices()?.into_iter().find(|device| device.name() == name);
        let device = match present {
            Some(device) => device,
            None => self.make_device(name, number, up, prepared, operators)?,
        };
        let now = prepared.parts.get(&device.suite()).map(|parts| &parts.lower);
        if device.record.agent == up.agent && now.is_some_and(|lower| *lower != device.record.lower) {
            say(format!("{} is of an earlier build: `{} down`, then up, renews it", device.name(), called()));
        }
        device.power_on()?;
        if device.record.agent && up.wait {
            device.wait_for_agent()?;
        }
        say(format!("{} ({}, {}) runs", device.name(), device.address(), device.suite()));
        Ok(device)
    }

    fn make_device(&self, name: String, number: u8, up: &Up, prepared: &Prepared, operators: &str) -> Result<Device> {
        let suite = up.suite_of(number);
        let parts =
            prepared.parts.get(&suite).ok_or_else(|| Error::Invalid(format!("nothing is prepared for {suite}")))?;
        let device = self.device_of(Record {
            name: name.clone(),
            address: network::device_address(number),
            suite,
            arch: parts.arch.clone(),
            agent: up.agent,
            lower: parts.lower.clone(),
        });
        let upper = device.disk().join("upper");
        let write = |path: &str, content: String| files::write(&upper.join(path), content);
        write("etc/hostname", format!("{name}\n"))?;
        write(
            "etc/hosts",
            format!("127.0.0.1 localhost\n127.0.1.1 {name}\n{ARCHIVE} {}\n{DESK} desk.lab\n", network::ARCHIVE_NAME),
        )?;
        let machine_id = files::sha256(format!("{} {name}", self.name));
        write("etc/machine-id", format!("{}\n", &machine_id[..32]))?;
        if up.agent {
            write("etc/framboise/framboise.toml", format!("seed_routes = [\"{SUBNET}\"]\n"))?;
            write("etc/framboise/operators", operators.to_owned())?;
        }
        // Last: with it, the device exists.
        files::write_json(&device.folder.join("device.json"), &device.record)?;
        Ok(device)
    }

    fn device_of(&self, record: Record) -> Device {
        Device {
            folder: self.folder().join("devices").join(&record.name),
            record,
            lab: self.name.clone(),
            helper: self.build.helper().to_path_buf(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    fn folder(&self) -> PathBuf {
        self.store.lab(&self.name)
    }
}

impl Deref for TemporaryLab {
    type Target = Lab;

    fn deref(&self) -> &Lab {
        &self.lab
    }
}

impl Drop for TemporaryLab {
    fn drop(&mut self) {
        // Nobody else has its name, so nobody waits for its lock.
        if let Err(error) = self.lab.down().and_then(|()| self.lab.store.forget_lock(&self.lab.name)) {
            say(format!("lab `{}` is not wholly gone: {error}", self.lab.name));
        }
    }
}

/// Names of labs become parts of file names and network namespaces.
fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !name.is_empty() && name.len() <= 40 && name.chars().all(plain) {
        return Ok(());
    }
    Err(Error::Invalid(format!("`{name}` cannot name a lab: 1 to 40 of a-z, 0-9 and `-`")))
}

/// Boots a few at a time: more only fight for the processors.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    const AT_ONCE: usize = 4;
    let mut results = Vec::new();
    for some in items.chunks(AT_ONCE) {
        let ended = std::thread::scope(|scope| {
            let running: Vec<_> = some.iter().map(|item| scope.spawn(|| work(item))).collect();
            let ended = running.into_iter().map(|thread| match thread.join() {
                Ok(result) => result,
                Err(payload) => std::panic::resume_unwind(payload),
            });
            ended.collect::<Result<Vec<_>>>()
        })?;
        results.extend(ended);
    }
    Ok(results)
}

fn is_mounted(folder: &Path) -> Result<bool> {
    let file = "/proc/self/mounts";
    let mounts = fs::read_to_string(file).map_err(Error::io("read", file))?;
    let folder = folder.display().to_string();
    Ok(mounts.lines().any(|line| line.split(' ').nth(1) == Some(&folder)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_alternate_unless_one_is_chosen() {
        assert_eq!(Up::devices(1).suites(), [Suite::Bookworm]);
        assert_eq!(Up::devices(2).suites(), Suite::ALL);
        assert_eq!(Up::devices(9).suite(Suite::Trixie).suites(), [Suite::Trixie]);
    }

    #[test]
    fn a_lab_cannot_be_named_like_a_path() {
        assert!(check_name("demo-2").is_ok());
        for name in ["", "..", "a/b", "A", "a.b", &"x".repeat(41)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
