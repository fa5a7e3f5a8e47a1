//! The operator's desk: `framboise` as a person, or a script, runs it.

use framboise_lab::{Lab, Output};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

/// Longer than any test's order takes.
const PATIENCE: [&str; 2] = ["timeout", "120"];

/// A desk of a lab, with a folder for update files.
pub struct Desk<'a> {
    lab: &'a Lab,
    folder: tempfile::TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub struct Said {
    status: i32,
    /// Its stdout.
    pub out: String,
    err: String,
}

impl<'a> Desk<'a> {
    /// The desk of this lab.
    pub fn of(lab: &'a Lab) -> Desk<'a> {
        Desk { lab, folder: tempfile::tempdir().unwrap() }
    }

    /// Runs `framboise` with these words; 124 when it hangs.
    pub fn framboise(&self, words: &[&str]) -> Said {
        let mut command = self.lab.desk_command(PATIENCE.iter().chain(&["framboise"]).chain(words)).unwrap();
        said(command.env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap())
    }

    /// Updates these devices by a list, without asking.
    pub fn update(&self, list: &str, devices: &[&str]) -> Said {
        let file = self.file("list.txt", list);
        self.framboise(&[&["update", "--yes", "--file", &file], devices].concat())
    }

    /// Rolls these devices back, without asking.
    pub fn rollback(&self, devices: &[&str]) -> Said {
        self.framboise(&[&["rollback", "--yes"], devices].concat())
    }

    /// Writes a file in the desk's folder; its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The command `framboise` with these words, to be spawned.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.lab.desk_command(["framboise"].iter().chain(words)).unwrap();
        command.env("NO_COLOR", "1").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Another person's, who has a key of their own.
    pub fn strangers_command(&self, words: &[&str]) -> Command {
        let mut command = self.command(words);
        for kind in ["CONFIG", "DATA", "STATE", "CACHE"] {
            command.env(format!("XDG_{kind}_HOME"), self.folder.path().join(kind));
        }
        command
    }

    /// Starts an update in a terminal and returns when it asks whether to start.
    pub fn ask_to_update(&self, list: &str, device: &str) -> Question {
        let file = self.file("list.txt", list);
        let typed = format!("framboise update --file {file} {device}");
        // script(1) gives it a terminal, and passes its exit status on.
        let words = ["script", "--quiet", "--flush", "--return", "--command", &typed, "/dev/null"];
        let mut command = self.lab.desk_command(words).unwrap();
        command.env("NO_COLOR", "1").env("TERM", "dumb").env("COLUMNS", "200");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut screen = Vec::new();
        let mut stdout = child.stdout.take().unwrap();
        let mut byte = [0];
        while !screen.ends_with(b"[y/N] ") {
            let count = stdout.read(&mut byte).unwrap();
            assert_eq!(count, 1, "it did not ask: {}", String::from_utf8_lossy(&screen));
            screen.push(byte[0]);
        }
        Question { child, stdout, screen }
    }
}

/// A command that waits for an answer at its terminal.
pub struct Question {
    child: Child,
    stdout: std::process::ChildStdout,
    screen: Vec<u8>,
}

impl Question {
    /// What stands on the screen so far.
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen).into_owned()
    }

    /// Types an answer and waits for the end.
    pub fn answer(mut self, word: &str) -> Said {
        let mut stdin = self.child.stdin.take().unwrap();
        writeln!(stdin, "{word}").unwrap();
        self.stdout.read_to_end(&mut self.screen).unwrap();
        let out = self.screen();
        Said { status: self.child.wait().unwrap().code().unwrap_or(-1), out, err: String::new() }
    }
}

impl Said {
    /// Asserts the exit status.
    #[track_caller]
    pub fn exits(self, status: i32) -> Said {
        assert_eq!(self.status, status, "\n{}{}", self.out, self.err);
        self
    }

    /// Asserts that it says this, on stdout or stderr.
    #[track_caller]
    pub fn says(self, words: &str) -> Said {
        // Long sentences are wrapped to the terminal's width.
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let all = flat(&format!("{} {}", self.out, self.err));
        assert!(all.contains(&flat(words)), "{words:?} is not said:\n{}{}", self.out, self.err);
        self
    }

    /// The JSON objects on stdout, one a line.
    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        let parsed = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.out.lines().map(parsed).collect()
    }
}

/// What a finished command said.
pub fn said(output: std::process::Output) -> Said {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { status: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said { status: output.status, out: output.stdout, err: output.stderr }
    }
}
