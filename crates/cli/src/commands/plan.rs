//! `framboise plan`: what would be done, and nothing else.

use super::Done;
use crate::arguments::{PlanArguments, Said};
use crate::exit::Exit;
use crate::face::Face;
use crate::problem::Problem;
use crate::show;
use crate::waiting::{Waiting, unless_stopped};
use crate::words::count;
use framboise_core::update_file::RebootPolicy;
use framboise_fleet::desk::Desk;
use framboise_fleet::plan::{Group, Wanted, grouped};
use framboise_fleet::source::{self, LoadedFile, Source};
use framboise_fleet::store::KnownDevice;
use std::io::IsTerminal as _;

pub async fn run(arguments: PlanArguments, desk: &Desk, face: &Face) -> Done {
    let file = match &arguments.file {
        Some(file) => Some(load(file, desk, face).await?),
        None => None,
    };
    let wanted = match &file {
        Some(file) => Wanted::Update(file),
        None => Wanted::Rollback { to: arguments.to.as_ref() },
    };
    let devices = desk.choose(&arguments.devices.choice()?).await?;
    let Some(groups) = ask(&devices, wanted, false, desk, face).await? else { return Ok(Exit::Stopped) };
    face.json(&show::json::plans(&groups));
    let reboot = file.as_ref().map_or(RebootPolicy::Never, |loaded| loaded.file.reboot);
    show::plan::show(&groups, reboot, &Said::from(&arguments), face);
    let bad = groups.iter().filter(|group| is_bad(group)).map(Group::count).sum();
    Ok(Exit::of_counts(devices.len() - bad, bad))
}

/// Reads the update file, with a word where that takes time.
pub async fn load(file: &str, desk: &Desk, face: &Face) -> Result<LoadedFile, Problem> {
    let source = Source::of(file);
    if source == Source::Stdin && std::io::stdin().is_terminal() {
        face.talk("Type the packages, one a line; Ctrl-D ends the list.");
        return Ok(source::load(&source, &desk.home, |_| {}).await?);
    }
    let waiting = Waiting::for_(face, format!("reading {}", source.shown()));
    Ok(waiting.until(source::load(&source, &desk.home, |doing| waiting.say(doing))).await?)
}

/// Asks the devices, with their number counting down; none when Ctrl-C came first.
pub async fn ask(
    devices: &[KnownDevice],
    wanted: Wanted<'_>,
    accept_no_way_back: bool,
    desk: &Desk,
    face: &Face,
) -> Result<Option<Vec<Group>>, Problem> {
    let all = count(devices.len(), "device");
    let handed = match wanted {
        Wanted::Update(file) if !file.debs.is_empty() => {
            format!("handing over {} and planning", count(file.debs.len(), "package file"))
        }
        Wanted::Update(_) | Wanted::Rollback { .. } => "planning".to_owned(),
    };
    let waiting = Waiting::for_(face, format!("{handed} on {all}"));
    if !face.is_live() {
        face.talk(&format!("{handed} on {all}"));
    }
    let mut answered = 0;
    let planned = desk.plan(devices, wanted, |_| {
        answered += 1;
        waiting.say(format!("{handed} on {all}, {answered} answered"));
    });
    let Some(planned) = unless_stopped(waiting.until(planned)).await else {
        face.talk("Stopped; nothing was ordered.");
        return Ok(None);
    };
    Ok(Some(grouped(planned?, accept_no_way_back)))
}

/// Whether these devices are not, and will not be, as asked.
pub fn is_bad(group: &Group) -> bool {
    match group {
        Group::Held(_) | Group::Cannot { .. } | Group::NotReached { .. } => true,
        Group::Change(_) | Group::Nothing(_) => false,
    }
}
