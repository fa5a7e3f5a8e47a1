//! The one way to run a program: fixed arguments, a bare environment, nobody at its standard input.

use crate::fault::{Doing, Result};
use crate::pipe::{self, Pipe};
use crate::processes;
use command_fds::{CommandFdExt, FdMapping};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// How many bytes of a program's words are kept, the last ones; a maintainer script may print without end.
const KEPT_BYTES: usize = 256 << 10;

/// How often a program that says nothing is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// After how much silence a program counts as stalled, as root has set it.
static QUIET: OnceLock<Duration> = OnceLock::new();

/// Unless root has set it: a slow card unpacks a large package in less.
pub const QUIET_DEFAULT: Duration = Duration::from_secs(120);

/// Sets after how much silence a program counts as stalled; the first time counts.
pub fn count_as_stalled_after(quiet: Duration) {
    QUIET.get_or_init(|| quiet);
}

/// The descriptor on which apt-get writes its status.
pub const STATUS_FD: i32 = 3;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Program {
    name: &'static str,
    arguments: Vec<OsString>,
    directory: PathBuf,
    status_fd: bool,
    is_joined: bool,
    input: Option<String>,
}

/// A line from a running program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// From its standard output or error.
    Said(String),
    /// From [`STATUS_FD`].
    Status(String),
    /// It has said nothing for so long; told again each time as much has passed.
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
        Program { name, arguments: Vec::new(), directory: "/".into(), status_fd: false, is_joined: false, input: None }
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

    /// Has it write its output and its errors into one pipe, so that they are heard in the order in which they were written:
    /// whose script said what can be told by nothing else. [`Ended::output`] then holds both.
    pub fn joined(mut self) -> Self {
        self.is_joined = true;
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
    pub fn run(self) -> Result<Ended> {
        self.run_telling(&mut |_| {})
    }

    /// Runs it to its end and tells each line as it comes.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub fn run_telling(self, tell: &mut dyn FnMut(&Line)) -> Result<Ended> {
        let doing = format!("run {}", self.name);
        let (mut child, mut pipes) = self.spawn().doing(doing.clone())?;
        let (mut output, mut words) = (String::new(), String::new());
        let status = listen(&mut child, &mut pipes, &mut |source, line| {
            if let Line::Said(text) = &line {
                keep(&mut words, text);
                if source == Source::Output {
                    output.extend([text, "\n"]);
                }
            }
            tell(&line);
        })
        .doing(doing)?;
        Ok(Ended { status: status.code(), output, words })
    }

    fn spawn(&self) -> std::io::Result<(Child, Vec<Pipe<Source>>)> {
        let mut command = Command::new(self.name);
        command.args(&self.arguments).current_dir(&self.directory).env_clear().envs(ENVIRONMENT);
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut pipes = Vec::new();
        if self.is_joined {
            let (reader, writer) = std::io::pipe()?;
            command.stdout(writer.try_clone()?).stderr(writer);
            pipes.push(Pipe::new(reader.into(), Source::Output)?);
        }
        if self.status_fd {
            let (reader, writer) = std::io::pipe()?;
            let mapping = FdMapping { parent_fd: writer.into(), child_fd: STATUS_FD };
            command.fd_mappings(vec![mapping]).map_err(std::io::Error::other)?;
            pipes.push(Pipe::new(reader.into(), Source::Status)?);
        }
        let mut child = command.spawn()?;
        if let Some(output) = child.stdout.take() {
            pipes.push(Pipe::new(output.into(), Source::Output)?);
        }
        if let Some(error) = child.stderr.take() {
            pipes.push(Pipe::new(error.into(), Source::Error)?);
        }
        if let (Some(mut input), Some(text)) = (child.stdin.take(), self.input.clone()) {
            // A program that does not read it to the end has said so by its own words.
            std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
        }
        Ok((child, pipes))
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

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Output,
    Error,
    Status,
}

impl Source {
    fn line(self, text: String) -> Line {
        match self {
            Source::Output | Source::Error => Line::Said(text),
            Source::Status => Line::Status(text),
        }
    }
}

/// Hears a program out: what it wrote before it ended is in its pipes then, however late they are read. Who else holds
/// them open, a daemon that a maintainer script started, is not waited for.
fn listen(
    child: &mut Child,
    pipes: &mut [Pipe<Source>],
    hear: &mut dyn FnMut(Source, Line),
) -> std::io::Result<ExitStatus> {
    let (mut last, mut told) = (Instant::now(), 0);
    let quiet = QUIET.get().unwrap_or(&QUIET_DEFAULT).as_secs().max(1);
    loop {
        let is_news = pipe::wait(pipes, LOOK)?;
        // Asked before the pipes are read: after its end nothing of its own comes any more.
        let mut ended = child.try_wait()?;
        pipe::read_all(pipes, &mut |source, text| hear(source, source.line(text)))?;
        if ended.is_none() && pipes.iter().all(|pipe| !pipe.is_open()) {
            ended = Some(child.wait()?);
        }
        if let Some(status) = ended {
            pipes.iter_mut().for_each(|pipe| pipe.finish(&mut |source, text| hear(source, source.line(text))));
            return Ok(status);
        }
        if is_news {
            (last, told) = (Instant::now(), 0);
        }
        let silent = last.elapsed();
        if silent.as_secs() / quiet > told {
            told = silent.as_secs() / quiet;
            let quiet = Quiet { silent, processes: processes::below(child.id()) };
            hear(Source::Error, Line::Quiet(quiet));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Ended {
        Program::new("sh").args(["-c", script]).run().unwrap()
    }

    #[test]
    fn hears_all_that_was_written_before_the_end() {
        // More than a pipe holds, the last line without an end.
        let ended = shell("seq 1 40000; printf last; echo aside >&2; exit 7");
        let expected: String = (1..=40_000).map(|number| format!("{number}\n")).chain(["last\n".to_owned()]).collect();
        assert!(ended.output == expected, "{} bytes", ended.output.len());
        assert!(ended.words.contains("aside"));
        assert_eq!(ended.status, Some(7));
    }

    #[test]
    fn waits_for_no_daemon_that_holds_its_pipes() {
        let began = Instant::now();
        let ended = shell("sleep 60 & echo started");
        assert_eq!(ended.output, "started\n");
        assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    }

    /// Its output must not depend on how soon somebody reads it.
    #[test]
    fn hears_a_program_that_ended_long_before_it_is_read() {
        let program = Program::new("sh").args(["-c", "echo one; echo two"]);
        let (mut child, mut pipes) = program.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(600));
        let mut heard = Vec::new();
        listen(&mut child, &mut pipes, &mut |_, line| heard.push(line)).unwrap();
        assert_eq!(heard, [Line::Said("one".into()), Line::Said("two".into())]);
    }

    #[test]
    fn hears_words_and_errors_in_their_order_where_they_are_joined() {
        let script = "for n in 1 2 3 4 5 6 7 8 9; do echo $n; echo $n aside >&2; done";
        let ended = Program::new("sh").args(["-c", script]).joined().run().unwrap();
        let expected: String = (1..=9).map(|number| format!("{number}\n{number} aside\n")).collect();
        assert_eq!(ended.words, expected);
    }

    #[test]
    fn hears_a_status_beside_words() {
        let mut lines = Vec::new();
        let program = Program::new("sh").args(["-c", "echo status >&3; echo words"]).with_status_fd();
        program.run_telling(&mut |line| lines.push(line.clone())).unwrap();
        assert!(lines.contains(&Line::Status("status".into())) && lines.contains(&Line::Said("words".into())));
    }
}
