//! Updates and rollbacks of fake devices: alike, failing, vanishing, returning.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test's helpers stop the test")]

use framboise_core::Timestamp;
use framboise_core::cause::{Cause, Failure};
use framboise_core::digest::Digest;
use framboise_core::ids::{DeviceId, OrderId, RestorePointId};
use framboise_core::order::DEVICES_MAX;
use framboise_core::plan::{Action, Gap, GapReason, Plan};
use framboise_core::restore_point::{Origin, RestorePoint};
use framboise_core::transaction::State;
use framboise_fleet::choose::{Choice, ChooseError};
use framboise_fleet::desk::Desk;
use framboise_fleet::discovery::{Scan, ScanEvent};
use framboise_fleet::fake::{FakeDevice, Script, lock, plan, state};
use framboise_fleet::home::Home;
use framboise_fleet::inspect::Moment;
use framboise_fleet::plan::{Group, Wanted, grouped};
use framboise_fleet::points::PointWord;
use framboise_fleet::run::{End, LostWhy, Progress, RunResult, Step, Summary, Terms, Verdict};
use framboise_fleet::source::{self, LoadedFile, Source};
use framboise_fleet::store::KnownDevice;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

struct Fixture {
    directory: tempfile::TempDir,
    desk: Desk,
    devices: Vec<FakeDevice>,
}

impl Fixture {
    async fn new(scripts: Vec<Script>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(&directory.path().join("data"), &directory.path().join("cache")).unwrap();
        let desk = Desk::open(home).unwrap();
        let mut devices = Vec::new();
        for script in scripts {
            let device = FakeDevice::start("127.0.0.1:0".parse().unwrap(), script).await.unwrap();
            desk.meet(device.address()).await.unwrap();
            devices.push(device);
        }
        Fixture { directory, desk, devices }
    }

    async fn known(&self) -> Vec<KnownDevice> {
        self.desk.choose(&Choice::All).await.unwrap()
    }

    async fn file(&self, text: &str) -> LoadedFile {
        let path = self.directory.path().join("kiosk.txt");
        std::fs::write(&path, text).unwrap();
        source::load(&Source::Path(path), &self.desk.home, |_| {}).await.unwrap()
    }

    async fn groups(&self) -> Vec<Group> {
        let file = self.file("hello\n").await;
        let planned = self.desk.plan(&self.known().await, Wanted::Update(&file), |_| {}).await.unwrap();
        grouped(planned, false)
    }

    /// Everything that would change something is ordered and watched.
    async fn update(&self, patience: Duration) -> (Vec<RunResult>, Vec<(DeviceId, Step)>) {
        let chosen = self.groups().await.into_iter().flat_map(changing).collect();
        let steps = Mutex::new(Vec::new());
        let tell = |device: &DeviceId, step: Step| steps.lock().unwrap().push((device.clone(), step));
        let terms = Terms { what: "kiosk.txt".into(), ..Terms::default() };
        let results = self.desk.run(chosen, &terms, Some(patience), &tell).await.unwrap();
        (results, steps.into_inner().unwrap())
    }
}

fn changing(group: Group) -> Vec<(KnownDevice, Plan)> {
    match group {
        Group::Change(alike) => alike.plans,
        Group::Held(_) | Group::Nothing(_) | Group::Cannot { .. } | Group::NotReached { .. } => Vec::new(),
    }
}

fn names(group: &Group) -> Vec<&str> {
    group.devices().into_iter().map(KnownDevice::name).collect()
}

fn verdicts(results: &[RunResult]) -> Vec<(&str, Verdict)> {
    results.iter().map(|result| (result.device.name(), result.end.verdict())).collect()
}

fn full_disk() -> Failure {
    Cause::DiskFull { path: "/".into(), missing_bytes: Some(212_000_000) }.into()
}

const SHORT: Duration = Duration::from_millis(600);

