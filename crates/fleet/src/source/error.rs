//! What can be wrong with an update file, or a .deb it names, before any device hears of it.

use framboise_core::update_file::UpdateFileError;

/// An update file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file cannot be read.
    #[error("{name} could not be read")]
    NotRead {
        /// Which.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The address cannot be fetched.
    #[error("{url} could not be fetched: {reason}")]
    NotFetched {
        /// Which.
        url: String,
        /// Why.
        reason: String,
    },
    /// A page for people came back, perhaps of a log-in.
    #[error("{name} is a web page, not a list of packages")]
    WebPage {
        /// Which.
        name: String,
    },
    /// Larger than any list.
    #[error("{name} is larger than {} KiB", bytes_max / 1024)]
    TooBig {
        /// Which.
        name: String,
        /// The limit.
        bytes_max: u64,
    },
    /// Not UTF-8.
    #[error("{name} is not text in UTF-8: line {line} holds other bytes")]
    NotText {
        /// Which.
        name: String,
        /// The first such line, from 1.
        line: usize,
    },
    /// It lists what is no package.
    #[error("{0}")]
    Invalid(UpdateFileError),
    /// A .deb it names is not to be had.
    #[error("{name}: {problem}")]
    Deb {
        /// As the list names it.
        name: String,
        /// Why.
        problem: DebError,
    },
    /// It could not be written out for the devices.
    #[error("{name} could not be written out for the devices: {reason}")]
    NotPrinted {
        /// Which.
        name: String,
        /// Why.
        reason: String,
    },
}

/// What is wrong with a .deb.
#[derive(Debug, thiserror::Error)]
pub enum DebError {
    /// It cannot be read.
    #[error("the file could not be read: {0}")]
    NotRead(std::io::Error),
    /// It cannot be fetched.
    #[error("it could not be fetched: {0}")]
    NotFetched(String),
    /// Some other kind of file.
    #[error("it is not a Debian package")]
    NotADeb,
    /// Larger than is handed to a device.
    #[error("it is larger than {0} bytes")]
    TooBig(u64),
    /// The list came over the network and names a file of this computer.
    #[error("a list from the network cannot name files of this computer")]
    LocalInRemoteList,
}

impl SourceError {
    /// What to do now, in one sentence.
    pub fn next_step(&self) -> String {
        match self {
            SourceError::NotRead { .. } => "Check the path and that you may read the file.".to_owned(),
            SourceError::NotFetched { .. } => {
                "Check the address; fetch it by hand and give the file instead.".to_owned()
            }
            SourceError::WebPage { .. } => {
                "Give the address of the file itself, often behind a link called Raw.".to_owned()
            }
            SourceError::TooBig { .. } => "Split the list, or check that it is the right file.".to_owned(),
            SourceError::NotText { .. } => "Save it as UTF-8 text, one package a line.".to_owned(),
            SourceError::Invalid(_) => "Mend the file; nothing was sent to a device.".to_owned(),
            SourceError::Deb { problem, .. } => problem.next_step(),
            SourceError::NotPrinted { .. } => "Write the file as a plain list.".to_owned(),
        }
    }
}

impl DebError {
    fn next_step(&self) -> String {
        match self {
            DebError::NotRead(_) => "Paths are meant from the directory of the update file; check that it is there.",
            DebError::NotFetched(_) => "Check the address; fetch it by hand and name the file instead.",
            DebError::NotADeb => "Name a .deb file; what came may be an error page.",
            DebError::TooBig(_) => "Put it into an archive that the devices use.",
            DebError::LocalInRemoteList => {
                "Fetch the list first and give it as a file, or name the .deb by its address."
            }
        }
        .to_owned()
    }
}
