//! Plans in groups: what most devices do in one block, whatever deviates below it.

use crate::arguments::Said;
use crate::face::{DIM, Face, GREEN, YELLOW, styled};
use crate::table::{fitted, padded, wrapped};
use crate::words::{bytes, count, some};
use anstyle::Style;
use framboise_core::debian::PackageKey;
use framboise_core::plan::{Action, LockEntry, Plan, Reason};
use framboise_core::text::visible;
use framboise_core::update_file::RebootPolicy;
use framboise_fleet::device::CallError;
use framboise_fleet::names::natural_order;
use framboise_fleet::plan::{Alike, Group};
use framboise_fleet::store::KnownDevice;
use unicode_width::UnicodeWidthStr as _;

/// Of a group's packages, when not all are asked for.
const PACKAGES_SHOWN: usize = 12;

/// Of a group's devices, likewise.
const NAMES_SHOWN: usize = 6;

/// Of what a failing program said.
const DETAIL_LINES: usize = 8;

/// Where the second column begins, and where the last one does.
const TEXT_AT: usize = 16;
const LAST_AT: usize = 62;

/// A window of fewer columns has no room for two: what belongs to a number stands below it, a little further in.
const COLUMNS_MIN: usize = 60;
const BELOW_AT: usize = 5;

/// Prints the groups.
pub fn show(groups: &[Group], reboot: RebootPolicy, said: &Said, face: &Face) {
    let page = Page { verbose: face.is_verbose(), width: face.width(), reboot, said };
    for line in groups.iter().flat_map(|group| page.lines(group)) {
        face.data(&line);
    }
}

/// How much is shown, and how wide a line may be.
#[derive(Clone, Copy)]
struct Page<'a> {
    verbose: bool,
    width: usize,
    /// What the order will say.
    reboot: RebootPolicy,
    /// What was asked for.
    said: &'a Said,
}