#[tokio::test]
async fn alike_plans_are_one_group_and_each_other_answer_its_own() {
    let gap = Gap { package: "hello:arm64".parse().unwrap(), reason: GapReason::NoDeb };
    let mut held = plan("kiosk-5", Action::Update, lock(&[("hello", Some("0.9"), Some("2.0"))]));
    held.way_back.gaps.push(gap);
    let nothing = plan("kiosk-4", Action::Update, lock(&[]));
    let fixture = Fixture::new(vec![
        Script::named("kiosk-10"),
        Script::named("kiosk-2"),
        Script::named("kiosk-3").that_cannot(full_disk()),
        Script::named("kiosk-4").with_plan(nothing),
        Script::named("kiosk-5").with_plan(held),
        Script::named("kiosk-6").that_cannot(full_disk()),
        Script::named("kiosk-7"),
    ])
    .await;
    fixture.devices[6].set_power(false);
    let groups = fixture.groups().await;
    let shown: Vec<(Vec<&str>, &str)> = groups
        .iter()
        .map(|group| {
            let kind = match group {
                Group::Change(_) => "change",
                Group::Held(_) => "held",
                Group::Nothing(_) => "nothing",
                Group::Cannot { .. } => "cannot",
                Group::NotReached { .. } => "not reached",
            };
            (names(group), kind)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (vec!["kiosk-2", "kiosk-10"], "change"),
            (vec!["kiosk-5"], "held"),
            (vec!["kiosk-4"], "nothing"),
            (vec!["kiosk-3", "kiosk-6"], "cannot"),
            (vec!["kiosk-7"], "not reached"),
        ]
    );
}

#[tokio::test]
async fn equal_locks_share_one_order_and_each_device_has_its_base() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1"), Script::named("kiosk-2")]).await;
    let (results, _) = fixture.update(SHORT).await;
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Done), ("kiosk-2", Verdict::Done)]);
    let order = fixture.devices[0].orders().remove(0);
    assert_eq!(order, fixture.devices[1].orders().remove(0));
    for device in fixture.known().await {
        assert_eq!(order.targets[device.id()].base, Digest::of(device.name().as_bytes()));
        assert_eq!(fixture.desk.kept_receipts(device.id()).await.unwrap().len(), 1);
        let sent = fixture.desk.store.orders_to(device.id()).await.unwrap();
        assert_eq!((sent[0].id, sent[0].what.as_str(), sent[0].outcome.is_some()), (order.id, "kiosk.txt", true));
    }
    let (_, _) = fixture.update(SHORT).await;
    assert!(fixture.devices[0].orders()[1].issue.counter > order.issue.counter);
    for device in fixture.known().await {
        assert_eq!(fixture.desk.kept_receipts(device.id()).await.unwrap().len(), 2);
    }
}

/// A device reads the whole of its order, and of the permission beside a .deb: neither may grow with the fleet.
#[tokio::test]
async fn what_a_device_reads_does_not_grow_with_the_fleet() {
    let scripts = (1..=DEVICES_MAX + 1).map(|number| Script::named(&format!("kiosk-{number}")));
    let fixture = Fixture::new(scripts.collect()).await;
    let deb = b"!<arch>\ndebian-binary   ";
    std::fs::write(fixture.directory.path().join("x.deb"), deb).unwrap();
    let file = fixture.file("./x.deb\n").await;
    let planned = fixture.desk.plan(&fixture.known().await, Wanted::Update(&file), |_| {}).await.unwrap();
    assert!(planned.iter().all(|planned| planned.result.is_ok()));
    let mut permitted: Vec<usize> = fixture.devices.iter().flat_map(FakeDevice::permitted).collect();
    permitted.sort_unstable();
    assert_eq!((permitted.len(), permitted[0], permitted[1]), (DEVICES_MAX + 1, 1, DEVICES_MAX));
    let (results, _) = fixture.update(SHORT).await;
    assert!(results.iter().all(|result| result.end.verdict() == Verdict::Done), "{results:?}");
    let mut sizes: BTreeMap<OrderId, usize> = BTreeMap::new();
    for order in fixture.devices.iter().flat_map(FakeDevice::orders) {
        sizes.insert(order.id, order.targets.len());
    }
    let mut sizes: Vec<usize> = sizes.into_values().collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, DEVICES_MAX]);
}

