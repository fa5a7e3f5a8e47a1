//! Why something did not happen: a closed set, each with the next step to take.

use crate::debian::{PackageKey, Suite, Version};
use crate::ids::{OrderId, RestorePointId};
use crate::vault::Fixed;
use serde::{Deserialize, Serialize};

/// A failure as it travels: its cause, and what the program that failed said itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The cause.
    pub cause: Cause,
    /// apt's, dpkg's or a script's own last lines; empty when there are none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// The cause in a sentence, so that a reader of another version has it too.
    #[serde(default)]
    pub message: String,
    /// What to do now, in a sentence.
    #[serde(default)]
    pub next_step: String,
}

impl Failure {
    /// A failure with what the failing program said.
    pub fn new(cause: Cause, detail: impl Into<String>) -> Self {
        let (message, next_step) = (cause.to_string(), cause.next_step());
        Failure { cause, detail: detail.into(), message, next_step }
    }
}

impl From<Cause> for Failure {
    fn from(cause: Cause) -> Self {
        Failure::new(cause, "")
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Every cause Framboise knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each variant's sentence is its Display, each field is named for what it holds")]
pub enum Cause {
    // The request.
    BadRequest {
        problem: String,
    },
    BadList {
        problems: String,
    },
    UnknownPackage {
        package: String,
    },
    VersionNotAvailable {
        package: String,
        version: Version,
    },
    SuiteNotAvailable {
        package: String,
        suite: Suite,
    },
    NotInstallable {
        package: String,
    },
    UnmetDependencies {
        packages: Vec<String>,
    },
    Held {
        packages: Vec<String>,
    },
    EssentialRemoval {
        packages: Vec<String>,
    },
    ForeignDeb {
        package: String,
    },
    NotStaged {
        sha256: String,
    },
    NothingRecorded,
    UnknownRestorePoint {
        id: RestorePointId,
    },
    PointFixed {
        id: RestorePointId,
        why: Fixed,
    },
    BadName {
        problem: String,
    },
    UnknownOrder {
        order: OrderId,
    },
    NoWayBack {
        packages: Vec<String>,
    },
    // The order.
    NotSigned {
        problem: String,
    },
    NotForThisDevice,
    Replayed {
        counter: u64,
        seen: u64,
    },
    Expired {
        expired: jiff::Timestamp,
    },
    SeedRoutesOff,
    ForgedRequest {
        header: String,
    },
    Busy {
        order: Option<OrderId>,
    },
    ChangedSincePlan {
        differences: Vec<String>,
    },
    NotTheLock {
        differences: Vec<String>,
    },
    // The device.
    DiskFull {
        path: String,
        missing_bytes: Option<u64>,
    },
    ReadOnly {
        path: String,
    },
    LockHeld {
        path: String,
        pid: Option<u32>,
        program: Option<String>,
    },
    DpkgBroken {
        packages: Vec<String>,
    },
    DpkgUnfinished {
        packages: Vec<String>,
    },
    Interrupted,
    NotRestarted {
        tries: u32,
    },
    RootSideUnreachable {
        problem: String,
    },
    DeviceFault {
        doing: String,
        problem: String,
    },
    // The archive.
    FetchFailed {
        uri: Option<String>,
    },
    HashMismatch {
        package: Option<String>,
    },
    UntrustedArchive {
        uri: Option<String>,
    },
    IndexExpired {
        wrong_clock: bool,
    },
    DebMissing {
        packages: Vec<PackageKey>,
    },
    // What ran.
    ScriptFailed {
        package: String,
        script: Option<String>,
    },
    DebConflict {
        package: String,
    },
    AptFailed {
        status: Option<i32>,
    },
    DeskSilent {
        seconds: u16,
    },
    CheckFailed {
        check: String,
    },
    StateDiffers {
        differences: Vec<String>,
    },
    Stalled {
        package: Option<String>,
    },
    #[serde(other)]
    Unknown,
}

impl std::fmt::Display for Cause {
    #[expect(clippy::too_many_lines, reason = "one sentence a cause; a table reads best whole")]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Cause::BadRequest { problem } => write!(f, "the request is not understood: {problem}"),
            Cause::BadList { problems } => write!(f, "the package list is not valid: {problems}"),
            Cause::UnknownPackage { package } => write!(f, "the device's archives have no package {package}"),
            Cause::VersionNotAvailable { package, version } => {
                write!(f, "{package} {version} is not in the device's archives")
            }
            Cause::SuiteNotAvailable { package, suite } => write!(f, "{package} is not in {suite} on this device"),
            Cause::NotInstallable { package } => write!(f, "{package} is known but has no version to install"),
            Cause::UnmetDependencies { packages } => with_list(f, "dependencies cannot be met", packages),
            Cause::Held { packages } => with_list(f, "held on the device", packages),
            Cause::EssentialRemoval { packages } => with_list(f, "it would remove what the system needs", packages),
            Cause::ForeignDeb { package } => write!(f, "{package} is for another architecture"),
            Cause::NotStaged { sha256 } => write!(f, "the .deb {sha256} has not been handed to the device"),
            Cause::NothingRecorded => f.write_str("nothing is recorded on this device to go back to"),
            Cause::UnknownRestorePoint { id } => write!(f, "the device has no restore point {id}"),
            Cause::PointFixed { id, why } => write!(f, "restore point {id} stays: {why}"),
            Cause::BadName { problem } => write!(f, "the name can't be given: {problem}"),
            Cause::UnknownOrder { order } => write!(f, "the device knows no order {order}"),
            Cause::NoWayBack { packages } => with_list(f, "there is no complete way back", packages),
            Cause::NotSigned { problem } => {
                write!(f, "the order is not signed by an operator of this device: {problem}")
            }
            Cause::NotForThisDevice => f.write_str("the order does not name this device"),
            Cause::Replayed { counter, seen } => {
                write!(f, "the order's counter {counter} is not above {seen}, which the device has seen")
            }
            Cause::Expired { expired } => write!(f, "the order expired at {expired}"),
            Cause::SeedRoutesOff => f.write_str("plain requests are switched off on this device"),
            Cause::ForgedRequest { header } => {
                write!(f, "refused, for a web page could have sent it (header {header})")
            }
            Cause::Busy { order: Some(order) } => write!(f, "the device is busy with order {order}"),
            Cause::Busy { order: None } => f.write_str("the device is busy"),
            Cause::ChangedSincePlan { differences } => with_list(f, "the device changed since the plan", differences),
            Cause::NotTheLock { differences } => {
                with_list(f, "apt would do something else than was planned", differences)
            }
            Cause::DiskFull { path, missing_bytes: Some(bytes) } => {
                write!(f, "not enough space on {path}: {} MB more are needed", bytes.div_ceil(1_000_000))
            }
            Cause::DiskFull { path, missing_bytes: None } => write!(f, "no space left on {path}"),
            Cause::ReadOnly { path } => write!(f, "{path} is mounted read-only"),
            Cause::LockHeld { path, pid, program } => {
                let program = program.as_deref().unwrap_or("another program");
                write!(f, "{program}{} holds {path}", pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())
            }
            Cause::DpkgBroken { packages } => with_list(f, "dpkg left packages unfinished", packages),
            Cause::DpkgUnfinished { packages } => with_list(f, "packages were left unfinished before", packages),
            Cause::Interrupted => f.write_str("the device stopped in the middle of it"),
            Cause::NotRestarted { tries } => write!(f, "the device did not restart, though asked {tries} times"),
            Cause::RootSideUnreachable { problem } => {
                write!(f, "framboise-apply does not answer on the device: {problem}")
            }
            Cause::DeviceFault { doing, problem } => write!(f, "the device could not {doing}: {problem}"),
            Cause::FetchFailed { uri: Some(uri) } => write!(f, "could not fetch {uri}"),
            Cause::FetchFailed { uri: None } => f.write_str("the archive could not be reached"),
            Cause::HashMismatch { package: Some(package) } => {
                write!(f, "{package} is not the file that was planned: its hash differs")
            }
            Cause::HashMismatch { package: None } => f.write_str("what the archive sent does not match its index"),
            Cause::UntrustedArchive { uri } => write!(
                f,
                "the archive {}is not signed by a key that the device trusts",
                uri.as_deref().map(|uri| format!("{uri} ")).unwrap_or_default()
            ),
            Cause::IndexExpired { wrong_clock: true } => {
                f.write_str("the archive's index is not valid at the device's time, whose clock seems wrong")
            }
            Cause::IndexExpired { wrong_clock: false } => f.write_str("the archive's index has expired"),
            Cause::DebMissing { packages } => with_list(f, "the vault lacks .debs", packages),
            Cause::ScriptFailed { package, script: Some(script) } => write!(f, "{package}'s {script} script failed"),
            Cause::ScriptFailed { package, script: None } => write!(f, "a script of {package} failed"),
            Cause::DebConflict { package } => write!(f, "{package} ships a file of another package"),
            Cause::AptFailed { status: Some(status) } => write!(f, "apt-get ended with status {status}"),
            Cause::AptFailed { status: None } => f.write_str("apt-get was killed"),
            Cause::DeskSilent { seconds } => write!(f, "the desk did not reach the device again within {seconds} s"),
            Cause::CheckFailed { check } => write!(f, "check `{check}` failed"),
            Cause::StateDiffers { differences } => {
                with_list(f, "the state is not the one that it should be", differences)
            }
            Cause::Stalled { package } => write!(f, "{} shows no progress", package.as_deref().unwrap_or("dpkg")),
            Cause::Unknown => f.write_str("a cause that this version of Framboise does not know"),
        }
    }
}

