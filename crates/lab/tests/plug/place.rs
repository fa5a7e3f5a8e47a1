//! One place of the record: the disk as it would be there, and the device that starts on it.

use crate::books;
use crate::record::{Act, Record};
use crate::report::Ended;
use crate::rig::Rig;
use crate::seed::Numbers;
use crate::standing::Standing;
use framboise_lab::{Device, check_image, copy_image, digests_in_image};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Of up to so many places that with the most to lose is taken: most have next to nothing, for dpkg flushes after every
/// file.
const TRIES_MAX: u64 = 16;

/// In so many of a hundred runs the device is then asked again.
const GOES_ON_PERCENT: u64 = 20;

/// Where in the record the power goes.
pub struct Place {
    /// What it follows from.
    pub seed: u64,
    act: usize,
    /// Entries of the log that had been completed.
    entries: usize,
    numbers: Numbers,
}

/// A disk that follows the record, place by place.
pub struct Disk {
    durable: PathBuf,
    entries: usize,
    scratch: PathBuf,
}

/// The places of these seeds, in the record's order.
pub fn all(seeds: &[u64], record: &Record) -> Vec<Place> {
    let place = |seed: &u64| {
        let mut numbers = Numbers::from(*seed);
        // Updates and rollbacks in turn; each range reaches to where the next begins.
        let act = usize::from(seed / 2 % 2 == 1);
        let end = if act == 0 { record.acts[1].marks.asked } else { record.log.len() };
        let range = record.acts[act].marks.asked as u64..end as u64;
        let tries = 0..numbers.within(1..TRIES_MAX + 1);
        let tries: Vec<usize> = tries.map(|_| usize::try_from(numbers.within(range.clone())).unwrap()).collect();
        let entries = tries.into_iter().max_by_key(|entries| entries - record.log.durable(*entries)).unwrap();
        Place { seed: *seed, act, entries, numbers }
    };
    let mut places: Vec<Place> = seeds.iter().map(place).collect();
    places.sort_by_key(|place| place.entries);
    places
}

impl Disk {
    /// As it was before the first entry.
    pub fn new(rig: &Rig, device: &Device, record: &Record) -> Disk {
        let file = |kind: &str| rig.scratch(&format!("{}.{kind}", device.name()));
        let disk = Disk { durable: file("durable"), entries: 0, scratch: file("disk") };
        copy_image(&record.image, &disk.durable).unwrap();
        disk
    }

    /// The image as the power cut left it, and how many writes it lost.
    fn rebuild(&mut self, place: &Place, record: &Record, image: &Path) -> usize {
        let durable = record.log.durable(place.entries);
        let open = |path: &Path| File::options().write(true).open(path).unwrap();
        record.log.replay(&open(&self.durable), self.entries..durable).unwrap();
        self.entries = durable;
        copy_image(&self.durable, image).unwrap();
        let mut numbers = place.numbers.clone();
        let fate = |sectors| numbers.fate(sectors);
        record.log.replay_some(&open(image), durable..place.entries, fate).unwrap()
    }
}

impl Place {
    /// Rebuilds the disk, starts the device on it, and compares.
    pub fn perform(
        &self,
        rig: &Rig,
        device: &Device,
        record: &Record,
        disk: &mut Disk,
    ) -> (String, Result<Ended, String>) {
        let act = &record.acts[self.act];
        let began = Instant::now();
        let image = disk.scratch.with_extension(format!("disk-{}", self.seed));
        let lost = disk.rebuild(self, record, &image);
        device.use_image(&image).unwrap();
        let stands = self.start(rig, device, act);
        if stands.is_err() {
            books::keep(device, "plug", self.seed);
        }
        if device.is_running().unwrap() {
            device.power_cut().unwrap();
        }
        let result = stands.and_then(|(ended, standing)| hold_against(&image, &standing).map(|()| ended));
        fs::remove_file(&image).unwrap();
        let (name, total, takes) = (act.request.name, record.log.len(), began.elapsed().as_millis());
        let words = format!("{name}, entry {} of {total}, {lost} writes lost, {takes} ms", self.entries);
        (words, result)
    }

    fn start(&self, rig: &Rig, device: &Device, act: &Act) -> Result<(Ended, Standing), String> {
        device.power_on().and_then(|()| device.wait_for_agent()).map_err(|error| error.to_string())?;
        let now = Standing::of(device);
        let (from_before, from_after) = (now.difference(&act.before), now.difference(&act.after));
        let ended = match (from_before.as_str(), from_after.as_str()) {
            ("", _) => Ended::Before,
            (_, "") => Ended::After,
            _ => return Err(format!("in between\nagainst before:\n{from_before}against after:\n{from_after}")),
        };
        if self.entries >= act.marks.answered && ended != Ended::After {
            return Err("it was told to be done, and is not".into());
        }
        act.books.agree(&books::read(device)?, ended)?;
        if self.numbers.clone().chance(GOES_ON_PERCENT) {
            return Ok((ended, go_on(rig, device, act, ended)?));
        }
        Ok((ended, now))
    }
}

/// Holds the disk of a device that was switched off against what the device saw of it: the file system is sound, and
/// each file has the content that was compared, however it came to be read.
fn hold_against(image: &Path, standing: &Standing) -> Result<(), String> {
    let words = |error: framboise_lab::Error| error.to_string();
    check_image(image).map_err(words)?;
    let contradicted = standing.contradicted(&digests_in_image(image).map_err(words)?);
    if contradicted.is_empty() { Ok(()) } else { Err(format!("the disk is not as it was read:\n{contradicted}")) }
}

/// What was cut off can be asked again, and leads where it leads.
fn go_on(rig: &Rig, device: &Device, act: &Act, ended: Ended) -> Result<Standing, String> {
    let answer = act.request.ask.answer(&rig.lab, device);
    let now = Standing::of(device);
    let difference = now.packages_difference(&act.after);
    if answer.status == 200 && difference.is_empty() {
        return Ok(now);
    }
    Err(format!("as {ended:?}, asked again: {} {}\n{difference}", answer.status, answer.text))
}