impl Page<'_> {
    fn lines(self, group: &Group) -> Vec<String> {
        match group {
            Group::Change(alike) => self.change(alike, group),
            Group::Held(alike) => self.held(alike, group),
            Group::Nothing(alike) => {
                let mut lines = self.header("nothing to do", group);
                remarks(alike).iter().for_each(|remark| lines.extend(self.wrapped(remark, DIM)));
                lines
            }
            Group::Cannot { error, .. } => self.cannot(error, group),
            Group::NotReached { error, .. } => {
                let mut lines = self.header(&error.reason(), group);
                lines.extend(self.wrapped(&error.next_step(), DIM));
                lines
            }
        }
    }

    fn change(self, alike: &Alike, group: &Group) -> Vec<String> {
        let Some(plan) = alike.plan() else { return Vec::new() };
        let way_back = format!("way back {}/{}", plan.way_back.covered(), plan.way_back.packages);
        let style = if plan.way_back.is_complete() { GREEN } else { YELLOW };
        let sizes = sizes(alike, plan, self.reboot);
        let head = format!("{}{sizes}  ", counted(alike.plans.len()));
        let mut lines = if LAST_AT + way_back.width() <= self.width {
            vec![format!("{}{}", padded(&head, LAST_AT), styled(&way_back, style))]
        } else {
            let mut lines = self.headed(alike.plans.len(), &sizes);
            lines.push(self.indented(&styled(&way_back, style)));
            lines
        };
        lines.extend(self.wrapped(&self.names(group), DIM));
        lines.extend(packages(plan, self.verbose, self.room()).iter().map(|line| self.indented(line)));
        for gap in &plan.way_back.gaps {
            lines.extend(self.wrapped(&format!("no way back for {}: {}", gap.package.name, gap.reason), YELLOW));
        }
        notes(alike, plan, self.reboot, self.said).iter().for_each(|note| lines.extend(self.wrapped(note, DIM)));
        lines
    }

    fn held(self, alike: &Alike, group: &Group) -> Vec<String> {
        let mut lines = self.change(alike, group);
        lines.extend(self.wrapped("held back, for it could not return all the way", YELLOW));
        let command = self.said.order("--accept-no-way-back");
        let all_the_same = format!("leave these packages out, or include it all the same: {command}");
        lines.extend(self.wrapped(&all_the_same, DIM));
        lines
    }

    fn cannot(self, error: &CallError, group: &Group) -> Vec<String> {
        let mut lines = self.header(&format!("can't: {}", error.reason()), group);
        let detail = error.failure().map(|failure| failure.detail.as_str()).unwrap_or_default();
        for line in detail.lines().take(DETAIL_LINES) {
            lines.extend(self.wrapped(&format!("│ {line}"), DIM));
        }
        lines.extend(self.wrapped(&error.next_step(), DIM));
        lines
    }

    /// Number, text and names in a line, or the names below where they find no room.
    fn header(self, text: &str, group: &Group) -> Vec<String> {
        let (number, text, names) = (counted(group.count()), visible(text), self.names(group));
        let head = padded(&format!("{number}{text}"), LAST_AT - 3);
        let all = format!("{head}   {names}");
        if all.width() <= self.width {
            return vec![format!("{head}   {}", styled(&names, DIM))];
        }
        let mut lines = self.headed(group.count(), &text);
        lines.extend(self.wrapped(&names, DIM));
        lines
    }

    /// The text beside the number of devices, or below it.
    fn headed(self, devices: usize, text: &str) -> Vec<String> {
        let mut lines = self.wrapped(text, Style::new());
        if self.text_at() == BELOW_AT {
            lines.insert(0, counted(devices).trim_end().to_owned());
        } else if let Some(first) = lines.first_mut() {
            *first = format!("{}{}", counted(devices), first.trim_start());
        }
        lines
    }

    fn text_at(self) -> usize {
        if self.width < COLUMNS_MIN { BELOW_AT } else { TEXT_AT }
    }

    fn room(self) -> usize {
        self.width.saturating_sub(self.text_at())
    }

    fn indented(self, text: &str) -> String {
        format!("{}{text}", " ".repeat(self.text_at()))
    }

    fn names(self, group: &Group) -> String {
        let names: Vec<&str> = group.devices().into_iter().map(KnownDevice::name).collect();
        visible(&some(&names, if self.verbose { usize::MAX } else { NAMES_SHOWN }))
    }

    fn wrapped(self, text: &str, style: Style) -> Vec<String> {
        wrapped(&visible(text), self.room()).iter().map(|line| self.indented(&styled(line, style))).collect()
    }
}

/// `3 packages, 14.2 MB, no reboot`.
fn sizes(alike: &Alike, plan: &Plan, reboot: RebootPolicy) -> String {
    let download = match (plan.action, alike.download_bytes_max()) {
        (_, 0) => "nothing to download".to_owned(),
        (Action::Update | Action::Rollback { .. }, size) => bytes(size),
    };
    let reboot = match (reboot, plan.reboot_for.is_empty()) {
        (RebootPolicy::Always, _) | (RebootPolicy::IfRequired, false) => "restarts",
        (RebootPolicy::Never, false) => "needs a reboot",
        (RebootPolicy::IfRequired, true) => "may restart",
        (RebootPolicy::Never, true) => "no reboot",
    };
    // What is left to do then is files.
    let packages = match plan.lock.entries.len() {
        0 => "no package differs".to_owned(),
        packages => count(packages, "package"),
    };
    format!("{packages}, {download}, {reboot}")
}

fn packages(plan: &Plan, verbose: bool, width: usize) -> Vec<String> {
    let mut entries: Vec<(&PackageKey, &LockEntry)> = plan.lock.entries.iter().collect();
    let by_name = |a: &PackageKey, b: &PackageKey| natural_order(a.name.as_str(), b.name.as_str());
    entries.sort_by(|(a, left), (b, right)| rank(left).cmp(&rank(right)).then_with(|| by_name(a, b)));
    // What was asked for, what goes and what gets older is never hidden.
    let telling = entries.iter().filter(|(_, entry)| rank(entry) != Rank::Dependency).count();
    let shown = if verbose { entries.len() } else { PACKAGES_SHOWN.max(telling) };
    let shown = if shown + 1 >= entries.len() { entries.len() } else { shown };
    let (shown, rest) = entries.split_at(shown);
    let rows: Vec<_> = shown.iter().map(|(key, entry)| row(key, entry)).collect();
    let mut lines = fitted(&rows, width, &[]).rows.concat();
    if !rest.is_empty() {
        lines.push(format!("… {} more, all dependencies (--verbose lists them)", rest.len()));
    }
    lines
}

