//! Several transactions undone in `/etc`, with and without a person between them.

use super::etc_files::{any_tree, can_stand};
use super::made::{Files, file};
use framboise_core::etc::{Around, Goal, goal};
use framboise_core::text::FilePath;
use proptest::prelude::*;

#[test]
fn a_file_goes_back_as_far_as_no_person_was_there() {
    let steps = [(with("1"), with("2")), (with("2"), with("3"))];
    let chain = [(&steps[0].0, &steps[0].1), (&steps[1].0, &steps[1].1)];
    let kept = [FilePath::from("/etc/a")];
    assert_eq!(undone(&chain, &with("3")), Goal { files: with("1"), kept: [].into() });
    // A person took the second one back already.
    assert_eq!(undone(&chain, &with("2")), Goal { files: with("1"), kept: [].into() });
    assert_eq!(undone(&chain, &with("mine")), Goal { files: with("mine"), kept: kept.clone().into() });
    assert_eq!(undone(&chain, &with("1")), Goal { files: with("1"), kept: kept.into() });
}

#[test]
fn what_stays_once_stays_though_an_older_transaction_left_the_same() {
    let steps = [(with("1"), with("2")), (with("other"), with("3"))];
    let chain = [(&steps[0].0, &steps[0].1), (&steps[1].0, &steps[1].1)];
    let kept = [FilePath::from("/etc/a")];
    assert_eq!(undone(&chain, &with("2")), Goal { files: with("2"), kept: kept.into() });
}

proptest! {
    #[test]
    fn a_chain_that_nobody_touched_leads_to_its_beginning(states in prop::collection::vec(any_tree(), 1..6)) {
        let chain: Vec<(&Files, &Files)> = states.windows(2).map(|pair| (&pair[0], &pair[1])).collect();
        let aim = undone(&chain, states.last().unwrap());
        prop_assert_eq!(&aim, &Goal { files: states[0].clone(), kept: [].into() });
        // And forth again: a redone transaction is one undone the other way round.
        let back: Vec<(&Files, &Files)> = chain.iter().rev().map(|(before, after)| (*after, *before)).collect();
        prop_assert_eq!(&undone(&back, &aim.files).files, states.last().unwrap());
    }

    #[test]
    fn a_person_between_the_transactions_keeps_theirs(
        steps in prop::collection::vec((any_tree(), any_tree()), 0..4), now in any_tree()
    ) {
        let chain: Vec<(&Files, &Files)> = steps.iter().map(|(before, after)| (before, after)).collect();
        let aim = undone(&chain, &now);
        prop_assert!(can_stand(&aim.files), "{:#?}", aim.files);
        for path in chain.iter().flat_map(|(before, after)| before.keys().chain(after.keys())).chain(now.keys()) {
            let is_touched = chain.iter().any(|(before, after)| before.get(path) != after.get(path));
            let (aimed, stands) = (aim.files.get(path), now.get(path));
            prop_assert!(is_touched || aimed == stands, "nobody's: {}", path);
            prop_assert!(is_touched || !aim.kept.contains(path), "kept from nobody: {}", path);
            let is_theirs =
                |(before, after): &(&Files, &Files)| stands != after.get(path) && stands != before.get(path);
            let left_by_none = chain.iter().all(is_theirs);
            prop_assert!(!left_by_none || aimed == stands, "a person's: {}", path);
        }
    }
}

fn with(content: &str) -> Files {
    Files::from([(FilePath::from("/etc/a"), file(content))])
}

/// What the chain (oldest first) is undone to.
fn undone(chain: &[(&Files, &Files)], now: &Files) -> Goal {
    let around: Vec<Around<'_>> = chain.iter().rev().map(|(before, after)| Around { before, after }).collect();
    goal(now, &around)
}
