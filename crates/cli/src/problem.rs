//! Every error of the fleet as a person meets it: what, where, why, what now; and its exit code.

use crate::exit::Exit;
use crate::words;
use framboise_fleet::choose::ChooseError;
use framboise_fleet::desk::{DeskError, MeetError};
use framboise_fleet::device::CallError;
use framboise_fleet::discovery::ScanError;
use framboise_fleet::home::HomeError;
use framboise_fleet::inspect::LookError;
use framboise_fleet::keys::KeyError;
use framboise_fleet::plan::StageError;
use framboise_fleet::points::ChangeError;
use framboise_fleet::receipts::ReceiptError;
use framboise_fleet::run::OrderError;
use framboise_fleet::source::SourceError;
use framboise_fleet::store::{KnownDevice, StoreError};
use serde::Serialize;
use std::error::Error;

/// What went wrong, for people and for scripts.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// What, where and why.
    pub message: String,
    /// More lines of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What now.
    pub next_step: Option<String>,
    /// How the command ends.
    #[serde(skip)]
    pub exit: Exit,
}

impl Problem {
    /// The command was not what it has to be.
    pub fn of_use(message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Problem {
            message: message.into(),
            details: Vec::new(),
            next_step: Some(next_step.into()),
            exit: Exit::WrongUse,
        }
    }

    /// This computer could not do it.
    pub fn of_system(message: impl Into<String>) -> Self {
        Problem { message: message.into(), details: Vec::new(), next_step: None, exit: Exit::NothingDone }
    }

    fn with_hint(mut self, hint: &str) -> Self {
        self.next_step = Some(hint.to_owned());
        self
    }
}

