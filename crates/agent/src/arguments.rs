//! The command line. Read by hand: four options are not worth a library in the memory of a Pi.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What `--help` prints.
pub const HELP: &str = "\
framboised: the server of a Framboise device, on port 5000

Usage: framboised [OPTIONS]

Options:
  --config PATH        settings to read [default: /etc/framboise/framboise.toml; none need be there]
  --apply-socket PATH  where framboise-apply listens [default: /run/framboise/apply.sock]
  --device-id PATH     the device's public key [default: /var/lib/framboise/device.pub]
  --listen ADDRESS     where to listen, instead of what the settings say: [::]:5000, 127.0.0.1:0
  --help               this text
  --version            the version

Exit status: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 wrong options or settings.
";

/// What is to be done.
#[derive(Debug)]
pub enum Command {
    /// Serve.
    Run(Arguments),
    /// Print the help text.
    Help,
    /// Print the version.
    Version,
}

/// What the command line says about how to serve.
#[derive(Debug)]
pub struct Arguments {
    /// The settings' path, and whether somebody named it: then it must be there.
    pub config: (PathBuf, bool),
    pub apply_socket: PathBuf,
    pub device_id: PathBuf,
    pub listen: Option<SocketAddr>,
}

/// A command line that is not understood.
#[derive(Debug, thiserror::Error)]
pub enum ArgumentsError {
    #[error("{} is not an option", .0.display())]
    Unknown(OsString),
    #[error("{0} needs a value")]
    NoValue(&'static str),
    #[error("{} is not an address and a port, such as [::]:5000", .0.display())]
    NotAnAddress(OsString),
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            config: ("/etc/framboise/framboise.toml".into(), false),
            apply_socket: framboise_core::protocol::socket::SOCKET_PATH.into(),
            device_id: "/var/lib/framboise/device.pub".into(),
            listen: None,
        }
    }
}

/// What these arguments, without the program's name, ask for.
pub fn parse(mut words: impl Iterator<Item = OsString>) -> Result<Command, ArgumentsError> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        let mut value = |option| words.next().ok_or(ArgumentsError::NoValue(option));
        match word.to_str() {
            Some("--help" | "-h") => return Ok(Command::Help),
            Some("--version" | "-V") => return Ok(Command::Version),
            Some("--config") => arguments.config = (value("--config")?.into(), true),
            Some("--apply-socket") => arguments.apply_socket = value("--apply-socket")?.into(),
            Some("--device-id") => arguments.device_id = value("--device-id")?.into(),
            Some("--listen") => arguments.listen = Some(address(value("--listen")?)?),
            _ => return Err(ArgumentsError::Unknown(word)),
        }
    }
    Ok(Command::Run(arguments))
}

fn address(text: OsString) -> Result<SocketAddr, ArgumentsError> {
    text.to_str().and_then(|text| text.parse().ok()).ok_or(ArgumentsError::NotAnAddress(text))
}
