//! Options common to runs of apt-get.

use crate::command::Program;
use std::path::Path;

/// apt-get, never asking, never guessing: admin's conffiles kept, unsigned archives refused, nothing autoremoved.
pub fn apt_get() -> Program {
    Program::new("apt-get").args(["-q", "-y"]).args(options(&[
        "APT::Get::AllowUnauthenticated=false",
        "APT::Get::AutomaticRemove=false",
        "APT::Get::Show-User-Simulation-Note=false",
        "Acquire::AllowInsecureRepositories=false",
        "Acquire::Retries=3",
        "DPkg::Lock::Timeout=120",
        "Dpkg::Options::=--force-confdef",
        "Dpkg::Options::=--force-confold",
        "Dpkg::Use-Pty=0",
    ]))
}

/// A cache of its own for a run, so that nothing fetched before is mistaken for the archive's.
pub fn own_archives(directory: &Path) -> Vec<String> {
    options(&[&format!("Dir::Cache::archives={}/", directory.display())])
}

/// `-o` before each.
pub fn options(settings: &[&str]) -> Vec<String> {
    settings.iter().flat_map(|setting| ["-o".to_owned(), (*setting).to_owned()]).collect()
}
