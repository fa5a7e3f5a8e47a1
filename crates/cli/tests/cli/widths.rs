//! Windows of all widths: no word is broken, and what is needed least goes first.

use crate::bench::Bench;
use crate::points::kiosk;
use crate::terminal::drawn_in;
use framboise_core::cause::{Cause, Failure};
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_core::transaction::State;
use framboise_fleet::fake::{Script, lock, plan};

/// A phone, half a screen, the oldest terminal, a wide one.
const COLUMNS: [u16; 4] = [40, 60, 80, 120];

#[test]
fn tables_and_sentences_fit() {
    for columns in COLUMNS {
        let bench = bench();
        let told: Vec<String> = COMMANDS.iter().map(|words| told(&bench, words, columns)).collect();
        insta::assert_snapshot!(format!("columns_{columns}"), told.join("\n"));
    }
}

const COMMANDS: [&[&str]; 9] = [
    &["plan", "--file", "kiosk.txt", "--all"],
    &["update", "--file", "kiosk.txt", "--all", "--yes"],
    &["devices"],
    &["status"],
    &["history", "kiosk-1"],
    &["history", "greenhouse-north"],
    &["vault", "kiosk-1", "--verbose"],
    &["point", "show", "kiosk-1", "1"],
    &["diff", "kiosk-1", "nosuch"],
];

fn bench() -> Bench {
    let check = Failure::new(Cause::CheckFailed { check: "web".into() }, "connection refused on port 80 (3 tries)");
    let script = Cause::ScriptFailed { package: "our-kiosk-application".into(), script: Some("postinst".into()) };
    let script = Failure::new(
        script,
        "Setting up our-kiosk-application (2.1) and looking for the display, which is not there\nexit 3",
    );
    let mut held = plan("kiosk-5", Action::Update, lock(&[("hello", Some("0.9"), Some("2.0"))]));
    held.way_back.gaps.push(Gap { package: "hello:arm64".parse().unwrap(), reason: GapReason::NoDeb });
    let packages = [
        ("chromium", Some("128.0.6613.84-1~deb12u1"), Some("130.0.6723.58-1~deb12u1")),
        ("our-kiosk-application", None, Some("2.1")),
    ];
    let mut kiosk = kiosk("kiosk-1").with_plan(plan("kiosk-1", Action::Update, lock(&packages)));
    kiosk.points[0].name = Some("before the fair".into());
    kiosk.points[0].pinned = true;
    kiosk.points[0].missing_debs = 1;
    kiosk.vault.debs.remove(0);
    let bench = Bench::with(vec![
        kiosk,
        Script::named("kiosk-2").that_ends(State::RolledBack, check),
        Script::named("greenhouse-north").that_ends(State::RolledBack, script),
        Script::named("kiosk-4").that_cannot(Cause::UnknownPackage { package: "our-kiosk-application".into() }.into()),
        Script::named("kiosk-5").with_plan(held),
        Script::named("kiosk-6"),
    ]);
    bench.devices[5].set_power(false);
    bench.write("kiosk.txt", "hello\n");
    bench
}

/// What it tells, without a bar; that no line is longer than the window is held here.
fn told(bench: &Bench, words: &[&str], columns: u16) -> String {
    let mut command = bench.command(words);
    command.env("TERM", "dumb").env("NO_COLOR", "1");
    let (exit, drawn) = drawn_in(command, columns, "");
    let drawn = drawn.replace("\r\n", "\n");
    for line in drawn.lines() {
        // A command is not broken, whatever it takes.
        let is_command = line.trim_start().starts_with("framboise ");
        assert!(is_command || line.chars().count() <= usize::from(columns), "{columns} columns: {line:?}");
    }
    // Devices that work at once tell their steps in no order.
    let drawn = drawn.find("\n1 updated").and_then(|end| drawn.get(end + 1..)).unwrap_or(&drawn);
    format!("$ framboise {}\nexit {exit}\n{}", words.join(" "), bench.steady_in_window(drawn))
}