#[tokio::test]
async fn a_device_cannot_take_back_what_it_told() {
    let mut script = Script::named("kiosk-1");
    script.breaks_chain = true;
    let fixture = Fixture::new(vec![script]).await;
    let (first, _) = fixture.update(SHORT).await;
    assert!(matches!(first[0].end, End::Ran { is_kept: true, .. }), "{first:?}");
    let (second, _) = fixture.update(SHORT).await;
    assert!(matches!(second[0].end, End::Ran { is_kept: false, .. }), "{second:?}");
    let device = fixture.known().await.remove(0);
    let error = fixture.desk.collect_receipts(&fixture.desk.device(&device)).await.unwrap_err();
    assert_eq!(error.to_string(), "a receipt of kiosk-1 does not hold: number 2 does not follow number 1");
    assert_eq!(fixture.desk.kept_receipts(device.id()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn failures_are_told_each_in_its_way() {
    let script: Failure = Cause::ScriptFailed { package: "hello".into(), script: Some("postinst".into()) }.into();
    let changed: Failure = Cause::ChangedSincePlan { differences: vec!["hello".into()] }.into();
    let mut refusing = Script::named("kiosk-4");
    refusing.refusal = Some(Cause::NotSigned { problem: "nobody is trusted".into() }.into());
    let fixture = Fixture::new(vec![
        Script::named("kiosk-1"),
        Script::named("kiosk-2").that_ends(State::RolledBack, script),
        Script::named("kiosk-3").that_ends(State::Failed, changed),
        refusing,
    ])
    .await;
    let (results, _) = fixture.update(SHORT).await;
    let expected = [
        ("kiosk-1", Verdict::Done),
        ("kiosk-2", Verdict::WentBack),
        ("kiosk-3", Verdict::Failed),
        ("kiosk-4", Verdict::Refused),
    ];
    assert_eq!(verdicts(&results), expected);
    let summary = Summary::of(&results);
    assert!(!summary.is_all_done());
    assert_eq!(results[1].end.failure().unwrap().to_string(), "hello's postinst script failed");
    assert!(results[2].end.failure().unwrap().next_step.contains("Plan again"));
}

#[tokio::test]
async fn an_order_whose_answer_got_lost_is_watched() {
    let mut script = Script::named("kiosk-1");
    script.loses_answer = true;
    let fixture = Fixture::new(vec![script]).await;
    let (results, _) = fixture.update(SHORT).await;
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Done)]);
    assert_eq!(fixture.devices[0].orders().len(), 1);
}

#[tokio::test]
async fn how_an_order_ended_is_what_the_device_has_signed() {
    let mut silent = Script::named("kiosk-1");
    silent.signs_nothing = true;
    let mut other = Script::named("kiosk-2");
    other.signs = Some(State::NeedsYou);
    let read_only = Cause::ReadOnly { path: "/".into() }.into();
    let mut worn_out = Script::named("kiosk-4").that_ends(State::NeedsYou, read_only);
    worn_out.signs_nothing = true;
    let fixture = Fixture::new(vec![silent, other, Script::named("kiosk-3"), worn_out]).await;
    let (results, _) = fixture.update(SHORT).await;
    let expected = [
        ("kiosk-1", Verdict::Lost),
        ("kiosk-2", Verdict::NeedsYou),
        ("kiosk-3", Verdict::Done),
        ("kiosk-4", Verdict::NeedsYou),
    ];
    assert_eq!(verdicts(&results), expected);
    assert_eq!(results[3].end.failure().unwrap().to_string(), "/ is mounted read-only");
    assert!(matches!(results[0].end, End::Lost { why: LostWhy::Unproven, .. }));
}

/// Devices with equal locks share an order: each of them would follow it.
#[tokio::test]
async fn who_has_the_address_of_another_by_now_is_not_ordered_in_its_place() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1")]).await;
    let chosen = fixture.groups().await.into_iter().flat_map(changing).collect();
    fixture.devices[0].set_power(false);
    let address = fixture.devices[0].address();
    let impostor = loop {
        match FakeDevice::start(address, Script::named("kiosk-2")).await {
            Ok(device) => break device,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    let results = fixture.desk.run(chosen, &Terms::default(), Some(SHORT), &|_, _| {}).await.unwrap();
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::NotReached)]);
    let End::NotOrdered { reason, .. } = &results[0].end else { panic!("{results:?}") };
    assert_eq!(reason, "another device answers at its address");
    assert_eq!(impostor.orders(), []);
}

#[tokio::test]
async fn a_plan_that_the_device_has_not_signed_is_none() {
    let mut script = Script::named("kiosk-1");
    script.forges_plans = true;
    let fixture = Fixture::new(vec![script]).await;
    let groups = fixture.groups().await;
    let [Group::Cannot { error, .. }] = groups.as_slice() else { panic!("{groups:?}") };
    assert!(error.to_string().contains("a plan that it has not signed"), "{error}");
}

#[tokio::test]
async fn an_update_is_not_answered_with_a_way_back() {
    let mut script = Script::named("kiosk-1");
    let back = lock(&[("hello", Some("2.0"), Some("1.0"))]);
    script.plan = Ok(plan("kiosk-1", Action::Rollback { to: RestorePointId(1) }, back));
    let fixture = Fixture::new(vec![script]).await;
    let groups = fixture.groups().await;
    let [Group::Cannot { error, .. }] = groups.as_slice() else { panic!("{groups:?}") };
    assert!(error.to_string().ends_with("a plan for something that was not asked for"), "{error}");
}

