//! Options common to runs of apt-get.

use crate::command::Program;
use std::path::Path;

/// apt takes its cache of dpkg's records for current while their file has the second and the size that it had, which two
/// versions of equal length within a second may leave it. Its cache of the archives, the larger part, is used.
const NO_STALE_CACHE: &str = "Dir::Cache::pkgcache=";

/// apt-cache, which changes nothing.
pub fn apt_cache() -> Program {
    Program::new("apt-cache").args(options(&[NO_STALE_CACHE]))
}

/// apt-get, never asking, never guessing: admin's conffiles kept, unsigned archives refused, nothing autoremoved.
pub fn apt_get() -> Program {
    Program::new("apt-get").args(["-q", "-y"]).args(options(&[
        "APT::Get::AllowUnauthenticated=false",
        "APT::Get::AutomaticRemove=false",
        "APT::Get::Show-User-Simulation-Note=false",
        "Acquire::AllowInsecureRepositories=false",
        "Acquire::Retries=3",
        "DPkg::Lock::Timeout=120",
        NO_STALE_CACHE,
        "Dpkg::Options::=--force-confdef",
        "Dpkg::Options::=--force-confold",
        "Dpkg::Use-Pty=0",
    ]))
}

/// A cache of its own for a run, so that nothing fetched before is mistaken for the archive's.
pub fn own_archives(directory: &Path) -> Vec<String> {
    options(&[&format!("Dir::Cache::archives={}/", directory.display())])
}

/// The parts of [`private`] that must exist.
pub const PRIVATE_PARTS: [&str; 2] = ["lists/partial", "cache/archives/partial"];

/// Makes apt see the packages of one index in `directory`, beside the .debs that it names, and no others (apt-get(8),
/// `--with-source`); and keep its traces there, out of the device's own apt state.
pub fn private(directory: &Path, index: &str) -> Vec<String> {
    let set = |name: &str, part: &str| format!("{name}={}", directory.join(part).display());
    let settings = [
        "Dir::Etc::sourcelist=/dev/null".into(),
        "Dir::Etc::sourceparts=/dev/null".into(),
        "Dir::Etc::preferences=/dev/null".into(),
        "Dir::Etc::preferencesparts=/dev/null".into(),
        set("Dir::State::lists", "lists/"),
        set("Dir::Cache", "cache/"),
        // An owner's own may lie elsewhere, on what is not there.
        set("Dir::Cache::archives", "cache/archives/"),
        "APT::Sandbox::User=root".into(),
        // No release has this index, and apt refuses to prefer one that is not there.
        "APT::Default-Release=".into(),
    ];
    let with_source = ["--with-source".to_owned(), directory.join(index).display().to_string()];
    options(&settings.each_ref().map(String::as_str)).into_iter().chain(with_source).collect()
}

/// `-o` before each.
pub fn options(settings: &[&str]) -> Vec<String> {
    settings.iter().flat_map(|setting| ["-o".to_owned(), (*setting).to_owned()]).collect()
}
