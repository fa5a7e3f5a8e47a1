//! The machine of a transaction: total, finite, and safe to be cut anywhere.

use framboise_core::transaction::{
    Effect, Ending, Impossible, RESTARTS_ASKED_MAX, Restart, State, effect, recovery, restart, step,
};
use std::collections::BTreeSet;

/// In the order of a journal.
const STATES: [State; 12] = [
    State::Received,
    State::Planned,
    State::Vaulted,
    State::Downloaded,
    State::Applying,
    State::Restarting,
    State::Checking,
    State::Committed,
    State::RollingBack,
    State::RolledBack,
    State::Failed,
    State::NeedsYou,
];
const EVENTS: [Ending; 3] = [Ending::Done, Ending::NeedsRestart, Ending::Failed];

/// The longest way there is: all goes well, over a restart, until the checks fail.
const STEPS_MAX: usize = 8;

#[test]
fn the_table_is_this_one() {
    let rows = STATES.map(|state| {
        let [done, restart, failed] =
            EVENTS.map(|ending| step(state, ending).map_or("-".to_owned(), |next| format!("{next:?}")));
        let (effect, cut) = (effect(state), recovery(state));
        format!("{state:?} ({effect:?}): done {done}, restart {restart}, failed {failed}, cut {cut:?}")
    });
    insta::assert_snapshot!(rows.join("\n"), @r"
    Received (Plan): done Planned, restart -, failed Failed, cut Failed
    Planned (Vault): done Vaulted, restart -, failed Failed, cut Failed
    Vaulted (Download): done Downloaded, restart -, failed Failed, cut Failed
    Downloaded (Begin): done Applying, restart -, failed Failed, cut Failed
    Applying (Apply): done Checking, restart Restarting, failed RollingBack, cut RollingBack
    Restarting (Restart): done Checking, restart -, failed RollingBack, cut Restarting
    Checking (Check): done Committed, restart -, failed RollingBack, cut RollingBack
    Committed (Rest): done -, restart -, failed -, cut Committed
    RollingBack (RollBack): done RolledBack, restart -, failed NeedsYou, cut RollingBack
    RolledBack (Rest): done -, restart -, failed -, cut RolledBack
    Failed (Rest): done -, restart -, failed -, cut Failed
    NeedsYou (Rest): done -, restart -, failed -, cut NeedsYou
    ");
}

#[test]
fn every_state_is_here() {
    assert_each_variant!(STATES;
        State::Received, State::Planned, State::Vaulted, State::Downloaded, State::Applying, State::Restarting,
        State::Checking, State::Committed, State::RollingBack, State::RolledBack, State::Failed, State::NeedsYou,
    );
    assert_each_variant!(EVENTS; Ending::Done, Ending::NeedsRestart, Ending::Failed);
    let words: BTreeSet<&str> = STATES.map(State::word).into();
    assert_eq!(words.len(), STATES.len(), "two states have one name");
}

#[test]
fn final_states_take_no_event_and_all_others_end_or_fail() {
    for state in STATES {
        for ending in EVENTS {
            match step(state, ending) {
                Ok(next) => assert!(!state.is_final() && next != state, "{state:?}"),
                Err(Impossible { state: refusing, ending: refused }) => {
                    assert_eq!((refusing, refused), (state, ending));
                    let is_no_time_to_restart = ending == Ending::NeedsRestart && state != State::Applying;
                    assert!(state.is_final() || is_no_time_to_restart, "{state:?}");
                }
            }
        }
        assert_eq!(effect(state) == Effect::Rest, state.is_final());
    }
}

#[test]
fn a_restart_has_happened_under_another_boot_id_and_is_not_asked_for_without_end() {
    assert_eq!(restart(Some("a"), "b", 1), Restart::Happened);
    assert_eq!(restart(Some("a"), "b", RESTARTS_ASKED_MAX + 1), Restart::Happened);
    for asked in 1..=RESTARTS_ASKED_MAX {
        assert_eq!(restart(Some("a"), "a", asked), Restart::Ask);
        // A journal that lost the boot id cannot tell that it happened.
        assert_eq!(restart(None, "a", asked), Restart::Ask);
    }
    assert_eq!(restart(Some("a"), "a", RESTARTS_ASKED_MAX + 1), Restart::GiveUp);
    assert_eq!(restart(None, "a", RESTARTS_ASKED_MAX + 1), Restart::GiveUp);
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
        let goes_on_as_itself = state.is_final() || matches!(state, State::RollingBack | State::Restarting);
        assert_eq!(recovery(recovered), recovered, "{state:?}");
        assert_eq!(recovered == state, goes_on_as_itself, "{state:?}");
        assert!(recovered.is_final() || goes_on_as_itself || recovered == State::RollingBack, "{state:?}");
        assert_eq!(recovered == State::Failed, !state.has_touched(), "{state:?}");
        for way in ways(recovered) {
            assert!(way.last().unwrap().is_final() && way.len() <= 4, "{state:?} {way:?}");
            // Only a device that was to restart anyway goes on where it was cut.
            let may_commit = matches!(state, State::Committed | State::Restarting);
            assert!(!way.contains(&State::Committed) || may_commit, "{state:?} {way:?}");
        }
    }
}

#[test]
fn a_committed_device_passed_every_state_before() {
    let committed: Vec<_> = ways(State::Received).into_iter().filter(|way| way.contains(&State::Committed)).collect();
    let without_restart: Vec<State> = STATES[..8].iter().copied().filter(|state| *state != State::Restarting).collect();
    assert_eq!(committed.len(), 2);
    assert!(committed.contains(&STATES[..8].to_vec()) && committed.contains(&without_restart), "{committed:?}");
}

/// All ways from a state to a final one.
fn ways(from: State) -> Vec<Vec<State>> {
    let mut open = vec![vec![from]];
    let mut ended = Vec::new();
    while let Some(way) = open.pop() {
        assert!(way.len() <= STATES.len(), "a circle: {way:?}");
        let nexts = EVENTS.map(|ending| step(*way.last().unwrap(), ending));
        let longer = |next| [way.as_slice(), &[next]].concat();
        match nexts {
            [Err(_), Err(_), Err(_)] => ended.push(way),
            nexts => open.extend(nexts.into_iter().flatten().map(longer)),
        }
    }
    ended
}
