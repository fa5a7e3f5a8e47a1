//! Faults that packages bring: scripts that fail on the way, damaged .debs, half-done packages, a clock that is wrong.
//!
//! Wherever it ends, a device is exactly as before or exactly as after, and says what happened.

/// Makes a test of each named function: for bookworm always, for trixie when all is wanted.
macro_rules! faults {
    ($($name:ident),* $(,)?) => {
        $(mod $name {
            #[test]
            fn bookworm() {
                super::$name(framboise_lab::Suite::Bookworm);
            }

            #[test]
            fn trixie() {
                if crate::everything() {
                    super::$name(framboise_lab::Suite::Trixie);
                }
            }
        })*
    };
}

mod clock;
mod debs;
mod oddities;
mod scripts;

use crate::build::Build;
use crate::pi::Pi;
use crate::source;

/// Version 1.0 and 2.0 of a package with a conffile, and a file that tells the version.
fn pair(name: &str) -> (Build, Build) {
    let build = |version: &str| {
        let mut build = Build::new(name, version);
        build.file(&format!("usr/share/{name}/version"), version);
        build.conffile(&format!("etc/{name}.conf"), format!("# {name} {version}\n"));
        build
    };
    (build("1.0"), build("2.0"))
}

/// Installs 1.0 by plain apt, updates, rolls back, and compares.
#[track_caller]
fn there_and_back(pi: &Pi, (older, newer): &(Build, Build)) {
    source::install_older(pi, older, newer);
    let before = pi.snapshot();
    pi.update(&newer.name).done();
    assert!(pi.snapshot().has(&format!("dpkg-query {} 2.0", newer.name)) || newer.version != "2.0");
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after update and rollback");
}
