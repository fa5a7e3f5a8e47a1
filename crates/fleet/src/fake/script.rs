//! What a fake device shall do.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use framboise_core::Timestamp;
use framboise_core::cause::Failure;
use framboise_core::digest::Digest;
use framboise_core::event::EventKind;
use framboise_core::ids::{DeviceId, RestorePointId};
use framboise_core::outcome::Outcome;
use framboise_core::plan::{Action, Lock, LockEntry, LockedDeb, Plan, Reason, WayBack};
use framboise_core::protocol::http::Identity;
use framboise_core::restore_point::RestorePoint;
use framboise_core::state::{DpkgStatus, Mark, PackageRecord, PackageState, Selection};
use framboise_core::transaction::State;
use framboise_core::trust::Operator;
use framboise_core::vault::VaultContents;
use hyper::Method;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A fake device's script.
#[derive(Debug, Clone)]
pub struct Script {
    /// Its host name; its key follows from it.
    pub name: String,
    /// What it answers to a wish, after `plan_takes`.
    pub plan: Result<Plan, Failure>,
    /// Whether its plans are another's by the time that they arrive.
    pub forges_plans: bool,
    /// How long planning takes.
    pub plan_takes: Duration,
    /// How long it takes to say how it is.
    pub status_takes: Duration,
    /// Why it takes no order; none when it does.
    pub refusal: Option<Failure>,
    /// Whom it says that it follows; it follows everybody.
    pub operators: Option<Vec<Operator>>,
    /// Whether the answer to an order that it takes breaks off.
    pub loses_answer: bool,
    /// The highest counter that it has seen, of any operator.
    pub counter_seen: u64,
    /// What it tells of an order.
    pub beats: Vec<Beat>,
    /// Event numbers after which it hangs up on who watches, once each.
    pub hangs_up_after: Vec<u64>,
    /// The event number after which it loses power.
    pub power_cut_after: Option<u64>,
    /// Whether its receipts say nothing of those before them.
    pub breaks_chain: bool,
    /// Whether it writes no receipts at all.
    pub signs_nothing: bool,
    /// The end that its receipts tell, where that is another than its events do.
    pub signs: Option<State>,
    /// Its restore points, oldest first.
    pub points: Vec<RestorePoint>,
    /// Their states.
    pub states: BTreeMap<RestorePointId, PackageState>,
    /// Its state now.
    pub now: PackageState,
    /// What its vault holds.
    pub vault: VaultContents,
}

/// One event of a script.
#[derive(Debug, Clone)]
pub struct Beat {
    /// How long after the one before.
    pub after: Duration,
    /// What it tells.
    pub kind: EventKind,
}

impl Script {
    /// A device that updates `hello` from 1.0 to 2.0 and does so at once.
    pub fn named(name: &str) -> Self {
        let lock = lock(&[("hello", Some("1.0"), Some("2.0"))]);
        let now = state(&[("hello", "1.0")]);
        Script {
            name: name.to_owned(),
            plan: Ok(plan(name, Action::Update, lock.clone())),
            forges_plans: false,
            plan_takes: Duration::ZERO,
            status_takes: Duration::ZERO,
            refusal: None,
            operators: None,
            loses_answer: false,
            counter_seen: 0,
            beats: success(&lock),
            hangs_up_after: Vec::new(),
            power_cut_after: None,
            breaks_chain: false,
            signs_nothing: false,
            signs: None,
            points: Vec::new(),
            states: BTreeMap::new(),
            now,
            vault: VaultContents { budget_bytes: 2_000_000_000, free_bytes: 9_000_000_000, ..VaultContents::default() },
        }
    }

    /// How long an answer takes.
    pub(super) fn takes(&self, method: &Method, path: &[&str]) -> Duration {
        match (method, path) {
            (&Method::POST, ["plan"]) => self.plan_takes,
            (&Method::GET, ["status"]) => self.status_takes,
            _ => Duration::ZERO,
        }
    }

    /// The same, with another plan; it is carried out without a fault.
    pub fn with_plan(mut self, plan: Plan) -> Self {
        self.beats = success(&plan.lock);
        self.plan = Ok(plan);
        self
    }

    /// The same, but it can't.
    pub fn that_cannot(mut self, failure: Failure) -> Self {
        self.plan = Err(failure);
        self
    }

    /// The same, but each order ends like this.
    pub fn that_ends(mut self, state: State, failure: Failure) -> Self {
        let touched = matches!(state, State::RolledBack | State::NeedsYou);
        let lock = self.plan.as_ref().map(|plan| (*plan.lock).clone()).unwrap_or_default();
        self.beats = success(&lock);
        self.beats.truncate(if touched { 7 } else { 1 });
        self.beats.push(at_once(EventKind::Failure { failure: failure.clone() }));
        if touched {
            self.beats.push(at_once(EventKind::State { state: State::RollingBack }));
        }
        self.beats.push(at_once(EventKind::State { state }));
        let outcome = Outcome {
            state,
            failure: Some(failure),
            lock,
            restore_point: None,
            state_digest: None,
            compared: 3,
            remarks: Vec::new(),
        };
        self.beats.push(at_once(EventKind::Ended { outcome: Box::new(outcome) }));
        self
    }

