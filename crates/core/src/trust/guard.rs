//! The guard against replayed and late messages; it lies on the device's disk and never goes back.

use crate::cause::Cause;
use crate::order::Issue;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a device remembers of the messages it has followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// The highest counter seen, by the signer's public key.
    pub counters: BTreeMap<String, u64>,
    /// No time before this one is now, whatever the clock says: the newest of build time and verified issue times.
    pub floor: jiff::Timestamp,
}

impl Guard {
    /// The guard of a device that has followed nothing yet. `built` is when the program was built.
    pub fn new(built: jiff::Timestamp) -> Self {
        Guard { counters: BTreeMap::new(), floor: built }
    }

    /// All that either of two knows: nothing a guard remembers ever goes back.
    #[must_use]
    pub fn with(mut self, other: Guard) -> Self {
        for (key, counter) in other.counters {
            let seen = self.counters.entry(key).or_default();
            *seen = counter.max(*seen);
        }
        self.floor = self.floor.max(other.floor);
        self
    }
}

/// How far a desk's clock may be ahead of a device's right one and still raise its floor: more than any honest clock
/// drifts, time zones taken for UTC included.
pub const AHEAD_MAX: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Refuses a message that has expired. One that may come again, for it changes nothing then, is only held against this.
///
/// # Errors
/// [`Cause::Expired`].
pub fn check_time(guard: &Guard, issue: &Issue) -> Result<(), Cause> {
    let is_expired = issue.expires < guard.floor || issue.expires < issue.issued;
    if is_expired { Err(Cause::Expired { expired: issue.expires }) } else { Ok(()) }
}

/// The guard after admitting a verified message, to be on disk before the message is followed.
///
/// A message that expired before the floor is refused; the device's own clock is not asked, for it may be wrong and must
/// lock nobody out. A floor is only raised by a message that was valid at its own time.
///
/// A desk's clock may be wrong as well, and a floor never falls: one message of the year 2099 would lock out every desk
/// whose clock is right. So where the device's clock is known to be right (`clock`: synchronised, and only then given), a
/// message raises the floor no further than [`AHEAD_MAX`] above it. The message itself is followed: its counter keeps it
/// from being used twice.
///
/// # Errors
/// [`Cause::Expired`] and [`Cause::Replayed`].
pub fn admit(guard: &Guard, key: &str, issue: &Issue, clock: Option<jiff::Timestamp>) -> Result<Guard, Cause> {
    check_time(guard, issue)?;
    let seen = guard.counters.get(key).copied().unwrap_or(0);
    if issue.counter <= seen {
        return Err(Cause::Replayed { counter: issue.counter, seen });
    }
    let mut next = guard.clone();
    next.counters.insert(key.to_owned(), issue.counter);
    let highest = clock.map(|clock| clock.saturating_add(AHEAD_MAX).unwrap_or(jiff::Timestamp::MAX));
    next.floor = guard.floor.max(highest.map_or(issue.issued, |highest| issue.issued.min(highest)));
    Ok(next)
}
