//! What goes when room is wanted: counted the same by desk and device.

use framboise_core::digest::Digest;
use framboise_core::ids::RestorePointId;
use framboise_core::vault::{Fixed, KeptDeb, KeptPoint, VaultContents};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn deb(number: usize, bytes: u64, points: BTreeSet<u32>) -> KeptDeb {
    KeptDeb {
        package: "a1:arm64".parse().unwrap(),
        version: "1.0".parse().unwrap(),
        bytes,
        sha256: Digest::of(number.to_string().as_bytes()),
        rebuilt: false,
        staged: false,
        points: points.into_iter().map(RestorePointId).collect(),
    }
}

fn any_contents() -> impl Strategy<Value = VaultContents> {
    let fixed = prop::option::weighted(0.3, Just(Fixed::Pinned));
    (vec(fixed, 0..5), vec((1_u64..9, btree_set(1_u32..6, 0..4)), 0..8)).prop_map(|(points, debs)| VaultContents {
        points: (1..).zip(points).map(|(id, fixed)| KeptPoint { id: RestorePointId(id), fixed }).collect(),
        debs: debs.into_iter().enumerate().map(|(number, (bytes, points))| deb(number, bytes, points)).collect(),
        ..VaultContents::default()
    })
}

proptest! {
    #[test]
    fn what_a_point_that_stays_needs_never_goes(contents in any_contents(), free_bytes in 0_u64..40) {
        let pruned = contents.pruned(free_bytes);
        for deb in contents.debs.iter().filter(|deb| pruned.debs.contains(&deb.sha256)) {
            prop_assert!(deb.points.iter().all(|point| pruned.points.contains(point)), "{:?}", deb);
        }
        for id in &pruned.points {
            prop_assert_eq!(contents.fixed(*id), None);
            prop_assert_ne!(contents.points.last().map(|point| point.id), Some(*id));
        }
    }

    #[test]
    fn no_more_goes_than_is_asked_for(contents in any_contents(), free_bytes in 0_u64..40) {
        let pruned = contents.pruned(free_bytes);
        let Some((_, before)) = pruned.points.split_last() else { return Ok(()) };
        prop_assert!(contents.without(before).bytes < free_bytes, "the last point went for nothing");
        prop_assert!(pruned.points.is_sorted());
    }
}

#[test]
fn the_oldest_goes_first_and_only_as_far_as_needed() {
    let point = |id, fixed| KeptPoint { id: RestorePointId(id), fixed };
    let contents = VaultContents {
        points: vec![point(1, Some(Fixed::Pinned)), point(2, None), point(3, None), point(4, Some(Fixed::StandsOn))],
        debs: vec![
            deb(1, 10, [1, 2].into()),
            deb(2, 20, [2].into()),
            deb(3, 30, [3, 4].into()),
            deb(4, 40, [3].into()),
            deb(5, 5, BTreeSet::new()),
        ],
        ..VaultContents::default()
    };
    let ids = |free_bytes| {
        let pruned = contents.pruned(free_bytes);
        (pruned.points.iter().map(|id| id.0).collect::<Vec<_>>(), pruned.bytes)
    };
    assert_eq!(ids(0), (vec![], 5));
    assert_eq!(ids(5), (vec![], 5));
    assert_eq!(ids(6), (vec![2], 25));
    assert_eq!(ids(26), (vec![2, 3], 65));
    assert_eq!(ids(65), (vec![2, 3], 65));
    assert_eq!(ids(66), (vec![], 5), "points went, and it was not enough");
    assert_eq!(contents.prunable_bytes(), 65);
    assert_eq!((contents.bytes(), contents.bytes_for(RestorePointId(3))), (105, 70));
}
