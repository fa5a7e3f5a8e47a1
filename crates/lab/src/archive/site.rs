//! The folder of one archive as it is served, and its server.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::index::{Offer, copy_published};
use super::server;
use crate::cgroup::Cgroup;
use crate::error::{Error, Result};
use crate::files;

/// The area, and the suite, of the lab's own packages.
pub(crate) const LAB: &str = "lab";
/// The area of Debian's suites.
pub(crate) const DEBIAN: &str = "debian";

/// What the web server hands out: `AREA/dists/SUITE` and `AREA/pool/SUITE`, areas being `lab` and `debian`.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    folder: PathBuf,
}

impl Site {
    pub(crate) fn at(folder: PathBuf) -> Site {
        Site { folder }
    }

    /// Offers a published suite, unless this site offers that suite already.
    pub(crate) fn offer(&self, published: &Path) -> Result<()> {
        let offer = Offer::read(published)?;
        let target = self.suite(&offer.suite);
        if target.join("offer.json").exists() {
            return Ok(());
        }
        copy_published(published, &target)?;
        let pool = self.folder.join(area(&offer.suite)).join("pool");
        files::create_dir(&pool)?;
        let pool = pool.join(&offer.suite);
        if fs::symlink_metadata(&pool).is_err() {
            symlink(&offer.pool, &pool).map_err(Error::io("link", &pool))?;
        }
        Ok(())
    }

    /// The published suite's folder.
    pub(crate) fn suite(&self, suite: &str) -> PathBuf {
        self.folder.join(area(suite)).join("dists").join(suite)
    }

    /// The suites that it offers.
    pub(crate) fn suites(&self) -> Result<Vec<String>> {
        let mut suites = Vec::new();
        for area in [LAB, DEBIAN] {
            suites.extend(files::names(&self.folder.join(area).join("dists"))?);
        }
        suites.retain(|name| self.suite(name).join("offer.json").exists());
        Ok(suites)
    }

    /// Starts the server in a network namespace, and returns once it accepts connections.
    pub(crate) fn serve(&self, helper: &Path, namespace: &str, cgroup: Option<&Cgroup>) -> Result<Child> {
        let log = self.folder.with_extension("log");
        let log = File::create(&log).map_err(Error::io("create", &log))?;
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/run/netns/{namespace}"))
            .arg("--")
            .arg(helper)
            .arg("archive-serve")
            .arg(&self.folder);
        if let Some(cgroup) = cgroup {
            command.arg("--cgroup").arg(cgroup.path());
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().map_err(|e| crate::command::not_started(&command, e))?;
        let mut first = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut first).map_err(Error::kernel("hear from the archive's server"))?;
        }
        if first.trim() != server::READY {
            let log = fs::read_to_string(self.folder.with_extension("log")).unwrap_or_default();
            return Err(Error::Invalid(format!("the archive's server did not start: {}", log.trim())));
        }
        Ok(child)
    }
}

fn area(suite: &str) -> &'static str {
    if suite == LAB { LAB } else { DEBIAN }
}
