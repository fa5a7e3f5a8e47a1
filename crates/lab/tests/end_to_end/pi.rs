//! One simulated Pi with Framboise, and the operator's desk beside it.

use crate::answer::{Answer, WRITE_OUT};
use crate::snapshot::Snapshot;
use framboise_lab::{Device, Lab, Suite, TemporaryLab, Up};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// Longer than any test's order takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// The first device's address: `framboise` takes it for a name.
pub const PI_1: &str = "10.77.0.11";

/// A device in a lab of its own.
pub struct Pi {
    /// The lab.
    pub lab: TemporaryLab,
    /// The device.
    pub device: Device,
}

impl Pi {
    /// A fresh device with Framboise; its seed routes are open to the desk.
    pub fn raise(suite: Suite) -> Pi {
        Pi::raise_as(&Up::devices(1).suite(suite))
    }

    /// The first of these devices.
    pub fn raise_as(up: &Up) -> Pi {
        let raised = Lab::temporary("e2e").and_then(|lab| {
            lab.up(up)?;
            let device = lab.device("pi-1")?;
            Ok(Pi { lab, device })
        });
        // Display: the error names what to build.
        raised.unwrap_or_else(|error| panic!("no device: {error}"))
    }

    /// Runs a shell script as root on the device; its stdout.
    #[track_caller]
    pub fn sh(&self, script: &str) -> String {
        self.device.check(["sh", "-euc", script]).unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// All that is compared.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.device)
    }

    /// The original's update, typed as its users typed it.
    pub fn update(&self, list: &str) -> Answer {
        self.post(&base64_of(list))
    }

    /// The original's update with this body.
    pub fn post(&self, body: &str) -> Answer {
        self.request("/update", &["--data", body])
    }

    /// The original's rollback.
    pub fn rollback(&self) -> Answer {
        self.get("/rollback")
    }

    /// A request without a body.
    pub fn get(&self, path: &str) -> Answer {
        self.request(path, &[])
    }

    /// A request by `curl` with these arguments more.
    pub fn request(&self, path: &str, arguments: &[&str]) -> Answer {
        let words = self.curl(path, arguments);
        Answer::read(&self.lab.desk(words).unwrap_or_else(|error| panic!("{error}")))
    }

    /// Starts the original's update and does not wait for it.
    pub fn start_update(&self, list: &str) -> Request {
        self.start("/update", &["--data", &base64_of(list)])
    }

    /// Starts a request and does not wait for its answer.
    pub fn start(&self, path: &str, arguments: &[&str]) -> Request {
        let mut command = self.lab.desk_command(self.curl(path, arguments)).unwrap();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Request { child: Some(child.unwrap()) }
    }

    /// Waits until the device works on an order and a process of it matches: `until("fram-slow.postinst")`.
    #[track_caller]
    pub fn wait_for_process(&self, pattern: &str) {
        self.wait_until(&format!("a process like {pattern}"), || {
            self.device.exec(["pgrep", "--full", pattern]).is_ok_and(|output| output.status == 0)
        });
    }

    /// Waits until something holds.
    #[track_caller]
    pub fn wait_until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let began = Instant::now();
        while !holds() {
            assert!(began.elapsed() < PATIENCE, "waited in vain for {what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Switches it on again and waits until it answers: it has recovered then.
    pub fn power_on(&self) {
        self.device.power_on().and_then(|()| self.device.wait_for_agent()).unwrap_or_else(|error| panic!("{error}"));
    }

    fn curl(&self, path: &str, arguments: &[&str]) -> Vec<String> {
        let url = format!("http://{}:5000{path}", self.device.address());
        let own = ["curl", "--silent", "--show-error", "--max-time", "120", "--write-out", WRITE_OUT];
        own.iter().chain(arguments).map(|word| (*word).to_owned()).chain([url]).collect()
    }
}

/// A request that is under way.
pub struct Request {
    child: Option<Child>,
}

impl Request {
    /// Waits for the answer.
    pub fn answer(mut self) -> Answer {
        let output = self.child.take().unwrap().wait_with_output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Answer::read(&framboise_lab::Output { status: output.status.code().unwrap_or(128), stdout, stderr })
    }

    /// Hangs up.
    pub fn hang_up(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            drop(child.kill());
            drop(child.wait());
        }
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        self.end();
    }
}

/// As `base64 -w0` writes it.
pub fn base64_of(content: impl AsRef<[u8]>) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in content.as_ref().chunks(3) {
        let bits = group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        let digits = (0..4).map(|place| char::from(DIGITS[bits >> (18 - 6 * place) & 63]));
        text.extend(digits.take(group.len() + 1));
        text.extend(std::iter::repeat_n('=', 3 - group.len()));
    }
    text
}
