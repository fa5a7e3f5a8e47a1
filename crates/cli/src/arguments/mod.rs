//! The command line. Its help is the manual.

mod said;
mod verbs;

pub use said::Said;
pub use verbs::{DepotVerb, KeysVerb, PointVerb, VaultVerb, Verb};

use crate::problem::Problem;
use clap::{Args, Parser, ValueHint};
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
  1    wrong use: the command line, the update file or a device's name; nothing was sent
  2    nothing done: no device could, none answered, or this computer could not; no order was given
  3    some failed, went back by themselves, or were not reached
  130  Ctrl-C: watching stopped; devices that have their order go on

What only a device can tell, that it has no such package or restore point, say, is 2 or 3, never 1.

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
    /// Say only what was asked for, and what failed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: every package of a plan, every device of a group, apt's own lines
    #[arg(short, long, global = true)]
    pub verbose: bool,
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
    /// As it was said; nothing where that is not needed.
    fn words(self) -> &'static str {
        match self.when {
            When::Never => "",
            When::IfRequired => "--reboot if-required",
            When::Always => "--reboot always",
        }
    }

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
