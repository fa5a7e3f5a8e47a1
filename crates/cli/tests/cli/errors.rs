//! What is wrong, where, why, and what now; and the exit code that tells whose fault it is.

use crate::bench::Bench;
use framboise_core::cause::{Cause, Failure};
use framboise_core::ids::RestorePointId;
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_fleet::fake::{Script, lock, plan};
use std::fmt::Write as _;

/// Each command with what it leaves.
fn transcript(bench: &Bench, commands: &[&[&str]]) -> String {
    let mut text = String::new();
    for arguments in commands {
        writeln!(text, "$ framboise {}\n{}", arguments.join(" "), bench.run(arguments)).unwrap();
    }
    text
}

#[test]
fn on_a_desk_that_knows_nothing() {
    let bench = Bench::without_devices();
    bench.write("kiosk.txt", "hello\n");
    let commands: [&[&str]; 6] = [
        &[],
        &["devices"],
        &["status"],
        &["update", "--file", "kiosk.txt", "--all", "--yes"],
        &["rollback", "kiosk-1", "--yes"],
        &["history", "127.0.0.1:1"],
    ];
    insta::assert_snapshot!("empty_desk", transcript(&bench, &commands));
}

#[test]
fn of_use() {
    let bench = Bench::with(vec![Script::named("kiosk-1"), Script::named("kiosk-2"), Script::named("greenhouse")]);
    bench.write("kiosk.txt", "hello\n");
    let commands: [&[&str]; 12] = [
        &["nonsense"],
        &["update"],
        &["update", "--file", "kiosk.txt"],
        &["update", "--file", "kiosk.txt", "--all"],
        &["update", "--file", "kiosk.txt", "--all", "kiosk-1", "--yes"],
        &["plan", "--file", "kiosk.txt", "kisok-1"],
        &["status", "zzz"],
        &["rollback", "kiosk-1", "--to", "x"],
        &["rollback", "kiosk-1", "kiosk-2", "--to", "before the fair", "--reboot", "always"],
        &["diff", "kiosk-1", "yesterday"],
        &["scan", "--subnet", "192.168.1"],
        &["scan", "--watch"],
    ];
    insta::assert_snapshot!("use", transcript(&bench, &commands));
}

#[test]
fn of_update_files() {
    let bench = Bench::with(vec![Script::named("kiosk-1")]);
    bench.write("empty.txt", "# nothing\n");
    bench.write("bad.txt", "# what every kiosk shows\nchromium=\n-foo\nfoo;rm -rf /\nhel*\n^task\nfonts-noto-core\n");
    bench.write("latin1.txt", b"caf\xe9\n");
    bench.write("big.txt", "hello\n".repeat(20_000));
    bench.write("page.txt", "./page.deb\n");
    bench.write("page.deb", "<html>not found</html> and more of it");
    let files =
        ["empty.txt", "bad.txt", "latin1.txt", "big.txt", "page.txt", "missing.txt", ".", "http://127.0.0.1:1/x.txt"];
    let commands: Vec<Vec<&str>> = files.iter().map(|file| vec!["plan", "--file", file, "--all"]).collect();
    let commands: Vec<&[&str]> = commands.iter().map(Vec::as_slice).collect();
    insta::assert_snapshot!("update_files", transcript(&bench, &commands));
    assert!(bench.devices[0].planned_texts().is_empty(), "nothing was sent");
}

