//! What lies over a root on every device: the lab's sources and test packages, and Framboise itself.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::archive::{Excerpt, Keys, Offer, Site, TestPackages};
use crate::boot::Boot;
use crate::command::{self, Tool};
use crate::error::{Error, Result};
use crate::files;
use crate::network::{self, ARCHIVE, ARCHIVE_NAME};
use crate::progress::{Step, say};
use crate::roots::Root;
use crate::store::{Lock, Store};

/// Part of every layer's id: raise it when the way layers are made changes.
const RECIPE: &str = "1";

/// Where .debs lie while they are installed into a layer.
const INBOX: &str = "var/tmp/framboise-lab";

/// Installs what lies in the inbox, as a device's admin would.
const INSTALL: &str = "dpkg --force-unsafe-io --install /var/tmp/framboise-lab/*.deb >&2";

/// Fetches the archive's index, so that a fresh device knows what there is.
const UPDATE: &str = "systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer\napt-get -qq update";

/// Goes back to older versions of Debian's own packages, so that real updates wait for a fresh device.
///
/// Installing marks a package as wanted by name, which it was not; and no device is made with a full cache.
const AGE: &str = "auto=$(apt-mark showauto)
apt-get -qq install --allow-downgrades --no-install-recommends -o DPkg::Options::=--force-unsafe-io $OLDER >&2 \
    || echo 'older versions do not go together: all packages of Debian are the newest'
