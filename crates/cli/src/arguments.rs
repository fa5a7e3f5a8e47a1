//! The command line. Its help is the manual.

use crate::problem::Problem;
use clap::{Args, Parser, Subcommand, ValueHint};
use framboise_core::ids::OrderId;
use framboise_core::protocol::http::PORT;
use framboise_core::update_file::RebootPolicy;
use framboise_fleet::choose::Choice;
use framboise_fleet::discovery::{Ipv4Net, parse_network};
use framboise_fleet::inspect::Moment;
use framboise_fleet::points::PointWord;
use std::time::Duration;

/// As text, for the parser: [`framboise_fleet::run::PATIENCE`].
const PATIENCE_SECONDS: &str = "90";

const EXIT_CODES: &str = "\
Exit codes:
  0    all done: every device is as asked
  1    wrong use: the command line, the update file or a name; nothing was sent
  2    nothing done: no device was given an order, or none answered
  3    some failed, went back by themselves, or were not reached
  130  Ctrl-C: watching stopped; devices that have their order go on

Data goes to standard output, talk to standard error. NO_COLOR switches colours off.";

/// Updates and rolls back the packages of many Raspberry Pis from one desk. Without a command: shows the fleet.
///
/// Whatever goes wrong, each Pi is back exactly where it was: after a power cut, offline, and though the archive has no
/// old version any more.
#[derive(Debug, Parser)]
#[command(name = "framboise", version, after_help = EXIT_CODES, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Option<Verb>,
}

/// Options of every command.
#[derive(Debug, Clone, Copy, Args)]
pub struct Global {
    /// Print JSON: one object, or one a line where events are told; every object has a `version`
    #[arg(long, global = true)]
    pub json: bool,
    /// Say only what was asked for, and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: every package of a plan, every device of a group, apt's own lines
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Find the Pis of this network
    #[command(after_help = "Examples:
  framboise scan
  framboise scan --subnet 192.168.1.0/24 --subnet 10.0.0.0/22
  framboise scan --json | jq -r '.found[].identity.name'

Listens for agents that announce themselves and asks every address of this computer's networks, silent ones several \
times, for Wi-Fi loses packets. Also lists hosts that look like a Pi and run no agent yet. Ends with 2 when no Pi \
answered.")]
    Scan(ScanArguments),

    /// List the devices that this desk knows, without asking them
    #[command(after_help = "Examples:
  framboise devices
  framboise devices --json | jq -r '.devices[].device.name'")]
    Devices,

    /// Show what an update, or a rollback, would do; changes nothing
    #[command(after_help = "Examples:
  framboise plan --file kiosk.txt --all
  framboise plan --file kiosk.txt kiosk-1 192.168.1.42
  framboise plan --rollback kiosk-1")]
    Plan(PlanArguments),

    /// Install, upgrade or remove what an update file lists
    #[command(after_help = "Examples:
  framboise update --file kiosk.txt --all
  framboise update --file kiosk.txt kiosk-1 kiosk-2 --yes
  echo vim | framboise update --file - --all --yes
  framboise update --file https://example.org/kiosk.txt --all

An update file lists packages, one a line: name, name=version, name:arch, name/suite, name- (remove), @security, \
@upgrade, or a .deb by path or address; # begins a comment. A file ending in .toml has `packages` and checks.

Shows the plan and asks before it starts. A device that this desk does not reach again after its update goes back by \
itself. Ctrl-C stops watching, never a device: those that have their order judge by their own checks from then on.")]
    Update(UpdateArguments),

    /// Bring devices back to a restore point
    #[command(after_help = "Examples:
  framboise rollback kiosk-1
  framboise rollback --all --yes
  framboise rollback kiosk-1 --to 3
  framboise rollback kiosk-1 --reboot if-required
  framboise rollback --all --to 'before the fair'

Without --to a device goes back to what it stood on before its last order. `framboise history DEVICE` lists its restore \
points. What packages did to their own data, and users and groups that they made, is not brought back.")]
    Rollback(RollbackArguments),

    /// Show the restore points of a device and what was done to it
    #[command(after_help = "Examples:
  framboise history kiosk-1

A restore point is the whole package state of a device, recorded before its first update and after each. To look at one, \
name, pin or delete it: framboise point --help")]
    History(OneDevice),

