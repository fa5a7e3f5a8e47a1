//! The table: which lines it has and in which order, and what changed in it since it was told last.

use crate::command::Column;
use crate::device::Device;
use framboise_core::text::visible;
use framboise_fleet::names::natural_order;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Above this many devices they are grouped by state.
const GROUPED_ABOVE: usize = 50;

/// The states, in the order of their groups.
pub(crate) const STATES: [&str; 6] = ["needs", "back", "working", "away", "asking", "fine"];

/// The group of the run that goes on, before all others.
pub(crate) const RUN: &str = "run";

/// The group of what was found and runs no agent.
pub(crate) const FOUND: &str = "found";

/// What a row is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowKind {
    /// A device of the fleet.
    #[default]
    Device,
    /// The heading of a group.
    Group,
    /// A host that runs no agent.
    Found,
}

/// One row, ready to draw.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// The device's id, the group's code, or the host's address.
    pub key: Arc<str>,
    /// The device's name.
    pub name: String,
    /// Its address, without the port.
    pub address: String,
    /// Its board, short.
    pub model: String,
    /// Its system, short.
    pub os: String,
    /// Its state's code; a group's.
    pub state: &'static str,
    /// What it is doing, or did last; of a host without agent, what answers there.
    pub doing: String,
    /// How far it is, 0 to 1; negative when it does nothing.
    pub share: f64,
    /// How many restore points it has; negative when that is not known.
    pub points: i32,
    /// Whether it is selected.
    pub is_selected: bool,
    /// Whether it was changed in the last run.
    pub is_fresh: bool,
    /// Whether it waits for a reboot.
    pub needs_reboot: bool,
    /// Of a group: how many.
    pub count: i32,
    /// Of a group: whether its devices are shown.
    pub is_open: bool,
}

/// What changed in the table.
#[derive(Debug, Clone, PartialEq)]
pub enum RowChange {
    /// At this place so many rows go, and these come.
    Splice {
        /// Where.
        at: usize,
        /// How many go.
        removed: usize,
        /// What comes.
        rows: Vec<Row>,
    },
    /// These rows, from this place on, are otherwise now.
    Update {
        /// Where.
        at: usize,
        /// As they are.
        rows: Vec<Row>,
    },
}

/// A host without agent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub address: String,
    /// What answers on the agent's port; empty when nothing does.
    pub answer: String,
    pub looks_like_pi: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Line {
    Group(&'static str),
    Device(usize),
    Found(usize),
}

/// How the table is looked at.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub column: Column,
    pub is_descending: bool,
    pub query: String,
    pub filter: String,
    pub lines: Vec<Line>,
    /// Where each device stands; none when it is not shown.
    pub place: Vec<Option<usize>>,
    /// The device pressed last, from which Shift counts.
    pub anchor: Option<usize>,
    /// Devices shown when all groups are open.
    pub hits: usize,
    /// Groups whose fold differs from the usual.
    turned: BTreeSet<String>,
}

impl Table {
    /// Whether the devices stand in groups.
    pub fn is_grouped(devices: &[Device]) -> bool {
        devices.len() > GROUPED_ABOVE
    }

    /// Whether a group's devices are shown: fine ones are one line until somebody wants to see them, or searches.
    pub fn is_open(&self, group: &str) -> bool {
        if !self.query.is_empty() || !self.filter.is_empty() {
            return true;
        }
        (group != "fine") != self.turned.contains(group)
    }

    pub fn fold(&mut self, group: &str) {
        if !self.turned.remove(group) {
            self.turned.insert(group.to_owned());
        }
    }

    /// Whether a device is among those that are looked for.
    pub fn matches(&self, device: &Device) -> bool {
        if !self.filter.is_empty() && device.state() != self.filter {
            return false;
        }
        let query = self.query.to_lowercase();
        query.is_empty()
            || device.known.name().to_lowercase().contains(&query)
            || device.known.address.to_string().contains(&query)
    }

    /// The lines as they should be now.
    pub fn wanted(&mut self, devices: &[Device], found: &[Found]) -> Vec<Line> {
        let mut order: Vec<usize> =
            (0..devices.len()).filter(|at| devices.get(*at).is_some_and(|d| self.matches(d))).collect();
        self.hits = order.len();
        self.sort(&mut order, devices);
        let mut lines = Vec::with_capacity(order.len() + found.len() + STATES.len());
        if Table::is_grouped(devices) {
            let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
            for at in order {
                let group = devices.get(at).map_or("asking", Device::group);
                groups.entry(group).or_default().push(at);
            }
            for group in [RUN].into_iter().chain(STATES) {
                let Some(members) = groups.get(group) else { continue };
                lines.push(Line::Group(group));
                if self.is_open(group) {
                    lines.extend(members.iter().map(|at| Line::Device(*at)));
                }
            }
        } else {
            lines.extend(order.into_iter().map(Line::Device));
        }
        if !found.is_empty() && self.query.is_empty() && self.filter.is_empty() {
            lines.push(Line::Group(FOUND));
            lines.extend((0..found.len()).map(Line::Found));
        }
        lines
    }

    /// Takes the lines in. What stays at both ends is not touched: the view keeps its place.
    pub fn replace(&mut self, lines: Vec<Line>, device_count: usize) -> Option<(usize, usize, usize)> {
        let start = self.lines.iter().zip(&lines).take_while(|(old, new)| old == new).count();
        let rest = self.lines.len().min(lines.len()) - start;
        let end =
            self.lines.iter().rev().zip(lines.iter().rev()).take(rest).take_while(|(old, new)| old == new).count();
        let (removed, added) = (self.lines.len() - start - end, lines.len() - start - end);
        self.lines = lines;
        self.place = vec![None; device_count];
        for (place, line) in self.lines.iter().enumerate() {
            if let Line::Device(at) = line
                && let Some(slot) = self.place.get_mut(*at)
            {
                *slot = Some(place);
            }
        }
        (removed + added > 0).then_some((start, removed, added))
    }

    fn sort(&self, order: &mut [usize], devices: &[Device]) {
        let compare = |a: &Device, b: &Device| match self.column {
            Column::Name => Ordering::Equal,
            Column::State => rank(a).cmp(&rank(b)),
            Column::Model => natural_order(&a.model(), &b.model()).then_with(|| natural_order(&a.os(), &b.os())),
            Column::Change => b.changed().cmp(&a.changed()),
            Column::Way => {
                let points = |device: &Device| device.status().map(|status| status.restore_points);
                points(b).cmp(&points(a))
            }
        };
        order.sort_by(|left, right| {
            let (Some(a), Some(b)) = (devices.get(*left), devices.get(*right)) else { return Ordering::Equal };
            let by_name = || natural_order(a.known.name(), b.known.name()).then_with(|| a.known.id().cmp(b.known.id()));
            let order = compare(a, b).then_with(by_name);
            if self.is_descending { order.reverse() } else { order }
        });
    }
}

fn rank(device: &Device) -> usize {
    STATES.iter().position(|state| *state == device.state()).unwrap_or(STATES.len())
}

impl Found {
    /// Its row.
    pub fn row(&self) -> Row {
        Row {
            kind: RowKind::Found,
            key: self.address.as_str().into(),
            name: self.address.clone(),
            address: self.address.clone(),
            state: FOUND,
            doing: visible(&self.answer),
            share: -1.0,
            points: -1,
            ..Row::default()
        }
    }
}
