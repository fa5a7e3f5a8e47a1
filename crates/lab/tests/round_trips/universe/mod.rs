//! A property: whatever the packages are, an update and its rollback leave the device as it was.
//!
//! A seed makes a universe of small real .debs in two versions, with dependencies, conflicts, moved files, conffiles,
//! diversions, alternatives. Plain apt installs some of the older ones, an admin edits, and Framboise updates some.
//! `FRAMBOISE_SEEDS=7,8` or `FRAMBOISE_SEEDS=100-200` chooses other seeds.

mod dice;
mod features;
mod generate;
mod trip;

use crate::everything;
use crate::pi::Pi;
use framboise_lab::Suite;
use std::collections::BTreeMap;
use trip::{Ended, travel};

/// Seeds that once failed (a statoverride, a diversion or a link of alternatives stayed, a leftover lost a conffile): they
/// run always.
const FAILED_ONCE: [u64; 11] = [1, 3, 7, 16, 17, 25, 26, 51, 10_050, 10_056, 10_059];

/// As many universes of an ordinary run fit into its time.
const FEW: u64 = 2;

/// As many are made when all is wanted, on each suite.
const MANY: u64 = 60;

on_each_suite!(update_then_rollback_is_the_identity);

fn update_then_rollback_is_the_identity(suite: Suite) {
    let pi = Pi::raise(suite);
    let mut ends: BTreeMap<Ended, Vec<u64>> = BTreeMap::new();
    let mut failures = Vec::new();
    for seed in seeds(suite) {
        match travel(&pi, seed) {
            Ok(ended) => {
                eprintln!("{suite}: universe {seed}: {ended:?}");
                ends.entry(ended).or_default().push(seed);
            }
            Err(failure) => {
                eprintln!("{suite}: universe {seed}: {failure}");
                failures.push(seed);
                // Whatever is left of it must not count against the next.
                drop(pi.device.power_cut());
                pi.power_on();
            }
        }
    }
    let count = |ended: Ended| ends.get(&ended).map_or(0, Vec::len);
    println!(
        "{suite}: {} universes there and back, {} failed and undone, {} refused, {} impossible for apt, {} differ: {failures:?}",
        count(Ended::ThereAndBack),
        count(Ended::FailedAndUndone),
        count(Ended::Refused),
        count(Ended::Impossible),
        failures.len()
    );
    assert!(failures.is_empty(), "add these seeds to FAILED_ONCE: {failures:?}");
}

fn seeds(suite: Suite) -> Vec<u64> {
    if let Ok(asked) = std::env::var("FRAMBOISE_SEEDS") {
        return asked.split(',').flat_map(range).collect();
    }
    // The suites share no seeds but those that failed once.
    let first = if suite == Suite::Bookworm { 1 } else { 10_001 };
    let count = if everything() { MANY } else { FEW };
    FAILED_ONCE.into_iter().chain(first..first + count).collect()
}

fn range(words: &str) -> std::ops::RangeInclusive<u64> {
    let number = |word: &str| word.parse().unwrap_or_else(|_| panic!("{words} is no seed"));
    words.split_once('-').map_or_else(|| number(words)..=number(words), |(first, last)| number(first)..=number(last))
}