apt-mark auto $auto >&2
apt-get clean
rm -f /var/log/apt/* /var/log/dpkg.log";

/// Takes the tools of the lab and makes layers with them.
#[derive(Debug)]
pub(crate) struct Layers<'a> {
    pub(crate) store: &'a Store,
    pub(crate) lock: &'a Lock,
    /// The `framboise-lab` binary.
    pub(crate) helper: &'a Path,
    pub(crate) keys: &'a Keys,
}

impl Layers<'_> {
    /// The layer with the lab's sources and test packages.
    pub(crate) fn with_sources(
        &self,
        root: &Root,
        excerpt: &Excerpt,
        tests: &TestPackages,
        published: &Path,
    ) -> Result<PathBuf> {
        let id = files::sha256(format!("{RECIPE} {} {} {} {INSTALL} {UPDATE} {AGE}", root.id, excerpt.id, tests.id));
        let id = format!("{}-{}", root.suite, &id[..12]);
        let folder = self.store.cached(self.lock, "layers", &id, |folder| {
            let _step = Step::begin(format!("installing the test packages on {}", root.suite));
            let upper = folder.join("upper");
            self.write_sources(&upper, root)?;
            for deb in tests.preinstalled() {
                put_into_inbox(&upper, &deb)?;
            }
            let site = Site::at(folder.join("site"));
            site.offer(published)?;
            site.offer(&excerpt.folder)?;
            let namespace = format!("framboise-build.{id}");
            network::create_archive_only(&namespace)?;
            let served = site.serve(self.helper, &namespace, None).and_then(|mut server| {
                let lower = vec![root.tree.clone()];
                let older = older_versions(root, excerpt).map(|list| list.join(" "));
                let script = older.map(|older| format!("{INSTALL}\n{UPDATE}\nOLDER='{older}'\n{AGE}"));
                let done = script.and_then(|script| self.run(folder, lower, Some(&namespace), &script));
                // It is ours, and serves nobody else.
                let _ = server.kill();
                let _ = server.wait();
                done
            });
            let removed = network::delete(&namespace);
            served.and(removed)?;
            files::remove_dir(&folder.join("site"))
        })?;
        Ok(folder.join("upper"))
    }

    /// The layer with Framboise's .deb, over the one with the sources.
    pub(crate) fn with_framboise(&self, root: &Root, below: &Path, deb: &Path) -> Result<PathBuf> {
        let (_, digest) = files::sha256_of_file(deb)?;
        let id = files::sha256(format!("{RECIPE} {} {digest} {INSTALL}", below.display()));
        let id = format!("{}-framboise-{}", root.suite, &id[..12]);
        self.forget_old_builds(&id)?;
        let folder = self.store.cached(self.lock, "layers", &id, |folder| {
            let _step = Step::begin(format!("installing Framboise's .deb on {}", root.suite));
            put_into_inbox(&folder.join("upper"), deb)?;
            let lower = vec![below.to_path_buf(), root.tree.clone()];
            self.run(folder, lower, None, INSTALL)
        })?;
        Ok(folder.join("upper"))
    }

    /// Every build makes a layer; those that no device of any lab uses are removed when they are a day old.
    fn forget_old_builds(&self, except: &str) -> Result<()> {
        let used = self.store.layers_in_use()?;
        let layers = self.store.cache("layers");
        for name in files::names(&layers)? {
            let folder = layers.join(&name);
            let old = files::age(&folder).is_some_and(|age| age > Duration::from_secs(24 * 60 * 60));
            let kept = name == except || used.contains(&folder.join("upper"));
            if name.contains("-framboise-") && old && !kept {
                files::remove_dir(&folder)?;
            }
        }
        Ok(())
    }

    fn write_sources(&self, upper: &Path, root: &Root) -> Result<()> {
        let key = files::read(&self.keys.public())?;
        files::write(&upper.join("etc/apt/keyrings/framboise-lab.asc"), key)?;
        let source = |area: &str, suite: &str| {
            format!(
                "Types: deb\nURIs: http://{ARCHIVE_NAME}/{area}\nSuites: {suite}\nComponents: main\n\
                 Signed-By: /etc/apt/keyrings/framboise-lab.asc\n"
            )
        };
        let folder = upper.join("etc/apt/sources.list.d");
        files::write(&folder.join("debian.sources"), source("debian", root.suite.name()))?;
        files::write(&folder.join("framboise-lab.sources"), source("lab", "lab"))?;
        files::write(&upper.join("etc/hosts"), format!("127.0.0.1 localhost\n{ARCHIVE} {ARCHIVE_NAME}\n"))?;
        // As on Raspberry Pi OS; the journal in memory keeps a device small.
        files::write(&upper.join("etc/rpi-issue"), "Raspberry Pi reference (Framboise lab)\n")?;
        let journald = "[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\n";
        files::write(&upper.join("etc/systemd/journald.conf.d/framboise-lab.conf"), journald)
    }

    /// Runs a shell script on top of `lower`, what it changes going to `folder/upper`.
    fn run(&self, folder: &Path, lower: Vec<PathBuf>, netns: Option<&str>, script: &str) -> Result<()> {
        for name in ["upper", "work", "root"] {
            files::create_dir(&folder.join(name))?;
        }
        let script = format!("export DEBIAN_FRONTEND=noninteractive\n{script}");
        let boot = Boot {
            hostname: "raspberrypi".into(),
            lower,
            upper: folder.join("upper"),
            image: None,
            work: folder.join("work"),
            mountpoint: folder.join("root"),
            netns: netns.map(str::to_owned),
            cgroup: None,
            pid_file: None,
            init: vec!["/bin/sh".into(), "-euc".into(), script],
        };
        let news = command::check(boot.command(self.helper, &folder.join("boot.json"))?)?;
        news.lines().for_each(say);
        files::remove_dir(&folder.join("upper").join(INBOX))?;
        files::remove_dir(&folder.join("work"))
    }
}

fn put_into_inbox(upper: &Path, deb: &Path) -> Result<()> {
    let inbox = upper.join(INBOX);
    files::create_dir(&inbox)?;
    // /var/tmp is open to all in the root below, and stays so.
    let above = upper.join("var/tmp");
    fs::set_permissions(&above, Permissions::from_mode(0o1777)).map_err(Error::io("chmod", &above))?;
    let name = deb.file_name().unwrap_or_default();
    fs::copy(deb, inbox.join(name)).map_err(Error::io("copy", deb))?;
    Ok(())
}

/// `NAME=VERSION` of each package of the root that the excerpt also has in an older version.
fn older_versions(root: &Root, excerpt: &Excerpt) -> Result<Vec<String>> {
    let installed = Tool::new("dpkg-query")
        .arg(format!("--admindir={}", root.tree.join("var/lib/dpkg").display()))
        .args(["--show", "--showformat=${Package} ${Version}\n"])
        .run()?;
    let installed: BTreeMap<&str, &str> = installed.lines().filter_map(|line| line.split_once(' ')).collect();
    // The root is made of the newest versions, so any other is older.
    let other = Offer::read(&excerpt.folder)?.stanzas()?.into_iter().filter_map(|(_, stanza)| {
        let present = installed.get(stanza.package.as_str())?;
        (*present != stanza.version).then_some((stanza.package, stanza.version))
    });
    let older: BTreeMap<String, String> = other.collect();
    Ok(older.into_iter().map(|(package, version)| format!("{package}={version}")).collect())
}
