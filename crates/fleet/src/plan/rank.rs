//! The packages of a plan in the order in which people want to read them.

use crate::names::natural_order;
use framboise_core::debian::PackageKey;
use framboise_core::plan::{LockEntry, Plan, Reason};

/// What is worth seeing first. All but mere dependencies is never to be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The update file names it.
    Requested,
    /// It goes, though nobody asked for that.
    Removed,
    /// It gets older, likewise.
    Older,
    /// It comes along.
    Dependency,
}

impl Rank {
    /// Of a package.
    pub fn of(entry: &LockEntry) -> Self {
        match (entry.reason, &entry.after) {
            (Reason::Requested, _) => Rank::Requested,
            (Reason::Dependency, None) => Rank::Removed,
            (Reason::Dependency, Some(_)) if is_older(entry) => Rank::Older,
            (Reason::Dependency, Some(_)) => Rank::Dependency,
        }
    }
}

/// The packages by rank, then by name.
pub fn ranked(plan: &Plan) -> Vec<(&PackageKey, &LockEntry)> {
    let mut entries: Vec<(&PackageKey, &LockEntry)> = plan.lock.entries.iter().collect();
    let by_name = |a: &PackageKey, b: &PackageKey| natural_order(a.name.as_str(), b.name.as_str());
    entries.sort_by(|(a, left), (b, right)| Rank::of(left).cmp(&Rank::of(right)).then_with(|| by_name(a, b)));
    entries
}

/// Whether its version goes down.
pub fn is_older(entry: &LockEntry) -> bool {
    entry.before.as_ref().zip(entry.after.as_ref()).is_some_and(|(before, after)| after.version < *before)
}
