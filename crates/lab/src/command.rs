//! Runs programs: fixed arguments, `LC_ALL=C`, no stdin unless given, and the end of stderr in the error.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, ExitStatus, Stdio};

use crate::error::{Error, Result};

/// The end of stderr that an error carries: enough for a cause, not a whole log.
const STDERR_BYTES_MAX: usize = 4096;

/// What a command inside a device or at the desk gave back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The exit status; 128 and the signal's number when a signal ended it.
    pub status: i32,
    /// All it wrote to stdout.
    pub stdout: String,
    /// All it wrote to stderr.
    pub stderr: String,
}

/// One program to run.
pub(crate) struct Tool {
    command: Command,
}

impl Tool {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Tool {
        let mut command = Command::new(program);
        command.env("LC_ALL", "C").stdin(Stdio::null());
        Tool { command }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Tool {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Tool {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Tool {
        self.command.env(key, value);
        self
    }

    /// Runs it and gives its stdout; an error unless it succeeds.
    pub(crate) fn run(mut self) -> Result<String> {
        let output = self.command.output().map_err(|e| self.not_started(e))?;
        self.judge(output.status, &output.stderr)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// As [`Tool::run`], with `input` on its stdin.
    pub(crate) fn run_with_input(mut self, input: &[u8]) -> Result<String> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|e| self.not_started(e))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that closes its stdin early tells why by its exit status.
            let _ = stdin.write_all(input);
        }
        let output = child.wait_with_output().map_err(|e| self.not_started(e))?;
        self.judge(output.status, &output.stderr)?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it with stdout thrown away and each line of stderr given to `line` as it comes.
    pub(crate) fn stream(mut self, mut line: impl FnMut(&str)) -> Result<()> {
        self.command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = self.command.spawn().map_err(|e| self.not_started(e))?;
        let mut tail = Vec::new();
        if let Some(stderr) = child.stderr.take() {
            for text in BufReader::new(stderr).split(b'\n') {
                let text = text.map_err(|e| self.not_started(e))?;
                line(&String::from_utf8_lossy(&text));
                tail.extend_from_slice(&text);
                tail.push(b'\n');
                let surplus = tail.len().saturating_sub(STDERR_BYTES_MAX);
                tail.drain(..surplus);
            }
        }
        let status = child.wait().map_err(|e| self.not_started(e))?;
        self.judge(status, &tail)
    }

    /// The command and its arguments as one would type them.
    pub(crate) fn shown(&self) -> String {
        shown(&self.command)
    }

    fn judge(&self, status: ExitStatus, stderr: &[u8]) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        Err(failed(&self.shown(), &status.to_string(), stderr))
    }

    fn not_started(&self, source: io::Error) -> Error {
        not_started(&self.command, source)
    }
}

/// Runs a prepared command to its end, whatever its exit status.
pub(crate) fn output(mut command: Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output().map_err(|e| not_started(&command, e))?;
    Ok(Output {
        status: exit_code(output.status),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs a prepared command and gives its stdout; an error unless it succeeds.
pub(crate) fn check(command: Command) -> Result<String> {
    let shown = shown(&command);
    let output = output(command)?;
    if output.status == 0 {
        return Ok(output.stdout);
    }
    let status = format!("exit status: {}", output.status);
    Err(failed(&shown, &status, output.stderr.as_bytes()))
}

/// The exit status as a shell would tell it.
pub(crate) fn exit_code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

pub(crate) fn not_started(command: &Command, source: io::Error) -> Error {
    let program = command.get_program().to_string_lossy().into_owned();
    if source.kind() == io::ErrorKind::NotFound {
        return Error::ToolMissing { program };
    }
    Error::Kernel { operation: format!("run `{program}`"), source }
}

fn failed(command: &str, status: &str, stderr: &[u8]) -> Error {
    let start = stderr.len().saturating_sub(STDERR_BYTES_MAX);
    Error::Command {
        command: command.to_owned(),
        status: status.to_owned(),
        stderr: String::from_utf8_lossy(&stderr[start..]).trim().to_owned(),
    }
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}
