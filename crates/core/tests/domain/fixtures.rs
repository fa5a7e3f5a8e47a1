//! What travels and what lies on disk, as version 1 wrote it: it can be read for ever, and is written the same again.
//!
//! The files in `tests/fixtures/v1` are arrays of examples. They may grow; what stands in them is never changed.

use framboise_core::cause::{Cause, Failure};
use framboise_core::diff::StateDiff;
use framboise_core::event::{Event, EventKind};
use framboise_core::order::{Change, ChangeKind, Order, Staging};
use framboise_core::outcome::Outcome;
use framboise_core::plan::{Action, GapReason, Lock, Plan, Reason};
use framboise_core::protocol::http::{Accepted, Confirm, DeviceStatus, Identity, PlanRequest, TransactionStatus};
use framboise_core::protocol::socket::{Answer, Request};
use framboise_core::receipt::Receipt;
use framboise_core::restore_point::{Origin, RecordedState, RestorePoint};
use framboise_core::state::{DpkgStatus, FileRecord, Mark, PackageState, Selection};
use framboise_core::transaction::State;
use framboise_core::trust::{Guard, Sealed};
use framboise_core::update_file::{Check, CheckKind, PackageSpec, RebootPolicy, UpdateFileError};
use framboise_core::vault::{Fixed, VaultContents};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeSet;

/// A file of examples, and the type that reads and writes them.
pub struct Fixture {
    pub name: &'static str,
    pub text: &'static str,
    /// The text as the type writes it after it has read it.
    pub again: fn(&str) -> Result<Value, serde_json::Error>,
}

macro_rules! fixtures {
    ($($name:literal: $type:ty,)+) => {
        &[$(Fixture {
            name: $name,
            text: include_str!(concat!("../fixtures/v1/", $name, ".json")),
            again: again::<$type>,
        }),+]
    };
}

pub const FIXTURES: &[Fixture] = fixtures! {
    "accepted": Accepted,
    "action": Action,
    "answer": Answer,
    "change": Change,
    "check": Check,
    "confirm": Confirm,
    "device_status": DeviceStatus,
    "event": Event,
    "failure": Failure,
    "guard": Guard,
    "identity": Identity,
    "lock": Lock,
    "order": Order,
    "outcome": Outcome,
    "package_spec": PackageSpec,
    "package_state": PackageState,
    "plan": Plan,
    "plan_request": PlanRequest,
    "receipt": Receipt,
    "recorded_state": RecordedState,
    "request": Request,
    "restore_point": RestorePoint,
    "sealed": Sealed,
    "staging": Staging,
    "state_diff": StateDiff,
    "transaction_state": State,
    "transaction_status": TransactionStatus,
    "update_file_error": UpdateFileError,
    "vault_contents": VaultContents,
};

#[test]
fn what_version_1_wrote_is_read_and_written_the_same() {
    for Fixture { name, text, again } in FIXTURES {
        let written: Value = serde_json::from_str(text).unwrap();
        assert!(written.as_array().is_some_and(|examples| !examples.is_empty()), "{name} has no examples");
        let now = again(text).unwrap_or_else(|error| unreachable!("{name}: {error}"));
        assert_eq!(now, written, "{name}");
        assert_eq!(again(&now.to_string()).unwrap(), written, "{name}, read again");
    }
}

