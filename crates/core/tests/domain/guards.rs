//! The guard against replayed and late messages.

use framboise_core::cause::Cause;
use framboise_core::order::Issue;
use framboise_core::trust::{Guard, admit};
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::BTreeMap;

const BUILT: i64 = 1_000_000;

#[test]
fn a_message_is_followed_once() {
    let first = admit(&Guard::new(at(BUILT)), "ada", &issue(BUILT, BUILT + 10, 5), None).unwrap();
    for counter in 0..=5 {
        let refused = admit(&first, "ada", &issue(BUILT, BUILT + 10, counter), None);
        assert_eq!(refused, Err(Cause::Replayed { counter, seen: 5 }));
    }
    assert_eq!(admit(&first, "ada", &issue(BUILT, BUILT + 10, 6), None).unwrap().counters["ada"], 6);
    // Another operator counts alone.
    assert_eq!(admit(&first, "bob", &issue(BUILT, BUILT + 10, 1), None).unwrap().counters, {
        BTreeMap::from([("ada".to_owned(), 5), ("bob".to_owned(), 1)])
    });
}

#[test]
fn counters_begin_above_zero() {
    let refused = admit(&Guard::new(at(BUILT)), "ada", &issue(BUILT, BUILT, 0), None);
    assert_eq!(refused, Err(Cause::Replayed { counter: 0, seen: 0 }));
}

#[test]
fn what_expired_before_the_floor_is_refused() {
    let guard = Guard::new(at(BUILT));
    assert!(admit(&guard, "ada", &issue(BUILT - 20, BUILT, 1), None).is_ok(), "at the floor itself it holds");
    let late = admit(&guard, "ada", &issue(BUILT - 20, BUILT - 1, 1), None);
    assert_eq!(late, Err(Cause::Expired { expired: at(BUILT - 1) }));
    let raised = admit(&guard, "ada", &issue(BUILT + 100, BUILT + 200, 1), None).unwrap();
    assert_eq!(raised.floor, at(BUILT + 100));
    assert!(admit(&raised, "bob", &issue(BUILT, BUILT + 99, 1), None).is_err());
    assert!(admit(&raised, "bob", &issue(BUILT, BUILT + 100, 1), None).is_ok());
}

#[test]
fn what_expired_before_it_was_issued_is_refused() {
    let wrong = admit(&Guard::new(at(BUILT)), "ada", &issue(BUILT + 100, BUILT + 99, 1), None);
    assert_eq!(wrong, Err(Cause::Expired { expired: at(BUILT + 99) }));
}

#[test]
fn a_desk_in_the_far_future_locks_nobody_out() {
    let (now, day) = (BUILT + 500, 24 * 60 * 60);
    let far = now + 73 * 365 * day;
    let clock = Some(at(now));
    let raised = admit(&Guard::new(at(BUILT)), "ada", &issue(far, far + 10, 1), clock).unwrap();
    assert_eq!(raised.floor, at(now + day));
    // Whoever's clock is right is followed still, within a day; the wrong message itself never again.
    assert!(admit(&raised, "bob", &issue(now + day, now + day + 10, 1), clock).is_ok());
    assert_eq!(admit(&raised, "ada", &issue(far, far + 10, 1), clock), Err(Cause::Replayed { counter: 1, seen: 1 }));
    // It never falls, whatever the clock says later.
    let later = admit(&raised, "bob", &issue(now, now + 2 * day, 1), Some(at(BUILT))).unwrap();
    assert_eq!(later.floor, raised.floor);
    // A clock that nobody synchronised says nothing.
    let unknown = admit(&Guard::new(at(BUILT)), "ada", &issue(far, far + 10, 1), None).unwrap();
    assert_eq!(unknown.floor, at(far));
}

#[test]
fn no_clock_is_asked() {
    // Long before this test was written, and long after it: the messages' own times are all there is.
    for built in [0, BUILT, 4_000_000_000, 100_000_000_000] {
        let guard = Guard::new(at(built));
        assert!(admit(&guard, "ada", &issue(built, built + 60, 1), None).is_ok(), "{built}");
        assert!(admit(&guard, "ada", &issue(built - 60, built - 1, 1), None).is_err(), "{built}");
    }
}

proptest! {
    #[test]
    fn a_guard_never_goes_back(messages in prop::collection::vec(any_message(), 0..40)) {
        let mut guard = Guard::new(at(BUILT));
        let (mut counters, mut floor) = (BTreeMap::<&str, u64>::new(), BUILT);
        for (key, issued, expires, counter) in messages {
            let is_new = counter > counters.get(key).copied().unwrap_or(0);
            let is_timely = expires >= floor && expires >= issued;
            let admitted = admit(&guard, key, &issue(issued, expires, counter), None);
            prop_assert_eq!(admitted.is_ok(), is_new && is_timely);
            let Ok(next) = admitted else { continue };
            counters.insert(key, counter);
            floor = floor.max(issued);
            prop_assert!(next.floor >= guard.floor);
            prop_assert_eq!(next.floor, at(floor));
            let seen: BTreeMap<&str, u64> = next.counters.iter().map(|(key, seen)| (key.as_str(), *seen)).collect();
            prop_assert_eq!(&seen, &counters);
            prop_assert!(admit(&next, key, &issue(issued, expires, counter), None).is_err(), "followed twice");
            // Whichever of two copies is read, or both: a message that was followed is not followed again.
            prop_assert_eq!(&guard.clone().with(next.clone()), &next);
            prop_assert_eq!(&next.clone().with(guard.clone()), &next);
            guard = serde_json::from_str(&serde_json::to_string(&next).unwrap()).unwrap();
            prop_assert_eq!(&guard, &next);
        }
    }
}

fn any_message() -> impl Strategy<Value = (&'static str, i64, i64, u64)> {
    let times = BUILT - 5..BUILT + 20;
    (prop::sample::select(vec!["ada", "bob"]), times.clone(), times, 0_u64..12)
}

fn issue(issued: i64, expires: i64, counter: u64) -> Issue {
    Issue { issued: at(issued), expires: at(expires), counter }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}
