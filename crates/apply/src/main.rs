//! `framboise-apply`: the root side of a device. Small, no HTTP, no TLS: it verifies each order itself, plans with apt,
//! runs the transaction, and keeps the way back.

/// Names a point at which the crash tests may cut the power; nothing in what ships.
macro_rules! cut_point {
    ($($name:tt)*) => {
        #[cfg(feature = "faults")]
        crate::faults::reach(&format!($($name)*));
    };
}

mod admission;
mod apt;
mod command;
mod device;
mod durable;
mod engine;
mod events;
mod executor;
mod fault;
#[cfg(feature = "faults")]
mod faults;
mod files;
mod journal;
mod parallel;
mod paths;
mod pipe;
mod place;
mod points;
mod processes;
mod receipts;
mod recovery;
mod restart;
mod server;
mod settings;
mod status;
mod vault;

use fault::Result;
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
framboise-apply: the root side of a Framboise device; systemd runs it.

Usage:
  framboise-apply serve          take requests on the socket systemd hands over, until idle
  framboise-apply recover        bring transactions that were cut off to their end (at boot);
    [--patience SECONDS]         how long the boot waits for it (ten minutes)
  framboise-apply gate LOCK      as apt's DPkg::Pre-Install-Pkgs hook: stop what LOCK does not name
  framboise-apply --help | --version

Settings: /etc/framboise/framboise.toml    Operators: /etc/framboise/operators
State:    /var/lib/framboise               Logs:      journalctl -u framboise-apply

Exit status: 0 done, 1 failed (the gate: stopped), 2 wrong use.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve"] => finish(server::serve()),
        ["recover"] => finish(recovery::at_boot(recovery::BOOT_PATIENCE)),
        ["recover", "--patience", seconds] => match seconds.parse() {
            Ok(seconds) => finish(recovery::at_boot(std::time::Duration::from_secs(seconds))),
            Err(_) => wrong_use(),
        },
        ["gate", lock] => gate(Path::new(lock)),
        ["--help" | "-h" | "help"] => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        ["--version" | "-V"] => {
            println!("framboise-apply {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => wrong_use(),
    }
}

fn wrong_use() -> ExitCode {
    eprint!("{HELP}");
    ExitCode::from(2)
}

fn finish(result: Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("<3>framboise-apply: {failure}. {}", failure.next_step);
            ExitCode::FAILURE
        }
    }
}

/// Speaks to the engine through apt's own output, each line marked.
fn gate(lock: &Path) -> ExitCode {
    let differences = match apt::gate::differences(lock, std::io::stdin()) {
        Ok(differences) => differences,
        Err(failure) => vec![failure.message],
    };
    for difference in &differences {
        eprintln!("{}{difference}", apt::gate::REFUSAL);
    }
    if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
