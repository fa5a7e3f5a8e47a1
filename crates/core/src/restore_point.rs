//! Restore points: recorded package states that a device can return to.

use crate::digest::Digest;
use crate::ids::{OrderId, RestorePointId};
use crate::plan::Action;
use crate::state::PackageState;
use crate::transaction::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A restore point without its state, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestorePoint {
    /// Its number on this device.
    pub id: RestorePointId,
    /// The restore point that the device stood on when this one was recorded; none for the first.
    pub parent: Option<RestorePointId>,
    /// When it was recorded, by the device's clock.
    pub recorded: jiff::Timestamp,
    /// What it was recorded for.
    pub origin: Origin,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is kept whatever room it takes.
    #[serde(default)]
    pub pinned: bool,
    /// The digest of its state.
    pub state: Digest,
    /// How many packages it has installed.
    pub packages: u32,
    /// Whether the device stands on it now, as far as its versions go.
    #[serde(default)]
    pub current: bool,
    /// Packages whose .deb the vault lacks; 0 when the way back to it is complete.
    #[serde(default)]
    pub missing_debs: u32,
}

/// A restore point with its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedState {
    /// The point.
    pub point: RestorePoint,
    /// Its state.
    pub state: PackageState,
}

/// Why a restore point was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// Before Framboise's first change to the device.
    First,
    /// After an order that succeeded.
    After {
        /// The order.
        order: OrderId,
    },
    /// Before an order, because the device had been changed by other means since the point before.
    Drift {
        /// The order.
        order: OrderId,
    },
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What counts of a transaction that has ended, for the rollback that names no restore point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// What was ordered.
    pub action: Action,
    /// How it ended: a final state.
    pub state: State,
    /// The restore point of the state before; none when it ended before that was recorded.
    pub before: Option<RestorePointId>,
}

/// Where a rollback goes that names no restore point: it undoes `last`, the newest transaction that has ended and was not
/// without anything to do. None when nothing was recorded yet.
pub fn rollback_goes_to(last: Option<Past>, stands_on: Option<RestorePointId>) -> Option<RestorePointId> {
    let to = last.and_then(|last| match (last.action, last.state) {
        // Also where it did not come through: the wish stays.
        (Action::Rollback { to }, _) => Some(to),
        (Action::Update, State::Committed) => last.before,
        // It failed: the last recorded state is the one to return to.
        (Action::Update, _) => last.before.or(stands_on),
    });
    to.or(stands_on)
}

/// A step of the way between two restore points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// What led to this point is undone.
    Undo(RestorePointId),
    /// What led to this point is done again.
    Redo(RestorePointId),
}

impl Step {
    /// The point that it is about.
    pub fn point(self) -> RestorePointId {
        let (Step::Undo(id) | Step::Redo(id)) = self;
        id
    }
}

/// The way from one restore point to another: points are a tree, and it leads up to the one that both descend from, and
/// down from there. `tree` has the deleted ones, too.
pub fn way(tree: &[RestorePoint], from: RestorePointId, to: RestorePointId) -> Vec<Step> {
    let (up, down) = (line_of(tree, from), line_of(tree, to));
    let undone = up.iter().take_while(|id| !down.contains(id)).map(|id| Step::Undo(*id));
    let mut redone: Vec<Step> = down.iter().take_while(|id| !up.contains(id)).map(|id| Step::Redo(*id)).collect();
    redone.reverse();
    undone.chain(redone).collect()
}

/// Whether the way between two points is known whole: both descend from one, and `tree` has every point on it. A card may
/// have lost one.
pub fn is_whole(tree: &[RestorePoint], from: RestorePointId, to: RestorePointId) -> bool {
    let (up, down) = (line_of(tree, from), line_of(tree, to));
    let is_there = |id: &RestorePointId| tree.iter().any(|point| point.id == *id);
    let leads_there = |line: &[RestorePointId], common| line.iter().take_while(|id| **id != common).all(is_there);
    let common = up.iter().copied().find(|id| down.contains(id));
    common.is_some_and(|common| is_there(&common) && leads_there(&up, common) && leads_there(&down, common))
}

/// These points, and all that they descend from: what the way between any two of them may lead through.
pub fn led_through(tree: &[RestorePoint], points: &BTreeSet<RestorePointId>) -> BTreeSet<RestorePointId> {
    points.iter().flat_map(|point| line_of(tree, *point)).collect()
}

/// A point and all it descends from, itself first. Parents in a circle, which a spoilt record may tell of, end it.
fn line_of(tree: &[RestorePoint], from: RestorePointId) -> Vec<RestorePointId> {
    let mut line = Vec::new();
    let mut next = Some(from);
    while let Some(id) = next.filter(|id| !line.contains(id)) {
        line.push(id);
        next = tree.iter().find(|point| point.id == id).and_then(|point| point.parent);
    }
    line
}
