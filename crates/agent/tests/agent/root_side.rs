//! The device under test: `framboised`, and a root side that answers as a test says.

use framboise_core::protocol::socket::{Answer, Request};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// The public key that the device shows.
pub const DEVICE: &str = "ZGV2aWNlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGU";

/// One connection of the agent to the root side.
pub struct Conversation {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl Conversation {
    pub fn answer(&mut self, answer: &Answer) {
        self.line(&serde_json::to_string(answer).unwrap());
    }

    pub fn line(&mut self, line: &str) {
        // The agent may be gone already.
        let _ = self.writer.write_all(format!("{line}\n").as_bytes());
    }

    pub fn raw(&mut self, bytes: &[u8]) {
        let _ = self.writer.write_all(bytes);
    }

    pub fn read(&mut self, count: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        (&mut self.reader).take(count).read_to_end(&mut bytes).unwrap();
        bytes
    }

    /// Waits until the agent hangs up.
    pub fn closed(&mut self) {
        let _ = self.reader.read(&mut [0]);
    }
}

type Script = dyn Fn(&Request, &mut Conversation) + Send + Sync;

/// A running agent. Ends with it.
pub struct Device {
    pub address: SocketAddr,
    _folder: tempfile::TempDir,
    pub process: Child,
    /// Everything the root side was asked.
    pub asked: Arc<Mutex<Vec<Request>>>,
    log: Arc<Mutex<String>>,
}

impl Device {
    /// An agent with seed routes on, before a root side that does as the script says.
    pub fn new(script: impl Fn(&Request, &mut Conversation) + Send + Sync + 'static) -> Self {
        Device::with_settings("seed_routes = [\"127.0.0.0/8\"]\n", script)
    }

    /// The same with a root side that always answers so.
    pub fn answering(answer: Answer) -> Self {
        Device::new(move |_, conversation| conversation.answer(&answer))
    }

    pub fn with_settings(settings: &str, script: impl Fn(&Request, &mut Conversation) + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let listener = UnixListener::bind(folder.path().join("apply.sock")).unwrap();
        let (script, record): (Arc<Script>, _) = (Arc::new(script), Arc::clone(&asked));
        std::thread::spawn(move || play(&listener, &script, &record));
        Device::start(folder, settings, asked)
    }

    /// An agent whose root side is not there.
    pub fn alone() -> Self {
        Device::start(tempfile::tempdir().unwrap(), "seed_routes = [\"127.0.0.1/32\"]\n", Arc::default())
    }

    fn start(folder: tempfile::TempDir, settings: &str, asked: Arc<Mutex<Vec<Request>>>) -> Self {
        std::fs::write(folder.path().join("framboise.toml"), settings).unwrap();
        std::fs::write(folder.path().join("device.pub"), format!("{DEVICE}\n")).unwrap();
        let mut process = framboised(folder.path()).args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut stderr = BufReader::new(process.stderr.take().unwrap());
        let log = Arc::new(Mutex::new(String::new()));
        let address = loop {
            let mut line = String::new();
            assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended: {}", log.lock().unwrap());
            log.lock().unwrap().push_str(&line);
            if let Some(address) = line.strip_prefix("<6>listening on ") {
                break address.trim().parse().unwrap();
            }
        };
        let record = Arc::clone(&log);
        std::thread::spawn(move || stderr.lines().for_each(|line| *record.lock().unwrap() += &(line.unwrap() + "\n")));
        Device { address, _folder: folder, process, asked, log }
    }

    /// Waits for a line of the log that holds this text.
    pub fn logs(&self, text: &str) {
        wait_for(&format!("{text:?} in the log"), || self.log.lock().unwrap().contains(text));
    }

    pub fn terminate(&self) {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    }

    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `framboised` with all its files in this folder.
pub fn framboised(folder: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framboised"));
    command.arg("--config").arg(folder.join("framboise.toml"));
    command.arg("--apply-socket").arg(folder.join("apply.sock"));
    command.arg("--device-id").arg(folder.join("device.pub"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("NOTIFY_SOCKET");
    command
}

pub fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn play(listener: &UnixListener, script: &Arc<Script>, asked: &Arc<Mutex<Vec<Request>>>) {
    for stream in listener.incoming() {
        let (script, asked) = (Arc::clone(script), Arc::clone(asked));
        std::thread::spawn(move || {
            let writer = stream.unwrap();
            let mut reader = BufReader::new(writer.try_clone().unwrap());
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let request: Request = serde_json::from_str(&line).unwrap();
            asked.lock().unwrap().push(request.clone());
            script(&request, &mut Conversation { reader, writer });
        });
    }
}
