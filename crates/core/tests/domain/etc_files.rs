//! One transaction undone in `/etc`: what it changed goes back, what a person changed since stays.

use super::made::{Files, directory, file};
use framboise_core::etc::{Around, Goal, goal, is_volatile};
use framboise_core::state::FileRecord;
use framboise_core::text::FilePath;
use proptest::prelude::*;

#[test]
fn what_the_running_system_writes_is_left_out() {
    for path in [
        "/etc/mtab",
        "/etc/shadow-",
        "/etc/ld.so.cache",
        "/etc/framboise",
        "/etc/framboise/operators",
        "/etc/.git/HEAD",
    ] {
        assert!(is_volatile(path), "{path}");
    }
    for path in ["/etc", "/etc/mtab2", "/etc/passwd.d", "/etc/framboise.conf", "/etc/fstab", "/x/etc/mtab", ""] {
        assert!(!is_volatile(path), "{path}");
    }
}

#[test]
fn the_hand_of_a_person_is_told_from_that_of_the_transaction() {
    let before = files(&[("/etc/a", "1"), ("/etc/b", "1"), ("/etc/c", "1"), ("/etc/same", "1")]);
    let after = files(&[("/etc/a", "2"), ("/etc/b", "2"), ("/etc/new", "2"), ("/etc/new2", "2"), ("/etc/same", "1")]);
    let now =
        files(&[("/etc/a", "2"), ("/etc/b", "mine"), ("/etc/new", "2"), ("/etc/new2", "mine"), ("/etc/own", "mine")]);
    let aim = undone(&before, &after, &now);
    assert_eq!(
        aim.files,
        files(&[("/etc/a", "1"), ("/etc/b", "mine"), ("/etc/c", "1"), ("/etc/new2", "mine"), ("/etc/own", "mine")])
    );
    assert_eq!(aim.kept, ["/etc/b", "/etc/new2"].map(FilePath::from).into());
}

#[test]
fn a_directory_stays_for_what_a_person_put_in_it() {
    let after = tree(&[("/etc/nginx", None), ("/etc/nginx/conf.d", None), ("/etc/nginx/nginx.conf", Some("1"))]);
    let mut now = after.clone();
    now.insert("/etc/nginx/conf.d/mine".into(), file("mine"));
    let aim = undone(&Files::new(), &after, &now);
    assert_eq!(
        aim.files,
        tree(&[("/etc/nginx", None), ("/etc/nginx/conf.d", None), ("/etc/nginx/conf.d/mine", Some("mine"))])
    );
    assert_eq!(aim.kept, ["/etc/nginx", "/etc/nginx/conf.d"].map(FilePath::from).into());
}

#[test]
fn what_lay_in_a_directory_that_a_person_took_away_stays_gone() {
    let before = tree(&[("/etc/d", None), ("/etc/d/a", Some("1"))]);
    let after = tree(&[("/etc/d", None)]);
    for now in [Files::new(), files(&[("/etc/d", "mine")])] {
        assert_eq!(undone(&before, &after, &now), Goal { files: now.clone(), kept: ["/etc/d/a".into()].into() });
    }
    assert_eq!(undone(&before, &Files::new(), &Files::new()), Goal { files: before.clone(), kept: [].into() });
}

#[test]
fn what_is_reached_through_a_link_goes_back_too() {
    let link = |content| {
        Files::from([("/etc/d".into(), FileRecord::Link { target: "/srv".into() }), ("/etc/d/a".into(), file(content))])
    };
    assert_eq!(undone(&link("1"), &link("2"), &link("2")), Goal { files: link("1"), kept: [].into() });
    let real = tree(&[("/etc/d", None), ("/etc/d/a", Some("2"))]);
    assert_eq!(undone(&link("1"), &real, &real), Goal { files: link("1"), kept: [].into() });
}