/// What is worth seeing first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Requested,
    Removed,
    Older,
    Dependency,
}

fn rank(entry: &LockEntry) -> Rank {
    match (entry.reason, &entry.after) {
        (Reason::Requested, _) => Rank::Requested,
        (Reason::Dependency, None) => Rank::Removed,
        (Reason::Dependency, Some(_)) if is_older(entry) => Rank::Older,
        (Reason::Dependency, Some(_)) => Rank::Dependency,
    }
}

fn is_older(entry: &LockEntry) -> bool {
    entry.before.as_ref().zip(entry.after.as_ref()).is_some_and(|(before, after)| after.version < *before)
}

fn row(key: &PackageKey, entry: &LockEntry) -> [String; 3] {
    let change = match (&entry.before, &entry.after) {
        (Some(before), Some(after)) if before == &after.version => format!("{before} again"),
        (Some(before), Some(after)) => format!("{before} → {}", after.version),
        (None, Some(after)) => format!("new {}", after.version),
        (Some(before), None) => format!("removed (was {before})"),
        (None, None) => String::new(),
    };
    let notes = [(is_older(entry), "older"), (entry.reason == Reason::Dependency, "dependency")];
    let notes: Vec<&str> = notes.into_iter().filter_map(|(holds, word)| holds.then_some(word)).collect();
    [key.name.to_string(), change, notes.join(", ")]
}

fn notes(alike: &Alike, plan: &Plan, reboot: RebootPolicy, said: &Said) -> Vec<String> {
    let mut notes: Vec<String> = restart_note(plan, reboot, said).into_iter().collect();
    if !plan.kept_back.is_empty() {
        notes.push(format!("kept back by apt: {}", plan.kept_back.join(", ")));
    }
    notes.extend(remarks(alike));
    notes
}

/// What plans remark, with the names of those that do where not all do.
fn remarks(alike: &Alike) -> Vec<String> {
    let words = |(remark, names): (String, Vec<&str>)| {
        let whose = if names.is_empty() { String::new() } else { format!(" ({})", some(&names, NAMES_SHOWN)) };
        format!("{remark}{whose}")
    };
    alike.remarks().into_iter().map(words).collect()
}

/// What a restart is needed for, and who sees to it.
fn restart_note(plan: &Plan, reboot: RebootPolicy, said: &Said) -> Option<String> {
    let names = plan.reboot_for.join(", ");
    let is_update = matches!(plan.action, Action::Update);
    match (reboot, plan.reboot_for.is_empty()) {
        (RebootPolicy::Always, true) => Some("restarts the device, then checks it".to_owned()),
        (RebootPolicy::IfRequired, true) => {
            Some("restarts the device if a package's script asks for it, then checks it".to_owned())
        }
        (RebootPolicy::Always | RebootPolicy::IfRequired, false) => {
            Some(format!("restarts the device, for {names}, then checks it"))
        }
        (RebootPolicy::Never, true) => None,
        (RebootPolicy::Never, false) if is_update => Some(format!(
            "needs a restart, for {names}, which the list does not ask for: add [reboot] when = \"if-required\" (.toml)"
        )),
        (RebootPolicy::Never, false) => {
            let command = said.order("--reboot if-required");
            Some(format!("needs a restart, for {names}: restart it yourself, or: {command}"))
        }
    }
}

fn counted(devices: usize) -> String {
    let (number, word) = (devices.to_string(), if devices == 1 { "device" } else { "devices" });
    padded(&format!("{number:>4} {word}"), TEXT_AT)
}