#[tokio::test]
async fn a_device_that_vanishes_is_told_and_the_others_go_on() {
    let mut vanishing = Script::named("kiosk-1");
    vanishing.power_cut_after = Some(5);
    let fixture = Fixture::new(vec![vanishing, Script::named("kiosk-2").slowed(Duration::from_millis(100))]).await;
    let (results, steps) = fixture.update(SHORT).await;
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Lost), ("kiosk-2", Verdict::Done)]);
    assert!(matches!(results[0].end, End::Lost { .. }));
    assert!(steps.iter().any(|(_, step)| matches!(step, Step::Lost(_))));
    assert!(!Summary::of(&results).is_all_done());
}

#[tokio::test]
async fn a_device_that_comes_back_is_watched_on() {
    let mut vanishing = Script::named("kiosk-1").slowed(Duration::from_millis(30));
    vanishing.power_cut_after = Some(5);
    let fixture = Fixture::new(vec![vanishing]).await;
    let power = async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        fixture.devices[0].set_power(true);
    };
    let ((results, steps), ()) = tokio::join!(fixture.update(Duration::from_secs(20)), power);
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Done)]);
    assert!(steps.iter().any(|(_, step)| matches!(step, Step::Back)));
    assert_eq!(told(&steps), (1..=10).collect::<Vec<u64>>());
}

#[tokio::test]
async fn a_watch_resumes_where_it_was_cut() {
    let mut script = Script::named("kiosk-1").slowed(Duration::from_millis(20));
    script.hangs_up_after = vec![1, 4, 9];
    let fixture = Fixture::new(vec![script]).await;
    let (results, steps) = fixture.update(Duration::from_secs(20)).await;
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Done)]);
    assert_eq!(told(&steps), (1..=10).collect::<Vec<u64>>(), "each event once, none missing");
    assert!(!steps.iter().any(|(_, step)| matches!(step, Step::Lost(_))), "a connection made again at once is no news");
}

#[tokio::test]
async fn a_live_order_is_confirmed() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1").that_awaits_the_desk(20)]).await;
    let (results, _) = fixture.update(SHORT).await;
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Done)]);
    assert_eq!(fixture.devices[0].heard_of_desk(), [false]);
}

#[tokio::test]
async fn a_desk_that_does_not_stay_only_orders() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1").slowed(Duration::from_millis(200))]).await;
    let chosen = fixture.groups().await.into_iter().flat_map(changing).collect();
    let results = fixture.desk.run(chosen, &Terms::default(), None, &|_, _| {}).await.unwrap();
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Ordered)]);
    assert!(Summary::of(&results).is_all_done());
    let order = fixture.devices[0].orders().remove(0);
    assert_eq!(order.live, None);
    let left = [(fixture.known().await.remove(0), order.id)];
    assert!(fixture.desk.leave(&left).await.is_empty(), "it was told");
    assert_eq!(fixture.devices[0].heard_of_desk(), [true]);
}

fn told(steps: &[(DeviceId, Step)]) -> Vec<u64> {
    let number = |step: &Step| if let Step::Told(event) = step { Some(event.number) } else { None };
    steps.iter().filter_map(|(_, step)| number(step)).collect()
}

#[tokio::test]
async fn a_bar_never_goes_back() {
    let failure: Failure = Cause::CheckFailed { check: "web".into() }.into();
    let fixture = Fixture::new(vec![Script::named("kiosk-1").that_ends(State::RolledBack, failure)]).await;
    let (_, steps) = fixture.update(SHORT).await;
    let (mut progress, mut last) = (Progress::default(), 0.0);
    for (_, step) in &steps {
        progress.take(step);
        assert!(progress.share() >= last);
        last = progress.share();
    }
    assert_eq!((last, progress.sentence().as_str()), (1.0, "rolled back: check `web` failed"));
}

#[tokio::test]
async fn an_address_that_is_another_devices_by_now_is_noticed() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1")]).await;
    fixture.devices[0].rewrite(|script| *script = Script::named("kiosk-9"));
    let groups = fixture.groups().await;
    let Group::NotReached { error, .. } = &groups[0] else { panic!("{groups:?}") };
    assert!(error.to_string().contains("another device answers there"));
    assert!(error.next_step().contains("framboise scan"));
}

