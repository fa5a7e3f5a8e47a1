//! `framboise-desktop`: the window. What it does is the controller's; this marshals between it and QML.

mod bridge;
mod session;
mod text;

use std::sync::OnceLock;
use std::time::Instant;

/// When the program began.
static BEGAN: OnceLock<Instant> = OnceLock::new();

/// Where the window's first file is packed.
const WINDOW: &str = "qrc:/qt/qml/org/framboise/desktop/qml/Main.qml";

fn main() {
    BEGAN.get_or_init(Instant::now);
    choose_renderer();
    framboise_controller::allow_many_connections();
    std::process::exit(bridge::ffi::run_window(WINDOW, env!("CARGO_PKG_VERSION")));
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
