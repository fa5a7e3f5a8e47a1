//! The command in a terminal: it asks, draws bars, and leaves the window readable.

use crate::bench::Bench;
use framboise_fleet::fake::Script;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;
use std::time::Duration;

/// Runs a command on a pseudo-terminal, answers its question, and gives back its exit code and all that it drew.
fn in_terminal(bench: &Bench, arguments: &[&str], answer: &str) -> (i32, String) {
    drawn_in(bench.command(arguments), 90, answer)
}

/// The same in a window of so many columns.
pub fn drawn_in(mut command: Command, columns: u16, answer: &str) -> (i32, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let terminal = File::options().read(true).write(true).open(std::ffi::OsStr::from_bytes(name.as_bytes())).unwrap();
    rustix::termios::tcsetwinsize(
        &terminal,
        rustix::termios::Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 },
    )
    .unwrap();
    command.stdin(terminal.try_clone().unwrap()).stdout(terminal.try_clone().unwrap()).stderr(terminal);
    let mut child = command.spawn().unwrap();
    drop(command);
    let mut master = File::from(master);
    master.write_all(answer.as_bytes()).unwrap();
    let mut drawn = Vec::new();
    let mut buffer = [0; 4096];
    // Reading fails once the last process has closed the terminal.
    while let Ok(count) = master.read(&mut buffer) {
        drawn.extend_from_slice(&buffer[..count]);
    }
    (child.wait().unwrap().code().unwrap(), String::from_utf8_lossy(&drawn).into_owned())
}

fn bench() -> Bench {
    let bench = Bench::with(vec![Script::named("kiosk-1").slowed(Duration::from_millis(150))]);
    bench.write("kiosk.txt", "hello\n");
    bench
}

#[test]
fn asks_and_draws() {
    let bench = bench();
    let (exit, drawn) = in_terminal(&bench, &["update", "--file", "kiosk.txt", "--all"], "y\n");
    assert_eq!(exit, 0, "{drawn}");
    assert!(drawn.contains("Start Update on 1 device? [y/N]"), "{drawn}");
    assert!(drawn.contains('━') && drawn.contains("unpacking hello"), "{drawn}");
    assert!(!drawn.contains("kiosk-1: "), "no lines beside the bars: {drawn}");
    assert!(drawn.contains("1 updated"), "{drawn}");
}

#[test]
fn takes_anything_but_yes_for_no() {
    for answer in ["n\n", "\n", "later\n", "\u{4}"] {
        let bench = bench();
        let (exit, drawn) = in_terminal(&bench, &["update", "--file", "kiosk.txt", "--all"], answer);
        assert_eq!(exit, 2, "{drawn}");
        assert!(drawn.contains("Nothing was ordered."), "{drawn}");
        assert!(bench.devices[0].orders().is_empty());
    }
}

#[test]
fn bars_never_go_back() {
    let (_, drawn) = in_terminal(&bench(), &["update", "--file", "kiosk.txt", "--all", "--yes"], "");
    let filled: Vec<usize> =
        drawn.split("kiosk-1").map(|piece| piece.chars().filter(|character| *character == '━').count()).collect();
    assert!(filled.iter().any(|count| *count > 3), "{drawn}");
    let drawn_bars: Vec<usize> = filled.into_iter().skip(1).collect();
    let bars: Vec<usize> = drawn_bars.into_iter().filter(|count| *count > 0).collect();
    assert!(bars.is_sorted(), "{bars:?}");
}

#[test]
fn colours_are_switched_off() {
    let bench = bench();
    let (_, coloured) = in_terminal(&bench, &["status"], "");
    assert!(coloured.contains("\u{1b}[32m● fine"), "{coloured:?}");
    let mut command = bench.command(&["status"]);
    command.env("NO_COLOR", "1");
    let left = bench.left(command.spawn().unwrap());
    assert!(!left.stdout.contains('\u{1b}'), "{left}");
}
