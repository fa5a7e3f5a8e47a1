//! Several transactions undone in `/etc`, with and without a person between them.

use super::etc_files::{any_tree, can_stand};
use super::made::{Files, file};
use framboise_core::etc::{Around, Target, target};
use framboise_core::text::FilePath;
use proptest::prelude::*;

#[test]
fn a_file_goes_back_as_far_as_no_person_was_there() {
    let with = |content: &str| Files::from([(FilePath::from("/etc/a"), file(content))]);
    let aim = |now: &str| {
        let undone = target(
            &with(now),
            &[Around { before: &with("2"), after: &with("3") }, Around { before: &with("1"), after: &with("2") }],
        );
        (undone.files == with("1"), undone.files == with(now), !undone.kept.is_empty())
    };
    assert_eq!(aim("3"), (true, false, false));
    // A person took the second one back already.
    assert_eq!(aim("2"), (true, false, false));
    assert_eq!(aim("mine"), (false, true, true));
    assert_eq!(aim("1"), (true, true, true));
}

proptest! {
    #[test]
    fn a_chain_that_nobody_touched_leads_to_its_beginning(states in prop::collection::vec(any_tree(), 1..6)) {
        let chain: Vec<(&Files, &Files)> = states.windows(2).map(|pair| (&pair[0], &pair[1])).collect();
        let aim = undone(&chain, states.last().unwrap());
        prop_assert_eq!(&aim, &Target { files: states[0].clone(), kept: [].into() });
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
            let left_by_none = chain.iter().all(|(before, after)| stands != after.get(path) && stands != before.get(path));
            prop_assert!(!left_by_none || aimed == stands, "a person's: {}", path);
        }
    }
}

/// What the chain (oldest first) is undone to.
fn undone(chain: &[(&Files, &Files)], now: &Files) -> Target {
    let around: Vec<Around<'_>> = chain.iter().rev().map(|(before, after)| Around { before, after }).collect();
    target(now, &around)
}
