//! What is wrong, where, why, and what now; and the exit code that tells whose fault it is.

use crate::bench::Bench;
use framboise_core::cause::{Cause, Failure};
use framboise_fleet::fake::Script;
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
    let commands: [&[&str]; 11] = [
        &["nonsense"],
        &["update"],
        &["update", "--file", "kiosk.txt"],
        &["update", "--file", "kiosk.txt", "--all"],
        &["update", "--file", "kiosk.txt", "--all", "kiosk-1", "--yes"],
        &["plan", "--file", "kiosk.txt", "kisok-1"],
        &["status", "zzz"],
        &["rollback", "kiosk-1", "--to", "x"],
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
    assert!(left.stderr.contains("can be read by others than you") && left.stderr.contains("Chmod 600"), "{left}");
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
