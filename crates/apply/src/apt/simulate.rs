//! apt's own simulation, `apt-get -s`: what it would do.
//!
//! There is no machine-readable form; the lines `Inst`, `Conf`, `Remv` and `Purg` are the same on apt 2.6 and 3.0.

use super::failure_of;
use super::options::apt_get;
use crate::command::Ended;
use crate::fault::Result;
use framboise_core::cause::Cause;
use framboise_core::debian::{Architecture, PackageKey, PackageName, Version};
use std::collections::BTreeMap;

/// What apt would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    /// Every package that changes.
    pub packages: BTreeMap<PackageKey, SimulatedPackage>,
    /// Upgrades it holds back.
    pub kept_back: Vec<String>,
}

/// What apt would do with one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedPackage {
    /// The version before; none when it is new.
    pub before: Option<Version>,
    /// The version after; none when it is removed.
    pub after: Option<Version>,
    /// Where the version comes from, as apt says: `Debian-Security:12/stable-security`.
    pub origin: String,
}

/// Simulates `apt-get install` with these arguments. apt goes down in version only where an argument says so.
///
/// # Errors
/// The cause, when apt finds no way.
pub fn simulate_install(arguments: &[String], native: &Architecture) -> Result<Simulated> {
    read_there(&apt_get().args(["-s", "--allow-downgrades", "install", "--"]).args(arguments).run()?, native)
}

/// Simulates the upgrade of everything, new dependencies allowed, removals not.
///
/// # Errors
/// As [`simulate_install`].
pub fn simulate_upgrade(native: &Architecture) -> Result<Simulated> {
    read(&apt_get().arg("-s").arg("--with-new-pkgs").arg("upgrade").run()?, native)
}

/// On the way there nothing essential goes; on the way back, what came with the update does.
fn read_there(ended: &Ended, native: &Architecture) -> Result<Simulated> {
    let simulated = read(ended, native)?;
    let essential = block(&ended.output, "WARNING: The following essential packages will be removed.");
    if essential.is_empty() { Ok(simulated) } else { Err(Cause::EssentialRemoval { packages: essential }.into()) }
}

pub(super) fn read(ended: &Ended, native: &Architecture) -> Result<Simulated> {
    if !ended.is_success() {
        return Err(failure_of(ended));
    }
    let mut simulated = Simulated {
        packages: BTreeMap::new(),
        kept_back: block(&ended.output, "The following packages have been kept back:"),
    };
    for (key, package) in ended.output.lines().filter_map(|line| action(line, native)) {
        let is_removal_of_known = package.after.is_none() && simulated.packages.contains_key(&key);
        if !is_removal_of_known {
            simulated.packages.insert(key, package);
        }
    }
    Ok(simulated)
}

/// `Inst name[:arch] [old] (new Origin:suite [arch]) …` or `Remv name[:arch] [old] …`.
fn action(line: &str, native: &Architecture) -> Option<(PackageKey, SimulatedPackage)> {
    let (verb, rest) = line.split_once(' ')?;
    let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let before = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).and_then(|(old, _)| old.parse().ok());
    let (name, named_architecture) = match name.split_once(':') {
        Some((name, architecture)) => (name, architecture.parse().ok()?),
        None => (name, native.clone()),
    };
    let name: PackageName = name.parse().ok()?;
    match verb {
        "Inst" => {
            let (new, _) = rest.split_once('(')?.1.split_once(')')?;
            let (version, origin) = new.split_once(' ').unwrap_or((new, ""));
            let (origin, architecture) = origin.rsplit_once('[').unwrap_or((origin, ""));
            let architecture = architecture.trim_end_matches(']').parse().unwrap_or(named_architecture);
            let key = PackageKey::new(name, &architecture, native);
            let after = Some(version.parse().ok()?);
            Some((key, SimulatedPackage { before, after, origin: origin.trim().to_owned() }))
        }
        "Remv" | "Purg" => {
            let key = PackageKey::new(name, &named_architecture, native);
            Some((key, SimulatedPackage { before, after: None, origin: String::new() }))
        }
        _ => None,
    }
}

/// The names in the indented lines after a heading.
fn block(output: &str, heading: &str) -> Vec<String> {
    let after = output.lines().skip_while(|line| *line != heading).skip(1);
    // Between the heading of essential packages and their names stands a warning of one line.
    after
        .skip_while(|line| !line.starts_with(' '))
        .take_while(|line| line.starts_with(' '))
        .flat_map(str::split_whitespace)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simulated(output: &str) -> Simulated {
        let ended = Ended { status: Some(0), output: output.to_owned(), words: output.to_owned() };
        read(&ended, &"arm64".parse().unwrap()).unwrap()
    }

    #[test]
    fn reads_new_upgraded_foreign_and_removed_packages() {
        let found = simulated(
            "Reading package lists...\n\
             Remv old [1.0]\n\
             Inst libssl3 [3.0.15-1] (3.0.16-1~deb12u1 Debian:12.9/stable, Debian-Security:12/stable-security [arm64]) []\n\
             Inst libc6:armhf (2.36-9 Debian:12.9/stable [armhf])\n\
             Inst doc (2.0 Lab:lab [all])\n\
             Conf doc (2.0 Lab:lab [all])\n",
        );
        let lines: Vec<String> = found
            .packages
            .iter()
            .map(|(key, package)| format!("{key} {:?} {:?} {}", package.before, package.after, package.origin))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        doc:arm64 None Some(Version("2.0")) Lab:lab
        libc6:armhf None Some(Version("2.36-9")) Debian:12.9/stable
        libssl3:arm64 Some(Version("3.0.15-1")) Some(Version("3.0.16-1~deb12u1")) Debian:12.9/stable, Debian-Security:12/stable-security
        old:arm64 Some(Version("1.0")) None 
        "#);
    }

    #[test]
    fn refuses_to_remove_what_the_system_needs() {
        let ended = Ended {
            status: Some(0),
            output: "WARNING: The following essential packages will be removed.\nThis should NOT be done\n  dpkg bash\nRemv dpkg [1]\n"
                .into(),
            words: String::new(),
        };
        let failure = read_there(&ended, &"arm64".parse().unwrap()).unwrap_err();
        assert_eq!(failure.cause, Cause::EssentialRemoval { packages: vec!["dpkg".into(), "bash".into()] });
    }

    #[test]
    fn names_what_is_kept_back() {
        let found = simulated("The following packages have been kept back:\n  a b\n  c\n0 upgraded\n");
        assert_eq!(found.kept_back, ["a", "b", "c"]);
    }
}
