//! Which state to return to, and how files get there.

use super::boot_place::BootPlace;
use super::half_unpacked::is_temporary;
use super::{again_while_it_changes, boot_partition};
use crate::apt::query;
use crate::device::Device;
use crate::durable;
use crate::fault::{Doing, Result};
use crate::files;
use crate::journal::{LOCK, TOUCHED};
use framboise_core::debian::PackageKey;
use framboise_core::diff::StateDiff;
use framboise_core::etc::{self, Around, Goal};
use framboise_core::ids::{OrderId, RestorePointId};
use framboise_core::plan::Lock;
use framboise_core::restore_point::{self, Origin, RestorePoint, Step};
use framboise_core::state::{FileRecord, PackageState};
use framboise_core::text::FilePath;
use std::collections::{BTreeMap, BTreeSet};

type Files = BTreeMap<FilePath, FileRecord>;

/// The restore point of the state that the device is in: the one it was left on, or else a new one.
///
/// # Errors
/// When the state cannot be read or recorded.
pub fn record_before(device: &Device, order: OrderId) -> Result<RestorePointId> {
    let (point, is_new) = again_while_it_changes(|restless| {
        // What is kept of it is held against the files themselves once more, before it is relied on.
        let kept = device.contents.keep_state(query::package_state(&device.native)?, restless)?;
        if let Some(id) = stands_on_now(device, kept.state())?
            && device.points.state(id).is_ok()
        {
            return Ok((id, false));
        }
        let origin = if device.points.list()?.is_empty() { Origin::First } else { Origin::Drift { order } };
        let debs = device.points.debs_of(&kept.state().packages)?;
        Ok((device.points.record(&kept, &debs, origin)?.id, true))
    })?;
    if is_new {
        device.points.set_stands_on(point)?;
    }
    Ok(point)
}

/// The restore point that the device stands on in every field; none when other means have changed it since.
///
/// # Errors
/// When the points cannot be read.
pub fn stands_on_now(device: &Device, state: &PackageState) -> Result<Option<RestorePointId>> {
    let Some(id) = device.points.stands_on()? else { return Ok(None) };
    let digest = state.digest().doing("hash its state")?;
    Ok((device.points.get(id)?.state == digest).then_some(id))
}

/// The files to aim at on the way to a restore point, from what stands `now`; `recorded` is the state of the point, but for
/// packages that stay as they are.
///
/// Steps that a person made (drift) are not undone in files; what they changed stays.
///
/// # Errors
/// When a point on the way cannot be read.
pub fn files_for(device: &Device, to: RestorePointId, recorded: &PackageState, now: &PackageState) -> Result<Goal> {
    let mut target = files_on_the_way(device, to, &now.files)?;
    // What dpkg was cut off unpacking is no person's, whoever ran it.
    let half_unpacked = now.files.keys().filter(|path| is_temporary(path)).cloned();
    for path in untouched_conffiles(now, recorded).into_iter().chain(half_unpacked) {
        target.kept.remove(&path);
        match recorded.files.get(&path) {
            Some(record) => target.files.insert(path, record.clone()),
            None => target.files.remove(&path),
        };
    }
    Ok(target)
}

/// Conffiles that differ and stand just as their package ships them: nobody wrote in them, so they go with the package, also
/// where a person and not a transaction changed its version.
pub fn untouched_conffiles(now: &PackageState, recorded: &PackageState) -> Vec<FilePath> {
    let shipped = now.packages.values().flat_map(|record| &record.conffiles);
    let differing =
        shipped.filter(|(path, _)| now.files.contains_key(*path) && now.files.get(*path) != recorded.files.get(*path));
    let untouched = differing.filter(|(path, shipped)| files::is_as_shipped(path, shipped));
    untouched.map(|(path, _)| path.clone()).collect()
}

/// The boot partition to aim at on the way to a restore point, from what stands at `place` `now`; and the paths that the way
/// changed.
///
/// # Errors
/// When a point on the way cannot be read, or the boot partition of one is not mounted.
pub fn boot_for(
    device: &Device,
    to: RestorePointId,
    place: Option<&BootPlace>,
    now: &Files,
) -> Result<(Goal, BTreeSet<FilePath>)> {
    let steps = steps(device, to, &|_, id| boot_partition::step(device, id, place))?.unwrap_or_default();
    let around: Vec<Around<'_>> = steps.iter().map(|(before, after)| Around { before, after }).collect();
    let changed = steps.iter().flat_map(|(before, after)| before.keys().chain(after.keys())).cloned();
    Ok((etc::goal(now, &around), changed.collect()))
}

