//! The machine of a transaction: total, finite, and safe to be cut anywhere.

use framboise_core::transaction::{Effect, Ended, Event, State, effect, recovery, step};
use std::collections::BTreeSet;

/// In the order of a journal.
const STATES: [State; 11] = [
    State::Received,
    State::Planned,
    State::Vaulted,
    State::Downloaded,
    State::Applying,
    State::Checking,
    State::Committed,
    State::RollingBack,
    State::RolledBack,
    State::Failed,
    State::NeedsYou,
];
const EVENTS: [Event; 2] = [Event::Done, Event::Failed];

/// The longest way there is: all goes well until the checks fail.
const STEPS_MAX: usize = 7;

#[test]
fn the_table_is_this_one() {
    let rows = STATES.map(|state| {
        let [done, failed] = EVENTS.map(|event| step(state, event).map_or("-".to_owned(), |next| format!("{next:?}")));
        format!("{state:?} ({:?}): done {done}, failed {failed}, cut {:?}", effect(state), recovery(state))
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    Received (Plan): done Planned, failed Failed, cut Failed
    Planned (Vault): done Vaulted, failed Failed, cut Failed
    Vaulted (Download): done Downloaded, failed Failed, cut Failed
    Downloaded (Begin): done Applying, failed Failed, cut Failed
    Applying (Apply): done Checking, failed RollingBack, cut RollingBack
    Checking (Check): done Committed, failed RollingBack, cut RollingBack
    Committed (Rest): done -, failed -, cut Committed
    RollingBack (RollBack): done RolledBack, failed NeedsYou, cut RollingBack
    RolledBack (Rest): done -, failed -, cut RolledBack
    Failed (Rest): done -, failed -, cut Failed
    NeedsYou (Rest): done -, failed -, cut NeedsYou
    ");
}

#[test]
fn every_state_is_here() {
    assert_each_variant!(STATES;
        State::Received, State::Planned, State::Vaulted, State::Downloaded, State::Applying, State::Checking,
        State::Committed, State::RollingBack, State::RolledBack, State::Failed, State::NeedsYou,
    );
    assert_each_variant!(EVENTS; Event::Done, Event::Failed);
    let words: BTreeSet<&str> = STATES.map(State::word).into();
    assert_eq!(words.len(), STATES.len(), "two states have one name");
}

#[test]
fn final_states_take_no_event_and_all_others_take_each() {
    for state in STATES {
        for event in EVENTS {
            match step(state, event) {
                Ok(next) => assert!(!state.is_final() && next != state, "{state:?}"),
                Err(Ended { state: ended }) => assert!(state.is_final() && ended == state, "{state:?}"),
            }
        }
        assert_eq!(effect(state) == Effect::Rest, state.is_final());
    }
}

#[test]
fn every_way_ends_and_no_touched_device_ends_as_untouched() {
    for way in ways(State::Received) {
        assert!(way.len() <= STEPS_MAX + 1, "{way:?}");
        let end = *way.last().unwrap();
        let was_applied = way.contains(&State::Applying);
        assert_eq!(end == State::Failed, !was_applied, "{way:?}");
        assert_eq!(was_applied, end.has_touched(), "{way:?}");
        let first_touched = way.iter().position(|state| state.has_touched()).unwrap_or(way.len());
        assert!(way[first_touched..].iter().all(|state| state.has_touched()), "{way:?}");
        assert!(way.iter().skip(1).all(|state| *state != State::Received), "{way:?}");
    }
}

#[test]
fn a_cut_anywhere_is_recovered_from() {
    for state in STATES {
        let recovered = recovery(state);
        assert_eq!(recovery(recovered), recovered, "{state:?}");
        assert_eq!(recovered == state, state.is_final() || state == State::RollingBack, "{state:?}");
        assert!(recovered.is_final() || recovered == State::RollingBack, "{state:?}");
        assert_eq!(recovered == State::Failed, !state.has_touched(), "{state:?}");
        for way in ways(recovered) {
            assert!(way.last().unwrap().is_final() && way.len() <= 2, "{state:?} {way:?}");
            assert!(!way.contains(&State::Committed) || state == State::Committed, "{state:?} {way:?}");
        }
    }
}

#[test]
fn a_committed_device_passed_every_state_before() {
    let committed: Vec<_> = ways(State::Received).into_iter().filter(|way| way.contains(&State::Committed)).collect();
    assert_eq!(committed, [&STATES[..7]]);
}

/// All ways from a state to a final one.
fn ways(from: State) -> Vec<Vec<State>> {
    let mut open = vec![vec![from]];
    let mut ended = Vec::new();
    while let Some(way) = open.pop() {
        assert!(way.len() <= STATES.len(), "a circle: {way:?}");
        let nexts = EVENTS.map(|event| step(*way.last().unwrap(), event));
        let longer = |next| [way.as_slice(), &[next]].concat();
        match nexts {
            [Err(_), Err(_)] => ended.push(way),
            nexts => open.extend(nexts.into_iter().flatten().map(longer)),
        }
    }
    ended
}