    /// The same, but it commits only once the desk was heard of within so many seconds.
    pub fn that_awaits_the_desk(mut self, seconds: u16) -> Self {
        let place = self.beats.len().saturating_sub(2);
        self.beats.insert(place, at_once(EventKind::AwaitingDesk { seconds }));
        self
    }

    /// The same, with a pause before each event.
    pub fn slowed(mut self, pause: Duration) -> Self {
        self.beats.iter_mut().for_each(|beat| beat.after = pause);
        self
    }

    /// Its key, which follows from its name.
    pub fn key(&self) -> SigningKey {
        key(&self.name)
    }

    /// Who it says it is.
    pub fn identity(&self) -> Identity {
        Identity {
            framboise: "0.1.0".into(),
            api: 1,
            device: device_id(&self.name),
            name: self.name.clone(),
            model: Some("Raspberry Pi 4 Model B Rev 1.4".into()),
            os: "Debian GNU/Linux 12 (bookworm)".into(),
            architecture: "arm64".into(),
            seed_routes: false,
        }
    }
}

/// A plan of the device of this name, complete in every respect.
pub fn plan(name: &str, action: Action, lock: Lock) -> Plan {
    Plan {
        device: device_id(name),
        made: Timestamp::UNIX_EPOCH,
        action,
        base: Digest::of(name.as_bytes()),
        download_bytes: lock.entries.values().filter_map(|entry| entry.after.as_ref()).map(|deb| deb.bytes).sum(),
        disk_bytes: 0,
        unfinished: false,
        kept_back: Vec::new(),
        reboot_for: Vec::new(),
        way_back: WayBack { packages: u32::try_from(lock.entries.len()).unwrap_or(u32::MAX), gaps: Vec::new() },
        remarks: Vec::new(),
        lock: lock.into(),
    }
}

/// A lock of these packages, each with its version before and after. The first was asked for, the others came with it.
///
/// Names and versions that are none are left out.
pub fn lock(packages: &[(&str, Option<&str>, Option<&str>)]) -> Lock {
    let entry = |(at, (name, before, after)): (usize, &(&str, Option<&str>, Option<&str>))| {
        let deb = |version: &str| {
            let (bytes, sha256) = (1_000_000 * (at as u64 + 1), Digest::of(format!("{name}{version}").as_bytes()));
            version.parse().ok().map(|version| LockedDeb { version, bytes, sha256 })
        };
        let reason = if at == 0 { Reason::Requested } else { Reason::Dependency };
        let mark = after.map(|_| if at == 0 { Mark::Manual } else { Mark::Auto });
        let before = before.and_then(|version| version.parse().ok());
        Some((format!("{name}:arm64").parse().ok()?, LockEntry { before, after: after.and_then(deb), mark, reason }))
    };
    Lock { entries: packages.iter().enumerate().filter_map(entry).collect() }
}

/// A package state of these packages, installed by hand.
pub fn state(packages: &[(&str, &str)]) -> PackageState {
    let record = |(name, version): &(&str, &str)| {
        let record = PackageRecord {
            architecture: "arm64".parse().ok()?,
            version: version.parse().ok()?,
            status: DpkgStatus::Installed,
            reinstall_required: false,
            selection: Selection::Install,
            mark: Mark::Manual,
            conffiles: BTreeMap::new(),
            file_list: None,
        };
        Some((format!("{name}:arm64").parse().ok()?, record))
    };
    PackageState { packages: packages.iter().filter_map(record).collect(), files: BTreeMap::new() }
}

fn success(lock: &Lock) -> Vec<Beat> {
    let name = lock.entries.keys().next().map_or_else(|| "nothing".to_owned(), |key| key.name.to_string());
    let package = |phase: &str, percent| EventKind::Package { package: name.clone(), phase: phase.into(), percent };
    let outcome = Outcome {
        state: State::Committed,
        failure: None,
        lock: lock.clone(),
        restore_point: Some(RestorePointId(2)),
        state_digest: None,
        compared: 3,
        remarks: Vec::new(),
    };
    let kinds = [
        EventKind::State { state: State::Planned },
        EventKind::State { state: State::Vaulted },
        EventKind::Download { done_bytes: 1_000_000, total_bytes: 2_000_000 },
        EventKind::State { state: State::Downloaded },
        EventKind::State { state: State::Applying },
        package("unpacking", 30),
        package("configuring", 90),
        EventKind::State { state: State::Checking },
        EventKind::State { state: State::Committed },
        EventKind::Ended { outcome: Box::new(outcome) },
    ];
    kinds.into_iter().map(at_once).collect()
}

fn at_once(kind: EventKind) -> Beat {
    Beat { after: Duration::ZERO, kind }
}

/// Derived once each: without optimisation it takes 10 ms, and every answer holds it.
pub(super) fn device_id(name: &str) -> DeviceId {
    static KNOWN: Mutex<BTreeMap<String, DeviceId>> = Mutex::new(BTreeMap::new());
    let derive = || DeviceId(URL_SAFE_NO_PAD.encode(key(name).verifying_key().as_bytes()).into());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(name.to_owned()).or_insert_with(derive).clone()
}

pub(super) fn key(name: &str) -> SigningKey {
    use sha2::Digest as _;
    SigningKey::from_bytes(&sha2::Sha256::digest(name.as_bytes()).into())
}
