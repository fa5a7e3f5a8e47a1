//! The operator's desk: the original's requests, typed as its users typed them, and orders that restart a device.

use crate::answer::{Answer, WRITE_OUT};
use crate::books;
use crate::pi::base64_of;
use framboise_lab::{Device, Lab, Output};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What is asked of a device.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    /// The original's update.
    Update(&'static str),
    /// The original's rollback.
    Rollback,
    /// An order that restarts the device: an update file.
    Restart(&'static str),
}

/// Longer than any order here takes, restarts included.
const PATIENCE: Duration = Duration::from_secs(180);

/// A request that is under way.
pub struct Request {
    child: Option<Child>,
    /// Of an order, which goes on when the desk has gone.
    device: Option<Device>,
}

impl Ask {
    /// Asks, and waits for the answer.
    pub fn answer(self, lab: &Lab, device: &Device) -> Answer {
        self.start(lab, device).answer()
    }

    /// Asks, and does not wait.
    pub fn start(self, lab: &Lab, device: &Device) -> Request {
        let child =
            self.command(lab, device).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let device = matches!(self, Ask::Restart(_)).then(|| device.clone());
        Request { child: Some(child.unwrap()), device }
    }

    fn command(self, lab: &Lab, device: &Device) -> Command {
        let url = |path: &str| format!("http://{}:5000{path}", device.address());
        let mut words: Vec<String> =
            ["curl", "--silent", "--show-error", "--max-time", "900", "--write-out", WRITE_OUT]
                .map(str::to_owned)
                .to_vec();
        match self {
            Ask::Update(list) => words.extend(["--data".into(), base64_of(list), url("/update")]),
            Ask::Rollback => words.push(url("/rollback")),
            Ask::Restart(file) => {
                let path = lab.scratch().join(format!("{}.toml", device.name()));
                std::fs::write(&path, file).unwrap();
                words = ["framboise", "update", "--yes", "--no-wait", "--file"].map(str::to_owned).to_vec();
                words.extend([path.display().to_string(), device.address().to_string()]);
            }
        }
        lab.desk_command(words).unwrap()
    }
}

impl Request {
    /// Whether it was answered, or nobody is there any more.
    pub fn has_ended(&mut self) -> bool {
        let is_answered = self.child.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some());
        is_answered && self.device.as_ref().is_none_or(books::is_at_rest)
    }

    /// Waits for the answer; for an order, for its end.
    pub fn answer(mut self) -> Answer {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let Some(device) = &self.device else {
            return Answer::read(&Output { status: output.status.code().unwrap_or(128), stdout, stderr });
        };
        wait_for_rest(device);
        let is_done = output.status.success() && books::last_state(device) == "committed";
        let status = if is_done { 200 } else { 500 };
        Answer { status, json: serde_json::Value::Null, text: format!("{stdout}{stderr}") }
    }

    /// What was answered by the time that the power went.
    pub fn told(self) -> u16 {
        // Whoever only gave an order was told nothing of its end.
        if self.device.is_some() { 0 } else { self.answer().status }
    }
}

/// Waits until no order is open on the device, and no restart is to come.
pub fn wait_for_rest(device: &Device) {
    let began = Instant::now();
    while !books::is_at_rest(device) {
        assert!(began.elapsed() < PATIENCE, "{} does not come to rest", device.name());
        std::thread::sleep(Duration::from_millis(20));
    }
    device.power_on().and_then(|()| device.wait_for_agent()).unwrap_or_else(|error| panic!("{error}"));
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
