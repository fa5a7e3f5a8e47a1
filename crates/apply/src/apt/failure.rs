//! Which of the closed set of causes a failed run of apt or dpkg had, by its own words (`LC_ALL=C.UTF-8`).

use super::gate;
use crate::command::Ended;
use framboise_core::cause::{Cause, Failure};
use framboise_core::text::last_lines;

/// How many of the last lines a failure keeps.
const DETAIL_LINES: usize = 12;

/// The failure of a run that has ended with another status than 0.
pub fn failure_of(ended: &Ended) -> Failure {
    let words = ended.words.as_str();
    let cause = gate_refusal(words)
        .or_else(|| device_trouble(words))
        .or_else(|| dpkg_trouble(words))
        .or_else(|| archive_trouble(words))
        .or_else(|| request_trouble(words))
        .unwrap_or(Cause::AptFailed { status: ended.status });
    Failure::new(cause, last_lines(&around_dpkg_error(words).unwrap_or_else(|| words.to_owned()), DETAIL_LINES))
}

/// What the package that failed said: dpkg goes on with others after it, and their lines come last.
fn around_dpkg_error(words: &str) -> Option<String> {
    const BEGINNINGS: [&str; 4] = ["Setting up ", "Preparing to unpack ", "Removing ", "Purging "];
    let lines: Vec<&str> = words.lines().collect();
    let error = lines.iter().position(|line| line.starts_with("dpkg: error processing "))?;
    let begins = |line: &&str| BEGINNINGS.iter().any(|beginning| line.starts_with(beginning));
    let first = lines[..error].iter().rposition(begins).unwrap_or(0);
    let end = lines.len().min(error + 2);
    Some(lines[first..end].join("\n"))
}

fn gate_refusal(words: &str) -> Option<Cause> {
    let differences: Vec<String> =
        words.lines().filter_map(|line| line.strip_prefix(gate::REFUSAL)).map(str::to_owned).collect();
    (!differences.is_empty()).then_some(Cause::NotTheLock { differences })
}

fn device_trouble(words: &str) -> Option<Cause> {
    if words.contains("No space left on device") || words.contains("You don't have enough free space in") {
        let path = words.split("enough free space in ").nth(1).and_then(|rest| rest.split_whitespace().next());
        let path = path.unwrap_or("/").trim_end_matches('.').to_owned();
        return Some(Cause::DiskFull { path, missing_bytes: None });
    }
    if words.contains("Read-only file system") {
        return Some(Cause::ReadOnly { path: "/".into() });
    }
    if let Some(cause) = dpkg_locked(words) {
        return Some(cause);
    }
    let (_, rest) = words.split_once("Could not get lock ")?;
    let path = rest.split(". ").next().unwrap_or("/var/lib/dpkg/lock-frontend").to_owned();
    let holder = rest.split_once("held by process ").map(|(_, holder)| holder);
    let pid = holder.and_then(|holder| holder.split_whitespace().next()?.parse().ok());
    let program = holder.and_then(|holder| holder.split_once('(')?.1.split_once(')')).map(|(name, _)| name.to_owned());
    Some(Cause::LockHeld { path, pid, program })
}

/// `dpkg: error: dpkg frontend lock was locked by apt-get process with pid 7` (1.21.1; `another process` before that).
fn dpkg_locked(words: &str) -> Option<Cause> {
    let (before, after) = words.split_once(" process with pid ")?;
    let (_, holder) = before.rsplit_once(" was locked by ")?;
    let pid = after.split(|end: char| !end.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
    let program = (holder != "another").then(|| holder.to_owned());
    Some(Cause::LockHeld { path: "/var/lib/dpkg/lock-frontend".into(), pid, program })
}

fn dpkg_trouble(words: &str) -> Option<Cause> {
    if let Some(line) = words.lines().find(|line| line.contains("trying to overwrite")) {
        let package = package_in_error(words).or_else(|| line.rsplit(' ').nth(1).map(str::to_owned));
        return Some(Cause::DebConflict { package: package.unwrap_or_default() });
    }
    if let Some(package) = package_in_error(words) {
        return Some(Cause::ScriptFailed { package, script: script_in(words) });
    }
    let interrupted = words.contains("dpkg was interrupted, you must manually run");
    interrupted.then(|| Cause::DpkgBroken { packages: Vec::new() })
}

/// `dpkg: error processing package NAME (--configure):` or `… archive PATH (--unpack):`.
fn package_in_error(words: &str) -> Option<String> {
    let subject = words.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("dpkg: error processing ")?;
        let rest = rest.strip_prefix("package ").or_else(|| rest.strip_prefix("archive "))?;
        rest.split_once(" (--").map(|(subject, _)| subject)
    })?;
    let file = subject.rsplit('/').next().unwrap_or(subject);
    Some(file.split(['_', ':']).next().unwrap_or(file).to_owned())
}