#[test]
fn no_file_of_examples_lies_unread() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let known: BTreeSet<String> = FIXTURES.iter().map(|fixture| format!("{}.json", fixture.name)).collect();
    assert_eq!(files.collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_cause_has_an_example() {
    use Cause as C;
    assert_each_variant!(known(examples::<Failure>("failure").into_iter().map(|failure| failure.cause), &C::Unknown);
        C::BadRequest { .. }, C::BadList { .. }, C::UnknownPackage { .. }, C::VersionNotAvailable { .. },
        C::SuiteNotAvailable { .. }, C::NotInstallable { .. }, C::UnmetDependencies { .. }, C::Held { .. },
        C::EssentialRemoval { .. }, C::ForeignDeb { .. }, C::NotStaged { .. }, C::NothingRecorded,
        C::UnknownRestorePoint { .. }, C::PointFixed { .. }, C::BadName { .. }, C::UnknownOrder { .. }, C::NoWayBack { .. }, C::NotSigned { .. },
        C::NotForThisDevice, C::Replayed { .. }, C::Expired { .. }, C::SeedRoutesOff, C::ForgedRequest { .. },
        C::Busy { .. }, C::ChangedSincePlan { .. }, C::NotTheLock { .. }, C::DiskFull { .. }, C::ReadOnly { .. },
        C::LockHeld { .. }, C::DpkgBroken { .. }, C::DpkgUnfinished { .. }, C::Interrupted,
        C::NotRestarted { .. },
        C::RootSideUnreachable { .. }, C::DeviceFault { .. }, C::FetchFailed { .. }, C::HashMismatch { .. },
        C::UntrustedArchive { .. }, C::IndexExpired { .. }, C::DebMissing { .. }, C::ScriptFailed { .. },
        C::DebConflict { .. }, C::AptFailed { .. }, C::DeskSilent { .. }, C::CheckFailed { .. },
        C::StateDiffers { .. }, C::Stalled { .. }, C::Unknown,
    );
}

#[test]
fn every_event_origin_and_gap_has_an_example() {
    use EventKind as E;
    let events = examples::<Event>("event").into_iter().map(|event| event.kind);
    assert_each_variant!(known(events, &E::Unknown);
        E::State { .. }, E::Waiting { .. }, E::Download { .. }, E::Package { .. }, E::Line { .. },
        E::AwaitingDesk { .. }, E::Failure { .. },
        E::Ended { .. }, E::Unknown,
    );
    let origins = examples::<RestorePoint>("restore_point").into_iter().map(|point| point.origin);
    assert_each_variant!(known(origins, &Origin::Unknown);
        Origin::First, Origin::After { .. }, Origin::Drift { .. }, Origin::Unknown,
    );
    let gaps = examples::<Plan>("plan").into_iter().flat_map(|plan| plan.way_back.gaps).map(|gap| gap.reason);
    assert_each_variant!(known(gaps, &GapReason::Unknown);
        GapReason::NoDeb, GapReason::Rebuilt, GapReason::OtherDeb, GapReason::Data, GapReason::Refused, GapReason::Unknown,
    );
}

#[test]
fn every_verb_and_answer_has_an_example() {
    use {Answer as A, Request as R};
    assert_each_variant!(examples("request");
        R::Status, R::State, R::RestorePoints, R::RestorePoint { .. }, R::Vault, R::Receipts { .. }, R::Plan { .. },
        R::Order { .. }, R::Transaction { .. }, R::Watch { .. }, R::Confirm { .. }, R::Change { .. }, R::Stage { .. },
        R::SeedUpdate { .. }, R::SeedRollback { .. },
    );
    assert_each_variant!(examples("answer");
        A::Status(_), A::State(_), A::RestorePoints(_), A::RestorePoint(_), A::Vault(_), A::Receipts(_), A::Plan(_),
        A::Accepted(_),
        A::Transaction(_), A::Done, A::Event(_), A::End, A::Refused(_),
    );
    let fixed = examples::<VaultContents>("vault_contents").into_iter().flat_map(|contents| contents.points);
    assert_each_variant!(known(fixed.filter_map(|point| point.fixed), &Fixed::Unknown);
        Fixed::StandsOn, Fixed::WayBack, Fixed::Pinned, Fixed::Unknown,
    );
    assert_each_variant!(examples("plan_request"); PlanRequest::Update { .. }, PlanRequest::Rollback { .. });
    assert_each_variant!(examples("action"); Action::Update, Action::Rollback { .. });
}

#[test]
fn every_word_of_states_and_orders_has_an_example() {
    use {DpkgStatus as D, PackageSpec as P, Selection as S, State as T};
    assert_each_variant!(examples("transaction_state");
        T::Received, T::Planned, T::Vaulted, T::Downloaded, T::Applying, T::Restarting, T::Checking, T::Committed,
        T::RollingBack, T::RolledBack, T::Failed, T::NeedsYou,
    );
    let records =
        || examples::<PackageState>("package_state").into_iter().flat_map(|state| state.packages.into_values());
    assert_each_variant!(records().map(|record| record.status);
        D::ConfigFiles, D::HalfInstalled, D::Unpacked, D::HalfConfigured, D::TriggersAwaited, D::TriggersPending,
        D::Installed,
    );
    assert_each_variant!(records().map(|record| record.selection);
        S::Unknown, S::Install, S::Hold, S::Deinstall, S::Purge,
    );
    assert_each_variant!(records().map(|record| record.mark); Mark::Auto, Mark::Manual);
    let files = examples::<PackageState>("package_state").into_iter().flat_map(|state| state.files.into_values());
    assert_each_variant!(files;
        FileRecord::File { .. }, FileRecord::Link { .. }, FileRecord::Directory { .. }, FileRecord::Special,
    );
    let entries = examples::<Lock>("lock").into_iter().flat_map(|lock| lock.entries.into_values());
    assert_each_variant!(entries.map(|entry| entry.reason); Reason::Requested, Reason::Dependency);
    assert_each_variant!(examples::<Check>("check").into_iter().map(|check| check.kind);
        CheckKind::Command(_), CheckKind::Http(_), CheckKind::Tcp(_), CheckKind::Unit(_),
    );
    assert_each_variant!(examples::<Order>("order").into_iter().map(|order| order.reboot);
        RebootPolicy::Never, RebootPolicy::IfRequired, RebootPolicy::Always,
    );
    use ChangeKind as C;
    assert_each_variant!(known(examples::<Change>("change").into_iter().map(|change| change.what), &C::Unknown);
        C::Name { .. }, C::Pin, C::Unpin, C::Delete, C::Prune { .. }, C::Unknown,
    );
    assert_each_variant!(examples("package_spec");
        P::Install { .. }, P::InstallFrom { .. }, P::Remove { .. }, P::Security, P::Upgrade, P::Deb(_),
        P::Staged { .. },
    );
}

/// The examples of a file.
pub fn examples<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let fixture = FIXTURES.iter().find(|fixture| fixture.name == name).unwrap();
    serde_json::from_str(fixture.text).unwrap()
}

/// All of these must be known; the unknown one, which nobody writes, is then added to make them complete.
fn known<T: PartialEq + Clone>(values: impl Iterator<Item = T>, unknown: &T) -> Vec<T> {
    let values: Vec<T> = values.collect();
    assert!(!values.contains(unknown), "an example is read as unknown");
    values.into_iter().chain([unknown.clone()]).collect()
}

fn again<T: Serialize + DeserializeOwned>(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::to_value(serde_json::from_str::<Vec<T>>(text)?)
}