impl Cause {
    /// What to do now, in one sentence. `DEVICE` stands for the device's name.
    #[expect(clippy::too_many_lines, reason = "one sentence a cause; a table reads best whole")]
    pub fn next_step(&self) -> String {
        match self {
            Cause::BadRequest { .. } => {
                "Correct the request; the device describes what it takes at /api/v1/openapi.json.".into()
            }
            Cause::BadList { .. } => "Correct what it names and send the list again.".into(),
            Cause::UnknownPackage { package } => {
                format!("Check the spelling; on the device: apt-cache search {package}")
            }
            Cause::VersionNotAvailable { package, .. } => {
                format!("See which versions there are; on the device: apt-cache policy {package}")
            }
            Cause::SuiteNotAvailable { suite, .. } => {
                format!("Add {suite} to the device's apt sources, or leave the suite out.")
            }
            Cause::NotInstallable { package } => {
                format!("Name a package that provides it; on the device: apt-cache showpkg {package}")
            }
            Cause::UnmetDependencies { .. } => {
                "Add what is missing to the list, or to the device's apt sources.".into()
            }
            Cause::Held { packages } if packages.is_empty() => {
                "Release what is held; on the device: apt-mark showhold".into()
            }
            Cause::Held { packages } => {
                format!("Release them first; on the device: sudo apt-mark unhold {}", packages.join(" "))
            }
            Cause::EssentialRemoval { .. } => "Leave out the package that conflicts with them.".into(),
            Cause::ForeignDeb { .. } => "Use the .deb for the device's architecture.".into(),
            Cause::NotStaged { .. } => "Send the update from the desk that has the .deb: framboise update".into(),
            Cause::NothingRecorded => {
                "Nothing needs to be done: Framboise has changed nothing on this device yet.".into()
            }
            Cause::UnknownRestorePoint { .. } => "See which there are: framboise history DEVICE".into(),
            Cause::PointFixed { id, why: Fixed::Pinned } => {
                format!("Unpin it first: framboise point unpin DEVICE {id}")
            }
            Cause::PointFixed { .. } => "Another can go: framboise history DEVICE".into(),
            Cause::BadName { .. } => "Choose another name.".into(),
            Cause::UnknownOrder { .. } => "See what the device did: framboise history DEVICE".into(),
            Cause::NoWayBack { .. } => "Leave these packages out, or accept it with --accept-no-way-back.".into(),
            Cause::NotSigned { .. } => {
                "On the device, add the line that `framboise keys show` prints to /etc/framboise/operators.".into()
            }
            Cause::NotForThisDevice => "Choose this device too when you plan again: framboise plan".into(),
            Cause::Replayed { .. } => "Send a new order; an old one is never done twice.".into(),
            Cause::Expired { .. } => "Plan again, and check the desk's clock.".into(),
            Cause::SeedRoutesOff => {
                "Use framboise, or set seed_routes in /etc/framboise/framboise.toml on the device.".into()
            }
            Cause::ForgedRequest { .. } => "Send it with curl or framboise, to the device's own address.".into(),
            Cause::Busy { .. } => "Wait for it: framboise status DEVICE".into(),
            Cause::ChangedSincePlan { .. } | Cause::NotTheLock { .. } => {
                "Nothing was changed. Plan again: give the same update or rollback anew.".into()
            }
            Cause::DiskFull { missing_bytes: Some(bytes), .. } => {
                format!("Free space there, or: framboise vault prune DEVICE --free {}M", bytes.div_ceil(1_000_000))
            }
            Cause::DiskFull { missing_bytes: None, .. } => "Free space there, or: framboise vault prune DEVICE".into(),
            Cause::ReadOnly { .. } => {
                "Check the card: a failing one turns read-only. On the device: sudo dmesg | tail".into()
            }
            Cause::LockHeld { .. } => "Wait until it has ended and try again.".into(),
            Cause::DpkgBroken { .. } => "Send a rollback: framboise rollback DEVICE".into(),
            Cause::DpkgUnfinished { .. } => {
                "Finish them first; on the device: sudo dpkg --configure -a && sudo apt-get -f install".into()
            }
            Cause::Interrupted => "See how it went on: framboise history DEVICE".into(),
            Cause::NotRestarted { .. } => "See what keeps it; on the device: systemctl list-jobs".into(),
            Cause::RootSideUnreachable { .. } => "On the device: systemctl status framboise-apply.socket".into(),
            Cause::DeviceFault { .. } => "See its log; on the device: journalctl -u framboise-apply".into(),
            Cause::FetchFailed { .. } => "Check the device's network and its apt sources, then try again.".into(),
            Cause::HashMismatch { .. } => "Try again; if it stays, the mirror or a proxy alters files.".into(),
            Cause::UntrustedArchive { .. } => {
                "Install the archive's key on the device; Framboise never takes unsigned packages.".into()
            }
            Cause::IndexExpired { wrong_clock: true } => "Set the device's clock; on the device: timedatectl".into(),
            Cause::IndexExpired { wrong_clock: false } => {
                "The mirror is out of date: choose another in the device's apt sources.".into()
            }
            Cause::DebMissing { .. } => {
                "Connect the device to its archive and try again; a rollback may go to a later restore point: framboise history DEVICE"
                    .into()
            }
            Cause::ScriptFailed { .. } => {
                "Read the script's last lines; leave the package out until it is mended.".into()
            }
            Cause::DebConflict { .. } => {
                "Remove the other package in the same list, or report it to the package's maintainer.".into()
            }
            Cause::AptFailed { .. } => "Read apt's last lines: they name what it lacks.".into(),
            Cause::DeskSilent { .. } => {
                "See whether the update broke the device's network; --no-wait leaves the judgement to its checks."
                    .into()
            }
            Cause::CheckFailed { .. } => "Look at what the check said, mend it, and update again.".into(),
            Cause::StateDiffers { .. } => "See what differs: framboise diff DEVICE".into(),
            Cause::Stalled { .. } => {
                "Look at the device, where a script may wait for something; Framboise never kills dpkg.".into()
            }
            Cause::Unknown => "Update Framboise on this computer.".into(),
        }
    }

