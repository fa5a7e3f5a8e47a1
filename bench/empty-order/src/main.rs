//! Orders nothing of every device the desk knows: a signed order with an empty lock, as `framboise update` would send
//! it if it did not leave out devices that have nothing to do.
//!
//! `empty-order plan PACKAGE FILE` has each device plan for a package that is up to date, and keeps the plans;
//! `empty-order run FILE` orders them, watches to the end, and prints what came of it; `empty-order ask` only asks every
//! device who it is, which wakes nothing on it.

use framboise_core::plan::Plan;
use framboise_core::protocol::http::PlanRequest;
use framboise_core::update_file::UpdateFile;
use framboise_fleet::Desk;
use framboise_fleet::choose::Choice;
use framboise_fleet::home::Home;
use framboise_fleet::run::{PATIENCE, Step, Summary, Terms};
use framboise_fleet::store::KnownDevice;
use futures_util::future::join_all;
use std::error::Error;
use std::sync::Mutex;
use std::time::Instant;

/// What the update file would be called.
const NAME: &str = "bench.txt";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let desk = Desk::open(Home::of_operator()?)?;
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["plan", package, file] => plan(&desk, package, file).await,
        ["run", file] => run(&desk, file, began).await,
        ["ask"] => ask(&desk).await,
        _ => Err("usage: empty-order plan PACKAGE FILE | run FILE | ask".into()),
    }
}

async fn plan(desk: &Desk, package: &str, file: &str) -> Result<(), Box<dyn Error>> {
    let request = PlanRequest::Update { file_name: NAME.into(), text: format!("{package}\n") };
    let mut plans = Vec::new();
    for known in desk.choose(&Choice::All).await? {
        let plan = desk.device(&known).plan(&request).await?;
        if !plan.is_empty() {
            return Err(format!("{package} is not up to date on {}", known.name()).into());
        }
        plans.push(plan);
    }
    Ok(std::fs::write(file, serde_json::to_vec(&plans)?)?)
}

async fn run(desk: &Desk, file: &str, began: Instant) -> Result<(), Box<dyn Error>> {
    let terms = Terms::of(NAME, &UpdateFile::default(), false);
    let plans: Vec<Plan> = serde_json::from_slice(&std::fs::read(file)?)?;
    let known = desk.choose(&Choice::All).await?;
    let of = |device: &KnownDevice| plans.iter().find(|plan| plan.device == *device.id()).cloned();
    let chosen: Vec<_> = known.into_iter().filter_map(|device| of(&device).map(|plan| (device, plan))).collect();
    let ordered = Mutex::new(0.0);
    let tell = |_: &_, step| {
        if let (Step::Ordered(_), Ok(mut last)) = (step, ordered.lock()) {
            *last = began.elapsed().as_secs_f64();
        }
    };
    let results = desk.run(chosen, &terms, Some(PATIENCE), &tell).await?;
    let summary = Summary::of(&results);
    let accepted = ordered.lock().map(|last| *last).unwrap_or_default();
    println!("{}", serde_json::json!({ "done": summary.done, "all_accepted_seconds": accepted }));
    if let Some(other) = results.iter().find(|result| result.end.failure().is_some()) {
        eprintln!("{}: {:?}", other.device.name(), other.end.failure());
    }
    Ok(())
}

async fn ask(desk: &Desk) -> Result<(), Box<dyn Error>> {
    let known = desk.choose(&Choice::All).await?;
    let answers = join_all(known.iter().map(|known| async { desk.device(known).identity().await })).await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    println!("{}", serde_json::json!({ "done": done }));
    Ok(())
}
