//! What the desk knows, in SQLite: devices found, orders sent, receipts. Several commands may use it at once.

mod counter;
mod devices;
mod orders;
mod receipts;
mod schema;

pub use devices::KnownDevice;
pub use orders::{SentOrder, SentTo};

use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long one command waits for another's writing.
const BUSY_MAX: Duration = Duration::from_secs(10);

/// The desk's memory.
#[derive(Clone)]
pub struct Store {
    path: Arc<PathBuf>,
    connection: Arc<Mutex<Connection>>,
}

/// The desk's memory failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite could not do it.
    #[error("{path} could not be used", path = path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A later version wrote it.
    #[error("{path} was written by a newer version of Framboise (form {found}, this one knows {known})", path = path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: i64,
        /// The last form that this version knows.
        known: i64,
    },
    /// The thread that did it is gone.
    #[error("the desk's memory stopped in the middle of it")]
    Stopped,
}

impl Store {
    /// Opens the file, makes it if need be, and brings it to this version's form.
    ///
    /// # Errors
    /// When the file cannot be used, or is of a later version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let connection = connect(path).map_err(|source| StoreError::Database { path: path.to_owned(), source })?;
        let store = Store { path: Arc::new(path.to_owned()), connection: Arc::new(Mutex::new(connection)) };
        let found = store.with(schema::migrate)?;
        if found > schema::FORM {
            return Err(StoreError::Newer { path: path.to_owned(), found, known: schema::FORM });
        }
        Ok(store)
    }

    /// Does it on a thread that may wait, so that no face stops moving.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || store.with(work)).await.map_err(|_| StoreError::Stopped)?
    }

    fn with<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut connection).map_err(|source| StoreError::Database { path: self.path.to_path_buf(), source })
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_MAX)?;
    use_write_ahead_log(&connection)?;
    // A power cut may take the last moments of it. Nothing of that is needed: counters follow the clock, receipts and
    // outcomes come again. Orders are the exception, and are kept with `durably`.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// Does it so that it survives a power cut: a disk takes up to 30 ms for that.
fn durably<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.pragma_update(None, "synchronous", "FULL")?;
    let result = work(connection);
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    result
}

/// SQLite gives up at once, whatever the busy time-out, when two connections switch a new file at the same time.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    let began = Instant::now();
    loop {
        let switched = connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()));
        match switched {
            Err(error) if is_busy(&error) && began.elapsed() < BUSY_MAX => {
                std::thread::sleep(Duration::from_millis(20))
            }
            done => return done,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}

/// A value that is kept as JSON, from or to a column.
fn json_error(error: serde_json::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
}

fn to_json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(json_error)
}

/// A time as it is kept: milliseconds since 1970.
fn time(ms: i64) -> rusqlite::Result<framboise_core::Timestamp> {
    framboise_core::Timestamp::from_millisecond(ms)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Integer, Box::new(error)))
}

#[cfg(test)]
mod tests;
