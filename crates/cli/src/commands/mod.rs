//! One module a verb.

mod depot;
mod devices;
mod diff;
mod forget;
mod history;
mod keys;
mod log;
mod order;
mod overview;
mod plan;
mod point;
mod rollback;
mod scan;
mod status;
mod update;
mod vault;

use crate::arguments::{Arguments, KeysVerb, Verb};
use crate::exit::Exit;
use crate::face::Face;
use crate::problem::Problem;
use clap::CommandFactory as _;
use framboise_fleet::choose::Choice;
use framboise_fleet::desk::Desk;
use framboise_fleet::home::Home;
use framboise_fleet::store::KnownDevice;

type Done = Result<Exit, Problem>;

/// Does what was asked.
pub async fn run(verb: Option<Verb>, face: &Face) -> Done {
    match verb {
        None => overview::run(&desk()?, face).await,
        Some(Verb::Scan(arguments)) => scan::run(arguments, &desk()?, face).await,
        Some(Verb::Devices) => devices::run(&desk()?, face).await,
        Some(Verb::Plan(arguments)) => plan::run(arguments, &desk()?, face).await,
        Some(Verb::Update(arguments)) => update::run(arguments, &desk()?, face).await,
        Some(Verb::Rollback(arguments)) => rollback::run(arguments, &desk()?, face).await,
        Some(Verb::History(arguments)) => history::run(&arguments.device, &desk()?, face).await,
        Some(Verb::Diff(arguments)) => diff::run(arguments, &desk()?, face).await,
        Some(Verb::Status(arguments)) => status::run(&arguments.choice(), &desk()?, face).await,
        Some(Verb::Depot(verb)) => depot::run(&verb, &Home::of_operator()?, face),
        Some(Verb::Point(verb)) => point::run(verb, &desk()?, face).await,
        Some(Verb::Vault(arguments)) => vault::run(arguments, &desk()?, face).await,
        Some(Verb::Log(arguments)) => log::run(arguments, &desk()?, face).await,
        Some(Verb::Forget(arguments)) => forget::run(arguments, &desk()?, face).await,
        Some(Verb::Keys(KeysVerb::Show)) => keys::show(&Home::of_operator()?, face),
        Some(Verb::Completions { shell }) => {
            clap_complete::generate(shell, &mut Arguments::command(), "framboise", &mut std::io::stdout());
            Ok(Exit::AllDone)
        }
    }
}

fn desk() -> Result<Desk, Problem> {
    Ok(Desk::open(Home::of_operator()?)?)
}

/// The one device that a word means.
async fn one(desk: &Desk, word: &str) -> Result<KnownDevice, Problem> {
    let chosen = desk.choose(&Choice::These(vec![word.to_owned()])).await?;
    chosen
        .into_iter()
        .next()
        .ok_or_else(|| Problem::of_use("no device was named", "see which there are: framboise devices"))
}
