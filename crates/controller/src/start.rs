//! Everything that a window needs, from the operator's own desk.

use crate::controller::{Controller, Notice};
use crate::settings::Settings;
use crate::words::chain;
use framboise_fleet::Desk;
use framboise_fleet::home::Home;
use tokio::runtime::Runtime;

/// Opens the operator's desk and starts the controller on a runtime of its own: one thread does all the waiting.
///
/// # Errors
/// Why there is no desk, in a sentence.
pub fn start(tell: impl FnMut(Vec<Notice>) + Send + 'static) -> Result<(Runtime, Controller, Settings), String> {
    let home = Home::of_operator().map_err(|error| chain(&error))?;
    let desk = Desk::open(home.clone()).map_err(|error| chain(&error))?;
    let settings = Settings::load(&home.data);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| format!("the system gives no threads: {error}"))?;
    let controller = {
        let _within = runtime.enter();
        Controller::start(desk, settings.clone(), tell)
    };
    Ok((runtime, controller, settings))
}
