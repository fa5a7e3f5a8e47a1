//! The lab's commands, for people and scripts.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::archive::DebianArchive;
use crate::boot::Boot;
use crate::device::Device;
use crate::error::{Error, Result, called};
use crate::lab::{Lab, Up};
use crate::suite::Suite;
use crate::{archive, boot, command, inside, progress};

/// Simulated Raspberry Pis on this machine: real Debian, real apt, systemd, a network and an archive of their own.
#[derive(Debug, Parser)]
#[command(name = "framboise-lab", version, max_term_width = 100)]
#[command(after_help = "Examples:
  framboise-lab up 3                        three Pis, bookworm and trixie in turn
  framboise-lab desk -- framboise scan      what an operator would type
  framboise-lab exec pi-1 -- dpkg -l        inside a Pi
  framboise-lab archive drop fram-hello=1.0
  framboise-lab power-cut pi-2
  framboise-lab down

What a lab holds is described in crates/lab/README.md.")]
struct Cli {
    /// Which lab; several may run side by side, each on a network of its own.
    #[arg(long, global = true, env = "FRAMBOISE_LAB", default_value = "lab", value_name = "NAME")]
    lab: String,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Raise devices pi-1 to pi-N; those that run already stay as they are.
    #[command(after_help = "Examples:\n  framboise-lab up 3\n  framboise-lab up 1 --suite trixie\n  \
        framboise-lab up 2 --no-agent      plain Debian, without Framboise")]
    Up(UpArgs),
    /// Show the devices.
    #[command(after_help = "Example:\n  framboise-lab list --json | jq -r '.[].address'")]
    List {
        /// An array of {name, address, suite, arch}.
        #[arg(long)]
        json: bool,
    },
    /// Run a command inside a device, as root; its exit status is passed on.
    #[command(after_help = "Examples:\n  framboise-lab exec pi-1 -- apt-cache policy fram-hello\n  \
        framboise-lab exec pi-1 -- sh -c 'cat > /etc/motd' < motd")]
    Exec {
        /// The device's name.
        name: String,
        /// The command and its arguments.
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<OsString>,
    },
    /// Run a command at the operator's desk: in the lab's network, on this machine's files, with `framboise` on PATH.
    #[command(after_help = "Examples:\n  framboise-lab desk -- framboise scan\n  \
        framboise-lab desk -- curl -s http://10.77.0.11:5000/api/v1/identity")]
    Desk {
        /// The command and its arguments.
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<OsString>,
    },
    /// Change the package archive that the devices use.
    #[command(subcommand)]
    Archive(ArchiveAction),
    /// Pull a device's plug: all its processes end at once, its disk stays.
    PowerCut {
        /// The device's name.
        name: String,
    },
    /// Boot a device whose plug was pulled.
    PowerOn {
        /// The device's name.
        name: String,
    },
    /// Plug or pull a device's network cable.
    Network {
        /// The device's name.
        name: String,
        /// Plugged in or not.
        state: Switch,
    },
    /// Lose a share of all frames, each way, ARP too, as a bad Wi-Fi does; 0 ends it.
    #[command(after_help = "Example:\n  framboise-lab loss 5")]
    Loss {
        /// How many of a hundred frames.
        #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
        percent: u8,
    },
    /// Build roots, archive and layers without starting anything.
    Prepare(PrepareArgs),
    /// End the lab and all in it; the cache of roots and packages stays.
    Down {
        /// Every lab of this machine, also those that a broken-off test left.
        #[arg(long)]
        all: bool,
    },
    #[command(hide = true)]
    BootEnter { record: PathBuf },
    #[command(hide = true)]
    BootInit { record: PathBuf },
    #[command(hide = true)]
    Inside {
        pid: u32,
        #[arg(trailing_var_arg = true, required = true, allow_hyphen_values = true)]
        command: Vec<OsString>,
    },
    #[command(hide = true)]
    ArchiveServe {
        folder: PathBuf,
        #[arg(long)]
        cgroup: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct UpArgs {
    /// How many devices.
    count: u8,
    /// The Debian release of new devices; otherwise they alternate.
    #[arg(long)]
    suite: Option<Suite>,
    /// New devices without Framboise: plain Debian.
    #[arg(long)]
    no_agent: bool,
    /// Return when the devices have booted, before their agents answer.
    #[arg(long)]
    no_wait: bool,
}

#[derive(Debug, Args)]
struct PrepareArgs {
    /// For this Debian release alone.
    #[arg(long)]
    suite: Option<Suite>,
    /// Without Framboise's .deb, which need not be built yet.
    #[arg(long)]
    no_agent: bool,
}

#[derive(Debug, Subcommand)]
enum ArchiveAction {
    /// Accept connections.
    On,
    /// Refuse connections, as an archive that is down does.
    Off,
    /// Take a version away, as when Debian publishes its successor.
    #[command(after_help = "Example:\n  framboise-lab archive drop fram-hello=1.0")]
    Drop {
        #[arg(value_name = "PKG=VERSION", required = true)]
        packages: Vec<String>,
    },
    /// Bring back a dropped version, or fetch more of Debian, with what it depends on.
    #[command(after_help = "Examples:\n  framboise-lab archive add fram-vanish=1.0\n  \
        framboise-lab archive add htop nano=7.2-1+deb12u1\n  \
        framboise-lab archive add --from release nginx     the version that the newest one replaces")]
    Add {
        /// Debian's packages in this archive's version, newer or not; shows all that a fresh device would fetch for them.
        #[arg(long, value_name = "ARCHIVE")]
        from: Option<DebianArchive>,
        #[arg(value_name = "PKG[=VERSION]", required = true)]
        packages: Vec<String>,
    },
    /// Show what it offers.
    List {
        /// This package alone.
        package: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let ended = if let Action::Inside { pid, command } = &cli.action {
        inside::run(*pid, command)
    } else {
        act(cli).map(|()| ExitCode::SUCCESS)
    };
    match ended {
        Ok(code) => code,
        Err(error) => {
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

fn act(cli: Cli) -> Result<()> {
    let lab = || Lab::open(&cli.lab);
    match cli.action {
        Action::Up(args) => up(&lab()?, &args),
        Action::List { json } => list(&lab()?, json),
        Action::Exec { name, command } => become_it(lab()?.device(&name)?.command(command)?),
        Action::Desk { command } => become_it(lab()?.desk_command(command)?),
        Action::Archive(action) => change_archive(&lab()?, action),
        Action::PowerCut { name } => lab()?.device(&name)?.power_cut(),
        Action::PowerOn { name } => lab()?.device(&name)?.power_on(),
        Action::Network { name, state: Switch::On } => lab()?.device(&name)?.network_on(),
        Action::Network { name, state: Switch::Off } => lab()?.device(&name)?.network_off(),
        Action::Loss { percent } => lab()?.lose_frames(percent),
        Action::Prepare(args) => {
            let suites = args.suite.map_or(Suite::ALL.to_vec(), |suite| vec![suite]);
            lab()?.prepare(&suites, !args.no_agent)
        }
        Action::Down { all: false } => lab()?.down(),
        Action::Down { all: true } => Lab::all()?.iter().try_for_each(Lab::down),
        Action::BootEnter { record } => Boot::enter(&record),
        Action::BootInit { record } => Boot::init(&record),
        Action::Inside { pid, command } => inside::run(pid, &command).map(drop),
        Action::ArchiveServe { folder, cgroup } => {
            match cgroup {
                Some(cgroup) => boot::outlive_the_caller(&cgroup)?,
                None => boot::die_with_the_caller()?,
            }
            archive::server::serve(&folder)
        }
    }
}

fn up(lab: &Lab, args: &UpArgs) -> Result<()> {
    let mut up = Up::devices(args.count);
    if let Some(suite) = args.suite {
        up = up.suite(suite);
    }
    if args.no_agent {
        up = up.without_agent();
    }
    if args.no_wait {
        up = up.without_waiting();
    }
    lab.up(&up).map(drop)
}

fn list(lab: &Lab, json: bool) -> Result<()> {
    let devices = lab.devices()?;
    if json {
        let rows: Vec<_> = devices.iter().map(Row::of).collect();
        // Such rows have nothing that JSON cannot hold.
        println!("{}", serde_json::to_string_pretty(&rows).unwrap_or_default());
        return Ok(());
    }
    for device in &devices {
        let state = if device.is_running()? { "on" } else { "off" };
        println!(
            "{:<8} {:<14} {:<9} {:<6} {state}",
            device.name(),
            device.address().to_string(),
            device.suite().name(),
            device.arch()
        );
    }
    if devices.is_empty() {
        progress::say(format!("lab `{}` has no devices: {} up N", lab.name(), called()));
    }
    Ok(())
}

/// A device in `list --json`.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    address: Ipv4Addr,
    suite: Suite,
    arch: &'a str,
}

impl Row<'_> {
    fn of(device: &Device) -> Row<'_> {
        Row { name: device.name(), address: device.address(), suite: device.suite(), arch: device.arch() }
    }
}

fn change_archive(lab: &Lab, action: ArchiveAction) -> Result<()> {
    let archive = lab.archive();
    match action {
        ArchiveAction::On => archive.on(),
        ArchiveAction::Off => archive.off(),
        ArchiveAction::Drop { packages } => {
            for package in packages {
                let (name, version) = package
                    .split_once('=')
                    .ok_or_else(|| Error::Invalid(format!("`{package}` names no version: give it as PKG=VERSION")))?;
                archive.drop_version(name, version)?;
            }
            Ok(())
        }
        ArchiveAction::Add { from: None, packages } => archive.add(&packages),
        ArchiveAction::Add { from: Some(from), packages } => {
            for offered in archive.add_from_each(from, &packages)? {
                println!("{offered}");
            }
            Ok(())
        }
        ArchiveAction::List { package } => {
            for offered in archive.offers()? {
                if package.as_ref().is_none_or(|wanted| *wanted == offered.package) {
                    println!("{offered}");
                }
            }
            Ok(())
        }
    }
}

/// Replaces this process, so that stdin, signals and exit status are the command's own.
fn become_it(mut command: Command) -> Result<()> {
    let failure = command.exec();
    Err(command::not_started(&command, failure))
}

/// Says an error, each cause of it once, and the next step.
fn tell(error: &Error) {
    eprintln!("error: {error}");
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        eprintln!("  caused by: {source}");
        cause = source.source();
    }
    if let Some(hint) = error.hint() {
        eprintln!("hint: {hint}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
