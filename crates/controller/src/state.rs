//! Everything the window shows, behind one lock.

use crate::command::{Column, Theme};
use crate::device::Device;
use crate::panel::Panel;
use crate::planning::Planning;
use crate::scanning::Scanning;
use crate::settings::Settings;
use crate::table::{Found, Line, Row, RowChange, RowKind, STATES, Table};
use crate::update_file::FilePart;
use crate::words::{Language, Problem};
use crate::work::Work;
use framboise_core::ids::DeviceId;
use framboise_fleet::store::KnownDevice;
use std::collections::{BTreeMap, BTreeSet};

/// The parts of the window that are told as views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum View {
    App,
    Fleet,
    Scan,
    File,
    Plan,
    Panel,
    Work,
}

impl View {
    pub const ALL: [View; 7] = [View::App, View::Fleet, View::Scan, View::File, View::Plan, View::Panel, View::Work];

    pub fn name(self) -> &'static str {
        match self {
            View::App => "app",
            View::Fleet => "fleet",
            View::Scan => "scan",
            View::File => "file",
            View::Plan => "plan",
            View::Panel => "panel",
            View::Work => "work",
        }
    }
}

/// One line about something just done, with the way to undo it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Toast {
    /// Grows, so that the same toast twice is two.
    pub number: u64,
    pub text: String,
    pub can_undo: bool,
}

/// The whole.
pub(crate) struct State {
    pub settings: Settings,
    pub language: Language,
    pub devices: Vec<Device>,
    index: BTreeMap<DeviceId, usize>,
    pub found: Vec<Found>,
    pub table: Table,
    pub scanning: Scanning,
    pub file: FilePart,
    pub plan: Option<Planning>,
    /// How many plans were shown so far; the number of the newest.
    pub plans: u64,
    pub work: Option<Work>,
    pub panel: Panel,
    pub toast: Option<Toast>,
    /// How many were said so far; the number of the newest.
    toasts: u64,
    pub forgotten: Vec<KnownDevice>,
    /// What went wrong last, and its number: the same twice is two.
    pub problem: Option<(u64, Problem)>,
    pub key: Option<(String, String)>,
    /// Whether the list of known devices has been read.
    pub is_loaded: bool,
    pub dirty: BTreeSet<View>,
    changed: BTreeSet<usize>,
    changes: Vec<RowChange>,
    pub notifications: Vec<(String, String)>,
}

impl State {
    pub fn new(settings: Settings) -> Self {
        let language = settings.spoken();
        State {
            settings,
            language,
            devices: Vec::new(),
            index: BTreeMap::new(),
            found: Vec::new(),
            table: Table::default(),
            scanning: Scanning::default(),
            file: FilePart::default(),
            plan: None,
            plans: 0,
            work: None,
            panel: Panel::default(),
            toast: None,
            toasts: 0,
            forgotten: Vec::new(),
            problem: None,
            key: None,
            is_loaded: false,
            dirty: View::ALL.into_iter().collect(),
            changed: BTreeSet::new(),
            changes: Vec::new(),
            notifications: Vec::new(),
        }
    }

    /// The number of a plan that nobody has seen yet.
    pub fn next_plan(&mut self) -> u64 {
        self.plans += 1;
        self.plans
    }

    pub fn touch(&mut self, view: View) {
        self.dirty.insert(view);
    }

    fn place_of(&self, id: &DeviceId) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub fn device(&self, id: &DeviceId) -> Option<&Device> {
        self.devices.get(self.place_of(id)?)
    }

    pub fn device_mut(&mut self, id: &DeviceId) -> Option<&mut Device> {
        let at = self.place_of(id)?;
        self.changed.insert(at);
        self.devices.get_mut(at)
    }

    /// Notes whether a device is being asked, which nothing shows.
    pub fn set_asked(&mut self, id: &DeviceId, is_asked: bool) -> Option<KnownDevice> {
        let at = self.place_of(id)?;
        let device = self.devices.get_mut(at)?;
        device.is_asked = is_asked;
        Some(device.known.clone())
    }

    /// Takes devices in, new or known; each keeps what it was doing.
    pub fn keep(&mut self, known: Vec<KnownDevice>) {
        if self.devices.is_empty() {
            self.devices.reserve_exact(known.len());
        }
        for known in known {
            match self.device_mut(known.id()) {
                Some(device) => device.known = known,
                None => {
                    self.index.insert(known.id().clone(), self.devices.len());
                    self.devices.push(Device::new(known));
                }
            }
        }
        self.arrange();
    }

    /// Takes devices out.
    pub fn remove(&mut self, ids: &[DeviceId]) {
        let ids: BTreeSet<&DeviceId> = ids.iter().collect();
        self.devices.retain(|device| !ids.contains(device.known.id()));
        self.index = self.devices.iter().enumerate().map(|(at, device)| (device.known.id().clone(), at)).collect();
        // Places mean other devices from now on: the table begins anew.
        self.changed.clear();
        self.changes.push(RowChange::Splice { at: 0, removed: self.table.lines.len(), rows: Vec::new() });
        self.table.lines.clear();
        self.table.anchor = None;
        self.arrange();
    }

    /// Puts the lines in order.
    pub fn arrange(&mut self) {
        self.tell_rows();
        let lines = self.table.wanted(&self.devices, &self.found);
        if let Some((at, removed, added)) = self.table.replace(lines, self.devices.len()) {
            let rows = (at..at + added).filter_map(|place| self.row_at(place)).collect();
            self.changes.push(RowChange::Splice { at, removed, rows });
        }
        for (place, line) in self.table.lines.iter().enumerate() {
            if matches!(line, Line::Group(_))
                && let Some(row) = self.row_at(place)
            {
                self.changes.push(RowChange::Update { at: place, rows: vec![row] });
            }
        }
        self.touch(View::Fleet);
    }

