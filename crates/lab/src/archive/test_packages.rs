//! The lab's own packages: small ones, each with one way to succeed or to go wrong.

use std::path::{Path, PathBuf};

use super::deb::Deb;
use super::index::Offer;
use super::keys::Keys;
use super::site;
use crate::error::Result;
use crate::files;
use crate::progress::Step;
use crate::store::{Lock, Store};

/// Each device has these at 1.0 from the start.
const PREINSTALLED: [&str; 14] = [
    "fram-hello",
    "fram-dep",
    "fram-conf",
    "fram-failpost",
    "fram-failpre",
    "fram-old",
    "fram-vanish",
    "fram-svc",
    "fram-slow",
    "fram-move-a",
    "fram-move-b",
    "fram-mode",
    "fram-restart",
    "linux-image-rpi-lab",
];

/// On the devices, but in the archive no longer.
const VANISHED: &str = "fram-vanish_1.0_all.deb";

/// The group `adm` in Debian's base-passwd.
const ADM: u32 = 4;

/// The built packages.
#[derive(Debug, Clone)]
pub(crate) struct TestPackages {
    /// Changes whenever a package does.
    pub(crate) id: String,
    /// The folder of the .debs.
    pub(crate) pool: PathBuf,
}

impl TestPackages {
    /// Builds them, unless they are cached.
    pub(crate) fn build(store: &Store, lock: &Lock) -> Result<TestPackages> {
        let all = all();
        let id = files::sha256(format!("{all:?}"))[..16].to_owned();
        let pool = store.cached(lock, "test-packages", &id, |folder| {
            let _step = Step::begin("building the test packages");
            all.iter().try_for_each(|deb| deb.build(folder))
        })?;
        Ok(TestPackages { id, pool })
    }

    /// Publishes what the archive offers at first, unless that is cached.
    pub(crate) fn publish(&self, store: &Store, lock: &Lock, keys: &Keys, arch: &str) -> Result<PathBuf> {
        let id = format!("{}-{}-{arch}", self.id, keys.id()?);
        let folder = store.cached(lock, "offers", &id, |folder| {
            let names = all().into_iter().map(|deb| deb.file_name());
            let mut offer = Offer {
                suite: site::LAB.into(),
                origin: "Framboise lab".into(),
                arch: arch.to_owned(),
                pool: self.pool.clone(),
                debs: names.filter(|name| name != VANISHED).collect(),
                dated: 0,
            };
            offer.publish(&folder.join("suite"), keys)
        })?;
        Ok(folder.join("suite"))
    }

    /// The .debs that each device has from the start.
    pub(crate) fn preinstalled(&self) -> Vec<PathBuf> {
        let names = PREINSTALLED.iter().map(|name| format!("{name}_1.0_all.deb"));
        names.map(|name| self.pool.join(name)).collect()
    }

    /// The .deb of a version, if there is such a test package.
    pub(crate) fn find(&self, package: &str, version: &str) -> Option<String> {
        let name = format!("{package}_{version}_all.deb");
        Path::new(&self.pool).join(&name).exists().then_some(name)
    }
}

fn all() -> Vec<Deb> {
    let mut all: Vec<Deb> = ["1.0", "2.0"].into_iter().flat_map(both).collect();
    all.push(
        Deb::new("fram-new", "2.0")
            .field("Conflicts: fram-old")
            .field("Replaces: fram-old")
            .file("usr/share/fram-new/version", "2.0\n"),
    );
    all.push(Deb::new("fram-old", "1.0").file("usr/share/fram-old/version", "1.0\n"));
    all
}

/// The packages that are there in both versions.
fn both(version: &'static str) -> Vec<Deb> {
    let newer = version == "2.0";
    let mut dep = Deb::new("fram-dep", version).file("usr/share/fram-dep/version", version);
    let mut move_a = Deb::new("fram-move-a", version).file("usr/share/fram-move/a", version);
    let mut move_b = Deb::new("fram-move-b", version).file("usr/share/fram-move/b", version);
    let mut fail_post = Deb::new("fram-failpost", version).file("usr/share/fram-failpost/version", version);
    let mut fail_pre = Deb::new("fram-failpre", version).file("usr/share/fram-failpre/version", version);
    let mut slow = Deb::new("fram-slow", version).file("usr/share/fram-slow/version", version);
    if newer {
        dep = dep.field("Depends: fram-lib (>= 1.0)");
        move_b = move_b
            .field("Replaces: fram-move-a (<< 2.0)")
            .field("Breaks: fram-move-a (<< 2.0)")
            .file("usr/share/fram-move/file", version);
        fail_post = fail_post.script("postinst", "echo 'fram-failpost: boom' >&2\nexit 3");
        fail_pre = fail_pre.script("preinst", "echo 'fram-failpre: boom' >&2\nexit 4");
        slow = slow
            .script("postinst", "for second in 1 2 3 4 5 6; do echo \"fram-slow: second $second of 6\"; sleep 1; done");
    } else {
        move_a = move_a.file("usr/share/fram-move/file", version);
    }
    vec![
        Deb::new("fram-hello", version).program("usr/bin/fram-hello", format!("#!/bin/sh\necho {version}\n")),
        dep,
        Deb::new("fram-lib", version)
            .file("usr/share/fram-lib/version", version)
            .file("etc/fram-lib.conf", "# fram-lib\n"),
        Deb::new("fram-conf", version).file("etc/fram-conf.conf", format!("# fram-conf {version}\nport=80{version}\n")),
        fail_post,
        fail_pre,
        Deb::new("fram-vanish", version).file("usr/share/fram-vanish/version", version),
        service(version),
        slow,
        move_a,
        move_b,
        modes(version),
        needs_restart(version),
        kernel(version),
    ]
}

