//! The commands, and the examples that their help ends with.

use super::{
    DiffArguments, ForgetArguments, LogArguments, OneDevice, PlanArguments, PointArguments, PointDelete, PointName,
    RollbackArguments, ScanArguments, SomeDevices, UpdateArguments, VaultArguments, VaultPrune,
};
use clap::{Subcommand, ValueHint};

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

Without --to a device goes back to what it stood on before its last update; after a rollback it is where that led, and other \
points want --to. `framboise history DEVICE` lists them. What was done to packages by hand since is undone, too. What packages did to their own data, and users and groups that they made, is not brought back.")]
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