proptest! {
    #[test]
    fn on_an_untouched_device_everything_goes_back(before in any_tree(), after in any_tree()) {
        prop_assert_eq!(undone(&before, &after, &after), Goal { files: before, kept: [].into() });
    }

    #[test]
    fn each_path_goes_back_or_stays(before in any_tree(), after in any_tree(), now in any_tree()) {
        let aim = undone(&before, &after, &now);
        for path in before.keys().chain(after.keys()).chain(now.keys()) {
            let (was, left, stands, aimed) = (before.get(path), after.get(path), now.get(path), aim.files.get(path));
            if aim.kept.contains(path) {
                prop_assert_eq!(aimed, stands, "kept, yet changed: {}", path);
                prop_assert!(was != left, "not the transaction's: {}", path);
            } else if was != left {
                prop_assert_eq!(aimed, was, "neither back nor kept: {}", path);
                prop_assert!(stands == left || stands == was, "a person's: {}", path);
            } else {
                prop_assert_eq!(aimed, stands, "not the transaction's: {}", path);
            }
        }
    }

    #[test]
    fn what_is_aimed_at_can_stand(before in any_tree(), after in any_tree(), now in any_tree()) {
        let aim = undone(&before, &after, &now);
        prop_assert!(can_stand(&aim.files), "{:#?}", aim.files);
    }

    #[test]
    fn without_directories_only_the_three_records_count(
        before in any_flat(), after in any_flat(), now in any_flat()
    ) {
        let mut expected = Goal { files: now.clone(), kept: [].into() };
        for path in before.keys().chain(after.keys()) {
            let (was, left, stands) = (before.get(path), after.get(path), now.get(path));
            if was == left || stands == was {
                continue;
            }
            if stands != left {
                expected.kept.insert(path.clone());
            } else {
                expected.files.remove(path);
                expected.files.extend(was.map(|was| (path.clone(), was.clone())));
            }
        }
        prop_assert_eq!(undone(&before, &after, &now), expected);
    }
}

/// A tree as a device can have it: what lies in something lies in a directory.
pub fn any_tree() -> impl Strategy<Value = Files> {
    const PATHS: [&str; 9] =
        ["/etc/a", "/etc/d", "/etc/d/a", "/etc/d/b", "/etc/d/d", "/etc/d/d/a", "/etc/d/d/b", "/etc/d-x", "/etc/z"];
    let other = FileRecord::Directory { mode: 0o700, uid: 1, gid: 1 };
    let record = prop_oneof![
        2 => Just(None),
        2 => prop::sample::select(vec![file("1"), file("2"), FileRecord::Link { target: "/x".into() }]).prop_map(Some),
        3 => prop::sample::select(vec![directory(), directory(), other]).prop_map(Some),
    ];
    prop::collection::vec(record, PATHS.len()).prop_map(|records| {
        let mut files = Files::new();
        for (path, record) in PATHS.into_iter().map(FilePath::from).zip(records) {
            let lies_well = path.parents().all(|parent| parent == "/etc".into() || is_directory(files.get(&parent)));
            files.extend(record.filter(|_| lies_well).map(|record| (path, record)));
        }
        files
    })
}

pub fn can_stand(files: &Files) -> bool {
    let lies_well =
        |path: &FilePath| path.parents().all(|parent| parent == "/etc".into() || is_directory(files.get(&parent)));
    files.keys().all(lies_well)
}

pub fn is_directory(record: Option<&FileRecord>) -> bool {
    matches!(record, Some(FileRecord::Directory { .. }))
}

fn any_flat() -> impl Strategy<Value = Files> {
    let path = prop::sample::select(["/etc/a", "/etc/b", "/etc/c", "/etc/d"].map(FilePath::from).to_vec());
    let record = prop::sample::select(vec![file("1"), file("2"), file("3"), FileRecord::Special]);
    prop::collection::btree_map(path, record, 0..5)
}

fn undone(before: &Files, after: &Files, now: &Files) -> Goal {
    goal(now, &[Around { before, after }])
}

fn files(contents: &[(&str, &str)]) -> Files {
    contents.iter().map(|(path, content)| (FilePath::from(*path), file(content))).collect()
}

/// Files with their content; directories where there is none.
fn tree(contents: &[(&str, Option<&str>)]) -> Files {
    contents.iter().map(|(path, content)| (FilePath::from(*path), content.map_or_else(directory, file))).collect()
}
