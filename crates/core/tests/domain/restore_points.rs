//! Where a rollback goes, and the way there.

use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::Action;
use framboise_core::restore_point::{Origin, Past, RestorePoint, Step, is_whole, led_through, rollback_goes_to, way};
use framboise_core::transaction::State;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;

const NUMBERS: std::ops::Range<u32> = 1..7;

fn point(id: u32, parent: Option<u32>) -> RestorePoint {
    RestorePoint {
        id: RestorePointId(id),
        parent: parent.map(RestorePointId),
        recorded: framboise_core::Timestamp::UNIX_EPOCH,
        origin: Origin::First,
        name: None,
        pinned: false,
        state: Digest::of(b""),
        packages: 0,
        current: false,
        missing_debs: 0,
    }
}

/// Points whose parents are any numbers: circles and gaps included, as a spoilt card may tell.
fn any_tree() -> impl Strategy<Value = Vec<RestorePoint>> {
    vec(prop::option::of(NUMBERS), 1..7)
        .prop_map(|parents| NUMBERS.zip(parents).map(|(id, parent)| point(id, parent)).collect())
}

fn any_id() -> impl Strategy<Value = RestorePointId> {
    NUMBERS.prop_map(RestorePointId)
}

fn any_past() -> impl Strategy<Value = Past> {
    let action = prop_oneof![Just(Action::Update), any_id().prop_map(|to| Action::Rollback { to })];
    let state = select(vec![State::Committed, State::RolledBack, State::Failed, State::NeedsYou]);
    (action, state, prop::option::of(any_id())).prop_map(|(action, state, before)| Past { action, state, before })
}

proptest! {
    #[test]
    fn the_way_back_is_the_way_there_reversed(tree in any_tree(), from in any_id(), to in any_id()) {
        let mut back = way(&tree, to, from);
        back.reverse();
        let turned: Vec<Step> = back
            .into_iter()
            .map(|step| match step {
                Step::Undo(id) => Step::Redo(id),
                Step::Redo(id) => Step::Undo(id),
            })
            .collect();
        prop_assert_eq!(way(&tree, from, to), turned);
        prop_assert_eq!(way(&tree, from, from), []);
    }

    #[test]
    fn a_way_leads_through_nothing_that_may_go(tree in any_tree(), from in any_id(), to in any_id()) {
        let kept = led_through(&tree, &BTreeSet::from([from, to]));
        prop_assert!(kept.contains(&from) && kept.contains(&to));
        for step in way(&tree, from, to) {
            prop_assert!(kept.contains(&step.point()), "{}", step.point());
        }
    }

    #[test]
    fn a_way_is_whole_until_a_point_of_it_is_lost(tree in any_tree(), from in any_id(), to in any_id()) {
        let steps = way(&tree, from, to);
        prop_assert_eq!(is_whole(&tree, from, to), is_whole(&tree, to, from));
        if !is_whole(&tree, from, to) {
            return Ok(());
        }
        for lost in steps.into_iter().map(Step::point) {
            let rest: Vec<RestorePoint> = tree.iter().filter(|point| point.id != lost).cloned().collect();
            prop_assert!(!is_whole(&rest, from, to), "without {}", lost);
        }
    }

    #[test]
    fn a_rollback_goes_where_something_was_recorded(last in prop::option::of(any_past()), stands_on in prop::option::of(any_id())) {
        let to = rollback_goes_to(last, stands_on);
        let named = last.and_then(|last| match last.action {
            Action::Rollback { to } => Some(to),
            Action::Update => last.before,
        });
        prop_assert!(to.is_none() || to == named || to == stands_on);
        prop_assert!(to.is_some() || (named.is_none() && stands_on.is_none()));
        // After it, whatever became of it, another one goes there again.
        let Some(to) = to else { return Ok(()) };
        let again = Past { action: Action::Rollback { to }, state: State::NeedsYou, before: stands_on };
        prop_assert_eq!(rollback_goes_to(Some(again), Some(to)), Some(to));
    }
}

#[test]
fn an_update_is_undone_and_a_failed_one_needs_nothing_undone() {
    let (before, stands_on) = (Some(RestorePointId(3)), Some(RestorePointId(4)));
    let past = |state, before| Some(Past { action: Action::Update, state, before });
    assert_eq!(rollback_goes_to(past(State::Committed, before), stands_on), before);
    assert_eq!(rollback_goes_to(past(State::RolledBack, before), before), before);
    assert_eq!(rollback_goes_to(past(State::Failed, None), stands_on), stands_on);
    assert_eq!(rollback_goes_to(None, None), None);
}

#[test]
fn the_way_leads_over_the_point_that_both_descend_from() {
    let tree = [point(1, None), point(2, Some(1)), point(3, Some(2)), point(4, Some(2))];
    let steps = way(&tree, RestorePointId(3), RestorePointId(4));
    assert_eq!(steps, [Step::Undo(RestorePointId(3)), Step::Redo(RestorePointId(4))]);
}
