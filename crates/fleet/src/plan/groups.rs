//! Plans grouped by what they come to: 200 devices that do the same are one group.

use super::Planned;
use crate::device::CallError;
use crate::names::natural_order;
use crate::store::KnownDevice;
use framboise_core::plan::{Action, Plan};
use std::collections::BTreeMap;

/// Devices that were chosen and get no order, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// They have it already.
    pub nothing_to_do: usize,
    /// They can't.
    pub cannot: usize,
    /// They could not return all the way.
    pub held: usize,
    /// They were not spoken with.
    pub not_reached: usize,
}

impl LeftOut {
    /// Counts.
    pub fn of(groups: &[Group]) -> Self {
        let mut left_out = LeftOut::default();
        for group in groups {
            match group {
                Group::Change(_) => {}
                Group::Held(_) => left_out.held += group.count(),
                Group::Nothing(_) => left_out.nothing_to_do += group.count(),
                Group::Cannot { .. } => left_out.cannot += group.count(),
                Group::NotReached { .. } => left_out.not_reached += group.count(),
            }
        }
        left_out
    }

    /// Those that are not as asked.
    pub fn bad(self) -> usize {
        self.cannot + self.held + self.not_reached
    }
}

/// Devices of which the same can be said.
#[derive(Debug, Clone)]
pub enum Group {
    /// They would do this.
    Change(Alike),
    /// They would do this, but could not return all the way: they are left out unless the operator accepts that.
    Held(Alike),
    /// They have it already; their plans may remark something all the same.
    Nothing(Alike),
    /// They can't, all for one reason.
    Cannot {
        /// Which.
        devices: Vec<KnownDevice>,
        /// The first one's words.
        error: CallError,
    },
    /// They were not spoken with.
    NotReached {
        /// Which.
        devices: Vec<KnownDevice>,
        /// The first one's words.
        error: CallError,
    },
}

/// Devices whose plans are alike: the same packages, the same way back, the same need of a reboot.
#[derive(Debug, Clone)]
pub struct Alike {
    /// Each with its own plan; never empty.
    pub plans: Vec<(KnownDevice, Plan)>,
}

impl Alike {
    /// The plan that stands for all.
    pub fn plan(&self) -> Option<&Plan> {
        self.plans.first().map(|(_, plan)| plan)
    }

    /// Whose they are.
    pub fn devices(&self) -> impl Iterator<Item = &KnownDevice> {
        self.plans.iter().map(|(device, _)| device)
    }

    /// Bytes to be fetched by the one that has least of them already.
    pub fn download_bytes_max(&self) -> u64 {
        self.plans.iter().map(|(_, plan)| plan.download_bytes).max().unwrap_or(0)
    }

    /// Every remark, with the names of those that make it; no names where all do.
    pub fn remarks(&self) -> Vec<(String, Vec<&str>)> {
        let mut remarks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (device, plan) in &self.plans {
            plan.remarks.iter().for_each(|remark| remarks.entry(remark).or_default().push(device.name()));
        }
        let all = self.plans.len();
        remarks
            .into_iter()
            .map(|(remark, names)| (remark.to_owned(), if names.len() == all { Vec::new() } else { names }))
            .collect()
    }
}

impl Group {
    /// How many devices.
    pub fn count(&self) -> usize {
        match self {
            Group::Change(alike) | Group::Held(alike) | Group::Nothing(alike) => alike.plans.len(),
            Group::Cannot { devices, .. } | Group::NotReached { devices, .. } => devices.len(),
        }
    }

    /// Whose.
    pub fn devices(&self) -> Vec<&KnownDevice> {
        match self {
            Group::Change(alike) | Group::Held(alike) | Group::Nothing(alike) => alike.devices().collect(),
            Group::Cannot { devices, .. } | Group::NotReached { devices, .. } => devices.iter().collect(),
        }
    }