#[test]
fn of_the_desk_itself() {
    let bench = Bench::with(vec![Script::named("kiosk-1")]);
    let key = std::path::Path::new(".local/share/framboise/operator.key");
    let home = bench.write("kiosk.txt", "hello\n").parent().unwrap().to_owned();
    assert_eq!(bench.run(&["keys", "show"]).exit, 0);
    std::fs::set_permissions(home.join(key), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let left = bench.run(&["update", "--file", "kiosk.txt", "--all", "--yes"]);
    assert_eq!(left.exit, 2);
    assert!(
        left.stderr.contains("can be read by others than you")
            && left.stderr.contains("hint: Keep it to yourself: chmod 600 HOME/"),
        "{left}"
    );
    std::fs::write(home.join(".local/share/framboise/desk.sqlite"), "no database".repeat(200)).unwrap();
    let left = bench.run(&["devices"]);
    assert_eq!(left.exit, 2);
    assert!(left.stderr.contains("desk.sqlite could not be used: file is not a database"), "{left}");
}

/// What the desk can tell by itself is 1; what only a device can tell is 2, whichever command met it.
#[test]
fn of_devices_are_told_apart_from_those_of_use() {
    let unknown: Failure = Cause::UnknownPackage { package: "helo".into() }.into();
    let bench = Bench::with(vec![Script::named("kiosk-1").that_cannot(unknown)]);
    bench.write("kiosk.txt", "helo\n");
    let order = "0192f3c4-5d6e-7000-8000-000000000000";
    let by_device: [&[&str]; 11] = [
        &["plan", "--file", "kiosk.txt", "kiosk-1"],
        &["update", "--file", "kiosk.txt", "kiosk-1", "--yes"],
        &["plan", "--rollback", "kiosk-1", "--to", "nosuch"],
        &["rollback", "kiosk-1", "--to", "nosuch", "--yes"],
        &["rollback", "kiosk-1", "--to", "9", "--yes"],
        &["point", "show", "kiosk-1", "nosuch"],
        &["point", "pin", "kiosk-1", "9"],
        &["point", "delete", "kiosk-1", "nosuch", "--yes"],
        &["diff", "kiosk-1", "nosuch"],
        &["log", "kiosk-1", order],
        &["log", "kiosk-1"],
    ];
    let by_desk: [&[&str]; 6] = [
        &["rollback", "nosuch", "--to", "9", "--yes"],
        &["rollback", "--to", "9", "--yes"],
        &["history", "nosuch"],
        &["log", "kiosk-1", "no-id"],
        &["point", "pin", "nosuch", "9"],
        &["update", "--file", "nosuch.txt", "--all", "--yes"],
    ];
    for (exit, commands) in [(2, &by_device[..]), (1, &by_desk[..])] {
        for command in commands {
            let left = bench.run(command);
            assert_eq!(left.exit, exit, "{command:?}\n{left}");
        }
    }
}

/// A command in a hint can be copied as it stands.
#[test]
fn hints_name_whole_commands() {
    let mut held = plan("kiosk-2", Action::Update, lock(&[("hello", Some("0.9"), Some("2.0"))]));
    held.way_back.gaps.push(Gap { package: "hello:arm64".parse().unwrap(), reason: GapReason::NoDeb });
    let mut back =
        plan("kiosk-3", Action::Rollback { to: RestorePointId(1) }, lock(&[("linux", Some("2.0"), Some("1.0"))]));
    back.reboot_for = vec!["linux".into()];
    let bench = Bench::with(vec![
        Script::named("kiosk-1"),
        Script::named("kiosk-2").with_plan(held),
        Script::named("kiosk-3").with_plan(back),
    ]);
    bench.write("my list.txt", "hello\n");
    let hints: [(&[&str], &str); 6] = [
        (&["log", "kiosk-1"], "hint: Send one: framboise update --file LIST kiosk-1"),
        (&["diff", "kiosk-1"], "hint: One is recorded before the first update: framboise update --file LIST kiosk-1"),
        (
            &["update", "--file", "my list.txt", "--all"],
            "hint: Start without asking: framboise update --file 'my list.txt' --all --yes; only look: framboise plan --file 'my list.txt' --all",
        ),
        (
            &["plan", "--file", "my list.txt", "kiosk-2"],
            "include it all the same: framboise update --file 'my list.txt' kiosk-2 --accept-no-way-back",
        ),
        (
            &["plan", "--rollback", "kiosk-3"],
            "restart it yourself, or: framboise rollback kiosk-3 --reboot if-required",
        ),
        (&["vault", "prune", "kiosk-1", "--free", "1G"], "framboise vault kiosk-1 says what stays"),
    ];
    for (command, hint) in hints {
        let left = bench.run(command);
        assert!(left.to_string().contains(hint), "{command:?}\n{left}");
    }
}
