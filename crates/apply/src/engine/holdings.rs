//! What the device holds for its way back, told and changed by an operator's word.

use super::{free_bytes, retention};
use crate::device::Device;
use crate::fault::Result;
use crate::journal::way_back_of_last;
use crate::settings::Settings;
use crate::vault::VaultedDeb;
use framboise_core::cause::Cause;
use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::order::{Change, ChangeKind};
use framboise_core::restore_point::RestorePoint;
use framboise_core::vault::{Fixed, KeptDeb, KeptPoint, Pruned, VaultContents};
use std::collections::{BTreeMap, BTreeSet};

/// What the vault holds, and which points need it.
///
/// # Errors
/// When the vault or the points cannot be read.
pub fn contents(device: &Device) -> Result<VaultContents> {
    let (points, debs) = (device.points.list()?, device.vault.list()?);
    let needs = needs(device, &points, &debs)?;
    let kept = |deb: VaultedDeb| KeptDeb {
        package: deb.key(&device.native),
        version: deb.control_fields.version,
        bytes: deb.bytes,
        sha256: deb.sha256,
        rebuilt: deb.rebuilt,
        staged: deb.staged,
        points: needs.get(&deb.sha256).cloned().unwrap_or_default(),
    };
    let mut debs: Vec<KeptDeb> = debs.into_iter().map(kept).collect();
    debs.sort_by(|a, b| (&a.package, &a.version, a.sha256).cmp(&(&b.package, &b.version, b.sha256)));
    Ok(VaultContents {
        debs,
        points: kept_points(device, &points)?,
        budget_bytes: Settings::read(&device.paths)?.keep.vault_bytes(),
        free_bytes: free_bytes(device.paths.state())?,
    })
}

/// By .deb, the points that go back by it. One that a failing card has spoilt needs none.
fn needs(
    device: &Device,
    points: &[RestorePoint],
    debs: &[VaultedDeb],
) -> Result<BTreeMap<Digest, BTreeSet<RestorePointId>>> {
    let mut needs: BTreeMap<Digest, BTreeSet<RestorePointId>> = BTreeMap::new();
    for point in points {
        let state = device.points.state_if_sound(point.id)?.unwrap_or_default();
        let known = device.points.debs(point.id)?;
        for deb in debs {
            let key = deb.key(&device.native);
            let has_version =
                state.packages.get(&key).is_some_and(|record| record.version == deb.control_fields.version);
            let is_its_own = known.get(&key).map_or(!deb.staged, |sha256| *sha256 == deb.sha256);
            if has_version && is_its_own {
                needs.entry(deb.sha256).or_default().insert(point.id);
            }
        }
    }
    Ok(needs)
}

/// The points with the reason that keeps each, if one does.
fn kept_points(device: &Device, points: &[RestorePoint]) -> Result<Vec<KeptPoint>> {
    let stands_on = device.points.stands_on()?;
    let parent = points.iter().find(|point| Some(point.id) == stands_on).and_then(|point| point.parent);
    // Where a rollback leads that names no point, and where it led from there.
    let led_to = way_back_of_last(device).ok();
    let fixed = |point: &RestorePoint| {
        let is = |other: Option<RestorePointId>| other == Some(point.id);
        if is(stands_on) {
            Some(Fixed::StandsOn)
        } else if is(parent) || is(led_to) {
            Some(Fixed::WayBack)
        } else {
            point.pinned.then_some(Fixed::Pinned)
        }
    };
    Ok(points.iter().map(|point| KeptPoint { id: point.id, fixed: fixed(point) }).collect())
}

/// Makes a change that was verified.
///
/// # Errors
/// [`Cause::UnknownRestorePoint`], [`Cause::PointFixed`], [`Cause::BadName`]; [`Cause::BadRequest`] for a change that this
/// version does not know.
pub fn change(device: &Device, change: &Change) -> Result<()> {
    let point = || change.point.ok_or_else(|| bad("the change names no restore point"));
    match &change.what {
        ChangeKind::Name { name } => device.points.name(point()?, name),
        ChangeKind::Pin => device.points.pin(point()?, true),
        ChangeKind::Unpin => device.points.pin(point()?, false),
        ChangeKind::Delete => delete(device, point()?),
        ChangeKind::Prune { .. } if change.point.is_some() => Err(bad("a vault is pruned, not a restore point").into()),
        ChangeKind::Prune { free_bytes } => let_go(device, &contents(device)?.pruned(*free_bytes)),
        ChangeKind::Unknown => {
            Err(bad("Framboise on the device does not know this change; update it there first").into())
        }
    }
}

fn bad(problem: &str) -> Cause {
    Cause::BadRequest { problem: problem.into() }
}

fn delete(device: &Device, id: RestorePointId) -> Result<()> {
    device.points.get(id)?;
    let contents = contents(device)?;
    if let Some(why) = contents.fixed(id) {
        return Err(Cause::PointFixed { id, why }.into());
    }
    let_go(device, &going_with(&contents, id))
}

/// What goes with a point: itself, and the .debs that only it needs. What nobody needed before may wait for an order.
pub(super) fn going_with(contents: &VaultContents, id: RestorePointId) -> Pruned {
    let mut gone = contents.without(&[id]);
    let unused = contents.without(&[]).debs;
    gone.debs.retain(|deb| !unused.contains(deb));
    gone
}

/// Points first: a .deb that outlives its point is let go later, a point never outlives its .debs.
fn let_go(device: &Device, gone: &Pruned) -> Result<()> {
    gone.points.iter().try_for_each(|id| device.points.delete(*id))?;
    gone.debs.iter().try_for_each(|deb| device.vault.remove(*deb))?;
    retention::forget_deleted(device)
}
