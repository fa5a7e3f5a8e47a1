//! `framboise-desktop`: the window. What it does is the controller's; this marshals between it and QML.

mod bridge;
mod session;
mod text;

use clap::Parser as _;
use std::sync::OnceLock;
use std::time::Instant;

/// When the program began.
static BEGAN: OnceLock<Instant> = OnceLock::new();

/// Where the window's first file is packed.
const WINDOW: &str = "qrc:/qt/qml/org/framboise/desktop/qml/Main.qml";

/// Updates and rolls back many Raspberry Pis from one window.
///
/// It asks nothing here: Scan Network finds the Pis, and what it knows of them is shared with `framboise` in the terminal.
#[derive(clap::Parser)]
#[command(version, after_help = HELP)]
struct Arguments {
    /// The update file to begin with: a path, or an http(s) address.
    file: Option<String>,
}

/// What the window opens first.
static FIRST_FILE: OnceLock<String> = OnceLock::new();

const HELP: &str = "\
Examples:
  framboise-desktop
  framboise-desktop kiosk.txt               with this update file
  QT_QUICK_BACKEND=rhi framboise-desktop    draw with the graphics card
  QT_SCALE_FACTOR=1.5 framboise-desktop     larger

Of an exit: 0 the window was closed, 1 it could not be shown, 2 an argument is not understood.
Without a graphical session: framboise --help";

fn main() {
    BEGAN.get_or_init(Instant::now);
    if let Some(file) = Arguments::parse().file {
        FIRST_FILE.get_or_init(|| file);
    }
    if !has_screen() {
        eprintln!("framboise-desktop: there is no graphical session here (neither DISPLAY nor WAYLAND_DISPLAY is set)");
        eprintln!("In the terminal: framboise --help");
        std::process::exit(1);
    }
    choose_renderer();
    // Two threads work here, one of them little: heaps of their own would only leave more pages half full.
    bridge::ffi::keep_memory_together();
    framboise_controller::allow_many_connections();
    std::process::exit(bridge::ffi::run_window(WINDOW, env!("CARGO_PKG_VERSION")));
}

/// Qt ends a program that finds no screen as a crash does. Who names a platform of Qt's knows what to expect.
fn has_screen() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"].into_iter().any(is_set)
}

/// The style draws its own controls. Software rendering takes a third of the memory, and next to no CPU without a GPU;
/// who wants Qt's other renderers sets the variables that Qt reads.
#[allow(unsafe_code, reason = "the one way to tell Qt, before any thread is started")]
fn choose_renderer() {
    for (name, value) in [("QT_QUICK_CONTROLS_STYLE", "Basic"), ("QT_QUICK_BACKEND", "software")] {
        if std::env::var_os(name).is_none() {
            // SAFETY: nothing else runs yet, so nobody reads the environment at the same time.
            unsafe { std::env::set_var(name, value) };
        }
    }
}
