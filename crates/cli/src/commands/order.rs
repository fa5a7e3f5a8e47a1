//! What update and rollback share: plan, show, ask, order, watch, sum up.

use super::{Done, plan};
use crate::arguments::{Said, Start};
use crate::exit::Exit;
use crate::face::Face;
use crate::problem::Problem;
use crate::show;
use crate::show::live::Live;
use crate::waiting::{confirmed, unless_stopped};
use crate::words::{count, some};
use framboise_core::ids::DeviceId;
use framboise_core::plan::Plan;
use framboise_fleet::desk::Desk;
use framboise_fleet::plan::{Group, LeftOut, Wanted};
use framboise_fleet::run::{OrderError, RunResult, Step, Summary, Terms};
use framboise_fleet::store::KnownDevice;
use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Of devices that could not be told.
const NAMES_SHOWN: usize = 8;

/// How often silence is looked at.
const TICK: Duration = Duration::from_secs(1);

pub async fn run(
    devices: &[KnownDevice],
    wanted: Wanted<'_>,
    terms: &Terms,
    (start, said): (Start, &Said),
    desk: &Desk,
    face: &Face,
) -> Done {
    // Without a terminal nobody can be asked: better said before devices work out plans for nothing.
    if !start.yes && !std::io::stdin().is_terminal() {
        let message = "nobody can be asked whether to start: standard input is no terminal";
        return Err(Problem::of_use(message, nobody(said)));
    }
    let Some(groups) = plan::ask(devices, wanted, start.accept_no_way_back, desk, face).await? else {
        return Ok(Exit::Stopped);
    };
    face.json(&serde_json::json!({ "event": "planned", "plans": show::json::plans(&groups) }));
    if !face.is_quiet() || !start.yes {
        show::plan::show(&groups, terms.reboot, said, face);
    }
    if face.is_quiet() {
        show::amiss::show_left_out(&groups, face);
    }
    let left_out = LeftOut::of(&groups);
    let chosen: Vec<(KnownDevice, Plan)> = groups.into_iter().flat_map(Group::into_changing).collect();
    if chosen.is_empty() {
        return Ok(nothing_to_order(left_out, face));
    }
    let is_rollback = matches!(wanted, Wanted::Rollback { .. });
    if !start.yes && !ask(chosen.len(), is_rollback, said).await? {
        face.talk("Nothing was ordered.");
        return Ok(Exit::NothingDone);
    }
    let patience = (!start.no_wait).then_some(start.patience);
    carry_out(chosen, terms, patience, left_out, desk, face).await
}

fn nothing_to_order(left_out: LeftOut, face: &Face) -> Exit {
    face.json(&show::json::summary(&[], left_out, Duration::ZERO));
    let words = if left_out.bad() > 0 {
        "Nothing was changed.".to_owned()
    } else {
        format!("Nothing to do on {}.", count(left_out.nothing_to_do, "device"))
    };
    // Those that can't have been named by then.
    if !face.is_quiet() {
        face.data(&words);
    }
    Exit::of_counts(left_out.nothing_to_do, left_out.bad())
}

async fn carry_out(
    chosen: Vec<(KnownDevice, Plan)>,
    terms: &Terms,
    patience: Option<Duration>,
    left_out: LeftOut,
    desk: &Desk,
    face: &Face,
) -> Done {
    let began = Instant::now();
    let live = Mutex::new(Live::new(&chosen, face));
    let results = watch(chosen, terms, patience, &live, desk, face).await;
    let live = live.into_inner().unwrap_or_else(PoisonError::into_inner);
    live.finish();
    let Some(results) = results else {
        // Devices would wait for this desk and go back: it says first that it leaves.
        let running = live.running();
        let away = desk.leave(&running).await;
        // Also for who wants quiet: some Pis may have no order, and some may go back.
        face.warning(&stopped(&live));
        if !away.is_empty() {
            let names: Vec<&str> = away.iter().map(|known| known.name()).collect();
            let goes =
                if away.len() == 1 { "it goes back unless it is done" } else { "they go back unless they are done" };
            face.warning(&format!("Not told that this desk leaves: {}; {goes}.", some(&names, NAMES_SHOWN)));
        }
        return Ok(Exit::Stopped);
    };
    let results = results?;
    face.json(&show::json::summary(&results, left_out, began.elapsed()));
    if face.is_quiet() {
        show::amiss::show_failed(&results, face);
    } else {
        show::result::show(&results, left_out, began.elapsed(), face);
    }
    Ok(exit(&results, left_out))
}

/// The results; none when Ctrl-C came first.
async fn watch(
    chosen: Vec<(KnownDevice, Plan)>,
    terms: &Terms,
    patience: Option<Duration>,
    live: &Mutex<Live>,
    desk: &Desk,
    face: &Face,
) -> Option<Result<Vec<RunResult>, OrderError>> {
    let devices: BTreeMap<DeviceId, KnownDevice> =
        chosen.iter().map(|(device, _)| (device.id().clone(), device.clone())).collect();
    let tell = |device: &DeviceId, step: Step| {
        if let Some(device) = devices.get(device) {
            face.json(&show::json::step(device, &step));
        }
        live.lock().unwrap_or_else(PoisonError::into_inner).take(device, &step);
    };
    let ticks = async {
        loop {
            tokio::time::sleep(TICK).await;
            live.lock().unwrap_or_else(PoisonError::into_inner).tick();
        }
    };
    let work = async {
        tokio::select! {
            results = desk.run(chosen, terms, patience, &tell) => results,
            never = ticks => never,
        }
    };
    unless_stopped(work).await
}

fn stopped(live: &Live) -> String {
    let [ordered, sent, waiting] = live.ordered();
    if sent + waiting == 0 {
        return "Stopped watching; the devices go on. framboise status".to_owned();
    }
    let parts = [(sent, "may have one, for it was on its way"), (waiting, "had none yet")];
    let parts =
        parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, words)| format!(", {number} {words}"));
    format!(
        "Stopped watching; {} with an order go on{}. framboise status",
        count(ordered, "device"),
        parts.collect::<String>()
    )
}

/// `Start Update on 10 devices? [y/N]`.
async fn ask(devices: usize, is_rollback: bool, said: &Said) -> Result<bool, Problem> {
    let button = if is_rollback { "Send Rollback to" } else { "Start Update on" };
    confirmed(&format!("{button} {}?", count(devices, "device")), &nobody(said)).await
}

/// What to do where nobody can be asked.
fn nobody(said: &Said) -> String {
    format!("start without asking: {}; only look: {}", said.order("--yes"), said.plan())
}

fn exit(results: &[RunResult], left_out: LeftOut) -> Exit {
    // An order that came to nothing is a failure, not "nothing done": a script must not take it for up to date.
    if Summary::of(results).is_all_done() && left_out.bad() == 0 { Exit::AllDone } else { Exit::SomeFailed }
}