    /// Whether the cause lies in what was asked, not in the device or the archive.
    pub fn is_asker(&self) -> bool {
        matches!(
            self,
            Cause::BadRequest { .. }
                | Cause::BadList { .. }
                | Cause::UnknownPackage { .. }
                | Cause::VersionNotAvailable { .. }
                | Cause::SuiteNotAvailable { .. }
                | Cause::NotInstallable { .. }
                | Cause::UnmetDependencies { .. }
                | Cause::Held { .. }
                | Cause::EssentialRemoval { .. }
                | Cause::ForeignDeb { .. }
                | Cause::NotStaged { .. }
                | Cause::NothingRecorded
                | Cause::UnknownRestorePoint { .. }
                | Cause::PointFixed { .. }
                | Cause::BadName { .. }
                | Cause::UnknownOrder { .. }
        )
    }
}

/// A sentence and, when there are any, the first few of many things and how many more there are.
fn with_list<T: std::fmt::Display>(f: &mut std::fmt::Formatter<'_>, sentence: &str, things: &[T]) -> std::fmt::Result {
    const SHOWN: usize = 6;
    f.write_str(sentence)?;
    for (at, thing) in things.iter().take(SHOWN).enumerate() {
        let separator = if at == 0 { ":" } else { "," };
        write!(f, "{separator} {}", crate::text::visible(&thing.to_string()))?;
    }
    match things.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}
