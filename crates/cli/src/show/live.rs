//! Progress bars: one a device as far as the window reaches, one line for all others.

use crate::face::Face;
use crate::show::run;
use crate::table::shortened;
use crate::words;
use framboise_core::ids::{DeviceId, OrderId};
use framboise_core::plan::{Action, Plan};
use framboise_fleet::run::{Progress, Step, Verdict};
use framboise_fleet::store::KnownDevice;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Bars at most; more could not be followed.
const BARS_MAX: usize = 12;

/// Steps of a bar: enough that it moves smoothly.
const BAR_STEPS: u64 = 1000;

/// The longest silence in a pipe.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The devices of a run, as they come along.
pub struct Live {
    face: Face,
    all: MultiProgress,
    rows: BTreeMap<DeviceId, Row>,
    rest: Option<ProgressBar>,
    told: Instant,
}

struct Row {
    device: KnownDevice,
    action: Action,
    order: Option<OrderId>,
    is_ordered: bool,
    /// Its last line.
    told: String,
    progress: Progress,
    bar: Option<ProgressBar>,
}

impl Live {
    pub fn new(chosen: &[(KnownDevice, Plan)], face: &Face) -> Self {
        let all = MultiProgress::new();
        let shown = if face.is_live() { BARS_MAX.min(bars_that_fit()) } else { 0 };
        let width = chosen.iter().map(|(device, _)| device.name().chars().count()).max().unwrap_or(0);
        let mut rows = BTreeMap::new();
        for (at, (device, plan)) in chosen.iter().enumerate() {
            let bar = (at < shown).then(|| all.add(new_bar(device.name(), width)));
            let row = Row {
                device: device.clone(),
                action: plan.action,
                order: None,
                is_ordered: false,
                told: String::new(),
                progress: Progress::default(),
                bar,
            };
            rows.insert(device.id().clone(), row);
        }
        let rest = (face.is_live() && chosen.len() > shown).then(|| all.add(new_line()));
        Live { face: *face, all, rows, rest, told: Instant::now() }
    }

    /// Takes a step of a device in.
    pub fn take(&mut self, device: &DeviceId, step: &Step) {
        let Some(row) = self.rows.get_mut(device) else { return };
        row.progress.take(step);
        if let Step::Sending(order) | Step::Ordered(order) = step {
            row.order = Some(*order);
            row.is_ordered = matches!(step, Step::Ordered(_));
        }
        if self.face.tells_lines() {
            run::tell(row.device.name(), step, row.action, &mut row.told, &self.face);
            self.told = Instant::now();
        }
        if let Some(bar) = &row.bar {
            bar.set_position((row.progress.share() * BAR_STEPS as f64) as u64);
            bar.set_message(row.progress.sentence());
            if row.progress.verdict().is_some() {
                bar.abandon();
            }
        } else if self.rest.is_some() && row.progress.verdict().is_some_and(|verdict| verdict != Verdict::Done) {
            let line = format!("  {}  {}", row.device.name(), row.progress.sentence());
            // The terminal is gone when this fails.
            let _ = self.all.println(line);
        }
        if let Some(rest) = &self.rest {
            rest.set_message(self.rest_sentence());
        }
    }

    /// Says that it still waits, where nothing moves and nothing was told for long.
    pub fn tick(&mut self) {
        if self.face.is_live() || self.told.elapsed() < SILENCE_MAX {
            return;
        }
        self.told = Instant::now();
        for row in self.rows.values().filter(|row| row.progress.verdict().is_none()) {
            self.face.talk(&format!("{}: still {}", row.device.name(), row.progress.sentence()));
        }
    }

    /// Leaves the bars where they are, for what follows below them.
    pub fn finish(&self) {
        for row in self.rows.values() {
            if let Some(bar) = row.bar.as_ref().filter(|bar| !bar.is_finished()) {
                bar.abandon();
            }
        }
        if let Some(rest) = &self.rest {
            rest.abandon();
        }
    }

    /// How many have their order, how many may have it, for it is on its way, and how many have none yet.
    pub fn ordered(&self) -> [usize; 3] {
        let ordered = self.rows.values().filter(|row| row.is_ordered).count();
        let sent = self.rows.values().filter(|row| row.order.is_some() && !row.is_ordered).count();
        [ordered, sent, self.rows.len() - ordered - sent]
    }

    /// Those that have an order, or are about to, and are not done with it.
    pub fn running(&self) -> Vec<(KnownDevice, OrderId)> {
        let running = self.rows.values().filter(|row| row.progress.verdict().is_none());
        running.filter_map(|row| Some((row.device.clone(), row.order?))).collect()
    }

    /// `8 more: 6 downloading, 2 done`.
    fn rest_sentence(&self) -> String {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let others = self.rows.values().filter(|row| row.bar.is_none());
        others.for_each(|row| *counts.entry(row.progress.word()).or_default() += 1);
        let total: usize = counts.values().sum();
        let parts: Vec<String> =
            counts.into_iter().map(|(word, number)| format!("{} {word}", words::thousands(number))).collect();
        format!("{} more: {}", words::thousands(total), parts.join(", "))
    }
}

fn new_bar(name: &str, width: usize) -> ProgressBar {
    // Hidden until it has its place among the others, or it would be drawn twice.
    let bar = ProgressBar::with_draw_target(Some(BAR_STEPS), ProgressDrawTarget::hidden());
    if let Ok(style) =
        ProgressStyle::with_template(&format!("  {{prefix:{}}}  {{bar:24}}  {{wide_msg}}", width.min(24)))
    {
        bar.set_style(style.progress_chars("━╸─"));
    }
    bar.set_prefix(shortened(name, 24));
    bar.set_message("sending the order");
    bar
}

fn new_line() -> ProgressBar {
    let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if let Ok(style) = ProgressStyle::with_template("  …  {wide_msg}") {
        line.set_style(style);
    }
    line
}

/// What the window has room for, with a few lines left for what stands above.
fn bars_that_fit() -> usize {
    let (rows, _) = console::Term::stderr().size();
    usize::from(rows).saturating_sub(6).max(1)
}
