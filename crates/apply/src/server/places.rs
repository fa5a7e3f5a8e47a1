//! How many requests of a kind are answered at once: whoever watches or reads must not keep an order, or the confirmation
//! of one, from being heard.

use crate::fault::Result;
use framboise_core::cause::{Cause, Failure};
use framboise_core::protocol::socket::Request;
use std::sync::{Mutex, PoisonError};

/// How many requests are answered at once; more wait in the socket's queue.
pub const CONNECTIONS_MAX: usize = 64;

/// A kind of request, by what it costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Lasts as long as a transaction.
    Watch,
    /// Gathers much from the disk.
    Read,
    /// Needs apt, one after the other.
    Plan,
    /// Lasts as long as a .deb takes to come.
    Stage,
    /// Orders, confirmations, changes: short, and what all the rest is for.
    Act,
}

/// The places that are taken.
#[derive(Debug, Default)]
pub struct Places {
    taken: Mutex<[usize; 4]>,
}

/// One place, given back when it is dropped.
#[derive(Debug)]
pub struct Place<'a> {
    places: &'a Places,
    kind: Kind,
}

impl Places {
    /// A place for a request. An order, a confirmation, a change and a question after a transaction always have one.
    ///
    /// # Errors
    /// When all places of its kind are taken: a cause that a desk asks again after.
    pub fn take(&self, request: &Request) -> Result<Place<'_>> {
        let kind = Kind::of(request);
        if let Some((at, max)) = kind.limit() {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if taken[at] >= max {
                return Err(kind.crowded());
            }
            taken[at] += 1;
        }
        Ok(Place { places: self, kind })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some((at, _)) = self.kind.limit() {
            self.places.taken.lock().unwrap_or_else(PoisonError::into_inner)[at] -= 1;
        }
    }
}

impl Kind {
    fn of(request: &Request) -> Kind {
        match request {
            Request::Watch { .. } => Kind::Watch,
            Request::Status
            | Request::State
            | Request::RestorePoints
            | Request::RestorePoint { .. }
            | Request::Vault
            | Request::Receipts { .. } => Kind::Read,
            Request::Plan { .. } => Kind::Plan,
            Request::Stage { .. } => Kind::Stage,
            Request::Order { .. }
            | Request::Transaction { .. }
            | Request::Confirm { .. }
            | Request::Change { .. }
            | Request::SeedUpdate { .. }
            | Request::SeedRollback { .. } => Kind::Act,
        }
    }

    /// Where it is counted, and how many there may be. Together they leave a dozen connections to those that are not.
    fn limit(self) -> Option<(usize, usize)> {
        match self {
            Kind::Watch => Some((0, CONNECTIONS_MAX / 2)),
            Kind::Read => Some((1, 8)),
            Kind::Plan => Some((2, 4)),
            Kind::Stage => Some((3, 8)),
            Kind::Act => None,
        }
    }

    fn crowded(self) -> Failure {
        let what = match self {
            Kind::Watch => "watch",
            Kind::Read | Kind::Act => "read",
            Kind::Plan => "ask for plans",
            Kind::Stage => "hand over .debs",
        };
        let problem = format!("too many {what} at once");
        let message = format!("the device has no place left: {problem}");
        let next_step = "Try again in a few seconds.".to_owned();
        Failure { cause: Cause::RootSideUnreachable { problem }, detail: String::new(), message, next_step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use framboise_core::ids::OrderId;

    #[test]
    fn who_watches_reads_or_plans_leaves_room_for_the_confirmation() {
        let order = OrderId::new(1, [7; 10]);
        let places = Places::default();
        let mut held = Vec::new();
        for (request, max) in [(Request::Watch { order, after: 0 }, 32), (Request::State, 8)] {
            held.extend((0..max).map(|_| places.take(&request).unwrap()));
            let refused = places.take(&request).unwrap_err();
            assert!(matches!(refused.cause, Cause::RootSideUnreachable { .. }), "{refused}");
        }
        assert!(places.take(&Request::Status).is_err(), "all readers share their places");
        // More than there ever are at once.
        let confirm = Request::Confirm { order, leaving: false };
        held.extend((0..100).map(|_| places.take(&confirm).unwrap()));
        drop(held);
        assert!(places.take(&Request::Watch { order, after: 0 }).is_ok());
    }

    #[test]
    fn what_is_counted_leaves_connections_free() {
        let counted = [Kind::Watch, Kind::Read, Kind::Plan, Kind::Stage].map(Kind::limit);
        let all: usize = counted.iter().flatten().map(|(_, max)| max).sum();
        assert!(all + 12 <= CONNECTIONS_MAX, "{all}");
    }
}