    /// The devices that would change, each with its plan; none of any other group.
    pub fn into_changing(self) -> Vec<(KnownDevice, Plan)> {
        match self {
            Group::Change(alike) => alike.plans,
            Group::Held(_) | Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. } => Vec::new(),
        }
    }

    /// Changes first, then what is left out, then what is amiss; largest first among equals.
    fn place(&self) -> u8 {
        match self {
            Group::Change(_) => 0,
            Group::Held(_) => 1,
            Group::Nothing(_) => 2,
            Group::Cannot { .. } => 3,
            Group::NotReached { .. } => 4,
        }
    }
}

/// The answers in groups. `accept_no_way_back` puts devices that could not return all the way among the others.
pub fn grouped(planned: Vec<Planned>, accept_no_way_back: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for Planned { device, result } in planned {
        let single = match result {
            Ok(plan) if plan.is_empty() => Group::Nothing(Alike { plans: vec![(device, plan)] }),
            Ok(plan) if plan.way_back.is_complete() || accept_no_way_back => {
                Group::Change(Alike { plans: vec![(device, plan)] })
            }
            Ok(plan) => Group::Held(Alike { plans: vec![(device, plan)] }),
            Err(error) if error.is_not_reached() => Group::NotReached { devices: vec![device], error },
            Err(error) => Group::Cannot { devices: vec![device], error },
        };
        join(&mut groups, single);
    }
    sort(&mut groups);
    groups
}

/// The same groups after the operator accepts, or no longer accepts, that devices could not return all the way.
pub fn regrouped(groups: Vec<Group>, accept_no_way_back: bool) -> Vec<Group> {
    let regroup = |group: Group| match group {
        Group::Held(alike) if accept_no_way_back => Group::Change(alike),
        Group::Change(alike)
            if !accept_no_way_back && alike.plan().is_some_and(|plan| !plan.way_back.is_complete()) =>
        {
            Group::Held(alike)
        }
        Group::Change(_) | Group::Held(_) | Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. } => {
            group
        }
    };
    let mut groups: Vec<Group> = groups.into_iter().map(regroup).collect();
    sort(&mut groups);
    groups
}

fn sort(groups: &mut [Group]) {
    let first_name = |group: &Group| group.devices().first().map(|device| device.name().to_owned()).unwrap_or_default();
    groups.sort_by(|a, b| {
        let by_kind = a.place().cmp(&b.place()).then_with(|| b.count().cmp(&a.count()));
        by_kind.then_with(|| natural_order(&first_name(a), &first_name(b)))
    });
}

/// Puts a device's answer to those that it is like.
fn join(groups: &mut Vec<Group>, single: Group) {
    match groups.iter_mut().find(|group| is_like(group, &single)) {
        None => groups.push(single),
        Some(group) => match (group, single) {
            (Group::Change(alike), Group::Change(other))
            | (Group::Held(alike), Group::Held(other))
            | (Group::Nothing(alike), Group::Nothing(other)) => alike.plans.extend(other.plans),
            (Group::Cannot { devices, .. }, Group::Cannot { devices: other, .. })
            | (Group::NotReached { devices, .. }, Group::NotReached { devices: other, .. }) => devices.extend(other),
            // No other two are alike.
            (
                Group::Change(_) | Group::Held(_) | Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. },
                _,
            ) => {}
        },
    }
}

fn is_like(group: &Group, single: &Group) -> bool {
    match (group, single) {
        (Group::Change(alike), Group::Change(other)) | (Group::Held(alike), Group::Held(other)) => {
            is_alike(alike, other)
        }
        (Group::Nothing(_), Group::Nothing(_)) => true,
        (Group::Cannot { error, .. }, Group::Cannot { error: theirs, .. })
        | (Group::NotReached { error, .. }, Group::NotReached { error: theirs, .. }) => {
            error.reason() == theirs.reason()
        }
        (
            Group::Change(_) | Group::Held(_) | Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. },
            _,
        ) => false,
    }
}

fn is_alike(left: &Alike, right: &Alike) -> bool {
    let is_update = |action: &Action| matches!(action, Action::Update);
    left.plan().zip(right.plan()).is_some_and(|(left, right)| {
        left.lock == right.lock
            && left.way_back == right.way_back
            && left.reboot_for == right.reboot_for
            && is_update(&left.action) == is_update(&right.action)
    })
}