    /// Look at a restore point, name, pin or delete it
    #[command(
        subcommand,
        after_help = "Examples:
  framboise history kiosk-1       lists its restore points
  framboise point show kiosk-1 3
  framboise point name kiosk-1 3 'before the fair'
  framboise point pin kiosk-1 3
  framboise rollback kiosk-1 --to 'before the fair'"
    )]
    Point(PointVerb),

    /// Show what devices keep for their way back, or make room there
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:
  framboise vault kiosk-1
  framboise vault --verbose       each package file, and the restore points that need it
  framboise vault prune kiosk-1 --free 200M"
    )]
    Vault(VaultArguments),

    /// The package files that this desk keeps for devices' ways back
    #[command(
        subcommand,
        after_help = "Examples:
  framboise depot add our-app_2.0_arm64.deb
  framboise depot list
  framboise depot remove our-app=2.0"
    )]
    Depot(DepotVerb),

    /// Show what changed on a device between two moments
    #[command(after_help = "Examples:
  framboise diff kiosk-1          the newest restore point and now
  framboise diff kiosk-1 2        restore point 2 and now
  framboise diff kiosk-1 1 3      restore points 1 and 3

A restore point is said by its number or its name.")]
    Diff(DiffArguments),

    /// Ask devices how they are
    #[command(after_help = "Examples:
  framboise status
  framboise status kiosk-1 kiosk-2")]
    Status(SomeDevices),

    /// Show what a device told of its last order; follows one that still runs
    #[command(after_help = "Examples:
  framboise log kiosk-1
  framboise log kiosk-1 --json")]
    Log(LogArguments),

    /// Take devices off the list; the devices themselves stay as they are
    #[command(after_help = "Examples:
  framboise forget kiosk-1")]
    Forget(ForgetArguments),

    /// The key that signs your orders
    #[command(
        subcommand,
        after_help = "Examples:
  framboise keys show
  framboise keys show | ssh pi@kiosk-1 sudo tee -a /etc/framboise/operators"
    )]
    Keys(KeysVerb),

    /// Print a script that completes commands in a shell
    #[command(after_help = "Examples:
  framboise completions bash > ~/.local/share/bash-completion/completions/framboise")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum KeysVerb {
    /// Print the public line that devices need in /etc/framboise/operators; makes the key at its first use
    #[command(after_help = "Examples:
  framboise keys show
  framboise keys show | ssh pi@kiosk-1 sudo tee -a /etc/framboise/operators")]
    Show,
}

#[derive(Debug, Subcommand)]
pub enum PointVerb {
    /// Show what differs from a restore point now, and what the vault has for it
    #[command(after_help = "Examples:
  framboise point show kiosk-1 3")]
    Show(PointArguments),

    /// Give a restore point a name, by which it can be said from then on
    #[command(after_help = "Examples:
  framboise point name kiosk-1 3 'before the fair'
  framboise point name kiosk-1 3 ''       takes the name away")]
    Name(PointName),

    /// Keep a restore point whatever room it takes
    #[command(after_help = "Examples:
  framboise point pin kiosk-1 3")]
    Pin(PointArguments),

    /// Let a restore point go when room is needed
    #[command(after_help = "Examples:
  framboise point unpin kiosk-1 3")]
    Unpin(PointArguments),

    /// Delete restore points, and the package files that no other one needs
    #[command(after_help = "Examples:
  framboise point delete kiosk-1 3
  framboise point delete kiosk-1 3 4 --yes

The point that the device stands on, the newest way back and pinned points are not deleted.")]
    Delete(PointDelete),
}

