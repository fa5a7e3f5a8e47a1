//! The way back: from whatever stands to a recorded state, ended by comparing, never by having run.
//!
//! The order of the steps matters; each was seen to be needed (docs/rolling-back.md): recorded files before any script
//! runs, dpkg repaired before apt, everything in one apt run, then what apt leaves wrong, marks and selections last.

use super::half_unpacked::{Ground, Unpacking};
use super::hooks::Hook;
use super::lost::{self, Losses};
use super::{Run, others, rollback_plan, set_aside};
use crate::apt::dpkg::{self, DpkgName};
use crate::apt::{Direction, alternatives, diversions, locks::AptIdle, marks, query};
use crate::fault::{Result, fault};
use crate::vault::VaultedDeb;
use framboise_core::cause::{Cause, Failure};
use framboise_core::debian::PackageKey;
use framboise_core::diff::{Change, StateDiff};
use framboise_core::etc::Goal;
use framboise_core::event::EventKind;
use framboise_core::plan::Lock;
use framboise_core::state::{DpkgStatus, FileRecord, PackageRecord, PackageState};
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};

/// How often the steps are repeated until the states are equal: a step's loss is seen, and mended, only after the next.
const ATTEMPTS: u32 = 3;

impl Run<'_> {
    /// Brings the device back to the state before the transaction.
    pub(super) fn roll_back(&mut self) -> Result<()> {
        let Some(before) = self.journal.before() else { return Err(nothing_recorded()) };
        let recorded = self.device.points.state(before)?;
        // Between that state and now this transaction was at work: everything goes back. Who else wrote meanwhile cannot
        // be told from a script, so nothing is lost: what stands is set aside first.
        let files = self.aim_at_all(&recorded);
        self.aim_at_boot_before();
        self.known = self.device.points.debs(before)?;
        self.bring_to(&recorded, &files)?;
        self.start_units();
        Ok(())
    }

    /// All files as recorded; what stands is set aside first.
    pub(super) fn aim_at_all(&mut self, recorded: &PackageState) -> Goal {
        self.set_aside(recorded);
        Goal { files: recorded.files.clone(), ..Goal::default() }
    }

    /// Brings packages, those .debs that are known, and files to what is recorded, and compares. Nothing ends it early:
    /// what cannot be done now is noted, the rest is done, and the comparison judges.
    pub(super) fn bring_to(&mut self, recorded: &PackageState, files: &Goal) -> Result<()> {
        let meant = PackageState { packages: recorded.packages.clone(), files: files.files.clone() };
        let mut touched: BTreeSet<PackageKey> = self.lock().unwrap_or_default().entries.into_keys().collect();
        touched.extend(lost::touched(&self.journal).unwrap_or_default());
        let mut trouble = self.forgive_units().err();
        for _ in 0..ATTEMPTS {
            let Some((now, goal)) = self.state_to_leave(&meant, &mut trouble) else { continue };
            touched.extend(StateDiff::between(&now, &goal).packages.into_iter().map(|change| change.key));
            // What is seen at once needs no comparison of every file.
            let is_elsewhere = query::is_interrupted() || !StateDiff::between(&goal, &now).is_empty();
            if is_elsewhere || !self.differences(&now, &goal, &touched).is_empty() {
                trouble = self.steps(&now, &goal, &touched);
            }
            let Some((now, goal)) = self.state_to_leave(&meant, &mut trouble) else { continue };
            let differences = self.differences(&now, &goal, &touched);
            let reached = if differences.is_empty() {
                Some((now, Vec::new()))
            } else {
                self.living_files(&now, &goal, &touched, &differences)
            };
            if let Some((now, living)) = reached.filter(|_| !query::is_interrupted()) {
                self.remarks.extend(living);
                self.remarks.extend(self.unjudged(&goal, &touched));
                self.remarks.extend(others::remark(&self.others(&meant, &now), &meant, &now));
                self.after = Some(now);
                // The packages are back whatever it says; it is told.
                let said = self.run_hook(Hook::Rollback, "after").err();
                self.remarks.extend(said.map(|failure| [failure.message, failure.detail].join(": ")));
                return Ok(());
            }
        }
        let now = query::package_state(&self.device.native)?;
        let differences = self.differences(&now, &self.goal_from(&meant, &now)?, &touched);
        match trouble {
            // Whose script it was tells more than what it left.
            Some(failure) if matches!(failure.cause, Cause::ScriptFailed { .. }) => {
                self.remarks.extend(differences);
                Err(failure)
            }
            trouble => {
                self.remarks.extend(trouble.map(|failure| failure.message));
                Err(Cause::StateDiffers { differences }.into())
            }
        }
    }

    /// The state, once nobody else is in the middle of anything, and the one to bring it to; or none and the trouble when
    /// it cannot be read this time: files come and go while they are read.
    fn state_to_leave(
        &self,
        meant: &PackageState,
        trouble: &mut Option<Failure>,
    ) -> Option<(PackageState, PackageState)> {
        let read = || {
            self.wait_for_apt_without_end()?;
            let now = query::package_state(&self.device.native)?;
            let goal = self.goal_from(meant, &now)?;
            Ok((now, goal))
        };
        read().map_err(|failure| *trouble = Some(failure)).ok()
    }

    /// What is meant, but for what is somebody else's and for what is never restored.
    fn goal_from(&self, meant: &PackageState, now: &PackageState) -> Result<PackageState> {
        let mut goal = self.sparing_others(meant, now)?;
        spare_special(&mut goal, now);
        Ok(goal)
    }

    /// Where nothing but files under `/etc` differs: put once more, those of them that differ again a moment later are a
    /// running program's own data, that it writes itself. The state then, and what to tell of it; none when anything else
    /// differs.
    fn living_files(
        &self,
        now: &PackageState,
        goal: &PackageState,
        touched: &BTreeSet<PackageKey>,
        differences: &[String],
    ) -> Option<(PackageState, Vec<String>)> {
        let conffiles: BTreeSet<&FilePath> =
            goal.packages.values().flat_map(|record| record.conffiles.keys()).collect();
        let is_data = |change: &Change<FilePath, FileRecord>| {
            let is_file = |record: &Option<FileRecord>| matches!(record, None | Some(FileRecord::File { .. }));
            !conffiles.contains(&change.key) && is_file(&change.before) && is_file(&change.after)
        };
        // Nothing but data, by every comparison that there is.
        let data = |state: &PackageState, differences: &[String]| {
            let differing = StateDiff::between(goal, state);
            let is_all = differing.packages.is_empty() && differing.files.iter().all(is_data);
            let is_all = is_all && differing.files.len() == differences.len();
            is_all.then(|| differing.files.into_iter().map(|change| change.key).collect::<BTreeSet<FilePath>>())
        };
        let put = data(now, differences)?;
        self.put_files(now, goal).ok()?;
        // A moment for whoever writes them.
        std::thread::sleep(std::time::Duration::from_secs(2));
        let later = query::package_state(&self.device.native).ok()?;
        let living = data(&later, &self.differences(&later, goal, touched))?;
        // What was as it should be, and is not any more, has not been put yet. What a program makes anew and takes away
        // again (a file beside the one that it replaces) is nothing that was.
        let is_seen = |path: &&FilePath| put.contains(*path) || !goal.files.contains_key(*path);
        let words = |path: &FilePath| format!("{path} is written by a running program, and stays as that leaves it");
        living.iter().all(|path| is_seen(&path)).then(|| (later, living.iter().map(words).collect()))
    }

    /// Each field that differs, each file that a touched package has lost, and each package that cannot be judged.
    fn differences(&self, now: &PackageState, goal: &PackageState, touched: &BTreeSet<PackageKey>) -> Vec<String> {
        let mut differences = StateDiff::between(goal, now).lines();
        differences.extend(self.boot_differences());
        match self.losses(goal, touched) {
            Ok(Losses { lossy, disowned }) => {
                differences.extend(disowned.keys().map(|path| format!("{path} is of another mode or owner")));
                differences.extend(lossy.iter().map(|(key, paths)| {
                    format!("{key} lost {}", paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
                }));
            }
            Err(failure) => differences.push(failure.message),
        }
        differences
    }

    fn losses(&self, goal: &PackageState, touched: &BTreeSet<PackageKey>) -> Result<Losses> {
        lost::losses(self.device, self.as_shipped(&goal.packages), touched)
    }

    /// What to tell where the files of packages could not be compared.
    fn unjudged(&self, goal: &PackageState, touched: &BTreeSet<PackageKey>) -> Option<String> {
        let packages = lost::unjudged(self.device, self.as_shipped(&goal.packages), touched).ok()?;
        let names: Vec<String> = packages.iter().map(ToString::to_string).collect();
        (!names.is_empty()).then(|| {
            format!("the vault has lost the .debs, and files were not compared, of {}", set_aside::some(&names))
        })
    }

    /// Every step once, each whatever became of the one before; the first trouble.
    fn steps(&mut self, now: &PackageState, goal: &PackageState, touched: &BTreeSet<PackageKey>) -> Option<Failure> {
        let (apt_idle, debs) = match (self.wait_for_apt_without_end(), self.device.vault.list()) {
            (Ok(apt_idle), Ok(debs)) => (apt_idle, debs),
            (Err(failure), _) | (_, Err(failure)) => return Some(failure),
        };
        let steps = [
            self.mount_boot_partition(),
            self.put_conffiles(now, goal),
            self.repair(&apt_idle, goal, &debs),
            self.reinstate(&apt_idle, goal, &debs),
            self.purge_added(&apt_idle, goal),
            self.divert(&apt_idle, goal),
            self.sweep_diverted(now, goal),
            self.reinstate_leftovers(&apt_idle, goal, &debs),
            self.reinstall_lossy(&apt_idle, goal, touched, &debs),
            self.put_all_files(&apt_idle, goal),
            self.put_boot_partition(),
            self.losses(goal, touched).and_then(|losses| lost::own(&losses.disowned)),
            self.mark_and_select(&apt_idle, goal),
        ];
        steps.into_iter().find_map(Result::err)
    }

    fn put_all_files(&self, _apt_idle: &AptIdle, goal: &PackageState) -> Result<()> {
        cut_point!("the way back, before the files");
        let now = query::package_state(&self.device.native)?;
        self.put_files(&now, goal)
    }

    /// Puts the conffiles that differ as recorded, for the scripts to see the right ones; dpkg then leaves them alone.
    /// Links of alternatives, diversions and their like are the scripts' own to undo first.
    fn put_conffiles(&self, now: &PackageState, goal: &PackageState) -> Result<()> {
        cut_point!("the way back, before the conffiles");
        let records = now.packages.values().chain(goal.packages.values());
        let conffiles: BTreeSet<&FilePath> = records.flat_map(|record| record.conffiles.keys()).collect();
        let differing =
            StateDiff::between(now, goal).files.into_iter().filter(|change| conffiles.contains(&change.key));
        let mut wanted: BTreeMap<_, _> = differing.map(|change| (change.key, change.after)).collect();
        // dpkg never comes to an end with a conffile that is new to it and finds a link in its place: it looks for what it
        // unpacked where the link leads, and records `newconffile` for ever. The link comes with all other files.
        let known: BTreeSet<&FilePath> = now.packages.values().flat_map(|record| record.conffiles.keys()).collect();
        let is_new_link = |path: &FilePath, record: &FileRecord| {
            matches!(record, FileRecord::Link { .. }) && conffiles.contains(path) && !known.contains(path)
        };
        let links = goal.files.iter().filter(|(path, record)| is_new_link(path, record));
        wanted.extend(links.map(|(path, _)| (path.clone(), None)));
        self.device.contents.put(&wanted)
    }

    /// Puts the files that differ as recorded.
    fn put_files(&self, now: &PackageState, goal: &PackageState) -> Result<()> {
        let differing = StateDiff::between(now, goal).files;
        let wanted = differing.into_iter().map(|change| (change.key, change.after)).collect();
        let linked = self.links(goal).and_then(|links| alternatives::put(&links));
        cut_point!("the way back, after alternatives");
        self.device.contents.put(&wanted).and(linked)
    }

    /// The links outside of `/etc` that the recorded alternatives have.
    fn links(&self, goal: &PackageState) -> Result<BTreeSet<alternatives::Link>> {
        let mut links = BTreeSet::new();
        for (path, record) in &goal.files {
            let name = path.as_str().strip_prefix(alternatives::RECORDS).and_then(|rest| rest.strip_prefix('/'));
            let (Some(name), FileRecord::File { sha256, .. }) = (name, record) else { continue };
            let record = String::from_utf8_lossy(&self.device.contents.read(*sha256)?).into_owned();
            // A slave that the chosen alternative lacks has no link.
            let is_chosen = |name: &str| {
                goal.files.contains_key(&FilePath::from(format!("{}/{name}", alternatives::TARGETS).as_str()))
            };
            links.extend(alternatives::parse(name, &record).into_iter().filter(|(_, name)| is_chosen(name)));
        }
        Ok(links)
    }

    /// Gets dpkg out of the middle: what it left unfinished is finished, unpacked anew, or taken away.
    fn repair(&mut self, apt_idle: &AptIdle, goal: &PackageState, debs: &[VaultedDeb]) -> Result<()> {
        cut_point!("the way back, before repair");
        let packages = query::packages(&self.device.native)?;
        let is_whole = !packages.values().any(PackageRecord::is_broken);
        if is_whole && !query::is_interrupted() {
            return Ok(());
        }
        self.log.tell(EventKind::Line { text: "Repairing what dpkg left unfinished".into() });
        // It fails for ever on a package whose script fails; those are mended below.
        drop(dpkg::configure_all(apt_idle, &mut self.teller()));
        let finished = self.finish_unpacking(apt_idle);
        let packages = query::packages(&self.device.native)?;
        let broken = packages.iter().filter(|(_, record)| record.is_broken()).map(|(key, _)| key);
        let (wanted, unwanted): (Vec<_>, Vec<_>) = broken.partition(|key| goal.installed_version(key).is_some());
        // What was unfinished when it was recorded stays: nobody asked for it to go.
        let was_broken = |key: &&PackageKey| goal.packages.get(*key).is_some_and(PackageRecord::is_broken);
        let unwanted: Vec<_> = unwanted.into_iter().filter(|key| !was_broken(key)).collect();
        let unwanted: Vec<DpkgName> = unwanted.into_iter().filter_map(|key| name_in(&packages, key)).collect();
        let files: Vec<_> =
            wanted.iter().filter_map(|key| self.deb(goal, key, debs)).map(|deb| deb.path.clone()).collect();
        // Read anew afterwards; what is still broken is the next attempt's.
        drop(dpkg::install(apt_idle, &files, &mut self.teller()));
        drop(dpkg::remove(apt_idle, &unwanted, true, &mut self.teller()));
        finished
    }

    /// Has what dpkg was cut off unpacking unpacked whole: then dpkg knows all its files, and can take them away. What its
    /// script refuses is swept away instead. A script that was cut off before anything was unpacked is not run again.
    fn finish_unpacking(&mut self, apt_idle: &AptIdle) -> Result<()> {
        let (lock, packages) = (self.lock().unwrap_or_default(), query::packages(&self.device.native)?);
        let is_half = |record: &PackageRecord| record.reinstall_required || record.status == DpkgStatus::HalfInstalled;
        let mut half = lock.entries.iter().filter(|(key, _)| packages.get(*key).is_some_and(is_half)).peekable();
        if half.peek().is_none() {
            return Ok(());
        }
        let ground = Ground::now(&self.device.native)?;
        for (package, locked) in half.filter_map(|(key, entry)| Some((key, entry.after.as_ref()?))) {
            // Without it, what is left is left.
            let Some(deb) = self.device.vault.get(locked.sha256).ok().flatten() else { continue };
            if self.device.vault.sound(&deb, &self.device.native).is_err() {
                continue;
            }
            let shipped = self.shipments.of(self.device, &deb)?;
            let unpacking = Unpacking { package, shipped: &shipped, ground: &ground };
            if !unpacking.is_half_done() || dpkg::unpack(apt_idle, &deb.path, &mut self.teller()).is_ok() {
                continue;
            }
            // While dpkg still knows of it: the power may go again.
            self.remarks.extend(unpacking.sweep());
        }
        Ok(())
    }

    /// All packages that differ, in one run of apt; where apt finds no way, dpkg does it.
    fn reinstate(&self, apt_idle: &AptIdle, goal: &PackageState, debs: &[VaultedDeb]) -> Result<()> {
        cut_point!("the way back, before apt");
        let now = query::packages(&self.device.native)?;
        let lock = rollback_plan::lock_between(self.device, &now, (&goal.packages, &self.known))?;
        if lock.entries.is_empty() {
            return Ok(());
        }
        let source = self.source(&lock)?;
        let ran = self.run_apt(apt_idle, &lock, Direction::Back, &source);
        source.remove()?;
        match ran {
            Ok(()) => Ok(()),
            Err(failure) => {
                self.log.tell(EventKind::Line { text: format!("apt: {failure}; going on with dpkg") });
                self.force(apt_idle, &lock, goal, debs)
            }
        }
    }

    fn force(&self, apt_idle: &AptIdle, lock: &Lock, goal: &PackageState, debs: &[VaultedDeb]) -> Result<()> {
        let (install, remove): (Vec<_>, Vec<_>) = lock.entries.iter().partition(|(_, entry)| entry.after.is_some());
        let files: Vec<_> =
            install.iter().filter_map(|(key, _)| self.deb(goal, key, debs)).map(|deb| deb.path.clone()).collect();
        let now = query::packages(&self.device.native)?;
        let removed: Vec<DpkgName> = remove.into_iter().filter_map(|(key, _)| name_in(&now, key)).collect();
        // The comparison at the end judges; a first failure here may be mended by the second command.
        drop(dpkg::remove(apt_idle, &removed, false, &mut self.teller()));
        drop(dpkg::install(apt_idle, &files, &mut self.teller()));
        dpkg::configure_all(apt_idle, &mut self.teller())
    }

    /// Added packages, of which apt's removal left the conffiles.
    fn purge_added(&self, apt_idle: &AptIdle, goal: &PackageState) -> Result<()> {
        cut_point!("the way back, before the added are purged");
        let now = query::packages(&self.device.native)?;
        let added = now.iter().filter(|(key, _)| !goal.packages.contains_key(*key));
        let added: Vec<DpkgName> = added.map(|(key, record)| DpkgName::new(key, record)).collect();
        if dpkg::remove(apt_idle, &added, true, &mut self.teller()).is_ok() {
            return Ok(());
        }
        let mut result = Ok(());
        let left = query::packages(&self.device.native)?;
        for (key, record) in left.iter().filter(|(key, _)| !goal.packages.contains_key(*key)) {
            let native = &self.device.native;
            result = result.and(dpkg::purge_without_script(apt_idle, key, record, native, &mut self.teller()));
        }
        result
    }

    /// Diversions that the newer versions began or ended, undone by dpkg's own means: they move files, too.
    fn divert(&self, apt_idle: &AptIdle, goal: &PackageState) -> Result<()> {
        cut_point!("the way back, before diversions");
        let Some(FileRecord::File { sha256, .. }) = goal.files.get(&FilePath::from(diversions::FILE)) else {
            return Ok(());
        };
        let wanted = diversions::parse(&self.device.contents.read(*sha256)?);
        let now = diversions::now()?;
        now.difference(&wanted).try_for_each(|diversion| diversions::end(apt_idle, diversion))?;
        wanted.difference(&now).try_for_each(|diversion| diversions::begin(apt_idle, diversion))
    }

    /// A newer version may have shipped a file of its own in the place of another package's, which it diverted. As long as that
    /// one has the path in its list, dpkg leaves the file there when the newer version goes, and then it is nobody's.
    fn sweep_diverted(&self, now: &PackageState, goal: &PackageState) -> Result<()> {
        let file = FilePath::from(diversions::FILE);
        if now.files.get(&file) == goal.files.get(&file) {
            return Ok(());
        }
        let mut leaving = self.device.points.debs_of(&now.packages)?;
        let lock = self.lock().unwrap_or_default();
        let brought = lock.entries.into_iter().filter_map(|(key, entry)| Some((key, entry.after?)));
        let stands = brought.filter(|(key, deb)| now.installed_version(key) == Some(&deb.version));
        leaving.extend(stands.map(|(key, deb)| (key, deb.sha256)));
        leaving.retain(|key, _| now.installed_version(key) != goal.installed_version(key));
        let ground = Ground::now(&self.device.native)?;
        for (package, sha256) in &leaving {
            let Some(deb) = self.device.vault.get(*sha256)? else { continue };
            let shipped = self.shipments.of(self.device, &deb)?;
            Unpacking { package, shipped: &shipped, ground: &ground }.sweep();
        }
        Ok(())
    }

    /// Packages of which only the conffiles were left: installed and removed again.
    fn reinstate_leftovers(&self, apt_idle: &AptIdle, goal: &PackageState, debs: &[VaultedDeb]) -> Result<()> {
        cut_point!("the way back, before the leftovers");
        let now = query::packages(&self.device.native)?;
        let differs = |(key, record): &(&PackageKey, &PackageRecord)| {
            record.status == DpkgStatus::ConfigFiles && now.get(*key).is_none_or(|now| !is_same_leftover(now, record))
        };
        let leftovers: Vec<PackageKey> = goal.packages.iter().filter(differs).map(|(key, _)| key.clone()).collect();
        let there: Vec<&VaultedDeb> = leftovers.iter().filter_map(|key| self.deb(goal, key, debs)).collect();
        let files: Vec<_> = there.iter().map(|deb| deb.path.clone()).collect();
        dpkg::install(apt_idle, &files, &mut self.teller())?;
        let names = there.iter().filter_map(|deb| name_in(&goal.packages, &deb.key(&self.device.native)));
        dpkg::remove(apt_idle, &names.collect::<Vec<_>>(), false, &mut self.teller())
    }

    /// Packages that lost files to another one, or whose records keep traces of the newer version.
    fn reinstall_lossy(
        &self,
        apt_idle: &AptIdle,
        goal: &PackageState,
        touched: &BTreeSet<PackageKey>,
        debs: &[VaultedDeb],
    ) -> Result<()> {
        cut_point!("the way back, before the lossy");
        let now = query::package_state(&self.device.native)?;
        let lossy = self.losses(goal, touched)?.lossy;
        let traces = |key: &&PackageKey| {
            let records = (now.packages.get(key), goal.packages.get(key));
            matches!(records, (Some(is), Some(was)) if was.is_installed() && (is.conffiles != was.conffiles || is.file_list != was.file_list))
        };
        let keys: BTreeSet<&PackageKey> = lossy.keys().chain(touched.iter().filter(traces)).collect();
        if keys.is_empty() {
            return Ok(());
        }
        // A conffile that only the newer version had is forgotten by dpkg when it is gone at the next unpacking.
        self.put_files(&now, goal)?;
        let files: Vec<_> =
            keys.into_iter().filter_map(|key| self.deb(goal, key, debs)).map(|deb| deb.path.clone()).collect();
        dpkg::install(apt_idle, &files, &mut self.teller())
    }

    fn mark_and_select(&self, apt_idle: &AptIdle, goal: &PackageState) -> Result<()> {
        cut_point!("the way back, before marks");
        let installed = goal.packages.iter().filter(|(_, record)| record.is_installed());
        let wanted: BTreeMap<_, _> = installed.map(|(key, record)| (key.clone(), record.mark)).collect();
        marks::set(apt_idle, &wanted, &self.device.native)?;
        let now = query::packages(&self.device.native)?;
        let differs = |(key, record): &(&PackageKey, &PackageRecord)| {
            now.get(*key).is_some_and(|now| now.selection != record.selection)
        };
        let differing = goal.packages.iter().filter(differs);
        let wanted: Vec<_> = differing.map(|(key, record)| (DpkgName::new(key, record), record.selection)).collect();
        dpkg::select(apt_idle, &wanted, &mut self.teller())?;
        let lock = self.lock().unwrap_or_default();
        let added = lock.entries.keys().filter(|key| !goal.packages.contains_key(*key)).map(|key| &key.name);
        dpkg::forget_wishes(apt_idle, &added.collect(), &mut self.teller())
    }

    /// The sound .deb of the version that the goal has.
    fn deb<'d>(&self, goal: &PackageState, key: &PackageKey, debs: &'d [VaultedDeb]) -> Option<&'d VaultedDeb> {
        let version = &goal.packages.get(key)?.version;
        self.device.vault.exact_sound(debs, key, version, &self.known, &self.device.native)
    }
}

/// What is never restored is left as it stands: a pipe that is gone, a file that could not be read when it was recorded.
fn spare_special(goal: &mut PackageState, now: &PackageState) {
    let special = goal.files.iter().filter(|(_, record)| **record == FileRecord::Special);
    for path in special.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
        match now.files.get(&path) {
            Some(stands) => drop(goal.files.insert(path, stands.clone())),
            None => drop(goal.files.remove(&path)),
        }
    }
}

/// Something was begun and the card has lost what stood before: nothing is said to be as it was.
fn nothing_recorded() -> Failure {
    fault("go back", "its record of the state before is lost")
}

/// Another package may have taken a leftover's conffile over: it is the same only with its lists.
fn is_same_leftover(now: &PackageRecord, was: &PackageRecord) -> bool {
    (now.status, &now.version, &now.conffiles, now.file_list)
        == (was.status, &was.version, &was.conffiles, was.file_list)
}

fn name_in(packages: &BTreeMap<PackageKey, PackageRecord>, key: &PackageKey) -> Option<DpkgName> {
    packages.get(key).map(|record| DpkgName::new(key, record))
}