    /// Every row is otherwise now: another language.
    pub fn redraw(&mut self) {
        let rows = (0..self.table.lines.len()).filter_map(|place| self.row_at(place)).collect();
        self.changes.push(RowChange::Update { at: 0, rows });
        self.dirty.extend(View::ALL);
    }

    /// What changed in the table since it was told last.
    pub fn take_changes(&mut self) -> Vec<RowChange> {
        self.tell_rows();
        std::mem::take(&mut self.changes)
    }

    /// Rows of changed devices become changes, neighbours one.
    fn tell_rows(&mut self) {
        let changed = std::mem::take(&mut self.changed);
        let places: BTreeSet<usize> =
            changed.into_iter().filter_map(|at| self.table.place.get(at).copied().flatten()).collect();
        let mut run: Option<(usize, Vec<Row>)> = None;
        for place in places {
            let Some(row) = self.row_at(place) else { continue };
            match &mut run {
                Some((at, rows)) if *at + rows.len() == place => rows.push(row),
                _ => {
                    let ended = run.replace((place, vec![row]));
                    self.changes.extend(ended.map(|(at, rows)| RowChange::Update { at, rows }));
                }
            }
        }
        self.changes.extend(run.map(|(at, rows)| RowChange::Update { at, rows }));
    }

    fn row_at(&self, place: usize) -> Option<Row> {
        Some(match self.table.lines.get(place)? {
            Line::Device(at) => self.devices.get(*at)?.row(self.language),
            Line::Found(at) => self.found.get(*at)?.row(),
            Line::Group(state) => Row {
                kind: RowKind::Group,
                key: (*state).into(),
                state,
                count: i32::try_from(self.count_in(state)).unwrap_or(i32::MAX),
                is_open: self.table.is_open(state),
                share: -1.0,
                points: -1,
                ..Row::default()
            },
        })
    }

    fn count_in(&self, group: &str) -> usize {
        if group == crate::table::FOUND {
            return self.found.len();
        }
        self.devices.iter().filter(|device| device.group() == group && self.table.matches(device)).count()
    }

    /// How many devices are in each state, in the order of the groups.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for device in &self.devices {
            *counts.entry(device.state()).or_default() += 1;
        }
        debug_assert!(counts.keys().all(|state| STATES.contains(state)));
        counts
    }

    pub fn selected(&self) -> Vec<KnownDevice> {
        let mut selected: Vec<KnownDevice> =
            self.devices.iter().filter(|device| device.is_selected).map(|device| device.known.clone()).collect();
        selected.sort_by(|a, b| framboise_fleet::names::natural_order(a.name(), b.name()));
        selected
    }

    pub fn selected_count(&self) -> usize {
        self.devices.iter().filter(|device| device.is_selected).count()
    }

    /// Makes `wanted` the selection.
    pub fn select(&mut self, wanted: impl Fn(usize, &Device) -> bool) {
        for (at, device) in self.devices.iter_mut().enumerate() {
            let is_wanted = wanted(at, device);
            if device.is_selected != is_wanted {
                device.is_selected = is_wanted;
                self.changed.insert(at);
            }
        }
        self.touch(View::Fleet);
        self.touch(View::Panel);
    }

    /// A press on a device's row.
    pub fn press(&mut self, id: &DeviceId, ctrl: bool, shift: bool) {
        let Some(at) = self.place_of(id) else { return };
        let place = |at: usize| self.table.place.get(at).copied().flatten();
        let ends = self.table.anchor.and_then(place).zip(place(at));
        if shift && let Some((anchor, place)) = ends {
            let range = anchor.min(place)..=anchor.max(place);
            let place = self.table.place.clone();
            self.select(|at, device| {
                place.get(at).copied().flatten().is_some_and(|place| range.contains(&place))
                    || ctrl && device.is_selected
            });
            return;
        }
        self.table.anchor = Some(at);
        if ctrl {
            self.select(|other, device| device.is_selected != (other == at));
        } else {
            let is_alone = self.selected_count() == 1 && self.devices.get(at).is_some_and(|device| device.is_selected);
            self.select(|other, _| other == at && !is_alone);
        }
    }

    /// Those of a kind that the table shows, folded groups included.
    pub fn select_shown(&mut self, is_meant: impl Fn(&Device) -> bool) {
        let is_meant = |device: &Device| self.table.matches(device) && is_meant(device);
        let meant: Vec<bool> = self.devices.iter().map(is_meant).collect();
        self.select(|at, _| meant.get(at).copied().unwrap_or(false));
    }

    pub fn sort(&mut self, column: Column) {
        self.table.is_descending = self.table.column == column && !self.table.is_descending;
        self.table.column = column;
        self.arrange();
    }

    pub fn say(&mut self, text: String, can_undo: bool) {
        self.toasts += 1;
        self.toast = Some(Toast { number: self.toasts, text, can_undo });
        self.touch(View::App);
    }

    /// Shows what went wrong, until it is closed.
    pub fn show(&mut self, problem: Problem) {
        let number = self.problem.as_ref().map_or(1, |(number, _)| number + 1);
        self.problem = Some((number, problem));
        self.touch(View::App);
    }

    pub fn paint(&mut self, theme: Theme) {
        self.settings.theme = theme;
        self.settings.keep();
        self.touch(View::App);
    }

    pub fn speak(&mut self, language: Language) {
        self.language = language;
        self.settings.language = Some(language);
        self.settings.keep();
        self.redraw();
    }

    /// Whether a run goes on.
    pub fn is_busy(&self) -> bool {
        self.work.as_ref().is_some_and(Work::is_on)
    }
}