/// Says that it needs a restart, as Debian's and Raspberry Pi OS's packages do.
fn needs_restart(version: &'static str) -> Deb {
    Deb::new("fram-restart", version).file("usr/share/fram-restart/version", version).script(
        "postinst",
        "[ \"$1\" = configure ] && [ -d /run/systemd/system ] || exit 0\n\
         touch /run/reboot-required\n\
         grep -qx fram-restart /run/reboot-required.pkgs 2>/dev/null || echo fram-restart >>/run/reboot-required.pkgs",
    )
}

/// Stands in for a kernel of Raspberry Pi OS: what boots is copied to the boot partition by its script, and is no file
/// that dpkg knows. Each version also makes a file there of its own, and one that tells what it was made over, so that the
/// script of a version that comes back does not make it as it was.
fn kernel(version: &'static str) -> Deb {
    Deb::new("linux-image-rpi-lab", version)
        .file("usr/lib/linux-image-rpi-lab/kernel.img", format!("kernel {version}\n"))
        .script(
            "postinst",
            &format!(
                "[ \"$1\" = configure ] || exit 0\n\
                 mkdir -p /boot/firmware/overlays\n\
                 cp /usr/lib/linux-image-rpi-lab/kernel.img /boot/firmware/kernel8.img\n\
                 rm -f /boot/firmware/overlays/lab-*.dtbo\n\
                 echo overlay >/boot/firmware/overlays/lab-{version}.dtbo\n\
                 echo \"made by {version} over $2\" >/boot/firmware/initramfs8"
            ),
        )
}

/// A service, with the maintainer scripts that debhelper would write.
fn service(version: &'static str) -> Deb {
    Deb::new("fram-svc", version)
        .program("usr/lib/fram-svc/run", format!("#!/bin/sh\necho \"fram-svc {version} runs\"\nexec sleep infinity\n"))
        .file(
            "usr/lib/systemd/system/fram-svc.service",
            format!(
                "[Unit]\nDescription=Test service {version}\n\n[Service]\nExecStart=/usr/lib/fram-svc/run\n\n\
                 [Install]\nWantedBy=multi-user.target\n"
            ),
        )
        .script(
            "postinst",
            "[ \"$1\" = configure ] || exit 0\n\
             deb-systemd-helper unmask fram-svc.service >/dev/null || true\n\
             if deb-systemd-helper --quiet was-enabled fram-svc.service; then\n\
             \tdeb-systemd-helper enable fram-svc.service >/dev/null || true\nfi\n\
             if [ -d /run/systemd/system ]; then\n\
             \tsystemctl --system daemon-reload >/dev/null || true\n\
             \tdeb-systemd-invoke restart fram-svc.service >/dev/null || true\nfi",
        )
        .script(
            "prerm",
            "if [ -d /run/systemd/system ] && [ \"$1\" = remove ]; then\n\
             \tdeb-systemd-invoke stop fram-svc.service >/dev/null || true\nfi",
        )
        .script(
            "postrm",
            "if [ \"$1\" = purge ]; then deb-systemd-helper purge fram-svc.service >/dev/null || true; fi\n\
             if [ -d /run/systemd/system ] && [ \"$1\" = remove ]; then\n\
             \tsystemctl --system daemon-reload >/dev/null || true\nfi",
        )
}

/// Modes, owners and capabilities that a rollback must bring back.
fn modes(version: &'static str) -> Deb {
    Deb::new("fram-mode", version)
        .file_with("usr/bin/fram-mode-setuid", "#!/bin/sh\n", 0o4755, 0)
        .file_with("usr/bin/fram-mode-setgid", "#!/bin/sh\n", 0o2755, ADM)
        .file_with("usr/share/fram-mode/adm-only", format!("{version}\n"), 0o640, ADM)
        .program("usr/bin/fram-mode-capability", "#!/bin/sh\n")
        .field("Depends: libcap2-bin")
        .script("postinst", "setcap cap_net_raw+ep /usr/bin/fram-mode-capability")
}
