//! `framboise-lab`: raises simulated Pis on this machine.

use std::process::ExitCode;

fn main() -> ExitCode {
    framboise_lab::cli::run()
}
