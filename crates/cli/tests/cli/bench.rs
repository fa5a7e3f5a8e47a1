//! A desk of its own for each test: a home, fake devices, and the command.

use framboise_fleet::fake::{FakeDevice, Script};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use tokio::runtime::Runtime;

/// Home, devices and the threads that they run on.
pub struct Bench {
    directory: tempfile::TempDir,
    pub devices: Vec<FakeDevice>,
    runtime: Runtime,
}

/// What a command left behind, with what differs from run to run replaced.
#[derive(Debug, PartialEq, Eq)]
pub struct Left {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Bench {
    /// Devices that the desk knows already.
    pub fn with(scripts: Vec<Script>) -> Self {
        let bench = Bench::without_devices();
        let start = |script| FakeDevice::start("127.0.0.1:0".parse().unwrap(), script);
        let devices = scripts.into_iter().map(|script| bench.runtime.block_on(start(script)).unwrap()).collect();
        let bench = Bench { devices, ..bench };
        for device in &bench.devices {
            // A device is met by its address.
            assert_eq!(bench.run(&["status", &device.address().to_string()]).exit, 0);
        }
        bench
    }

    pub fn without_devices() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        Bench { directory: tempfile::tempdir().unwrap(), devices: Vec::new(), runtime }
    }

    /// An update file in the directory in which commands run.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The command, with an environment of its own.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_framboise"));
        let home = self.directory.path();
        command.args(arguments).current_dir(home).env_clear();
        command.env("HOME", home).env("USER", "operator").env("TZ", "UTC").env("TERM", "xterm");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    pub fn run(&self, arguments: &[&str]) -> Left {
        self.left(self.command(arguments).spawn().unwrap())
    }

    /// Runs it with this on its standard input.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Left {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        self.left(child)
    }

    /// What a command leaves.
    pub fn left(&self, child: Child) -> Left {
        let output = child.wait_with_output().unwrap();
        Left {
            exit: output.status.code().unwrap_or(-1),
            stdout: self.steady(&String::from_utf8(output.stdout).unwrap()),
            stderr: self.steady(&String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// The same of what was drawn in a window, where a word must stay as wide as it was.
    pub fn steady_in_window(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (at, device) in self.devices.iter().enumerate() {
            text = text.replace(&device.address().to_string(), &format!("10.0.0.{}:5000", at + 101));
        }
        without_durations(&without_clocks(&text))
    }

    /// The text without addresses, times and directories of this run.
    fn steady(&self, text: &str) -> String {
        let mut text = text.replace(&self.directory.path().display().to_string(), "HOME");
        for (at, device) in self.devices.iter().enumerate() {
            text = text.replace(&device.address().to_string(), &format!("10.0.0.{}:5000", at + 1));
        }
        without_durations(&without_clocks(&text))
    }
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}--- stderr\n{}", self.exit, self.stdout, self.stderr)
    }
}

/// `16:21:04` and `today 16:21` with the digits gone.
fn without_clocks(text: &str) -> String {
    let is_clock = |word: &str| {
        let parts: Vec<&str> = word.split(':').collect();
        (2..=3).contains(&parts.len()) && parts.iter().all(|part| part.len() == 2 && part.parse::<u8>().is_ok())
    };
    replaced(text, |word| {
        if is_clock(word.trim_end_matches([',', ';'])) {
            Some(word.replace(|c: char| c.is_ascii_digit(), "0"))
        } else {
            None
        }
    })
}

/// `0.3 s` as `0.0 s`.
fn without_durations(text: &str) -> String {
    let is_seconds = |word: &str| {
        word.split_once('.').is_some_and(|(a, b)| a.parse::<u32>().is_ok() && b.len() == 1 && b.parse::<u8>().is_ok())
    };
    let pieces: Vec<&str> = text.split_inclusive([' ', '\n']).collect();
    let mut steady = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let is_unit = pieces.get(at + 1).is_some_and(|next| matches!(next.trim_end(), "s" | "s:" | "s." | "s,"));
        steady.push_str(if is_unit && is_seconds(piece.trim_end()) { "0.0 " } else { piece });
    }
    steady
}

fn replaced(text: &str, change: impl Fn(&str) -> Option<String>) -> String {
    text.split_inclusive([' ', '\n', '(', ')'])
        .map(|piece| {
            let word = piece.trim_end_matches([' ', '\n', '(', ')']);
            change(word).map_or_else(|| piece.to_owned(), |new| piece.replacen(word, &new, 1))
        })
        .collect()
}
