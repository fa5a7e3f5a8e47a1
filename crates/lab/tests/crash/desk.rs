//! The operator's desk: the original's requests, typed as its users typed them.

use crate::answer::{Answer, WRITE_OUT};
use crate::pi::base64_of;
use framboise_lab::{Device, Lab, Output};
use std::process::{Child, Command, Stdio};

/// What is asked of a device.
#[derive(Debug, Clone, Copy)]
pub enum Ask {
    /// The original's update.
    Update(&'static str),
    /// The original's rollback.
    Rollback,
}

/// A request that is under way.
pub struct Request(Option<Child>);

impl Ask {
    /// Asks, and waits for the answer.
    pub fn answer(self, lab: &Lab, device: &Device) -> Answer {
        self.start(lab, device).answer()
    }

    /// Asks, and does not wait.
    pub fn start(self, lab: &Lab, device: &Device) -> Request {
        let child =
            self.command(lab, device).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Request(Some(child.unwrap()))
    }

    fn command(self, lab: &Lab, device: &Device) -> Command {
        let url = |path: &str| format!("http://{}:5000{path}", device.address());
        let mut words: Vec<String> =
            ["curl", "--silent", "--show-error", "--max-time", "300", "--write-out", WRITE_OUT]
                .map(str::to_owned)
                .to_vec();
        match self {
            Ask::Update(list) => words.extend(["--data".into(), base64_of(list), url("/update")]),
            Ask::Rollback => words.push(url("/rollback")),
        }
        lab.desk_command(words).unwrap()
    }
}

impl Request {
    /// Whether it was answered, or nobody is there any more.
    pub fn has_ended(&mut self) -> bool {
        self.0.as_mut().is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Waits for the answer.
    pub fn answer(mut self) -> Answer {
        let output = self.0.take().unwrap().wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Answer::read(&Output { status: output.status.code().unwrap_or(128), stdout, stderr })
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}
