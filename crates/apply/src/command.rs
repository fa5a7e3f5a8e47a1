//! The one way to run a program: fixed arguments, a bare environment, nobody at its standard input.

use crate::fault::{Doing, Outcome};
use crate::processes;
use command_fds::{CommandFdExt, FdMapping};
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How many bytes of a program's words are kept, the last ones; a maintainer script may print without end.
const KEPT_BYTES: usize = 256 << 10;

/// How long a finished program's pipes are still listened to: a daemon that a maintainer script started may hold them
/// open for ever.
const GRACE: Duration = Duration::from_millis(300);

/// After how much silence a program counts as stalled; a slow card unpacks a large package in less.
const QUIET: Duration = Duration::from_secs(120);

/// The descriptor on which apt-get writes its status.
pub const STATUS_FD: i32 = 3;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Program {
    name: &'static str,
    arguments: Vec<OsString>,
    directory: PathBuf,
    status_fd: bool,
    input: Option<String>,
}

/// A line from a running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// From its standard output or error.
    Said(String),
    /// From [`STATUS_FD`].
    Status(String),
    /// It has said nothing for so long; told once for each [`QUIET`].
    Quiet(Quiet),
}

/// A program that says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quiet {
    /// For how long.
    pub silent: Duration,
    /// What runs below it, a line a process.
    pub processes: Vec<String>,
}

/// A program that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit status; none when a signal ended it.
    pub status: Option<i32>,
    /// Its standard output, whole.
    pub output: String,
    /// Its standard output and error, in the order they came, as far as two pipes tell; the last 256 KiB at least.
    pub words: String,
}

impl Ended {
    /// Whether its exit status was 0. For apt and dpkg that proves nothing about packages.
    pub fn is_success(&self) -> bool {
        self.status == Some(0)
    }
}

impl Program {
    /// A program by its name in `/usr/bin`, `/usr/sbin` and their like.
    pub fn new(name: &'static str) -> Self {
        Program { name, arguments: Vec::new(), directory: "/".into(), status_fd: false, input: None }
    }

    /// Adds an argument.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Adds arguments.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Runs it in this directory.
    pub fn within(mut self, directory: &Path) -> Self {
        self.directory = directory.to_owned();
        self
    }

    /// Hands it this text on its standard input.
    pub fn with_input(mut self, text: String) -> Self {
        self.input = Some(text);
        self
    }

    /// Opens [`STATUS_FD`] in it and listens there.
    pub fn with_status_fd(mut self) -> Self {
        self.status_fd = true;
        self
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// When it cannot be started. How it ended is in the answer.
    pub fn run(self) -> Outcome<Ended> {
        self.run_telling(&mut |_| {})
    }

    /// Runs it to its end and tells each line as it comes.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn run_telling(self, tell: &mut dyn FnMut(&Line)) -> Outcome<Ended> {
        let doing = format!("run {}", self.name);
        let (sender, lines) = channel();
        let mut child = self.spawn(&sender).doing(doing.clone())?;
        drop(sender);
        let (mut output, mut words) = (String::new(), String::new());
        listen(&mut child, &lines, &mut |tagged| {
            if let Line::Said(text) = &tagged.line {
                keep(&mut words, text);
                if tagged.is_output {
                    output.extend([text, "\n"]);
                }
            }
            tell(&tagged.line);
        })
        .doing(doing.clone())?;
        let status = child.wait().doing(doing)?.code();
        Ok(Ended { status, output, words })
    }

    fn spawn(&self, sender: &Sender<Tagged>) -> std::io::Result<Child> {
        let mut command = Command::new(self.name);
        command.args(&self.arguments).current_dir(&self.directory).env_clear().envs(ENVIRONMENT);
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        if self.status_fd {
            let (reader, writer) = std::io::pipe()?;
            let mapping = FdMapping { parent_fd: writer.into(), child_fd: STATUS_FD };
            command.fd_mappings(vec![mapping]).map_err(std::io::Error::other)?;
            read_lines(reader, sender.clone(), |text| Tagged { line: Line::Status(text), is_output: false });
        }
        let mut child = command.spawn()?;
        if let Some(output) = child.stdout.take() {
            read_lines(output, sender.clone(), |text| Tagged { line: Line::Said(text), is_output: true });
        }
        if let Some(error) = child.stderr.take() {
            read_lines(error, sender.clone(), |text| Tagged { line: Line::Said(text), is_output: false });
        }
        if let (Some(mut input), Some(text)) = (child.stdin.take(), self.input.clone()) {
            // A program that does not read it to the end has said so by its own words.
            std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
        }
        Ok(child)
    }
}

/// No prompt of any kind, apt's and dpkg's words untranslated, conffiles left alone by ucf too.
const ENVIRONMENT: [(&str, &str); 8] = [
    ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
    ("HOME", "/root"),
    ("LC_ALL", "C.UTF-8"),
    ("DEBIAN_FRONTEND", "noninteractive"),
    ("DEBCONF_NONINTERACTIVE_SEEN", "true"),
    ("APT_LISTCHANGES_FRONTEND", "none"),
    ("NEEDRESTART_SUSPEND", "1"),
    ("UCF_FORCE_CONFFOLD", "1"),
];

struct Tagged {
    line: Line,
    is_output: bool,
}

fn read_lines(reader: impl Read + Send + 'static, sender: Sender<Tagged>, tag: fn(String) -> Tagged) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(reader);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_owned();
            if sender.send(tag(text)).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}

fn listen(child: &mut Child, lines: &Receiver<Tagged>, hear: &mut dyn FnMut(Tagged)) -> std::io::Result<()> {
    let (mut last, mut told) = (Instant::now(), 0);
    loop {
        match lines.recv_timeout(GRACE) {
            Ok(tagged) => {
                (last, told) = (Instant::now(), 0);
                hear(tagged);
            }
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                if child.try_wait()?.is_some() {
                    return Ok(());
                }
                let silent = last.elapsed();
                if silent.as_secs() / QUIET.as_secs() > told {
                    told = silent.as_secs() / QUIET.as_secs();
                    let quiet = Quiet { silent, processes: processes::below(child.id()) };
                    hear(Tagged { line: Line::Quiet(quiet), is_output: false });
                }
            }
        }
    }
}

fn keep(kept: &mut String, line: &str) {
    kept.push_str(line);
    kept.push('\n');
    if kept.len() > 2 * KEPT_BYTES {
        let from = (kept.len() - KEPT_BYTES..kept.len()).find(|at| kept.is_char_boundary(*at)).unwrap_or(0);
        kept.drain(..from);
    }
}
