//! Update files from wherever they are: a path, standard input, an http(s) address; and the .debs that they name.

mod deb;
mod error;
mod fetch;

pub use deb::LoadedDeb;
pub(crate) use deb::MAGIC;
pub use error::{DebError, SourceError};

use crate::home::Home;
use framboise_core::protocol::http::PlanRequest;
use framboise_core::update_file::{PackageSpec, TEXT_BYTES_MAX, UpdateFile};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Where an update file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file of this computer.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// http or https.
    Url(String),
}

/// An update file that holds up, with its .debs at hand.
#[derive(Debug)]
pub struct LoadedFile {
    /// What to call it; its ending tells its form.
    pub name: String,
    /// What it says.
    pub file: UpdateFile,
    /// Its text for devices: each .deb is named by its digest.
    pub text: String,
    /// The .debs that it names, each once.
    pub debs: Vec<LoadedDeb>,
}

impl Source {
    /// What people write: `-`, an address, or a path.
    pub fn of(text: &str) -> Self {
        if text == "-" {
            Source::Stdin
        } else if text.starts_with("http://") || text.starts_with("https://") {
            Source::Url(text.to_owned())
        } else {
            Source::Path(PathBuf::from(text))
        }
    }

    /// What to call it in a sentence.
    pub fn shown(&self) -> String {
        match self {
            Source::Path(path) => path.display().to_string(),
            Source::Stdin => "standard input".to_owned(),
            Source::Url(url) => url.clone(),
        }
    }

    /// The last part of its name.
    fn name(&self) -> String {
        let last = match self {
            Source::Path(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
            Source::Stdin => None,
            Source::Url(url) => url.split(['?', '#']).next().and_then(|url| url.rsplit('/').next()).map(str::to_owned),
        };
        last.filter(|name| !name.is_empty()).unwrap_or_else(|| "list".to_owned())
    }
}

impl LoadedFile {
    /// What devices are asked to plan.
    pub fn request(&self) -> PlanRequest {
        PlanRequest::Update { file_name: self.name.clone(), text: self.text.clone() }
    }
}

/// Reads and checks an update file, and fetches the .debs that it names. `tell` hears what takes time, a sentence each.
///
/// # Errors
/// When it cannot be had, or does not hold up: then with everything that is wrong with it.
pub async fn load(source: &Source, home: &Home, tell: impl Fn(String)) -> Result<LoadedFile, SourceError> {
    let bytes = match source {
        Source::Path(path) => read_file(path.clone()).await?,
        Source::Stdin => read_stdin().await?,
        Source::Url(url) => {
            tell(format!("fetching {url}"));
            fetch::text(url).await?
        }
    };
    let text = decoded(&source.shown(), bytes)?;
    if matches!(source, Source::Url(_)) && text.trim_start().starts_with('<') {
        return Err(SourceError::WebPage { name: source.shown() });
    }
    let mut file = UpdateFile::parse(&source.name(), &text).map_err(|mut error| {
        error.source_name = source.shown();
        SourceError::Invalid(error)
    })?;
    let debs = deb::load(&mut file, source, home, &tell).await?;
    let text = if debs.is_empty() { text } else { printed(&source.name(), &file)? };
    Ok(LoadedFile { name: source.name(), file, text, debs })
}

/// The file again, in its form, with what its entries have become.
fn printed(name: &str, file: &UpdateFile) -> Result<String, SourceError> {
    debug_assert!(!file.specs().any(|spec| matches!(spec, PackageSpec::Deb(_))));
    if !name.to_ascii_lowercase().ends_with(".toml") {
        return Ok(file.to_plain());
    }
    file.to_toml().map_err(|error| SourceError::NotPrinted { name: name.to_owned(), reason: error.to_string() })
}

async fn read_file(path: PathBuf) -> Result<Vec<u8>, SourceError> {
    let name = path.display().to_string();
    let read = move || {
        if path.is_dir() {
            return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
        }
        limited(std::fs::File::open(&path)?)
    };
    in_background(&name, read).await
}

async fn read_stdin() -> Result<Vec<u8>, SourceError> {
    in_background("standard input", || limited(std::io::stdin().lock())).await
}

async fn in_background(
    name: &str,
    read: impl FnOnce() -> std::io::Result<Vec<u8>> + Send + 'static,
) -> Result<Vec<u8>, SourceError> {
    let result = tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    result.map_err(|source| SourceError::NotRead { name: name.to_owned(), source })
}

/// One byte more than allowed is enough to know.
fn limited(reader: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(TEXT_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn decoded(name: &str, bytes: Vec<u8>) -> Result<String, SourceError> {
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(SourceError::TooBig { name: name.to_owned(), bytes_max: TEXT_BYTES_MAX as u64 });
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        SourceError::NotText { name: name.to_owned(), line }
    })
}

/// The directory that paths in an update file are meant from.
fn directory_of(source: &Source) -> &Path {
    match source {
        Source::Path(path) => path.parent().unwrap_or(Path::new("")),
        Source::Stdin | Source::Url(_) => Path::new(""),
    }
}

#[cfg(test)]
mod tests;
