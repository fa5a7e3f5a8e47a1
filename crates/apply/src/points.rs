//! The restore points on disk: one file for the point, one for its state.

use crate::durable;
use crate::engine::BootChange;
use crate::fault::{Doing, Result, fault};
use crate::files::KeptState;
use crate::paths::Paths;
use crate::vault::InstalledFrom;
use framboise_core::cause::Cause;
use framboise_core::debian::PackageKey;
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::restore_point::{Origin, RestorePoint, led_through};
use framboise_core::state::{PackageRecord, PackageState};
use framboise_core::vault::Fixed;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The longest name of a point, in characters.
const NAME_MAX: usize = 80;

/// The restore points of a device.
#[derive(Debug, Clone)]
pub struct Points {
    paths: Paths,
}

impl Points {
    /// Those kept where `paths` says.
    pub fn new(paths: Paths) -> Self {
        Points { paths }
    }

    /// All points, oldest first.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn list(&self) -> Result<Vec<RestorePoint>> {
        let directory = self.paths.restore_points();
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let mut points = Vec::new();
        for entry in fs::read_dir(&directory).at("list", &directory)? {
            let name = entry.at("list", &directory)?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".json")).and_then(|stem| stem.parse().ok());
            if let Some(number) = number {
                points.extend(self.get(RestorePointId(number)).ok());
            }
        }
        points.sort_by_key(|point| point.id);
        Ok(points)
    }

    /// One point.
    ///
    /// # Errors
    /// [`Cause::UnknownRestorePoint`] when there is none.
    pub fn get(&self, id: RestorePointId) -> Result<RestorePoint> {
        durable::read_json(&self.paths.restore_point(id))?.ok_or_else(|| Cause::UnknownRestorePoint { id }.into())
    }

    /// The state of one point, held against the digest that the point has of it: a card forgets.
    ///
    /// # Errors
    /// [`Cause::UnknownRestorePoint`] when there is none; or when it is damaged.
    pub fn state(&self, id: RestorePointId) -> Result<PackageState> {
        let file = self.state_file(id);
        let state: PackageState = durable::read_json(&file)?.ok_or(Cause::UnknownRestorePoint { id })?;
        let deleted = || durable::read_json(&self.deleted_file(id)).ok().flatten();
        let point: Option<RestorePoint> = self.get(id).ok().or_else(deleted);
        match point {
            Some(point) if state.digest().doing("hash a state")? == point.state => Ok(state),
            Some(_) | None => Err(fault(format!("read {}", file.display()), "it is damaged")),
        }
    }

    /// The state of one point; none when a failing card has spoilt it: then nothing can lead there.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub fn state_if_sound(&self, id: RestorePointId) -> Result<Option<PackageState>> {
        match self.state(id) {
            Err(failure) if matches!(failure.cause, Cause::UnknownRestorePoint { .. }) => Ok(None),
            Err(failure) => {
                eprintln!("<4>framboise-apply: {failure}");
                Ok(None)
            }
            state => state.map(Some),
        }
    }

    /// Which .debs a point's packages were installed from, as far as that is known.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub fn debs(&self, id: RestorePointId) -> Result<InstalledFrom> {
        Ok(durable::read_json_if_sound(&self.debs_file(id))?.unwrap_or_default())
    }

    /// Notes which .debs a point's packages were installed from, beside what is known already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_debs(&self, id: RestorePointId, debs: &InstalledFrom) -> Result<()> {
        let known = self.debs(id)?;
        let mut all = known.clone();
        all.extend(debs.clone());
        if all == known { Ok(()) } else { durable::replace_json(&self.debs_file(id), &all) }
    }

    /// Which .debs these packages were installed from, as far as the point that the device stands on knows: what has
    /// another version by now came by other means.
    ///
    /// # Errors
    /// When the point cannot be read.
    pub fn debs_of(&self, packages: &BTreeMap<PackageKey, PackageRecord>) -> Result<InstalledFrom> {
        let Some(id) = self.stands_on()? else { return Ok(InstalledFrom::new()) };
        let mut debs = self.debs(id)?;
        if debs.is_empty() {
            return Ok(debs);
        }
        let Some(PackageState { packages: recorded, .. }) = self.state_if_sound(id)? else {
            return Ok(InstalledFrom::new());
        };
        debs.retain(|key, _| packages.get(key).map(|now| &now.version) == recorded.get(key).map(|was| &was.version));
        Ok(debs)
    }

    /// Records a state, with what is known of its .debs.
    ///
    /// # Errors
    /// When it cannot be written; then nothing was recorded.
    pub fn record(&self, state: &KeptState, debs: &InstalledFrom, origin: Origin) -> Result<RestorePoint> {
        durable::make_directory(&self.paths.restore_points(), 0o700)?;
        let state = state.state();
        let id = RestorePointId(self.list()?.last().map_or(0, |point| point.id.0).max(self.highest_state()?) + 1);
        let installed = state.packages.values().filter(|record| record.is_installed()).count();
        let point = RestorePoint {
            id,
            parent: self.stands_on()?,
            recorded: Timestamp::now(),
            origin,
            name: None,
            pinned: false,
            state: state.digest().doing("hash its state")?,
            packages: u32::try_from(installed).unwrap_or(u32::MAX),
            current: false,
            missing_debs: 0,
        };
        durable::replace_json(&self.debs_file(id), debs)?;
        durable::replace_json(&self.state_file(id), state)?;
        cut_point!("between a state and its restore point");
        durable::replace_json(&self.paths.restore_point(id), &point)?;
        Ok(point)
    }

    /// What the transaction that led to a point changed on the boot partition; none when it could not have.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn boot_change(&self, id: RestorePointId) -> Result<Option<BootChange>> {
        durable::read_json(&self.boot_file(id))
    }

    /// Notes what the transaction that led to a point changed on the boot partition.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note_boot_change(&self, id: RestorePointId, change: &BootChange) -> Result<()> {
        durable::replace_json(&self.boot_file(id), change)
    }

    /// The point that the device was left on by the last transaction.
    ///
    /// # Errors
    /// When the record of it is damaged.
    pub fn stands_on(&self) -> Result<Option<RestorePointId>> {
        let noted: Option<RestorePointId> = durable::read_json_if_sound(&self.paths.stands_on())?;
        // One that is gone is none: the device then counts as changed by other means.
        Ok(noted.filter(|id| self.paths.restore_point(*id).exists()))
    }

    /// Notes the point that the device stands on now.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_stands_on(&self, id: RestorePointId) -> Result<()> {
        if self.stands_on()? == Some(id) { Ok(()) } else { durable::replace_json(&self.paths.stands_on(), &id) }
    }

    /// Gives a point a name; none takes it away.
    ///
    /// # Errors
    /// [`Cause::UnknownRestorePoint`]; [`Cause::BadName`].
    pub fn name(&self, id: RestorePointId, name: &str) -> Result<()> {
        let point = self.get(id)?;
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(problem) = name.as_ref().and_then(|name| problem_of(name)) {
            return Err(Cause::BadName { problem: problem.into() }.into());
        }
        let is_taken = |other: &RestorePoint| other.id != id && name.is_some() && other.name == name;
        if let Some(other) = self.list()?.into_iter().find(is_taken) {
            return Err(Cause::BadName { problem: format!("restore point {} has it", other.id) }.into());
        }
        durable::replace_json(&self.paths.restore_point(id), &RestorePoint { name, ..point })
    }

    /// Pins a point, or lets it go when room is needed.
    ///
    /// # Errors
    /// [`Cause::UnknownRestorePoint`].
    pub fn pin(&self, id: RestorePointId, pinned: bool) -> Result<()> {
        let point = self.get(id)?;
        durable::replace_json(&self.paths.restore_point(id), &RestorePoint { pinned, ..point })
    }

    /// Deletes a point. Its state stays as long as a younger point leads back through it: the way of files under `/etc`
    /// goes step by step.
    ///
    /// # Errors
    /// [`Cause::PointFixed`] when the device stands on it.
    pub fn delete(&self, id: RestorePointId) -> Result<()> {
        if self.stands_on()? == Some(id) {
            return Err(Cause::PointFixed { id, why: Fixed::StandsOn }.into());
        }
        let (from, to) = (self.paths.restore_point(id), self.deleted_file(id));
        fs::rename(&from, &to).at("delete", &from)?;
        durable::sync_parent(&from)
    }

    /// All points, those included that were deleted and are still led back through; for walking the tree only. Of one whose
    /// record a card has spoilt nothing is known.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn tree(&self) -> Result<Vec<RestorePoint>> {
        let mut points = self.list()?;
        for number in 1..=self.highest_state()? {
            points.extend(durable::read_json_if_sound(&self.deleted_file(RestorePointId(number)))?);
        }
        points.sort_by_key(|point: &RestorePoint| point.id);
        Ok(points)
    }

    /// Removes deleted points that no living one leads back through.
    ///
    /// # Errors
    /// When the tree cannot be read, or a file not be removed.
    pub fn prune(&self) -> Result<()> {
        let tree = self.tree()?;
        let needed = led_through(&tree, &self.list()?.into_iter().map(|point| point.id).collect());
        let mut gone = tree.iter().filter(|point| !needed.contains(&point.id));
        gone.try_for_each(|point| self.remove(point.id, &self.deleted_file(point.id)))
    }

    /// Removes a point's files; its number stays taken.
    fn remove(&self, id: RestorePointId, point: &Path) -> Result<()> {
        durable::replace(&self.paths.restore_points().join(format!("{:06}.gone", id.0)), b"", 0o600)?;
        for file in [point, &self.state_file(id), &self.debs_file(id), &self.boot_file(id)] {
            match fs::remove_file(file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error).at("remove", file),
                _ => {}
            }
        }
        durable::sync_parent(point)
    }

    fn deleted_file(&self, id: RestorePointId) -> PathBuf {
        self.paths.restore_points().join(format!("{:06}.deleted", id.0))
    }

    /// Removes the point that an order recorded before it turned out not to stand.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget_after(&self, order: OrderId) -> Result<()> {
        let stands_on = self.stands_on()?;
        let is_its_own = |point: &RestorePoint| point.origin == Origin::After { order } && Some(point.id) != stands_on;
        for point in self.list()?.into_iter().filter(is_its_own) {
            self.remove(point.id, &self.paths.restore_point(point.id))?;
        }
        Ok(())
    }

    /// Numbers are never used again, those of points half written included.
    fn highest_state(&self) -> Result<u32> {
        let directory = self.paths.restore_points();
        let mut highest = 0;
        for entry in fs::read_dir(&directory).at("list", &directory)? {
            let name = entry.at("list", &directory)?.file_name();
            let number = name.to_str().and_then(|name| name.split('.').next()).and_then(|stem| stem.parse().ok());
            highest = highest.max(number.unwrap_or(0));
        }
        Ok(highest)
    }

    fn boot_file(&self, id: RestorePointId) -> PathBuf {
        self.paths.restore_points().join(format!("{:06}.boot.json", id.0))
    }

    fn debs_file(&self, id: RestorePointId) -> PathBuf {
        self.paths.restore_points().join(format!("{:06}.debs", id.0))
    }

    fn state_file(&self, id: RestorePointId) -> PathBuf {
        self.paths.restore_points().join(format!("{:06}.state.json", id.0))
    }
}

/// Why nothing can be called so; none when it can.
fn problem_of(name: &str) -> Option<&'static str> {
    if name.chars().count() > NAME_MAX {
        return Some("it has more than 80 characters");
    }
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some("it would be taken for a restore point's number");
    }
    if name == "now" {
        return Some("it would be taken for the state now");
    }
    name.chars().any(char::is_control).then_some("it has control characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_something_else_are_none() {
        for name in ["3", "now", "a\nb", &"x".repeat(81)] {
            assert!(problem_of(name).is_some(), "{name:?}");
        }
        for name in ["before the fair", "3.1", "Messe '27", &"ä".repeat(80)] {
            assert_eq!(problem_of(name), None, "{name:?}");
        }
    }
}