fn script_in(words: &str) -> Option<String> {
    const SCRIPTS: [(&str, &str); 4] = [
        ("post-installation script", "postinst"),
        ("pre-installation script", "preinst"),
        ("pre-removal script", "prerm"),
        ("post-removal script", "postrm"),
    ];
    SCRIPTS.iter().find(|(said, _)| words.contains(said)).map(|(_, script)| (*script).to_owned())
}

fn archive_trouble(words: &str) -> Option<Cause> {
    if words.contains("is not valid yet") {
        return Some(Cause::IndexExpired { wrong_clock: true });
    }
    if words.contains("is expired") && words.contains("invalid since") {
        return Some(Cause::IndexExpired { wrong_clock: false });
    }
    if ["NO_PUBKEY", "is not signed", "is no longer signed", "signature verification failed", "EXPKEYSIG"]
        .iter()
        .any(|said| words.contains(said))
    {
        return Some(Cause::UntrustedArchive { uri: quoted_after(words, "The repository '") });
    }
    if words.contains("Hash Sum mismatch") || words.contains("has unexpected size") {
        return Some(Cause::HashMismatch { package: None });
    }
    let failed = words.lines().find_map(|line| line.trim().strip_prefix("E: Failed to fetch "));
    let failed = failed.or_else(|| words.lines().find_map(|line| line.trim().strip_prefix("W: Failed to fetch ")));
    failed.map(|rest| Cause::FetchFailed { uri: rest.split_whitespace().next().map(str::to_owned) })
}

fn request_trouble(words: &str) -> Option<Cause> {
    if let Some(package) = word_after(words, "E: Unable to locate package ")
        .or_else(|| quoted_after(words, "E: Couldn't find any package by glob '"))
        .or_else(|| quoted_after(words, "E: Couldn't find any package by regex '"))
    {
        return Some(Cause::UnknownPackage { package });
    }
    if let Some((version, package)) = two_quoted(words, "E: Version '") {
        return version.parse().ok().map(|version| Cause::VersionNotAvailable { package, version });
    }
    if let Some((suite, package)) = two_quoted(words, "E: Release '") {
        return suite.parse().ok().map(|suite| Cause::SuiteNotAvailable { package, suite });
    }
    if let Some(package) = quoted_after(words, "E: Package '") {
        return Some(Cause::NotInstallable { package });
    }
    if words.contains("E: Held packages were changed") {
        return Some(Cause::Held { packages: indented_after(words, "The following held packages will be changed:") });
    }
    // In a simulation that is all apt says of a .deb whose dependencies cannot be met.
    if let Some(package) = word_after(words, "E: Conf Broken ") {
        return Some(Cause::UnmetDependencies { packages: vec![package] });
    }
    let unmet = indented_after(words, "The following packages have unmet dependencies:");
    let broken = words.contains("held broken packages") || words.contains("Unmet dependencies");
    (!unmet.is_empty() || broken).then_some(Cause::UnmetDependencies { packages: unmet })
}

fn word_after(words: &str, prefix: &str) -> Option<String> {
    words.lines().find_map(|line| line.strip_prefix(prefix)).map(|rest| rest.trim().to_owned())
}

fn quoted_after(words: &str, prefix: &str) -> Option<String> {
    let (_, rest) = words.split_once(prefix)?;
    rest.split_once('\'').map(|(quoted, _)| quoted.to_owned())
}

/// `E: Version '9' for 'hello' was not found`.
fn two_quoted(words: &str, prefix: &str) -> Option<(String, String)> {
    let (_, rest) = words.split_once(prefix)?;
    let (first, rest) = rest.split_once("' for '")?;
    Some((first.to_owned(), rest.split_once('\'')?.0.to_owned()))
}

