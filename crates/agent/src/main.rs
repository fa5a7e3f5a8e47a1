//! `framboised`: the server of a device.
//!
//! Faces the network without any right: it knows no apt, parses no order, and asks the root side for everything over a
//! Unix socket. What it adds is HTTP, limits, the progress stream, and the two requests of the original.

mod accept;
mod announce;
mod arguments;
mod body;
mod connection;
mod device;
mod limits;
mod log;
mod root_side;
mod routes;
mod seed;
mod settings;
mod socket;

use arguments::{Arguments, Command};
use settings::Settings;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What every connection works with.
#[derive(Debug)]
struct Agent {
    settings: Settings,
    device: device::Device,
    root_side: root_side::RootSide,
    crowds: routes::Crowds,
    /// Places for request bodies that are larger than usual.
    large_bodies: tokio::sync::Semaphore,
}

/// A wrong command line or wrong settings: a restart mends neither.
const EXIT_WRONG_USE: u8 = 2;

fn main() -> ExitCode {
    match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Help) => print(arguments::HELP),
        Ok(Command::Version) => print(&format!("framboised {}\n", env!("CARGO_PKG_VERSION"))),
        Ok(Command::Run(arguments)) => run(&arguments),
        Err(error) => {
            log::error(&format!("{error}; framboised --help tells how to use it"));
            ExitCode::from(EXIT_WRONG_USE)
        }
    }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write as _;
    // Nobody is left to be told when stdout is closed.
    std::io::stdout().write_all(text.as_bytes()).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

fn run(arguments: &Arguments) -> ExitCode {
    let settings = match Settings::read(arguments) {
        Ok(settings) => settings,
        Err(error) => {
            log::error(&error.to_string());
            return ExitCode::from(EXIT_WRONG_USE);
        }
    };
    // One thread: a device serves a desk or two, and memory at rest counts.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let result = runtime.and_then(|runtime| runtime.block_on(serve(arguments, settings)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error(&format!("framboised ends: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(arguments: &Arguments, settings: Settings) -> std::io::Result<()> {
    let listener = socket::listen(settings.listen)?;
    let address = listener.local_addr()?;
    let agent = Arc::new(Agent {
        device: device::Device::read(arguments.device_id.clone(), settings.name.clone()),
        root_side: root_side::RootSide::at(&arguments.apply_socket),
        crowds: routes::Crowds::default(),
        large_bodies: tokio::sync::Semaphore::new(limits::LARGE_BODIES_MAX),
        settings,
    });
    let (stop, stopping) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    log::info(&format!("listening on {address}"));
    log_seed_routes(&agent.settings);
    let announcement = announce::start(&agent.device, address);
    notify(sd_notify::NotifyState::Ready);
    let accepting = accept::accept(&agent, listener, &stopping);
    tokio::select! {
        never = accepting => match never {},
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    log::info("stopping");
    notify(sd_notify::NotifyState::Stopping);
    announce::stop(announcement);
    drop(stopping);
    // It fails when no connection is left, which is just as well.
    let _ = stop.send(true);
    accept::drained(&stop).await;
    Ok(())
}

fn log_seed_routes(settings: &Settings) {
    if !settings.seed_routes.is_empty() {
        let networks: Vec<String> = settings.seed_routes.iter().map(ToString::to_string).collect();
        log::warning(&format!("open: plain /update and /rollback are taken from {}", networks.join(", ")));
    }
}

fn notify(state: sd_notify::NotifyState) {
    if let Err(error) = sd_notify::notify(&[state]) {
        log::warning(&format!("systemd was not told: {error}"));
    }
}
