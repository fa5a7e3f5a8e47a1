//! The whole app without its window: commands in, views and rows out, against fake devices that speak the real interface.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

mod window;

use framboise_controller::{Command, Language, Row, RowKind};
use framboise_core::Timestamp;
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::event::EventKind;
use framboise_core::ids::RestorePointId;
use framboise_core::plan::{Action, Gap, GapReason};
use framboise_core::restore_point::{Origin, RestorePoint};
use framboise_core::transaction::State;
use framboise_fleet::fake::{Beat, Script, lock, plan, state};
use std::time::Duration;
use window::Window;

fn three() -> Vec<Script> {
    ["kiosk-10", "kiosk-2", "kiosk-1"].map(Script::named).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn select_file_plan_start_done() {
    let mut window = Window::open(three()).await;
    window.until("fleet", |fleet| fleet["counts"][0]["state"] == "fine" && fleet["total"] == 3).await;
    assert_eq!(window.names(), ["kiosk-1", "kiosk-2", "kiosk-10"], "sorted as people sort");
    window.send(Command::SelectAll);
    window.file("kiosk.toml", "packages = [\"hello\"]\n[checks.web]\nhttp = \"http://localhost\"\n");
    let file = window.until("file", |file| file["state"] == "good").await;
    assert_eq!((&file["name"], &file["packages"]), (&"kiosk.toml".into(), &1.into()));
    window.send(Command::PlanUpdate);
    let plan = window.until("plan", |plan| plan["state"] == "ready").await;
    assert_eq!((&plan["starting"], &plan["checks"]), (&3.into(), &serde_json::json!(["web"])));
    assert_eq!(plan["groups"][0]["packages"][0]["after"], "2.0");
    assert_eq!((&plan["groups"][0]["have"], &plan["groups"][0]["of"]), (&1.into(), &1.into()));
    assert!(window.orders().iter().all(|count| *count == 0), "nothing is ordered before Start");
    window.start();
    let work = window.until("work", |work| work["state"] == "over").await;
    assert_eq!(work["over"]["outcomes"][0]["code"], "done");
    assert_eq!(work["over"]["outcomes"][0]["devices"]["count"], 3);
    assert_eq!(window.orders(), [1, 1, 1]);
    assert!(window.notified.iter().any(|(_, text)| text == "3 updated"));
    window.send(Command::CloseSummary);
    window.until("work", |work| work["state"] == "none").await;
    window.rows_until(|rows| rows.iter().all(|row| row.doing.starts_with("kiosk.toml, "))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_groups_outcomes_and_what_is_held_back_needs_a_yes() {
    let mut held = plan("kiosk-3", Action::Update, lock(&[("hello", Some("0.9"), Some("2.0"))]));
    held.way_back.gaps.push(Gap { package: "hello:arm64".parse().unwrap(), reason: GapReason::NoDeb });
    let disk = Failure::from(Cause::DiskFull { path: "/".into(), missing_bytes: Some(212_000_000) });
    let mut window = Window::open(vec![
        Script::named("kiosk-1"),
        Script::named("kiosk-2").with_plan(plan("kiosk-2", Action::Update, lock(&[]))),
        Script::named("kiosk-3").with_plan(held),
        Script::named("kiosk-4").that_cannot(disk),
    ])
    .await;
    window.send(Command::SelectAll);
    let plan = window.plan_hello().await;
    let kinds: Vec<&str> =
        plan["groups"].as_array().unwrap().iter().map(|group| group["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["change", "held", "nothing", "cannot"]);
    assert_eq!((&plan["starting"], &plan["held"]), (&1.into(), &1.into()));
    window.send(Command::Speak { language: Language::French });
    let plan = window.until("plan", |plan| plan["groups"][3]["problem"]["what"] == "Il manque 212 Mo sur /").await;
    assert!(plan["groups"][3]["problem"]["now"].as_str().unwrap().contains("df -h /"));
    window.send(Command::IncludeHeld { include: true });
    window.until("plan", |plan| plan["starting"] == 2).await;
    window.start();
    window.until("work", |work| work["state"] == "over").await;
    assert_eq!(window.orders(), [1, 0, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_went_back_says_why_and_what_now() {
    let check = Failure::new(Cause::CheckFailed { check: "web".into() }, "connection refused on port 80");
    let mut window = Window::open(vec![Script::named("kiosk-4").that_ends(State::RolledBack, check)]).await;
    window.rows_until(|rows| rows.len() == 1).await;
    window.press(0);
    window.plan_hello().await;
    window.start();
    let work = window.until("work", |work| work["state"] == "over").await;
    assert_eq!(work["over"]["outcomes"][0]["code"], "went-back");
    let rows = window.rows_until(|rows| rows[0].state == "back").await;
    assert_eq!(rows[0].doing, "Check `web` failed; back exactly as before");
    let panel = window
        .until("panel", |panel| panel["failure"]["what"] == "Check `web` failed" && panel["failure"]["compared"] == 3)
        .await;
    assert_eq!(panel["failure"]["detail"][0], "connection refused on port 80");
    assert!(panel["steps"].as_array().unwrap().iter().any(|step| step["mark"] == "cross"));
    assert!(!panel["log"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_selected_as_far_as_it_is_shown_and_a_second_undo_is_another() {
    let mut window = Window::open(three()).await;
    window.until("fleet", |fleet| fleet["counts"][0]["state"] == "fine" && fleet["total"] == 3).await;
    window.send(Command::Search { text: "kiosk-1".into() });
    window.until("fleet", |fleet| fleet["hits"] == 2).await;
    window.send(Command::SelectGroup { group: "fine".into() });
    assert_eq!(window.selected_when(2).await, ["kiosk-1", "kiosk-10"]);
    window.send(Command::Forget);
    let app = window.until("app", |app| app["toast"]["number"] == 1).await;
    assert_eq!(app["toast"]["text"], "2 Pis forgotten");
    window.send(Command::Unforget);
    // Who is back is asked first.
    window.until("fleet", |fleet| fleet["counts"][0]["state"] == "fine" && fleet["counts"][0]["count"] == 3).await;
    window.send(Command::SelectGroup { group: "fine".into() });
    window.until("fleet", |fleet| fleet["selected"] == 2).await;
    window.send(Command::Forget);
    window.until("app", |app| app["toast"]["number"] == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_remarks_stands_in_the_panel_and_the_summary() {
    let check = Failure::new(Cause::CheckFailed { check: "web".into() }, "connection refused on port 80");
    let mut script = Script::named("kiosk-1").that_ends(State::RolledBack, check);
    for beat in &mut script.beats {
        if let EventKind::Ended { outcome } = &mut beat.kind {
            outcome.remarks.push("a file stays as it is".into());
        }
    }
    let mut window = Window::open(vec![script]).await;
    window.rows_until(|rows| rows.len() == 1).await;
    window.press(0);
    window.plan_hello().await;
    window.start();
    let work = window.until("work", |work| work["state"] == "over").await;
    assert_eq!(work["over"]["outcomes"][0]["hasRemarks"], true);
    window.until("panel", |panel| panel["remarks"] == serde_json::json!(["a file stays as it is"])).await;
    window.send(Command::CloseSummary);
    window.rows_until(|rows| rows[0].doing == "Check `web` failed; back, with remarks").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_end_keeps_its_last_lines_and_every_step() {
    let mut script = Script::named("kiosk-1");
    let line = |number: u32| Beat { after: Duration::ZERO, kind: EventKind::Line { text: format!("line {number}") } };
    let end = script.beats.split_off(7);
    script.beats.extend((1..=6_000).map(line));
    script.beats.extend(end);
    let mut window = Window::open(vec![script]).await;
    window.rows_until(|rows| rows.len() == 1).await;
    window.press(0);
    window.plan_hello().await;
    window.start();
    window.until("work", |work| work["state"] == "over").await;
    // Its last event names the packages that it changed.
    let is_whole = |panel: &serde_json::Value| {
        panel["steps"].as_array().is_some_and(|steps| steps.iter().any(|step| step["text"] == "Packages changed: 1"))
    };
    let panel = window.until("panel", is_whole).await;
    let log = panel["log"].as_array().unwrap();
    assert_eq!(log.len(), 500);
    assert!(log.iter().any(|line| line[1] == "line 6000") && !log.iter().any(|line| line[1] == "line 1"));
    assert!(panel["logOmitted"].as_u64() > Some(5_000), "{}", panel["logOmitted"]);
    let steps: Vec<&str> = panel["steps"].as_array().unwrap().iter().filter_map(|step| step["text"].as_str()).collect();
    assert_eq!(steps, ["Way back saved", "All downloaded", "Packages changed: 1", "Checked and kept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_devices_go_back_to_where_all_began() {
    let mut window = Window::open(three()).await;
    window.rows_until(|rows| rows.len() == 3).await;
    window.send(Command::SelectAll);
    window.send(Command::PlanRollback { to: None });
    let plan = window.until("plan", |plan| plan["state"] == "ready").await;
    assert_eq!((&plan["points"][0]["id"], &plan["points"][0]["title"]), (&1.into(), &"Before the first update".into()));
    window.send(Command::PlanRollback { to: Some(1) });
    let plan = window.until("plan", |plan| plan["state"] == "ready" && plan["to"] == 1).await;
    assert_eq!(plan["answered"], 3);
    assert_eq!(window.devices[0].planned_texts(), ["rollback None", "rollback Some(RestorePointId(1))"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_another_desk_is_seen_from_beginning_to_end() {
    let mut window = Window::open(vec![Script::named("kiosk-1").slowed(Duration::from_secs(2))]).await;
    window.rows_until(|rows| rows[0].state == "fine").await;
    window.order_from_another_desk(plan("kiosk-1", Action::Update, lock(&[("hello", Some("1.0"), Some("2.0"))]))).await;
    let rows = window.rows_until(|rows| rows[0].state == "working").await;
    assert!(!rows[0].doing.contains("Unfinished"), "{}", rows[0].doing);
    window.rows_until(|rows| rows[0].state == "fine").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_does_not_follow_this_desk_says_so_before_anything_is_ordered() {
    let mut stranger = Script::named("kiosk-2");
    stranger.operators = Some(Vec::new());
    let mut window = Window::open(vec![Script::named("kiosk-1"), stranger]).await;
    let rows = window.rows_until(|rows| rows.iter().any(|row| row.state == "needs")).await;
    assert_eq!((rows[1].name.as_str(), rows[1].doing.as_str()), ("kiosk-2", "Does not follow you yet"));
    window.press(1);
    let panel = window.until("panel", |panel| panel["failure"]["what"].is_string()).await;
    assert_eq!(panel["failure"]["what"], "kiosk-2 does not follow you yet: it would refuse every order");
    assert!(panel["failure"]["now"].as_str().unwrap().contains("Your Key"));
    window.send(Command::SelectAll);
    let plan = window.plan_hello().await;
    assert_eq!((&plan["starting"], &plan["groups"][1]["kind"]), (&1.into(), &"cannot".into()));
    assert!(plan["groups"][1]["problem"]["now"].as_str().unwrap().contains("Your Key"));
    window.start();
    window.until("work", |work| work["state"] == "over").await;
    assert_eq!(window.orders(), [1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn rollback_is_planned_first_and_told_as_such() {
    let mut script = Script::named("kiosk-1");
    script.plan =
        Ok(plan("kiosk-1", Action::Rollback { to: RestorePointId(1) }, lock(&[("hello", Some("2.0"), Some("1.0"))])));
    script.points = vec![point(1, Origin::First, false), point(2, Origin::Unknown, true)];
    script.states.insert(RestorePointId(1), state(&[("hello", "1.0")]));
    script.now = state(&[("hello", "2.0")]);
    let mut window = Window::open(vec![script]).await;
    window.rows_until(|rows| rows.len() == 1).await;
    window.press(0);
    let panel = window.until("panel", |panel| panel["points"].as_array().is_some_and(|points| points.len() == 2)).await;
    assert_eq!(panel["points"][0]["current"], true, "newest first");
    assert_eq!(panel["points"][1]["title"], "Before the first update");
    window.send(Command::Diff { from: 0, to: 1 });
    let panel = window.until("panel", |panel| panel["diff"]["isLooking"] == false).await;
    assert_eq!(panel["diff"]["packages"][0], serde_json::json!(["hello", "2.0", "1.0"]));
    window.send(Command::PlanRollback { to: Some(1) });
    let plan = window.until("plan", |plan| plan["state"] == "ready").await;
    assert_eq!((&plan["rollback"], &plan["to"], &plan["starting"]), (&true.into(), &1.into(), &1.into()));
    window.send(Command::CancelPlan);
    window.until("plan", |plan| plan["state"] == "none").await;
    assert_eq!(window.orders(), [0]);
    window.send(Command::PlanRollback { to: None });
    window.until("plan", |plan| plan["state"] == "ready").await;
    window.start();
    let work = window.until("work", |work| work["state"] == "over").await;
    assert_eq!((&work["rollback"], &work["over"]["outcomes"][0]["code"]), (&true.into(), &"done".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_tells_devices_not_to_wait_and_leaves_them_their_order() {
    let slow = Script::named("kiosk-1").that_awaits_the_desk(60).slowed(Duration::from_millis(400));
    let mut window = Window::open(vec![slow]).await;
    window.send(Command::SelectAll);
    window.plan_hello().await;
    window.start();
    window.until("work", |work| work["state"] == "on" && work["working"] == 1 && work["waiting"] == 0).await;
    let rows = window.rows_until(|rows| rows[0].share > 0.0).await;
    assert_eq!(rows[0].state, "working");
    window.send(Command::Stop);
    let work = window.until("work", |work| work["state"] == "over").await;
    assert_eq!(work["over"]["stopped"], true);
    assert_eq!(window.devices[0].heard_of_desk(), [true], "it was told that the desk leaves");
    assert_eq!(window.orders(), [1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_lost_on_the_way_shows_as_lost_until_it_is_back() {
    let mut window = Window::open(vec![Script::named("kiosk-1").slowed(Duration::from_millis(400))]).await;
    window.send(Command::SelectAll);
    window.plan_hello().await;
    window.start();
    window.rows_until(|rows| rows[0].state == "working" && rows[0].share > 0.0).await;
    window.devices[0].set_power(false);
    let rows = window.rows_until(|rows| rows[0].state == "away").await;
    assert!(rows[0].doing.starts_with("No answer since"), "{}", rows[0].doing);
    window.until("work", |work| work["state"] == "on" && work["lost"] == 1 && work["working"] == 0).await;
    window.devices[0].set_power(true);
    window.rows_until(|rows| rows[0].state == "fine").await;
    let work = window.until("work", |work| work["state"] == "over").await;
    assert_eq!(work["over"]["outcomes"][0]["code"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_line_is_shown_and_the_file_is_read_again_when_saved() {
    let mut window = Window::open(three()).await;
    window.file("kiosk.txt", "# shown\nchromium=\nlibnss3\n--force-yes\n<b>Vim</b>\nlighttpd\n");
    let file = window.until("file", |file| file["state"] == "bad").await;
    assert_eq!((&file["bad"]["count"], &file["bad"]["good"]), (&3.into(), &2.into()));
    let wrong: Vec<u64> = file["bad"]["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| !line["why"].as_array().unwrap().is_empty())
        .map(|line| line["n"].as_u64().unwrap())
        .collect();
    assert_eq!(wrong, [2, 4, 5]);
    window.send(Command::SelectAll);
    window.send(Command::PlanUpdate);
    window.file_again("kiosk.txt", "chromium\n");
    let file = window.until("file", |file| file["state"] == "good").await;
    assert_eq!(file["packages"], 1);
    assert!(window.devices.iter().all(|device| device.planned_texts().is_empty()), "a bad file is never planned");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_are_none_say_what_and_what_now() {
    let mut window = Window::open(three()).await;
    for (name, content) in [("binary", vec![0xff, 0xfe, 0x00]), ("big", vec![b'a'; 200_000])] {
        window.file(name, content);
        let file = window.until("file", |file| file["state"] == "bad" && file["name"] == name).await;
        assert_ne!(file["bad"]["what"], "");
        assert_ne!(file["bad"]["now"], "");
    }
    for (name, content) in [("empty", ""), ("remarks", "# later\n\n")] {
        window.file(name, content);
        let file = window.until("file", |file| file["state"] == "bad" && file["name"] == name).await;
        assert_eq!(
            (&file["bad"]["what"], &file["bad"]["count"]),
            (&format!("{name} lists no package").into(), &0.into())
        );
    }
    window.send(Command::OpenFile { from: "/nowhere/at/all.txt".into() });
    let file = window.until("file", |file| file["state"] == "bad" && file["name"] == "all.txt").await;
    assert!(file["bad"]["what"].as_str().unwrap().contains("No such file"));
    window.send(Command::TypeFile { text: "hello\nlibnss3=1.0".into() });
    let file = window.until("file", |file| file["state"] == "good").await;
    assert_eq!((&file["name"], &file["packages"]), (&"Typed list".into(), &2.into()));
    window.send(Command::ClearFile);
    window.until("file", |file| file["state"] == "none").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_selects_as_in_a_file_manager() {
    let mut window = Window::open(["a1", "a2", "a3", "a4"].map(Script::named).into()).await;
    window.rows_until(|rows| rows.len() == 4).await;
    window.press(1);
    window.press_with(3, false, true);
    assert_eq!(window.selected_when(3).await, ["a2", "a3", "a4"]);
    window.press_with(2, true, false);
    assert_eq!(window.selected_when(2).await, ["a2", "a4"]);
    window.press(0);
    assert_eq!(window.selected_when(1).await, ["a1"]);
    window.send(Command::Search { text: "a3".into() });
    window.rows_until(|rows| rows.len() == 1).await;
    window.send(Command::SelectAll);
    window.until("fleet", |fleet| fleet["selected"] == 1 && fleet["hits"] == 1).await;
    window.send(Command::Search { text: String::new() });
    window.rows_until(|rows| rows.len() == 4).await;
    assert_eq!(window.selected_when(1).await, ["a3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_devices_can_be_put_back() {
    let mut window = Window::open(three()).await;
    window.rows_until(|rows| rows.len() == 3).await;
    window.press(1);
    window.send(Command::Forget);
    window.rows_until(|rows| rows.len() == 2).await;
    window.until("app", |app| app["toast"]["text"] == "kiosk-2 forgotten").await;
    window.send(Command::Unforget);
    window.rows_until(|rows| rows.len() == 3).await;
    assert_eq!(window.names(), ["kiosk-1", "kiosk-2", "kiosk-10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_devices_are_grouped_and_fine_ones_are_one_line() {
    let mut window = Window::open((1..=60).map(|number| Script::named(&format!("sign-{number}"))).collect()).await;
    window.devices[6].set_power(false);
    window.send(Command::Refresh);
    let rows = window.rows_until(|rows| rows.len() == 3 && rows[0].state == "away" && rows[2].count == 59).await;
    assert_eq!((rows[0].kind, rows[1].name.as_str(), rows[2].is_open), (RowKind::Group, "sign-7", false));
    window.send(Command::Fold { group: "fine".into() });
    window.rows_until(|rows| rows.len() == 62).await;
    window.send(Command::SelectGroup { group: "fine".into() });
    window.until("fleet", |fleet| fleet["selected"] == 59).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_device_that_takes_its_time_holds_up_no_other() {
    let mut slow = Script::named("kiosk-2");
    slow.status_takes = Duration::from_secs(3600);
    let mut window = Window::open(vec![Script::named("kiosk-1"), slow, Script::named("kiosk-3")]).await;
    window.rows_until(|rows| rows[0].state == "fine" && rows[1].state == "asking" && rows[2].state == "fine").await;
}

/// What was seen is what is ordered.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_is_no_longer_shown_is_not_ordered() {
    let mut window = Window::open(three()).await;
    window.rows_until(|rows| rows.len() == 3).await;
    window.send(Command::TypeFile { text: "hello\n".into() });
    window.until("file", |file| file["state"] == "good").await;
    window.send(Command::SelectAll);
    window.send(Command::PlanUpdate);
    let seen = window.until("plan", |plan| plan["state"] == "ready").await["number"].as_u64().unwrap();
    // It looks otherwise before the hand has come down.
    window.send(Command::IncludeHeld { include: true });
    window.send(Command::Start { plan: seen });
    let now = window.until("plan", |plan| plan["number"].as_u64() > Some(seen)).await;
    assert_eq!((&now["state"], window.orders()), (&"ready".into(), vec![0, 0, 0]));
    window.start();
    window.until("work", |work| work["state"] == "over").await;
    assert_eq!(window.orders(), [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_at_work_stay_together_until_the_run_has_ended() {
    // Half of them end long before the others.
    let pause = |number: u32| Duration::from_millis(if number.is_multiple_of(2) { 30 } else { 600 });
    let script = |number: u32| Script::named(&format!("sign-{number}")).slowed(pause(number));
    let mut window = Window::open((1..=60).map(script).collect()).await;
    window.rows_until(|rows| rows.len() == 1 && rows[0].state == "fine" && rows[0].count == 60).await;
    window.send(Command::TypeFile { text: "hello\n".into() });
    window.until("file", |file| file["state"] == "good").await;
    window.send(Command::SelectAll);
    window.until("fleet", |fleet| fleet["selected"] == 60).await;
    window.send(Command::PlanUpdate);
    window.until("plan", |plan| plan["state"] == "ready" && plan["starting"] == 60).await;
    window.start();
    let is_run = |rows: &[Row]| rows.len() == 61 && rows[0].state == "run" && rows[0].count == 60 && rows[0].is_open;
    window.rows_until(is_run).await;
    // Some have ended, and are where they were.
    window.rows_until(|rows| is_run(rows) && rows[1..].iter().any(|row| row.state == "fine")).await;
    window.rows_until(|rows| rows.len() == 1 && rows[0].state == "fine" && rows[0].count == 60).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scan_shows_what_it_finds_and_text_of_devices_stays_text() {
    let mut window = Window::open(vec![Script::named("<b>x</b>\u{1b}[2J")]).await;
    let rows = window.rows_until(|rows| rows.len() == 1).await;
    assert_eq!(rows[0].name, "<b>x</b>\\u{1b}[2J");
    window.send(Command::Scan { networks: "127.0.0.200/32 nonsense".into() });
    let app = window.until("app", |app| app["problem"]["number"] == 1).await;
    assert_eq!(app["problem"]["what"], "nonsense is no IPv4 network, and no address");
    // The same mistake twice is told twice.
    window.send(Command::Speak { language: Language::French });
    window.send(Command::Scan { networks: "nonsense".into() });
    let app = window.until("app", |app| app["problem"]["number"] == 2).await;
    assert_eq!(app["problem"]["what"], "nonsense n'est ni un réseau IPv4, ni une adresse");
    window.send(Command::Scan { networks: "127.0.0.200/32".into() });
    let scan = window.until("scan", |scan| scan["on"] == false && !scan["summary"].is_null()).await;
    assert_eq!(scan["networks"][0], "127.0.0.200/32");
}

fn point(id: u32, origin: Origin, current: bool) -> RestorePoint {
    RestorePoint {
        id: RestorePointId(id),
        parent: None,
        recorded: Timestamp::UNIX_EPOCH,
        origin,
        name: None,
        pinned: false,
        state: Digest::of(b"state"),
        packages: 1,
        current,
        missing_debs: 0,
    }
}
