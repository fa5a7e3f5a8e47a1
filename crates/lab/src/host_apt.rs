//! Fetches from Debian the way this machine's own apt does: its mirror, its proxies, its keys.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::command::Tool;
use crate::error::{Error, Result};
use crate::files;
use crate::suite::Suite;

/// Debian's own keys, as its package installs them.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// The archives that this machine's apt knows.
#[derive(Debug, Clone)]
pub(crate) struct HostApt {
    main: String,
    security: Option<String>,
}

/// A private apt state for one suite, which decides as a device with `status` would.
#[derive(Debug)]
pub(crate) struct SuiteApt {
    suite: Suite,
    folder: PathBuf,
    archives: PathBuf,
}

/// Which of a suite's archives wins, whatever the versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefer {
    /// The newest version, as on any device.
    Newest,
    /// The point release's version.
    Release,
    /// The security archive's version.
    Security,
    /// The version in backports.
    Backports,
}

impl HostApt {
    pub(crate) fn detect() -> Result<HostApt> {
        let text = Tool::new("apt-get")
            .args(["indextargets", "--format", "$(LABEL)|$(REPO_URI)", "Created-By: Packages"])
            .run()?;
        let uri_of = |label: &str| {
            text.lines()
                .filter_map(|line| line.split_once('|'))
                .find(|(name, _)| *name == label)
                .map(|(_, uri)| uri.to_owned())
        };
        Ok(HostApt { main: uri_of("Debian").ok_or(Error::NoDebianArchive)?, security: uri_of("Debian-Security") })
    }

    /// sources.list lines for a suite: what a stock device has.
    pub(crate) fn sources(&self, suite: Suite, backports: bool) -> String {
        let options = if Path::new(KEYRING).exists() { format!("[signed-by={KEYRING}] ") } else { String::new() };
        let main = &self.main;
        let mut text = format!("deb {options}{main} {suite} main\ndeb {options}{main} {suite}-updates main\n");
        if let Some(security) = &self.security {
            text.push_str(&format!("deb {options}{security} {suite}-security main\n"));
        }
        if backports {
            text.push_str(&format!("deb {options}{main} {suite}-backports main\n"));
        }
        text
    }

    /// How this machine's apt fetches: proxies and the like, as lines of apt.conf.
    pub(crate) fn fetch_options(&self) -> Result<String> {
        let dump = Tool::new("apt-config").arg("dump").run()?;
        let wanted =
            ["Acquire::http::", "Acquire::https::", "Acquire::Check-", "Acquire::Retries", "Acquire::ForceIPv"];
        let lines = dump.lines().filter(|line| wanted.iter().any(|start| line.starts_with(start)));
        Ok(lines.map(|line| format!("{line}\n")).collect())
    }
}

impl SuiteApt {
    /// Prepares a private state in `folder`; packages are downloaded to `archives`.
    pub(crate) fn new(
        host: &HostApt,
        suite: Suite,
        arch: &str,
        status: &Path,
        folder: PathBuf,
        archives: PathBuf,
    ) -> Result<SuiteApt> {
        files::create_dir(&folder.join("lists/partial"))?;
        files::create_dir(&archives.join("partial"))?;
        files::write(&folder.join("sources.list"), host.sources(suite, true))?;
        let config = format!(
            "#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n#clear APT::Architectures;\n\
             APT::Architecture \"{arch}\";\nAPT::Architectures {{ \"{arch}\"; }};\n\
             APT::Sandbox::User \"root\";\nAPT::Install-Recommends \"false\";\nAcquire::Languages \"none\";\n\
             Debug::NoLocking \"true\";\n\
             Dir::Etc::sourcelist \"{folder}/sources.list\";\nDir::Etc::sourceparts \"-\";\n\
             Dir::Etc::preferences \"{folder}/preferences\";\nDir::Etc::preferencesparts \"-\";\n\
             Dir::State::lists \"{folder}/lists\";\nDir::State::status \"{status}\";\n\
             Dir::State::extended_states \"{folder}/extended_states\";\n\
             Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\n",
            folder = folder.display(),
            status = status.display(),
        );
        files::write(&folder.join("apt.conf"), config)?;
        let apt = SuiteApt { suite, folder, archives };
        if apt.update().is_err() {
            // Not every mirror carries backports.
            files::write(&apt.folder.join("sources.list"), host.sources(suite, false))?;
            apt.update()?;
        }
        Ok(apt)
    }

    fn update(&self) -> Result<()> {
        // Without this, an index that could not be fetched is a warning.
        self.tool("apt-get").args(["-o", "APT::Update::Error-Mode=any", "update"]).run().map(drop)
    }

    /// Those of `packages` that the suite's archives have in several versions.
    pub(crate) fn in_several_versions(&self, packages: &[&str]) -> Result<Vec<String>> {
        let text = self.tool("apt-cache").arg("madison").args(packages).run()?;
        // name | version | where
        let offered: BTreeSet<(&str, &str)> = text
            .lines()
            .filter_map(|line| {
                let mut fields = line.split('|').map(str::trim);
                Some((fields.next()?, fields.next()?))
            })
            .collect();
        let several = |name: &&str| offered.iter().filter(|(offered, _)| offered == name).count() > 1;
        Ok(packages.iter().copied().filter(several).map(String::from).collect())
    }

    /// Downloads packages with what they depend on, and gives the file names of all that a device would fetch.
    pub(crate) fn download(&self, prefer: Prefer, packages: &[String]) -> Result<BTreeSet<String>> {
        let preferences = self.folder.join("preferences");
        files::write(&preferences, self.pin(prefer))?;
        let nothing = tempfile::tempdir().map_err(Error::io("create", "a temporary folder"))?;
        files::create_dir(&nothing.path().join("partial"))?;
        let wanted = self.install(nothing.path(), packages).arg("--print-uris").run()?;
        self.install(&self.archives, packages).run()?;
        // 'http://…/x_1.0_all.deb' x_1.0_all.deb 1234 SHA256:…
        let names = wanted.lines().filter(|line| line.starts_with('\''));
        Ok(names.filter_map(|line| line.split(' ').nth(1)).map(str::to_owned).collect())
    }

    fn install(&self, archives: &Path, packages: &[String]) -> Tool {
        self.tool("apt-get")
            .args(["-qq", "-y", "--download-only", "--allow-downgrades"])
            .arg("-o")
            .arg(format!("Dir::Cache::archives={}/", archives.display()))
            .arg("install")
            .args(packages)
    }

    fn pin(&self, prefer: Prefer) -> String {
        let ending = match prefer {
            Prefer::Newest => return String::new(),
            Prefer::Release => "",
            Prefer::Security => "-security",
            Prefer::Backports => "-backports",
        };
        format!("Package: *\nPin: release n={}{ending}\nPin-Priority: 1001\n", self.suite)
    }

    fn tool(&self, program: &str) -> Tool {
        Tool::new(program).arg("-c").arg(self.folder.join("apt.conf"))
    }
}
