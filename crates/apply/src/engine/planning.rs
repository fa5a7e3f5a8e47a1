//! From an update file, or a restore point, to a plan; and the first effect of a transaction.

use super::{Run, debs, rollback_plan, update_plan};
use crate::apt::locks::{AptIdle, PLAN_PATIENCE};
use crate::apt::{self, query};
use crate::device::Device;
use crate::durable;
use crate::fault::{Doing, Result, fault};
use crate::journal::{LOCK, Work, way_back_of_last};
use framboise_core::cause::{Cause, Failure};
use framboise_core::debian::PackageKey;
use framboise_core::digest::Digest;
use framboise_core::event::EventKind;
use framboise_core::plan::{Action, Lock, PLAN_TYPE, Plan, SignedPlan, WayBack};
use framboise_core::protocol::http::PlanRequest;
use framboise_core::state::{PackageRecord, PackageState};
use framboise_core::trust::{Sealed, seal};
use framboise_core::update_file::UpdateFile;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Answers a plan request, signed: what a desk orders is what this device has planned, whoever passes it on.
///
/// # Errors
/// The cause, when there is no plan for it.
pub fn signed_plan(device: &Device, request: &PlanRequest) -> Result<Sealed> {
    let signed = SignedPlan { request: request.digest(), plan: plan(device, request)? };
    let payload = serde_json::to_vec(&signed).doing("write a plan as JSON")?;
    seal(PLAN_TYPE, &payload, &device.key).doing("seal a plan")
}

fn plan(device: &Device, request: &PlanRequest) -> Result<Plan> {
    let apt_idle = AptIdle::wait(PLAN_PATIENCE, &mut |_| {})?;
    match request {
        PlanRequest::Update { file_name, text } => {
            let file = UpdateFile::parse(file_name, text).map_err(bad_list)?;
            update_plan::plan(device, &file, &apt_idle)
        }
        PlanRequest::Rollback { to } => {
            let to = match to {
                Some(to) => *to,
                None => way_back_of_last(device)?,
            };
            rollback_plan::plan(device, to, &apt_idle)
        }
    }
}

fn plan_update_text(device: &Device, list: &str, apt_idle: &AptIdle) -> Result<Plan> {
    let file = UpdateFile::parse_seed_list(list).map_err(bad_list)?;
    update_plan::plan(device, &file, apt_idle)
}

fn bad_list(error: framboise_core::update_file::UpdateFileError) -> Failure {
    Cause::BadList { problems: error.to_string() }.into()
}

impl Run<'_> {
    /// Holds the base against the device, or plans for a seed route; writes the lock down.
    pub(super) fn plan(&mut self) -> Result<()> {
        let apt_idle = self.wait_for_apt()?;
        let planned = match &self.journal.ticket.work {
            Work::Order { order, base, .. } => {
                check_base(query::records(&self.device.native)?, *base, &order.lock)?;
                order.lock.clone()
            }
            Work::SeedUpdate { list } => complete(plan_update_text(self.device, list, &apt_idle)?)?,
            Work::SeedRollback { to } => Arc::unwrap_or_clone(rollback_plan::plan(self.device, *to, &apt_idle)?.lock),
        };
        durable::replace_json(&self.journal.part(LOCK), &planned)
    }

    /// Holds the base once more, just before the device is touched, and proves the way back.
    pub(super) fn begin(&mut self) -> Result<()> {
        let apt_idle = self.wait_for_apt()?;
        let before = self.journal.before().ok_or_else(|| fault("begin", "the state before was not recorded"))?;
        let before = self.device.points.state(before)?;
        let lock = self.lock()?;
        check_base(query::records(&self.device.native)?, before.base(), &lock)?;
        if self.journal.ticket.work.action() == Action::Update {
            update_plan::refuse_unfinished(&before)?;
            self.prove_way_back(&before, &lock, &apt_idle)?;
        }
        Ok(())
    }

    /// Holds the way back against the vault alone, whatever the plan said of it: nothing incomplete is begun unless the
    /// order accepts that.
    fn prove_way_back(&self, before: &PackageState, lock: &Lock, apt_idle: &AptIdle) -> Result<()> {
        if self.accepts_no_way_back() {
            return Ok(());
        }
        let no_archive = [];
        let (way_back, remarks) = debs::way_back(self.device, &before.packages, lock, &no_archive, apt_idle)?;
        for text in remarks {
            self.log.tell(EventKind::Line { text });
        }
        refuse_gaps(&way_back)
    }
}

/// Nobody sees a seed route's plan, so nobody can accept one without a way back.
fn complete(plan: Plan) -> Result<Lock> {
    refuse_gaps(&plan.way_back).map(|()| Arc::unwrap_or_clone(plan.lock))
}

fn refuse_gaps(way_back: &WayBack) -> Result<()> {
    if way_back.is_complete() {
        return Ok(());
    }
    let packages = way_back.gaps.iter().map(|gap| format!("{} ({})", gap.package, gap.reason)).collect();
    Err(Cause::NoWayBack { packages }.into())
}

/// Refuses when the device does not stand on `base` any more; says what the lock shows of the difference.
fn check_base(packages: BTreeMap<PackageKey, PackageRecord>, base: Digest, lock: &Lock) -> Result<()> {
    let now = PackageState { packages, files: BTreeMap::new() };
    if now.base() == base {
        return Ok(());
    }
    let differs = |(key, entry): (&PackageKey, &framboise_core::plan::LockEntry)| {
        let installed = now.installed_version(key);
        (installed != entry.before.as_ref()).then(|| match installed {
            Some(version) => format!("{key} is {version}"),
            None => format!("{key} is not installed"),
        })
    };
    let mut differences: Vec<String> = lock.entries.iter().filter_map(differs).collect();
    if differences.is_empty() {
        differences.push("other packages than the planned ones".into());
    }
    Err(Cause::ChangedSincePlan { differences }.into())
}

/// What the archives know of these packages; nothing when apt's lists are empty.
pub(super) fn known(packages: &Lock) -> Result<Vec<apt::Known>> {
    apt::known(packages.entries.keys())
}

/// The action a plan is for.
pub(super) fn rollback_to(to: framboise_core::ids::RestorePointId) -> Action {
    Action::Rollback { to }
}
