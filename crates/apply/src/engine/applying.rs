//! apt changes the device; then what it did is held against what was meant.

use super::hooks::Hook;
use super::rollback_plan::{self, Course};
use super::{Run, again_while_it_changes, boot_partition, others, target};
use crate::apt::{self, Direction, Source, marks, query};
use crate::fault::Result;
use crate::files::KeptState;
use crate::journal::left_undone;
use crate::restart::Required;
use framboise_core::cause::Cause;
use framboise_core::debian::PackageKey;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::{Action, Lock};
use framboise_core::restore_point::Origin;
use framboise_core::state::PackageState;
use framboise_core::transaction::Ending;
use framboise_core::verdict::judge;
use std::collections::BTreeSet;

impl Run<'_> {
    /// Does what was ordered. Whatever it leaves is the next effect's to judge.
    pub(super) fn apply(&mut self) -> Result<Ending> {
        let required = Required::now();
        match self.journal.ticket.work.action() {
            Action::Update => self.update()?,
            Action::Rollback { to } => self.go_back(to)?,
        }
        self.after_apply(&required)
    }

    fn update(&mut self) -> Result<()> {
        let lock = self.lock()?;
        if lock.entries.is_empty() {
            return Ok(());
        }
        self.run_hook(Hook::Update, "before")?;
        self.forgive_units()?;
        let apt_idle = self.wait_for_apt()?;
        let source = self.source(&lock)?;
        cut_point!("applying, before apt");
        self.run_apt(&apt_idle, &lock, Direction::Forward, &source)?;
        cut_point!("applying, before marks");
        // Naming a dependency marks it manual; the lock says which mark is right.
        let marks = lock.entries.iter().filter_map(|(key, entry)| Some((key.clone(), entry.mark?))).collect();
        marks::set(&apt_idle, &marks, &self.device.native)?;
        // Here, for what changes besides from now on is somebody else's; and a device that is broken is not restarted.
        self.judge_now().map(drop)
    }

    fn go_back(&mut self, to: RestorePointId) -> Result<()> {
        // Files that nothing on the way changed are to stay as they are now, whatever scripts do.
        let now = again_while_it_changes(|restless| {
            self.device.contents.keep_state(query::package_state(&self.device.native)?, restless)
        })?
        .into_state();
        let ordered = self.lock()?;
        let Course { lock: meant, goal, debs, left } =
            rollback_plan::course(self.device, &now, to, &self.wait_for_apt()?)?;
        if ordered != meant {
            let differs = |key: &&PackageKey| ordered.entries.get(key) != meant.entries.get(key);
            let keys: BTreeSet<&PackageKey> = ordered.entries.keys().chain(meant.entries.keys()).collect();
            let differences = keys.into_iter().filter(differs).map(ToString::to_string).collect();
            return Err(Cause::NotTheLock { differences }.into());
        }
        let undone = left_undone(&self.device.paths)?.filter(|undone| undone.before() == Some(to));
        let files = if undone.is_some() {
            // What that transaction could not put back, and what a person wrote since, cannot be told apart: all is put as it
            // was, and what stands is set aside first.
            self.aim_at_all(&goal)
        } else {
            target::files_for(self.device, to, &goal, &now)?
        };
        self.aim_at_boot_of(to, undone.as_ref())?;
        self.known = debs;
        self.bring_to(&goal, &files)?;
        self.remarks.extend(left);
        let kept = files.kept.iter().map(|path| format!("{path} was changed since and stays as it is"));
        self.remarks.extend(kept);
        Ok(())
    }

    /// apt on exactly this lock, behind the gate.
    pub(super) fn run_apt(
        &self,
        apt_idle: &apt::locks::AptIdle,
        lock: &Lock,
        direction: Direction,
        source: &Source,
    ) -> Result<()> {
        let lock_file = self.journal.part("gate.json");
        let gate = apt::Gate { program: &self.device.program, lock_file: &lock_file };
        apt::install(apt_idle, lock, direction, source, gate, &mut self.teller())
    }

    /// A source with the lock's .debs, each held against its digest.
    pub(super) fn source(&self, lock: &Lock) -> Result<Source> {
        let mut debs = Vec::new();
        for (key, entry) in &lock.entries {
            let Some(locked) = &entry.after else { continue };
            let deb = self.device.vault.get(locked.sha256)?;
            let deb = deb.ok_or_else(|| Cause::DebMissing { packages: vec![key.clone()] })?;
            self.device.vault.sound(&deb, &self.device.native)?;
            debs.push(deb);
        }
        Source::make(&self.journal.part("source"), &debs)
    }

    /// Judges what stands, and records it as a restore point.
    pub(super) fn check(&mut self) -> Result<()> {
        if self.journal.ticket.work.action() == Action::Update {
            self.check_units()?;
            self.run_hook(Hook::Update, "after")?;
            self.run_checks()?;
            self.await_desk()?;
        }
        cut_point!("checking, before the state is recorded");
        self.record_after()
    }

    /// Holds what stands against the lock, once nobody else is in the middle of anything. What stands, and what to tell of
    /// it.
    fn judge_now(&self) -> Result<(PackageState, Option<String>)> {
        self.wait_for_apt()?;
        let before = self.journal.before().map(|id| self.device.points.state(id)).transpose()?.unwrap_or_default();
        let after = query::package_state(&self.device.native)?;
        let others = self.others(&before, &after);
        judge(&before, &self.lock()?, &after, &others)?;
        let remark = others::remark(&others, &before, &after);
        Ok((after, remark))
    }

    /// What stands after a rollback was compared already; after an update it is judged: the checks took their time, and
    /// scripts ran.
    fn stands(&self) -> Result<(PackageState, Option<String>)> {
        match self.journal.ticket.work.action() {
            Action::Update => self.judge_now(),
            Action::Rollback { .. } => Ok((query::package_state(&self.device.native)?, None)),
        }
    }

    /// Records what stands; again where somebody else began, or a file changed, between its reading and its keeping.
    fn record_after(&mut self) -> Result<()> {
        let (point, after, remark) = again_while_it_changes(|restless| {
            let (after, remark) = self.stands()?;
            let kept = self.device.contents.keep_state(after, restless)?;
            Ok((self.point_for(&kept)?, kept.into_state(), remark))
        })?;
        (self.stands_on, self.after) = (Some(point), Some(after));
        self.remarks.extend(remark);
        Ok(())
    }

    /// The point of a state: where the transaction came from or went to when it is that very state, else a new one.
    fn point_for(&self, kept: &KeptState) -> Result<RestorePointId> {
        let after = kept.state();
        let digest = crate::fault::Doing::doing(after.digest(), "hash its state")?;
        let goal = match self.journal.ticket.work.action() {
            Action::Rollback { to } => Some(to),
            Action::Update => None,
        };
        for id in self.journal.before().into_iter().chain(goal) {
            if self.device.points.get(id)?.state == digest {
                return Ok(id);
            }
        }
        // A rollback that left something may have been here before. What stands on the boot partition no point's state tells.
        if goal.is_some() && !boot_partition::was_kept(&self.journal) {
            let same = self.device.points.list()?.into_iter().rev().find(|point| point.state == digest);
            if let Some(same) = same {
                return Ok(same.id);
            }
        }
        let origin = Origin::After { order: self.journal.ticket.id };
        let mut debs = self.device.points.debs_of(&after.packages)?;
        if let Some(to) = goal {
            let recorded = self.device.points.state(to)?;
            let is_back = |key: &PackageKey| after.installed_version(key) == recorded.installed_version(key);
            debs.extend(self.device.points.debs(to)?.into_iter().filter(|(key, _)| is_back(key)));
        }
        for (key, entry) in self.lock()?.entries {
            match entry.after {
                Some(deb) => drop(debs.insert(key, deb.sha256)),
                None => drop(debs.remove(&key)),
            }
        }
        let point = self.device.points.record(kept, &debs, origin)?.id;
        self.note_boot_change(point)?;
        Ok(point)
    }
}
