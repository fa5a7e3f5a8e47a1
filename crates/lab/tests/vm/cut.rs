//! One run: a request, a power cut, perhaps another one while the machine recovers, and the verdict.

use crate::bench::Bench;
use crate::report::Ended;
use crate::rig::Rig;
use crate::seed::Numbers;
use framboise_lab::{Error, copy_image};
use std::path::Path;
use std::time::{Duration, Instant};

/// In so many of a hundred runs the power goes again during the recovery.
const AGAIN_PERCENT: u64 = 40;

/// So many seeds in a row are cut in an update, the next ones in a rollback: each change of the way takes minutes.
const SEEDS_A_WAY: u64 = 10;

/// What the root side says when it recovers.
const RECOVERS: &str = "was cut off while";

/// Performs a run; the machine runs before and after it.
pub fn perform(bench: &mut Bench, rig: &Rig, seed: u64) -> (String, Result<Ended, String>) {
    let mut numbers = Numbers::from(seed);
    if let Err(problem) = bench.turn_to(usize::from(seed / SEEDS_A_WAY % 2 == 1), rig) {
        return ("before the cut".into(), Err(problem));
    }
    let way = &bench.ways[bench.next];
    let instant = within(&mut numbers, way.takes);
    let mut request = way.ask.start(&rig.lab, bench.machine.device());
    let began = Instant::now();
    while began.elapsed() < instant && !request.has_ended() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let lost = bench.machine.power_cut(|sectors| numbers.fate(sectors)).unwrap();
    // An answer that the power cut let through, or none.
    let was_told_done = request.has_ended() && request.answer().status == 200;
    let mut words = format!("{}, cut after {} ms, {lost} writes lost", way.name, instant.as_millis());
    if numbers.chance(AGAIN_PERCENT) {
        words += &cut_again(bench, &mut numbers).unwrap();
    }
    let left = rig.scratch(&format!("{}.left", bench.machine.device().name()));
    copy_image(&bench.machine.disk(), &left).unwrap();
    let result = recover(bench, was_told_done);
    if result.is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(format!("vm-{seed}.img"));
        copy_image(&left, &kept).unwrap();
        let console = bench.machine.console().unwrap();
        std::fs::write(kept.with_extension("console"), console).unwrap();
    }
    (format!("{words}, {} s", began.elapsed().as_secs()), result)
}

/// Boots, and pulls the plug while the machine recovers, or once it is up where there is nothing to recover.
fn cut_again(bench: &mut Bench, numbers: &mut Numbers) -> Result<String, Error> {
    bench.machine.switch_on()?;
    let instant = within(numbers, bench.ways[1].takes);
    let mut seen: Option<Instant> = None;
    bench.machine.wait_until("recover", |machine| {
        if seen.is_none() && machine.console().is_ok_and(|console| console.contains(RECOVERS)) {
            seen = Some(Instant::now());
        }
        seen.is_some_and(|seen| seen.elapsed() >= instant) || machine.answers()
    })?;
    let lost = bench.machine.power_cut(|sectors| numbers.fate(sectors))?;
    let when = seen
        .map_or("after it was up".to_owned(), |seen| format!("{} ms into the recovery", seen.elapsed().as_millis()));
    Ok(format!(", again {when}, {lost} writes lost"))
}

/// Boots, and compares with both ends of the way.
fn recover(bench: &mut Bench, was_told_done: bool) -> Result<Ended, String> {
    bench.machine.power_on().map_err(|error| error.to_string())?;
    let (now, books) = bench.look()?;
    let way = &bench.ways[bench.next];
    let (from_before, from_after) = (now.difference(&way.before), now.difference(&way.after));
    let ended = match (from_before.as_str(), from_after.as_str()) {
        ("", _) => Ended::Before,
        (_, "") => Ended::After,
        _ => return Err(format!("in between\nagainst before:\n{from_before}against after:\n{from_after}")),
    };
    if was_told_done && ended != Ended::After {
        return Err("it was told to be done, and is not".into());
    }
    bench.books.agree(&books, ended)?;
    bench.books = books;
    if ended == Ended::After {
        bench.next = 1 - bench.next;
    }
    Ok(ended)
}

fn within(numbers: &mut Numbers, span: Duration) -> Duration {
    Duration::from_millis(numbers.within(0..u64::try_from(span.as_millis()).unwrap()))
}