/// The first words of the indented lines after a heading, without what follows a colon.
fn indented_after(words: &str, heading: &str) -> Vec<String> {
    let lines = words.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| line.starts_with(' '));
    let mut names: Vec<String> = lines
        .filter(|line| !line.starts_with("      "))
        .flat_map(|line| line.split(" : ").next().unwrap_or_default().split_whitespace())
        .map(str::to_owned)
        .collect();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(words: &str) -> Cause {
        let words = words.to_owned();
        failure_of(&Ended { status: Some(100), output: String::new(), words }).cause
    }

    #[test]
    fn names_what_was_asked_wrongly() {
        assert_eq!(cause("E: Unable to locate package nix"), Cause::UnknownPackage { package: "nix".into() });
        assert_eq!(
            cause("E: Version '9' for 'hello' was not found\n"),
            Cause::VersionNotAvailable { package: "hello".into(), version: "9".parse().unwrap() }
        );
        assert_eq!(
            cause("E: Release 'sid' for 'hello' was not found"),
            Cause::SuiteNotAvailable { package: "hello".into(), suite: "sid".parse().unwrap() }
        );
        assert_eq!(
            cause("Package x is a virtual package\nE: Package 'x' has no installation candidate"),
            Cause::NotInstallable { package: "x".into() }
        );
    }

    #[test]
    fn names_what_a_simulation_finds_broken() {
        let words = "Inst a1 (1 local-deb [arm64])\nConf a1 broken\n Depends:libnowhere\nE: Conf Broken a1:arm64\n";
        assert_eq!(cause(words), Cause::UnmetDependencies { packages: vec!["a1:arm64".into()] });
    }

    #[test]
    fn names_unmet_dependencies() {
        let words = "The following packages have unmet dependencies:\n a : Depends: b (>= 2) but 1 is to be installed\n\
                     \x20     Recommends: c\nE: Unable to correct problems, you have held broken packages.\n";
        assert_eq!(cause(words), Cause::UnmetDependencies { packages: vec!["a".into()] });
    }

    #[test]
    fn names_the_script_that_failed() {
        let words = "boom\ndpkg: error processing package fram-failpost (--configure):\n installed fram-failpost package \
                     post-installation script subprocess returned error exit status 3\nErrors were encountered\n";
        assert_eq!(
            cause(words),
            Cause::ScriptFailed { package: "fram-failpost".into(), script: Some("postinst".into()) }
        );
        let words = "dpkg: error processing archive /x/fram-failpre_2.0_all.deb (--unpack):\n new fram-failpre package \
                     pre-installation script subprocess returned error exit status 4\n";
        assert_eq!(
            cause(words),
            Cause::ScriptFailed { package: "fram-failpre".into(), script: Some("preinst".into()) }
        );
    }

    #[test]
    fn keeps_the_words_of_the_package_that_failed() {
        let words = "Setting up a (1) ...\nSetting up bad (2) ...\nbad: boom\ndpkg: error processing package bad \
                     (--configure):\n installed bad package post-installation script subprocess returned error exit \
                     status 3\nSetting up c (1) ...\nSetting up d (1) ...\nErrors were encountered\n";
        let ended = Ended { status: Some(100), output: String::new(), words: words.into() };
        let detail = failure_of(&ended).detail;
        assert!(detail.starts_with("Setting up bad (2) ...\nbad: boom\n") && detail.ends_with("status 3"), "{detail}");
    }

    #[test]
    fn names_the_holder_of_a_lock() {
        let words = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 812 (unattended-upgr)\n";
        assert_eq!(
            cause(words),
            Cause::LockHeld {
                path: "/var/lib/dpkg/lock-frontend".into(),
                pid: Some(812),
                program: Some("unattended-upgr".into())
            }
        );
    }

    #[test]
    fn names_the_holder_that_dpkg_tells_of() {
        let path = "/var/lib/dpkg/lock-frontend".to_owned();
        let words = "dpkg: error: dpkg frontend lock was locked by apt-get process with pid 4711\nNote: removing the lock \
                     file is always wrong\n";
        let program = Some("apt-get".into());
        assert_eq!(cause(words), Cause::LockHeld { path: path.clone(), pid: Some(4711), program });
        let words = "dpkg: error: dpkg database lock was locked by another process with pid 7\n";
        assert_eq!(cause(words), Cause::LockHeld { path, pid: Some(7), program: None });
    }

    #[test]
    fn tells_a_wrong_clock_from_an_old_mirror() {
        let early = "E: Release file for http://a/InRelease is not valid yet (invalid for another 2d).";
        let late = "E: Release file for http://a/InRelease is expired (invalid since 3d).";
        assert_eq!(cause(early), Cause::IndexExpired { wrong_clock: true });
        assert_eq!(cause(late), Cause::IndexExpired { wrong_clock: false });
    }

    #[test]
    fn names_what_could_not_be_fetched() {
        let words = "E: Failed to fetch http://10.77.0.1/x.deb  Could not connect to 10.77.0.1:80\n";
        assert_eq!(cause(words), Cause::FetchFailed { uri: Some("http://10.77.0.1/x.deb".into()) });
    }

    #[test]
    fn keeps_the_last_words_of_what_it_does_not_know() {
        let ended = Ended { status: Some(7), output: String::new(), words: "a\u{1b}[2J\nwhat now\n".into() };
        let failure = failure_of(&ended);
        assert_eq!(failure.cause, Cause::AptFailed { status: Some(7) });
        assert_eq!(failure.detail, "a\\u{1b}[2J\nwhat now");
    }
}
