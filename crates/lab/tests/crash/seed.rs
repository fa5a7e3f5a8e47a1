//! Seeds, and what follows from one.

use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

/// Seeds are short, to be typed again.
const SEEDS: u64 = 1_000_000;

/// Of a hundred writes that no flush had covered, so many are lost.
const LOST_PERCENT: u64 = 50;

/// Of a hundred that are not lost, so many are torn.
const TORN_PERCENT: u64 = 10;

/// splitmix64: the same numbers for the same seed, everywhere.
#[derive(Clone)]
pub struct Numbers(u64);

impl Numbers {
    /// Those that follow from a seed.
    pub fn from(seed: u64) -> Numbers {
        Numbers(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// One of a range.
    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start).max(1)
    }

    /// What becomes of a write of so many sectors that no flush had covered when the power went: how many are kept.
    pub fn fate(&mut self, sectors: u64) -> u64 {
        if self.chance(LOST_PERCENT) {
            0
        } else if self.chance(TORN_PERCENT) {
            self.within(0..sectors)
        } else {
            sectors
        }
    }

    /// Yes, so many times of a hundred.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.within(0..100) < percent
    }
}

/// The first seed: `FRAMBOISE_SEED`, or one that differs from run to run.
pub fn first() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    given("FRAMBOISE_SEED").unwrap_or(u64::try_from(now).unwrap() % SEEDS)
}

/// How many: as this variable says, or so many.
pub fn count(variable: &str, usual: u64) -> u64 {
    given(variable).unwrap_or(usual)
}

/// The seeds of a list, one a line, what follows `#` left out.
pub fn listed(text: &str) -> Vec<u64> {
    text.lines().filter_map(|line| line.split('#').next()?.trim().parse().ok()).collect()
}

fn given(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}
