//! The key that signs the lab's archive: made once, kept in the cache, trusted by the devices.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::command::Tool;
use crate::error::{Error, Result};
use crate::files;
use crate::store::{Lock, Store};

/// The archive's signing key.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    home: PathBuf,
}

impl Keys {
    /// Makes the key, unless it is cached.
    pub(crate) fn make(store: &Store, lock: &Lock) -> Result<Keys> {
        let home = store.cached(lock, "keys", "archive", |home| {
            fs::set_permissions(home, Permissions::from_mode(0o700)).map_err(Error::io("chmod", home))?;
            let keys = Keys { home: home.to_path_buf() };
            let user = "Framboise lab <lab@example.invalid>";
            keys.gpg().args(["--quick-gen-key", user, "ed25519", "sign", "never"]).run()?;
            let public = keys.gpg().args(["--armor", "--export"]).run()?;
            keys.stop_agent();
            files::write(&keys.public(), public)
        })?;
        Ok(Keys { home })
    }

    /// Of a cache that is there already.
    pub(crate) fn cached(store: &Store) -> Keys {
        Keys { home: store.cache("keys").join("archive") }
    }

    /// Changes when the key does: what it has signed is of no use then.
    pub(crate) fn id(&self) -> Result<String> {
        Ok(files::sha256(files::read(&self.public())?)[..12].to_owned())
    }

    /// The public key, in ASCII armour.
    pub(crate) fn public(&self) -> PathBuf {
        self.home.join("public.asc")
    }

    /// Signs `input` into `output`, with the text inside.
    pub(crate) fn clearsign(&self, input: &Path, output: &Path) -> Result<()> {
        // Two labs share the key, and stopping the agent would stop the other one's signing too.
        let path = self.home.join("signing.lock");
        let turn = fs::File::create(&path).map_err(Error::io("create", &path))?;
        turn.lock().map_err(Error::io("lock", &path))?;
        let signed =
            self.gpg().args(["--digest-algo", "SHA512", "--clearsign", "--output"]).arg(output).arg(input).run();
        self.stop_agent();
        signed.map(drop)
    }

    fn gpg(&self) -> Tool {
        Tool::new("gpg").arg("--homedir").arg(&self.home).args([
            "--batch",
            "--yes",
            "--quiet",
            "--no-tty",
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
        ])
    }

    /// gpg leaves an agent behind that nobody needs; it ends by itself if this fails.
    fn stop_agent(&self) {
        let _ = Tool::new("gpgconf").arg("--homedir").arg(&self.home).args(["--kill", "gpg-agent"]).run();
    }
}
