//! The update file's own checks: what must hold after an update, or it goes back.

use super::Run;
use crate::command::Program;
use crate::fault::Result;
use crate::journal::Work;
use framboise_core::cause::{Cause, Failure};
use framboise_core::event::EventKind;
use framboise_core::text::last_lines;
use framboise_core::update_file::{Check, CheckKind, HttpUrl};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// Between two tries: a service that was just restarted needs a moment.
const PAUSE: Duration = Duration::from_secs(2);

/// How much a failed check says.
pub(super) const DETAIL_LINES: usize = 8;

impl Run<'_> {
    /// Tries every check until it passes, or has failed as often as it may.
    pub(super) fn run_checks(&self) -> Result<()> {
        let Work::Order { order, .. } = &self.journal.ticket.work else { return Ok(()) };
        order.checks.iter().try_for_each(|(name, check)| self.run_check(name, check))
    }

    /// The last check: the desk that stays must reach the device still.
    pub(super) fn await_desk(&self) -> Result<()> {
        let Work::Order { order, .. } = &self.journal.ticket.work else { return Ok(()) };
        let Some(live) = order.live else { return Ok(()) };
        let seconds = live.confirm_seconds;
        if self.log.await_desk(seconds) { Ok(()) } else { Err(Cause::DeskSilent { seconds }.into()) }
    }

    fn run_check(&self, name: &str, check: &Check) -> Result<()> {
        let tries = u32::from(check.retries) + 1;
        let mut said = String::new();
        for attempt in 1..=tries {
            self.log.tell(EventKind::Line { text: format!("Check {name}, try {attempt} of {tries}") });
            match attempt_once(check) {
                Ok(()) => return Ok(()),
                Err(words) => said = words,
            }
            if attempt < tries {
                std::thread::sleep(PAUSE);
            }
        }
        let detail = format!("{said}\n({tries} tries)");
        Err(Failure::new(Cause::CheckFailed { check: name.to_owned() }, last_lines(&detail, DETAIL_LINES)))
    }
}

/// One try; the error is what it said.
fn attempt_once(check: &Check) -> Result<(), String> {
    let patience = Duration::from_secs(u64::from(check.timeout_seconds));
    match &check.kind {
        CheckKind::Command(argv) => {
            // timeout(1): a check may be stopped, unlike dpkg.
            let limit = check.timeout_seconds.to_string();
            succeed(Program::new("timeout").args(["--kill-after=5", &limit]).args(argv))
        }
        CheckKind::Unit(unit) => {
            let asked = succeed(Program::new("systemctl").args(["is-active", "--", unit.as_str()]));
            asked.map_err(|words| format!("{unit}: {words}"))
        }
        CheckKind::Tcp(target) => connect(target.parts(), patience).map(drop),
        CheckKind::Http(url) => get(url, patience),
    }
}

pub(super) fn succeed(program: Program) -> Result<(), String> {
    let ended = program.run().map_err(|failure| failure.message)?;
    match ended.status {
        Some(0) => Ok(()),
        Some(124) => Err(format!("{}no answer in time", ended.words)),
        Some(status) => Err(format!("{}exit status {status}", ended.words)),
        None => Err(format!("{}killed", ended.words)),
    }
}

fn connect((host, port): (&str, u16), patience: Duration) -> Result<TcpStream, String> {
    let addresses = (host, port).to_socket_addrs().map_err(|error| format!("{host}: {error}"))?;
    let mut said = format!("{host} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, patience) {
            Ok(stream) => return Ok(stream),
            Err(error) => said = format!("{address}: {error}"),
        }
    }
    Err(said)
}

/// The smallest request there is (RFC 9112): the root side has no HTTP of its own, and needs the status only.
fn get(url: &HttpUrl, patience: Duration) -> Result<(), String> {
    let (host, port, path) = url.parts();
    let ask = || -> std::io::Result<String> {
        let mut stream = connect((host, port), patience).map_err(std::io::Error::other)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: framboise\r\nConnection: close\r\n\r\n")?;
        let mut status = String::new();
        BufReader::new(std::io::Read::take(stream, 4096)).read_line(&mut status)?;
        Ok(status)
    };
    let status = ask().map_err(|error| format!("{}: {error}", url.as_str()))?;
    let code = status.split(' ').nth(1).and_then(|code| code.parse::<u16>().ok());
    match code {
        Some(200..=399) => Ok(()),
        _ => Err(format!("{}: {}", url.as_str(), status.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn check(kind: CheckKind) -> Check {
        Check { kind, timeout_seconds: 1, retries: 0 }
    }

    fn answered(status: &'static str) -> Result<(), String> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // The whole request: what is closed with bytes unread is reset, and the answer may be lost with it.
            let request = BufReader::new(stream.try_clone().unwrap());
            assert!(request.lines().any(|line| line.unwrap().is_empty()));
            write!(stream, "HTTP/1.1 {status}\r\n\r\n").unwrap();
        });
        let result = attempt_once(&check(CheckKind::Http(url.parse().unwrap())));
        server.join().unwrap();
        result
    }

    #[test]
    fn an_answer_counts_by_its_status() {
        assert_eq!(answered("200 OK"), Ok(()));
        assert_eq!(answered("302 Found"), Ok(()));
        assert!(answered("503 Service Unavailable").unwrap_err().contains("503"));
    }

    #[test]
    fn a_closed_port_is_told() {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let tcp = CheckKind::Tcp(format!("127.0.0.1:{port}").parse().unwrap());
        assert!(attempt_once(&check(tcp)).unwrap_err().contains("refused"));
    }

    #[test]
    fn a_command_counts_by_its_status_and_time() {
        let command =
            |argv: &[&str]| attempt_once(&check(CheckKind::Command(argv.iter().map(ToString::to_string).collect())));
        assert_eq!(command(&["true"]), Ok(()));
        assert!(command(&["sh", "-c", "echo broken; exit 3"]).unwrap_err().contains("broken"));
        assert!(command(&["sleep", "30"]).unwrap_err().contains("no answer in time"));
        assert!(command(&["/no/such/program"]).is_err());
    }
}
