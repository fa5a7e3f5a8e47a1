//! The operator's key: made at the first use, in a file that nobody else can read.

use crate::home::Home;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::SigningKey;
use framboise_core::trust::{Operator, Sealed, seal};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Begins the one line of the file that is no comment.
const FORM: &str = "framboise-key-v1";

const WARNING: &str = "# Framboise: an operator's secret key. Whoever has it can update and roll back every device that\n\
                       # trusts it. Devices get the public line that `framboise keys show` prints.\n";

/// The key that signs this operator's orders.
pub struct OperatorKey {
    operator: Operator,
    signing: SigningKey,
}

/// A key that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or written.
    #[error("{path} could not be {doing}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// read or written.
        doing: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may read it.
    #[error("{path} can be read by others than you", path = path.display())]
    Open {
        /// Which.
        path: PathBuf,
    },
    /// Not what this version writes.
    #[error("{path} holds no key that this version understands", path = path.display())]
    Malformed {
        /// Which.
        path: PathBuf,
    },
    /// The system gives no random numbers.
    #[error("the system gave no random numbers for a key: {0}")]
    Random(getrandom::Error),
}

impl OperatorKey {
    /// The key of whoever's home this is; made, and that is told, when there is none.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn load_or_create(home: &Home) -> Result<(Self, IsNew), KeyError> {
        let path = OperatorKey::path(home);
        if let Some(key) = read(&path)? {
            return Ok((key, IsNew(false)));
        }
        let created = create(&path)?;
        // Another command may have been faster: what stands in the file is the key.
        read(&path)?.map(|key| (key, IsNew(created))).ok_or(KeyError::Malformed { path })
    }

    /// The key, where one was made already: a look makes none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn load(home: &Home) -> Result<Option<Self>, KeyError> {
        read(&OperatorKey::path(home))
    }

    /// Where the key is.
    pub fn path(home: &Home) -> PathBuf {
        home.data.join("operator.key")
    }

    /// Name and public key; printed, it is the line that devices need.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Signs a message.
    ///
    /// # Errors
    /// When it cannot be written as JSON; it always can.
    pub fn seal(&self, payload_type: &str, payload: &impl serde::Serialize) -> Result<Sealed, serde_json::Error> {
        seal(payload_type, &serde_json::to_vec(payload)?, &self.signing)
    }
}

/// Whether the key was made just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IsNew(pub bool);

fn read(path: &Path) -> Result<Option<OperatorKey>, KeyError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(KeyError::File { path: path.to_owned(), doing: "read", source }),
    };
    if is_open(path) {
        return Err(KeyError::Open { path: path.to_owned() });
    }
    parse(&text).map(Some).ok_or_else(|| KeyError::Malformed { path: path.to_owned() })
}

fn parse(text: &str) -> Option<OperatorKey> {
    let line = text.lines().find(|line| !line.starts_with('#') && !line.trim().is_empty())?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let [FORM, name, seed] = words.as_slice() else { return None };
    let seed: [u8; 32] = URL_SAFE_NO_PAD.decode(seed).ok()?.try_into().ok()?;
    let signing = SigningKey::from_bytes(&seed);
    Some(OperatorKey { operator: Operator { name: (*name).to_owned(), key: signing.verifying_key() }, signing })
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}

/// Whether this call made the file. It appears whole or not at all, and never replaces another.
fn create(path: &Path) -> Result<bool, KeyError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(KeyError::Random)?;
    let text = format!("{WARNING}{FORM} {} {}\n", operator_name(), URL_SAFE_NO_PAD.encode(seed));
    let failed = |source| KeyError::File { path: path.to_owned(), doing: "written", source };
    let directory = path.parent().unwrap_or(Path::new("."));
    // Temporary files are made with mode 0600.
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => {
            std::fs::File::open(directory).and_then(|directory| directory.sync_all()).map_err(failed).map(|()| true)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error.error)),
    }
}

/// `user@host`, one word.
fn operator_name() -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let user = user.filter(|user| !user.is_empty()).unwrap_or_else(|| "operator".to_owned());
    one_word(&format!("{user}@{}", host_name()))
}

#[cfg(unix)]
fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "desk".to_owned())
}

fn one_word(text: &str) -> String {
    text.chars()
        .map(|character| if character.is_ascii_graphic() && character != '#' { character } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn home(directory: &Path) -> Home {
        Home::at(&directory.join("data"), &directory.join("cache")).unwrap()
    }

    #[test]
    fn is_made_once_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let home = home(directory.path());
        let (first, IsNew(made)) = OperatorKey::load_or_create(&home).unwrap();
        let (second, IsNew(made_again)) = OperatorKey::load_or_create(&home).unwrap();
        assert!(made && !made_again);
        assert_eq!(first.operator(), second.operator());
        let mode = std::fs::metadata(OperatorKey::path(&home)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn two_at_once_agree_on_one_key() {
        let directory = tempfile::tempdir().unwrap();
        let home = home(directory.path());
        let threads: Vec<_> = (0..8)
            .map(|_| {
                let home = home.clone();
                std::thread::spawn(move || OperatorKey::load_or_create(&home).unwrap().0.operator().to_string())
            })
            .collect();
        let lines: std::collections::BTreeSet<String> =
            threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let home = home(directory.path());
        OperatorKey::load_or_create(&home).unwrap();
        let path = OperatorKey::path(&home);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(OperatorKey::load_or_create(&home), Err(KeyError::Open { .. })));
    }

    #[test]
    fn the_public_line_is_one_that_devices_read() {
        let directory = tempfile::tempdir().unwrap();
        let (key, _) = OperatorKey::load_or_create(&home(directory.path())).unwrap();
        let line = key.operator().to_string();
        let operators = framboise_core::trust::Operators::parse(&line).unwrap();
        assert_eq!(operators.list(), [key.operator().clone()]);
        let sealed = key.seal("type", &"payload").unwrap();
        assert_eq!(operators.open(&sealed, "type").unwrap().payload, b"\"payload\"");
    }

    #[test]
    fn names_are_one_word() {
        assert_eq!(one_word("jo doe@my#host\u{1b}"), "jo_doe@my_host_");
    }
}
