//! No silent wait: a spinner with the seconds in a terminal, a line every half minute elsewhere. And questions, and Ctrl-C.

use crate::face::{Face, for_stderr};
use crate::problem::Problem;
use crate::words;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::cell::RefCell;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

/// The longest silence in a pipe.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// How often a spinner moves.
const SPIN_EVERY: Duration = Duration::from_millis(100);

/// Waits of less are not worth a word.
const QUIET_AT_FIRST: Duration = Duration::from_millis(300);

/// Something that is waited for.
pub struct Waiting<'a> {
    face: &'a Face,
    bar: ProgressBar,
    what: RefCell<String>,
    began: Instant,
}

impl<'a> Waiting<'a> {
    /// Begins to wait for `what`: "planning on 3 devices".
    pub fn for_(face: &'a Face, what: impl Into<String>) -> Self {
        let target = if face.is_live() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}, {seconds}") {
            let seconds = |state: &ProgressState, text: &mut dyn std::fmt::Write| {
                // A spinner that cannot be written is not missed.
                let _ = text.write_str(&words::duration(Duration::from_secs(state.elapsed().as_secs())));
            };
            bar.set_style(style.tick_chars("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ").with_key("seconds", seconds));
        }
        Waiting { face, bar, what: RefCell::new(what.into()), began: Instant::now() }
    }

    /// It is something else by now.
    pub fn say(&self, what: impl Into<String>) {
        let what = what.into();
        self.bar.set_message(what.clone());
        *self.what.borrow_mut() = what;
    }

    /// Waits, and says so.
    pub async fn until<T>(&self, work: impl Future<Output = T>) -> T {
        let result = tokio::select! {
            result = work => result,
            never = self.tell() => never,
        };
        self.bar.finish_and_clear();
        result
    }

    /// A line of data in between, without a mess.
    pub fn data(&self, line: &str) {
        self.bar.suspend(|| self.face.data(line));
    }

    async fn tell<T>(&self) -> T {
        tokio::time::sleep(QUIET_AT_FIRST).await;
        self.bar.set_message(self.what.borrow().clone());
        self.bar.enable_steady_tick(SPIN_EVERY);
        loop {
            tokio::time::sleep(SILENCE_MAX).await;
            if !self.face.is_live() {
                self.face.talk(&format!("still {}, {}", self.what.borrow(), words::duration(self.began.elapsed())));
            }
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Puts a question whose answer is no unless somebody says yes.
///
/// # Errors
/// When nobody can be asked; `hint` says what to do then.
pub async fn confirmed(question: &str, hint: &str) -> Result<bool, Problem> {
    if !std::io::stdin().is_terminal() {
        return Err(Problem::of_use("nobody can be asked: standard input is no terminal", hint));
    }
    let lines: Vec<String> = question.lines().map(for_stderr).collect();
    let question = format!("\n{} [y/N] ", lines.join("\n"));
    let answer = tokio::task::spawn_blocking(move || {
        let mut answer = String::new();
        // Where no question can be put, and where no answer comes, the answer is no.
        let _ = std::io::stderr().write_all(question.as_bytes());
        let _ = std::io::stdin().lock().read_line(&mut answer);
        answer
    });
    let answer = unless_stopped(answer).await.and_then(Result::ok).unwrap_or_default();
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// The work's result, or none when Ctrl-C came first, or the terminal was closed.
pub async fn unless_stopped<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        result = work => Some(result),
        () = stopped(tokio::signal::ctrl_c()) => None,
        () = closed() => None,
    }
}

/// Ends at the signal. Without a handler it ends the process, which harms no device either.
async fn stopped<E>(signal: impl Future<Output = Result<(), E>>) {
    if signal.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends when the terminal is closed, or the process is asked to end.
#[cfg(unix)]
async fn closed() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut hangup), Ok(mut terminate)) = (signal(SignalKind::hangup()), signal(SignalKind::terminate())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = hangup.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// Other systems have Ctrl-C alone.
#[cfg(not(unix))]
async fn closed() {
    std::future::pending().await
}