fn files_on_the_way(device: &Device, to: RestorePointId, now: &Files) -> Result<Goal> {
    let Some(steps) = steps(device, to, &|points, id| step(device, points, id))? else {
        return Ok(Goal { files: device.points.state(to)?.files, ..Goal::default() });
    };
    let around: Vec<Around<'_>> = steps.iter().map(|(before, after)| Around { before, after }).collect();
    Ok(etc::goal(now, &around))
}

/// What a step to a point changed: files before and after it.
type StepOf<'a> = &'a dyn Fn(&[RestorePoint], RestorePointId) -> Result<Option<(Files, Files)>>;

/// The steps to be undone on the way to a point; none when that is not known.
fn steps(device: &Device, to: RestorePointId, step: StepOf<'_>) -> Result<Option<Vec<(Files, Files)>>> {
    let points = device.points.tree()?;
    let Some(from) = device.points.stands_on()? else { return Ok(None) };
    let mut steps = Vec::new();
    for on_the_way in restore_point::way(&points, from, to) {
        let id = on_the_way.point();
        match (step(&points, id), on_the_way) {
            (Ok(step), Step::Undo(_)) => steps.extend(step),
            (Ok(step), Step::Redo(_)) => steps.extend(step.map(|(before, after)| (after, before))),
            // A point in between that a card has spoilt keeps nobody from a sound one: what it says itself counts then.
            (Err(failure), _) => {
                eprintln!("<4>framboise-apply: a step on the way to {to} is not known: {failure}");
                return Ok(None);
            }
        }
    }
    Ok(Some(steps))
}

/// The files before and after the transaction that led to a point; none when no transaction did.
fn step(device: &Device, points: &[RestorePoint], id: RestorePointId) -> Result<Option<(Files, Files)>> {
    let Some(point) = points.iter().find(|point| point.id == id) else { return Ok(None) };
    match (point.origin, point.parent) {
        (Origin::After { .. }, Some(parent)) => {
            Ok(Some((device.points.state(parent)?.files, device.points.state(id)?.files)))
        }
        _ => Ok(None),
    }
}

/// The packages that transactions on the way to a restore point changed; none when that is not known.
///
/// # Errors
/// When the points cannot be read.
pub fn changed_by_orders(device: &Device, to: RestorePointId) -> Result<Option<BTreeSet<PackageKey>>> {
    let (points, from) = (device.points.tree()?, device.points.stands_on()?);
    let Some(from) = from.filter(|from| restore_point::is_whole(&points, *from, to)) else { return Ok(None) };
    let mut changed = BTreeSet::new();
    for id in restore_point::way(&points, from, to).into_iter().map(Step::point) {
        let Some(point) = points.iter().find(|point| point.id == id) else { return Ok(None) };
        match (point.origin, point.parent) {
            (Origin::After { order }, Some(parent)) => changed.extend(changed_by(device, order, parent, id)?),
            (Origin::First | Origin::Drift { .. }, _) => {}
            (Origin::After { .. } | Origin::Unknown, _) => return Ok(None),
        }
    }
    Ok(Some(changed))
}

/// The packages that an order touched; as long as its records are there, without what others did meanwhile.
fn changed_by(
    device: &Device,
    order: OrderId,
    before: RestorePointId,
    after: RestorePointId,
) -> Result<BTreeSet<PackageKey>> {
    let transaction = device.paths.transaction(order);
    let lock: Option<Lock> = durable::read_json_if_sound(&transaction.join(LOCK))?;
    let touched: Option<BTreeSet<PackageKey>> = durable::read_json_if_sound(&transaction.join(TOUCHED))?;
    if let (Some(lock), Some(touched)) = (lock, touched) {
        return Ok(lock.entries.into_keys().chain(touched).collect());
    }
    let changes = StateDiff::between(&device.points.state(before)?, &device.points.state(after)?).packages;
    Ok(changes.into_iter().map(|change| change.key).collect())
}
