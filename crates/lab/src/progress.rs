//! Tells on stderr what the lab is doing, so that nobody waits in front of a silent screen.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A sign of life comes at least this often during a long step.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Says one line.
pub(crate) fn say(text: impl AsRef<str>) {
    eprintln!("lab: {}", text.as_ref());
}

/// A step that may take long: says that it began, then now and then that it goes on, until it is dropped.
pub(crate) struct Step {
    news: Option<Sender<String>>,
    ticker: Option<JoinHandle<()>>,
}

impl Step {
    pub(crate) fn begin(what: impl Into<String>) -> Step {
        let what = what.into();
        say(format!("{what} …"));
        Step::begin_quietly(what)
    }

    /// For what is mostly over at once: nothing is said unless it takes long.
    pub(crate) fn begin_quietly(what: impl Into<String>) -> Step {
        let what = what.into();
        let (news, inbox) = mpsc::channel::<String>();
        let ticker = std::thread::spawn(move || {
            let began = Instant::now();
            let mut latest = String::new();
            let mut due = began + HEARTBEAT;
            loop {
                match inbox.recv_timeout(due.saturating_duration_since(Instant::now())) {
                    Ok(text) => latest = text,
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {
                        let seconds = began.elapsed().as_secs();
                        say(format!("{what}: {seconds} s so far {latest}"));
                        due = Instant::now() + HEARTBEAT;
                    }
                }
            }
        });
        Step { news: Some(news), ticker: Some(ticker) }
    }

    /// What the step does now; shown with the next sign of life.
    pub(crate) fn detail(&self, text: &str) {
        if let Some(news) = &self.news {
            // The ticker only ends with this step.
            let _ = news.send(format!("({})", text.trim()));
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.news = None;
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
    }
}
