//! The root file systems that devices are made of: real Debian, made once by mmdebstrap, then cached.

use std::path::{Path, PathBuf};

use crate::command::Tool;
use crate::error::Result;
use crate::files;
use crate::host_apt::HostApt;
use crate::progress::Step;
use crate::store::{Lock, Store};
use crate::suite::Suite;

/// What a device has beside Debian's essential packages and apt: the least that a stock Pi and Framboise's .deb need.
const INCLUDED: &str =
    "systemd,systemd-sysv,dbus,ca-certificates,dpkg-repack,iproute2,iputils-ping,curl,procps,libcap2-bin";

/// Part of every root's id: raise it when the way roots are made changes.
const RECIPE: &str = "2";

/// A cached root file system, never written to.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) suite: Suite,
    pub(crate) arch: String,
    /// Changes whenever the recipe does.
    pub(crate) id: String,
    pub(crate) tree: PathBuf,
    /// The .debs that it is made of.
    pub(crate) debs: PathBuf,
}

/// This machine's Debian architecture: devices have the same.
pub(crate) fn architecture() -> Result<String> {
    let text = Tool::new("dpkg").arg("--print-architecture").run()?;
    Ok(text.trim().to_owned())
}

impl Root {
    /// Makes it, unless it is cached.
    pub(crate) fn build(store: &Store, lock: &Lock, suite: Suite) -> Result<Root> {
        let arch = architecture()?;
        let recipe = files::sha256(format!("{RECIPE} {INCLUDED}"));
        let id = format!("{suite}-{arch}-{}", &recipe[..12]);
        let folder = store.cached(lock, "roots", &id, |folder| bootstrap(suite, &arch, folder))?;
        Ok(Root { suite, arch, id, tree: folder.join("tree"), debs: folder.join("debs") })
    }
}

fn bootstrap(suite: Suite, arch: &str, folder: &Path) -> Result<()> {
    let step = Step::begin(format!("making the {suite} root (once, it is cached)"));
    let host = HostApt::detect()?;
    let (tree, debs, options) = (folder.join("tree"), folder.join("debs"), folder.join("apt.conf"));
    files::create_dir(&debs)?;
    let mut config = host.fetch_options()?;
    config.push_str("Acquire::Languages \"none\";\n");
    files::write(&options, config)?;
    let sources = folder.join("sources.list");
    files::write(&sources, host.sources(suite, false))?;
    // The .debs are kept: the lab's archive offers them.
    let keep = format!("cp \"$1\"/var/cache/apt/archives/*.deb '{}'", debs.display());
    Tool::new("mmdebstrap")
        .args(["--mode=root", "--variant=apt", "--skip=download/empty", "--skip=essential/unlink"])
        .arg(format!("--architectures={arch}"))
        .arg(format!("--include={INCLUDED}"))
        .arg(format!("--aptopt={}", options.display()))
        .arg("--dpkgopt=force-unsafe-io")
        .arg(format!("--customize-hook={keep}"))
        .arg("--customize-hook=rm -f \"$1\"/var/cache/apt/archives/*.deb")
        .arg(suite.name())
        .arg(&tree)
        .arg(&sources)
        .stream(|line| {
            if let Some(news) = line.strip_prefix("I: ") {
                step.detail(news);
            }
        })?;
    forget_this_machine(&tree)
}

/// Removes what mmdebstrap took over from this machine or set for itself.
fn forget_this_machine(tree: &Path) -> Result<()> {
    for file in [
        "etc/apt/apt.conf.d/99mmdebstrap",
        "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
        "etc/apt/sources.list",
        "etc/apt/sources.list.d/0000sources.list",
        "etc/resolv.conf",
        "etc/hostname",
    ] {
        files::remove_file(&tree.join(file))?;
    }
    files::write(&tree.join("etc/resolv.conf"), "")?;
    // Empty, not absent: systemd then makes one at boot.
    files::write(&tree.join("etc/machine-id"), "")
}