/// An error with what caused it, each said once, and without the system's numbers.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        let words = words.split(" (os error").next().unwrap_or_default();
        if !text.contains(words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// What the parser of the command line says, without how it lays it out: what is wrong, and lines of it up to the usage.
impl From<&clap::Error> for Problem {
    fn from(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let first = lines.next().unwrap_or_default();
        let message = first.strip_prefix("error: ").unwrap_or(first).to_owned();
        let is_more = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more information");
        let details = lines.take_while(is_more).map(str::to_owned).collect();
        Problem { details, ..Problem::of_use(message, "framboise --help") }
    }
}

impl From<ChooseError> for Problem {
    fn from(error: ChooseError) -> Self {
        let message = chain(&error);
        match error {
            ChooseError::NoneKnown => Problem::of_use(message, "find the Pis of this network first: framboise scan"),
            ChooseError::Unknown { near, .. } if near.is_empty() => {
                Problem::of_use(message, "see which there are: framboise devices, or find more: framboise scan")
            }
            ChooseError::Unknown { near, .. } => {
                Problem::of_use(message, format!("did you mean {}?", words::or(&near)))
            }
            ChooseError::Ambiguous { candidates, .. } => {
                let line =
                    |device: &KnownDevice| format!("{}  {}  {}", device.name(), device.address, device.id().short());
                let details = candidates.iter().map(line).collect();
                Problem { details, ..Problem::of_use(message, "say it by address, or by the beginning of its id") }
            }
            ChooseError::NotMet(error) => Problem { exit: Exit::NothingDone, ..Problem::from(error) },
            ChooseError::Store(error) => error.into(),
        }
    }
}

impl From<SourceError> for Problem {
    fn from(error: SourceError) -> Self {
        let next_step = error.next_step();
        let SourceError::Invalid(invalid) = &error else { return Problem::of_use(chain(&error), next_step) };
        let lines = match invalid.problems.len() {
            1 => "1 line to fix".to_owned(),
            count => format!("{count} lines to fix"),
        };
        let details = invalid.to_string().lines().map(str::to_owned).collect();
        Problem { details, ..Problem::of_use(format!("{} has {lines}", invalid.source_name), next_step) }
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        let details =
            error.failure().map(|failure| failure.detail.lines().map(framboise_core::text::visible).collect());
        Problem {
            details: details.unwrap_or_default(),
            ..Problem::of_system(chain(&error)).with_hint(&error.next_step())
        }
    }
}

impl From<LookError> for Problem {
    fn from(error: LookError) -> Self {
        let message = chain(&error);
        match error {
            LookError::Call(error) => error.into(),
            LookError::Store(error) => error.into(),
            LookError::Receipts(error) => error.into(),
            LookError::NoPoint(device) => Problem::of_system(message)
                .with_hint(&format!("one is recorded before the first update: framboise update --file LIST {device}")),
            LookError::NoOrder(device) => {
                Problem::of_system(message).with_hint(&format!("send one: framboise update --file LIST {device}"))
            }
            LookError::Lost { device, .. } => {
                Problem::of_system(message).with_hint(&format!("ask again later: framboise status {device}"))
            }
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Call(error) => error.into(),
            ChangeError::Key(error) => error.into(),
            ChangeError::Store(error) => error.into(),
            ChangeError::Json(_) => Problem::of_system(chain(&error)),
        }
    }
}

impl From<ReceiptError> for Problem {
    fn from(error: ReceiptError) -> Self {
        let message = chain(&error);
        match error {
            ReceiptError::Call(error) => error.into(),
            ReceiptError::Store(error) => error.into(),
            ReceiptError::NotHeld { .. } => Problem::of_system(message)
                .with_hint("somebody between desk and device may alter what passes: do not rely on it"),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let hint = match &error {
            StoreError::Database { path, .. } => format!(
                "check the disk and that you may write there; when the file is damaged, move {} away, then: framboise scan",
                path.display()
            ),
            StoreError::Newer { .. } => "update Framboise on this computer".to_owned(),
            StoreError::Stopped => "try again".to_owned(),
        };
        Problem::of_system(chain(&error)).with_hint(&hint)
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let hint = match &error {
            KeyError::File { .. } => "check the directory and that you may write there".to_owned(),
            KeyError::Open { path } => {
                format!("keep it to yourself: chmod 600 {}", words::quoted(&path.display().to_string()))
            }
            KeyError::Malformed { path } => {
                format!(
                    "put a copy of it back, or move {} away: a new key is made, which devices must be told",
                    path.display()
                )
            }
            KeyError::Random(_) => "try again".to_owned(),
        };
        Problem::of_system(chain(&error)).with_hint(&hint)
    }
}

impl From<HomeError> for Problem {
    fn from(error: HomeError) -> Self {
        let hint = match &error {
            HomeError::NoHome(_) => "set HOME, or XDG_DATA_HOME and XDG_CACHE_HOME",
            HomeError::NotMade { .. } => "check that you may write there, or set XDG_DATA_HOME and XDG_CACHE_HOME",
        };
        Problem::of_system(chain(&error)).with_hint(hint)
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Home(error) => error.into(),
            DeskError::Store(error) => error.into(),
            DeskError::Connections(_) => Problem::of_system(chain(&error)),
        }
    }
}

impl From<MeetError> for Problem {
    fn from(error: MeetError) -> Self {
        match error {
            MeetError::Call(error) => error.into(),
            MeetError::Store(error) => error.into(),
        }
    }
}

impl From<ScanError> for Problem {
    fn from(error: ScanError) -> Self {
        Problem::of_system(chain(&error)).with_hint("name the network: framboise scan --subnet 192.168.1.0/24")
    }
}

impl From<StageError> for Problem {
    fn from(error: StageError) -> Self {
        match error {
            StageError::Key(error) => error.into(),
            StageError::Store(error) => error.into(),
            StageError::Json(_) => Problem::of_system(chain(&error)),
        }
    }
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Key(error) => error.into(),
            OrderError::Store(error) => error.into(),
            OrderError::Random(_) | OrderError::Json(_) => Problem::of_system(chain(&error)),
        }
    }
}
