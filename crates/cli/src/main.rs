//! `framboise`: updates and rolls back many Raspberry Pis from one terminal. A face of `framboise-fleet`.

mod arguments;
mod commands;
mod exit;
mod face;
mod problem;
mod show;
mod table;
mod waiting;
mod words;

use arguments::{Arguments, Global};
use clap::Parser as _;
use exit::Exit;
use face::Face;
use problem::Problem;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer_parser(&error),
    };
    framboise_fleet::limits::allow_many_connections();
    let face = Face::new(arguments.global);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            face.problem(&Problem::of_system(format!("the system gives no threads: {error}")));
            return Exit::NothingDone.into();
        }
    };
    let exit = runtime.block_on(commands::run(arguments.verb, &face)).unwrap_or_else(|problem| {
        face.problem(&problem);
        problem.exit
    });
    // A thread may still wait for a line of standard input that nobody will write.
    runtime.shutdown_background();
    exit.into()
}

/// Help is what was asked for; anything else the parser says is wrong use, whose code is 1 here and 2 in clap.
fn answer_parser(error: &clap::Error) -> ExitCode {
    // There is nobody to tell when the terminal is gone.
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::AllDone.into();
    }
    let json = std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json");
    Face::new(Global { json, quiet: false, verbose: false }).problem_as_json(&Problem::from(error));
    Exit::WrongUse.into()
}