#[derive(Debug, Subcommand)]
pub enum DepotVerb {
    /// Keep copies of .debs, for devices whose archive has them no longer
    #[command(after_help = "Examples:
  framboise depot add our-app_2.0_arm64.deb
  framboise depot add /var/cache/apt/archives/*.deb

Where a device has no way back for want of a package's .deb, a plan looks here. Package files that an update file names are \
kept by themselves.")]
    Add {
        /// The .debs
        #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
        files: Vec<std::path::PathBuf>,
    },

    /// List what the depot has
    #[command(after_help = "Examples:
  framboise depot list
  framboise depot list --json | jq -r '.debs[].package'")]
    List,

    /// Delete .debs from the depot
    #[command(after_help = "Examples:
  framboise depot remove our-app=2.0
  framboise depot remove our-app        every version")]
    Remove {
        /// Each a name, NAME=VERSION, or the beginning of a digest
        #[arg(value_name = "PACKAGE", required = true)]
        packages: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct PointArguments {
    /// The device: its name, its address, or the beginning of its id
    pub device: String,
    /// The restore point: its number or its name
    pub point: PointWord,
}

#[derive(Debug, Args)]
pub struct PointName {
    #[command(flatten)]
    pub point: PointArguments,
    /// The name: at most 80 characters, and no other point's
    pub name: String,
}

#[derive(Debug, Args)]
pub struct PointDelete {
    /// The device: its name, its address, or the beginning of its id
    pub device: String,
    /// The restore points, each by its number or its name
    #[arg(value_name = "POINT", required = true)]
    pub points: Vec<PointWord>,
    /// Delete without asking
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct VaultArguments {
    #[command(subcommand)]
    pub verb: Option<VaultVerb>,
    #[command(flatten)]
    pub devices: SomeDevices,
}

#[derive(Debug, Subcommand)]
pub enum VaultVerb {
    /// Free what no restore point needs, and the oldest restore points where that is not enough
    #[command(after_help = "Examples:
  framboise vault prune kiosk-1
  framboise vault prune --all --free 200M

With --free the oldest restore points go, one after the other, until so much is free. Those that stay: pinned ones, the \
one that the device stands on, the newest way back, and the newest. Ends with 3 (2 for one device) where less got free.")]
    Prune(VaultPrune),
}

#[derive(Debug, Args)]
pub struct VaultPrune {
    #[command(flatten)]
    pub devices: Devices,
    /// Let old restore points go until so much is free: bytes, or with K, M or G
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub free: Option<u64>,
    /// Let restore points go without asking
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct ScanArguments {
    /// Ask this network instead of this computer's own; may be given several times
    #[arg(long = "subnet", value_name = "NETWORK", value_parser = parse_network)]
    pub subnets: Vec<Ipv4Net>,
    /// The agent's port
    #[arg(long, default_value_t = PORT)]
    pub port: u16,
    /// With --json: print each event as it comes, one object a line
    #[arg(long, requires = "json")]
    pub watch: bool,
}

/// Which devices; all of them only when that is said.
#[derive(Debug, Args)]
pub struct Devices {
    /// Devices, each by its name, its address, or the beginning of its id
    #[arg(value_name = "DEVICE")]
    pub devices: Vec<String>,
    /// All devices that this desk knows
    #[arg(long, conflicts_with = "devices")]
    pub all: bool,
}

#[derive(Debug, Args)]
pub struct PlanArguments {
    #[command(flatten)]
    pub devices: Devices,
    /// The update file: a path, - for standard input, or an http(s) address
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, required_unless_present = "rollback")]
    pub file: Option<String>,
    /// Plan the way back instead
    #[arg(long, conflicts_with = "file")]
    pub rollback: bool,
    /// The restore point to go back to: its number or its name
    #[arg(long, value_name = "POINT", requires = "rollback")]
    pub to: Option<PointWord>,
}

#[derive(Debug, Args)]
pub struct UpdateArguments {
    #[command(flatten)]
    pub devices: Devices,
    /// The update file: a path, - for standard input, or an http(s) address
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: String,
    #[command(flatten)]
    pub start: Start,
}

#[derive(Debug, Args)]
pub struct RollbackArguments {
    #[command(flatten)]
    pub devices: Devices,
    /// The restore point to go back to: its number or its name
    #[arg(long, value_name = "POINT")]
    pub to: Option<PointWord>,
    #[command(flatten)]
    pub reboot: Reboot,
    #[command(flatten)]
    pub start: Start,
}

/// Whether a rollback restarts devices; for an update its file says so (`[reboot]`).
#[derive(Debug, Clone, Copy, Args)]
pub struct Reboot {
    /// Restart after going back: when a package needs it, or always. A rollback never restarts a device unasked
    #[arg(long = "reboot", value_name = "WHEN", value_enum, default_value_t = When::Never)]
    when: When,
}

/// When to restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum When {
    Never,
    IfRequired,
    Always,
}

impl Reboot {
    /// As orders say it.
    pub fn policy(self) -> RebootPolicy {
        match self.when {
            When::Never => RebootPolicy::Never,
            When::IfRequired => RebootPolicy::IfRequired,
            When::Always => RebootPolicy::Always,
        }
    }
}

/// How an order is started and waited for.
#[derive(Debug, Clone, Copy, Args)]
pub struct Start {
    /// Start without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Include devices that could not return all the way
    #[arg(long)]
    pub accept_no_way_back: bool,
    /// Give the orders and go: devices then judge by their own checks alone
    #[arg(long)]
    pub no_wait: bool,
    /// Stop waiting for a device that has been away for so long; one that restarts for its order has 10 minutes at least
    #[arg(long, value_name = "SECONDS", default_value = PATIENCE_SECONDS, value_parser = parse_seconds)]
    pub patience: Duration,
}

#[derive(Debug, Args)]
pub struct OneDevice {
    /// The device: its name, its address, or the beginning of its id
    pub device: String,
}

#[derive(Debug, Args)]
pub struct SomeDevices {
    /// Devices, each by its name, its address, or the beginning of its id; all when none is named
    #[arg(value_name = "DEVICE")]
    pub devices: Vec<String>,
}

#[derive(Debug, Args)]
pub struct ForgetArguments {
    /// Devices, each by its name, its address, or the beginning of its id
    #[arg(value_name = "DEVICE", required = true)]
    pub devices: Vec<String>,
}

#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The device: its name, its address, or the beginning of its id
    pub device: String,
    /// From: a restore point, or `now`; the newest restore point when left out
    #[arg(value_name = "A", value_parser = parse_moment)]
    pub from: Option<Moment>,
    /// To: a restore point, or `now`
    #[arg(value_name = "B", value_parser = parse_moment, default_value = "now")]
    pub to: Moment,
}

#[derive(Debug, Args)]
pub struct LogArguments {
    /// The device: its name, its address, or the beginning of its id
    pub device: String,
    /// The order, by its id; the device's last when left out
    pub order: Option<OrderId>,
}

impl Devices {
    /// # Errors
    /// When no device is named: all of them is something that has to be said.
    pub fn choice(&self) -> Result<Choice, Problem> {
        match (self.all, self.devices.as_slice()) {
            (true, _) => Ok(Choice::All),
            (false, []) => {
                Err(Problem::of_use("no device is named", "name some, or say --all; framboise devices lists them"))
            }
            (false, devices) => Ok(Choice::These(devices.to_vec())),
        }
    }
}

impl SomeDevices {
    pub fn choice(&self) -> Choice {
        if self.devices.is_empty() { Choice::All } else { Choice::These(self.devices.clone()) }
    }
}

fn parse_moment(text: &str) -> Result<Moment, std::convert::Infallible> {
    if text == "now" { Ok(Moment::Now) } else { text.parse().map(Moment::Point) }
}

/// `200M`: decimal, as archives and disks are sold.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => Some(1),
        "K" | "KB" => Some(1_000),
        "M" | "MB" => Some(1_000_000),
        "G" | "GB" => Some(1_000_000_000),
        _ => None,
    };
    let bytes = factor.and_then(|factor: u64| digits.parse::<u64>().ok()?.checked_mul(factor));
    bytes.ok_or_else(|| "expected bytes, such as 200M or 2G".to_owned())
}

fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected seconds".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    /// clap's own `help` aside.
    fn without_examples(command: &clap::Command, path: &str) -> Vec<String> {
        let path = format!("{path} {}", command.get_name());
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let own = (!help.contains("Examples:\n  framboise ")).then(|| path.clone());
        own.into_iter().chain(command.get_subcommands().flat_map(|verb| without_examples(verb, &path))).collect()
    }

    #[test]
    fn every_command_shows_examples() {
        let command = Arguments::command();
        let lacking: Vec<_> = command.get_subcommands().flat_map(|verb| without_examples(verb, "framboise")).collect();
        assert_eq!(lacking, Vec::<String>::new());
    }

    #[test]
    fn sizes_are_understood() {
        assert_eq!(parse_bytes("200M"), Ok(200_000_000));
        assert_eq!(parse_bytes("2 gb"), Ok(2_000_000_000));
        assert_eq!(parse_bytes("7"), Ok(7));
        for text in ["", "M", "-1", "1.5G", "1T", "99999999999999999999"] {
            assert!(parse_bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_patience_is_that_of_the_fleet() {
        assert_eq!(parse_seconds(PATIENCE_SECONDS), Ok(framboise_fleet::run::PATIENCE));
    }
}