#[tokio::test]
async fn a_replayed_counter_is_mended_by_signing_again() {
    let mut script = Script::named("kiosk-1");
    script.counter_seen = u64::MAX / 4;
    let fixture = Fixture::new(vec![script]).await;
    let (results, _) = fixture.update(SHORT).await;
    assert_eq!(verdicts(&results), [("kiosk-1", Verdict::Done)]);
    let order = fixture.devices[0].orders().remove(0);
    assert_eq!((order.issue.counter, order.id), (u64::MAX / 4 + 1, results[0].order));
}

#[tokio::test]
async fn debs_are_handed_over_before_the_plan() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1")]).await;
    let deb = b"!<arch>\ndebian-binary   ".repeat(100_000);
    std::fs::write(fixture.directory.path().join("x.deb"), &deb).unwrap();
    let file = fixture.file("./x.deb\n").await;
    let planned = fixture.desk.plan(&fixture.known().await, Wanted::Update(&file), |_| {}).await.unwrap();
    assert!(planned[0].result.is_ok());
    assert_eq!(fixture.devices[0].staged(), [(Digest::of(&deb).to_string(), deb.len())]);
    assert_eq!(fixture.devices[0].planned_texts(), [format!("sha256:{}\n", Digest::of(&deb))]);
}

#[tokio::test]
async fn history_and_differences_are_read() {
    let point = |id: u32| RestorePoint {
        id: RestorePointId(id),
        recorded: Timestamp::UNIX_EPOCH,
        origin: Origin::First,
        state: Digest::of(b""),
        packages: 1,
        current: id == 2,
        missing_debs: 0,
        name: None,
        pinned: false,
        parent: None,
    };
    let mut script = Script::named("kiosk-1");
    script.points = vec![point(1), point(2)];
    script.states = BTreeMap::from([
        (RestorePointId(1), state(&[("hello", "0.9")])),
        (RestorePointId(2), state(&[("hello", "1.0")])),
    ]);
    let fixture = Fixture::new(vec![script]).await;
    let device = fixture.known().await.remove(0);
    let history = fixture.desk.history(&device).await.unwrap();
    assert_eq!(history.points.iter().map(|point| point.id.0).collect::<Vec<_>>(), [2, 1]);
    let (from, diff) = fixture.desk.diff(&device, None, Moment::Now).await.unwrap();
    assert_eq!((from, diff.is_empty()), (Moment::Point(PointWord::Number(RestorePointId(2))), true));
    let (_, diff) = fixture
        .desk
        .diff(&device, Some(Moment::Point(PointWord::Number(RestorePointId(1)))), Moment::Now)
        .await
        .unwrap();
    assert_eq!(diff.lines(), ["hello:arm64 version 0.9 → 1.0"]);
}

#[tokio::test]
async fn a_scan_is_remembered() {
    let fixture = Fixture::new(Vec::new()).await;
    let device = FakeDevice::start("127.0.77.3:0".parse().unwrap(), Script::named("kiosk-1")).await.unwrap();
    let scan =
        Scan { networks: vec!["127.0.77.0/28".parse().unwrap()], port: device.address().port(), announced: false };
    let mut events = fixture.desk.scan(scan).unwrap();
    let mut finished = None;
    while let Some(event) = events.recv().await {
        if let ScanEvent::Finished(summary) = event.unwrap() {
            finished = Some(summary);
        }
    }
    let summary = finished.unwrap();
    assert_eq!((summary.asked, summary.found, summary.not_asked), (14, 1, 0));
    assert_eq!(fixture.known().await[0].name(), "kiosk-1");
}

#[tokio::test]
async fn choices_that_mean_nothing_are_told() {
    let fixture = Fixture::new(vec![Script::named("kiosk-1")]).await;
    let choose = |word: &str| Choice::These(vec![word.to_owned()]);
    let error = fixture.desk.choose(&choose("kiosk1")).await.unwrap_err();
    let ChooseError::Unknown { near, .. } = error else { panic!("{error}") };
    assert_eq!(near, ["kiosk-1"]);
    let address = fixture.devices[0].address().to_string();
    assert_eq!(fixture.desk.choose(&choose(&address)).await.unwrap()[0].name(), "kiosk-1");
    let error = fixture.desk.choose(&choose("127.0.0.1:1")).await.unwrap_err();
    assert!(matches!(error, ChooseError::NotMet(_)), "{error}");
    let empty = Fixture::new(Vec::new()).await;
    assert!(matches!(empty.desk.choose(&Choice::All).await, Err(ChooseError::NoneKnown)));
}
