//! One run: from a seed to where the power goes, and from there to the verdict.

use crate::books;
use crate::desk;
use crate::faults::{self, Cut};
use crate::report::Ended;
use crate::rig::Rig;
use crate::scene::{Scene, start_from};
use crate::seed::Numbers;
use crate::standing::Standing;
use framboise_lab::Device;
use std::time::Duration;

/// A device boots, and recovers, well within this.
const RECOVERY_MS: u64 = 5000;

/// How often the power goes again while the device recovers, at most.
const RECUTS_MAX: u64 = 3;

/// Coprime with any likely number of points, so that runs with neighbouring seeds meet points far apart.
const STRIDE: u64 = 37;

/// What a seed means.
pub struct Run {
    scene: usize,
    cut: Cut,
    /// While recovering from the one before.
    recuts: Vec<Cut>,
    /// Whether the device is then asked once more.
    goes_on: bool,
}

impl Run {
    /// Neighbouring seeds of a suite alternate between points, which they go through in turn, and instants.
    pub fn of(seed: u64, scenes: &[Scene]) -> Run {
        let mut numbers = Numbers::from(seed);
        let turn = seed / 4;
        let (scene, cut) =
            if (seed / 2).is_multiple_of(2) { point(turn, scenes) } else { instant(turn, &mut numbers, scenes) };
        let count = if numbers.chance(60) { 0 } else { numbers.within(1..RECUTS_MAX + 1) };
        let recuts = (0..count).map(|_| recut(&mut numbers, scenes)).collect();
        Run { scene, cut, recuts, goes_on: numbers.chance(25) }
    }

    /// In words.
    pub fn words(&self, scenes: &[Scene]) -> String {
        let again = self.recuts.iter().map(|cut| format!(", again {}", cut.words())).collect::<String>();
        format!("{}, cut {}{again}", scenes[self.scene].name, self.cut.words())
    }

    /// Performs it; where the device ended, or what is wrong.
    pub fn perform(&self, rig: &Rig, device: &Device, scenes: &[Scene]) -> Result<Ended, String> {
        let scene = &scenes[self.scene];
        start_from(device, &scene.disk, Some(&self.cut));
        let books = books::read(device)?;
        let mut request = scene.ask.start(&rig.lab, device);
        faults::wait(device, &self.cut, || request.has_ended());
        device.power_cut().unwrap();
        let was_told_done = request.told() == 200;
        for cut in &self.recuts {
            faults::arm(device, Some(cut));
            device.switch_on().unwrap();
            faults::wait(device, cut, || has_recovered(device));
            device.power_cut().unwrap();
        }
        faults::disarm(device);
        device.power_on().and_then(|()| device.wait_for_agent()).map_err(|error| error.to_string())?;
        // What restarts is checked only now, and may go back and restart once more.
        desk::wait_for_rest(device);
        let ended = verdict(device, scene)?;
        if was_told_done && ended != Ended::After {
            return Err("it was told to be done, and is not".into());
        }
        books.agree(&books::read(device)?, ended)?;
        if self.goes_on {
            go_on(rig, device, scene)?;
        }
        Ok(ended)
    }
}

/// Every point of every scene in turn.
fn point(turn: u64, scenes: &[Scene]) -> (usize, Cut) {
    let all: Vec<(usize, Cut)> = scenes
        .iter()
        .enumerate()
        .flat_map(|(number, scene)| {
            let count = |at: usize| scene.points[..=at].iter().filter(|point| **point == scene.points[at]).count();
            (0..scene.points.len()).map(move |at| (number, Cut::At(scene.points[at].clone(), count(at))))
        })
        .collect();
    let place = turn.wrapping_mul(STRIDE) % u64::try_from(all.len()).unwrap();
    all[usize::try_from(place).unwrap()].clone()
}

fn instant(turn: u64, numbers: &mut Numbers, scenes: &[Scene]) -> (usize, Cut) {
    let scene = usize::try_from(turn).unwrap() % scenes.len();
    let takes = u64::try_from(scenes[scene].takes.as_millis()).unwrap();
    (scene, Cut::After(Duration::from_millis(numbers.within(0..takes))))
}

fn recut(numbers: &mut Numbers, scenes: &[Scene]) -> Cut {
    if numbers.chance(50) {
        return Cut::After(Duration::from_millis(numbers.within(0..RECOVERY_MS)));
    }
    // A recovery rolls back, as the failing update does.
    let points = &scenes[scenes.len() - 1].points;
    let is_back = |point: &&String| point.starts_with("the way back") || point.starts_with("settling");
    let back: Vec<&String> = points.iter().filter(is_back).collect();
    let place = numbers.within(0..u64::try_from(back.len()).unwrap());
    Cut::At(back[usize::try_from(place).unwrap()].clone(), 1)
}

fn has_recovered(device: &Device) -> bool {
    device
        .exec(["systemctl", "is-active", "framboise-recover.service"])
        .is_ok_and(|output| output.stdout.trim() == "active" || output.stdout.trim() == "failed")
}

/// Exactly as before, or exactly as after.
pub fn verdict(device: &Device, scene: &Scene) -> Result<Ended, String> {
    let now = Standing::of(device);
    let from_before = now.difference(&scene.before);
    if from_before.is_empty() {
        return Ok(Ended::Before);
    }
    let from_after = scene.after.as_ref().map_or_else(|| "(there is none)".to_owned(), |after| now.difference(after));
    if from_after.is_empty() {
        return Ok(Ended::After);
    }
    Err(format!("in between\nagainst before:\n{from_before}against after:\n{from_after}"))
}

/// What was cut off can be asked again, and leads where it leads.
fn go_on(rig: &Rig, device: &Device, scene: &Scene) -> Result<(), String> {
    let answer = scene.ask.answer(&rig.lab, device);
    let now = Standing::of(device);
    let (expected, is_right) = match &scene.after {
        Some(after) => (after, answer.status == 200),
        None => (&scene.before, answer.status != 200),
    };
    let difference = now.packages_difference(expected);
    if is_right && difference.is_empty() {
        return Ok(());
    }
    Err(format!("asked again: {} {}\n{difference}", answer.status, answer.text))
}
