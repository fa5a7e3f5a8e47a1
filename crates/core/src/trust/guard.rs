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
}

/// The guard after admitting a verified message, to be on disk before the message is followed.
///
/// A message that expired before the floor is refused; the device's own clock is not asked, for it may be wrong and must
/// lock nobody out. A floor is only raised by a message that was valid at its own time.
///
/// # Errors
/// [`Cause::Expired`] and [`Cause::Replayed`].
pub fn admit(guard: &Guard, key: &str, issue: &Issue) -> Result<Guard, Cause> {
    if issue.expires < guard.floor || issue.expires < issue.issued {
        return Err(Cause::Expired { expired: issue.expires });
    }
    let seen = guard.counters.get(key).copied().unwrap_or(0);
    if issue.counter <= seen {
        return Err(Cause::Replayed { counter: issue.counter, seen });
    }
    let mut next = guard.clone();
    next.counters.insert(key.to_owned(), issue.counter);
    next.floor = guard.floor.max(issue.issued);
    Ok(next)
}
