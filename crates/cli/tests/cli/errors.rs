//! What is wrong, where, why, and what now; and the exit code that tells whose fault it is.

use crate::bench::Bench;
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
