//! Packages in odd places: half done, essential, of another architecture, Framboise's own.

use super::{pair, there_and_back};
use crate::build::Build;
use crate::pi::Pi;
use crate::source::{self, FOLDER};
use framboise_lab::Suite;

faults!(
    packages_left_half_done_stop_an_update,
    an_essential_package,
    a_package_of_another_architecture,
    framboise_itself,
    settings_that_only_scripts_know,
);

fn packages_left_half_done_stop_an_update(suite: Suite) {
    let pi = Pi::raise(suite);
    let (mut older, mut newer) = pair("fram-half");
    // One that can't be undone either.
    older.script("postrm", "[ ! -e /srv/fail ]".into());
    newer.script("preinst", "[ ! -e /srv/fail ]".into());
    newer.script("postrm", "[ ! -e /srv/fail ]".into());
    older.triggers = "interest /usr/share/fram-bell\n".into();
    let mut bell = Build::new("fram-bell", "1.0");
    bell.file("usr/share/fram-bell/ring", "");
    source::carry(&pi, [&older, &bell].into_iter(), std::iter::once(&newer));
    pi.sh("apt-get -qq update; apt-get -qq -y install fram-half=1.0");
    source::offer_all(&pi);
    let whole = pi.snapshot();
    let deb = |version: &str| format!("{FOLDER}/fram-half_{version}_all.deb");
    for (made, status) in [
        (format!("dpkg --unpack {}", deb("1.0")), "unpacked"),
        (format!("dpkg --no-triggers -i {FOLDER}/fram-bell_1.0_all.deb"), "triggers-pending"),
        (format!("touch /srv/fail; dpkg -i {}", deb("2.0")), "half-installed"),
    ] {
        pi.sh(&format!("{{ {made}; }} >/dev/null 2>&1 || true; rm -f /srv/fail"));
        let before = pi.snapshot();
        let stands = pi.sh("dpkg-query -W -f '${db:Status-Status}' fram-half");
        assert_eq!(stands, status);
        pi.update("fram-hello").refused(409, "dpkg-unfinished").saying("fram-half");
        pi.snapshot().same_as(&before, "after an update beside a package that is half done");
        pi.sh(&format!(
            "dpkg -i {} >/dev/null; dpkg --configure -a; dpkg --purge fram-bell >/dev/null 2>&1 || true",
            deb("1.0")
        ));
        assert!(pi.sh("dpkg --audit").is_empty());
    }
    let mended = pi.snapshot();
    assert_eq!(
        mended.has("dpkg-query fram-half 1.0 install ok installed"),
        whole.has("dpkg-query fram-half 1.0 install ok installed")
    );
    pi.update("fram-half").done();
    pi.rollback().done();
    pi.snapshot().same_as(&mended, "after it was mended");
}

fn an_essential_package(suite: Suite) {
    let pi = Pi::raise(suite);
    let (mut older, mut newer) = pair("fram-vital");
    older.relate("Essential", "yes".into());
    newer.relate("Essential", "yes".into());
    there_and_back(&pi, &(older, newer));
    // One that is new goes again, too.
    let (older, mut newer) = pair("fram-vital-new");
    newer.relate("Essential", "yes".into());
    source::carry(&pi, std::iter::empty(), [&older, &newer].into_iter());
    source::offer_all(&pi);
    let before = pi.snapshot();
    pi.update("fram-vital-new").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after an essential package came and went");
}

fn a_package_of_another_architecture(suite: Suite) {
    let pi = Pi::raise(suite);
    let foreign = if pi.device.arch() == "amd64" { "i386" } else { "armhf" };
    pi.sh(&format!("dpkg --add-architecture {foreign}"));
    let (mut older, mut newer) = pair("fram-foreign");
    for build in [&mut older, &mut newer] {
        build.architecture = foreign.into();
        build.relate("Multi-Arch", "same".into());
    }
    source::carry(&pi, std::iter::once(&older), std::iter::once(&newer));
    pi.sh(&format!("apt-get -qq update; apt-get -qq -y install fram-foreign:{foreign}=1.0"));
    source::offer_all(&pi);
    let before = pi.snapshot();
    pi.update(&format!("fram-foreign:{foreign}")).done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after a foreign package's update and rollback");
}

/// The root side carries out its own update and is not restarted by it.
fn framboise_itself(suite: Suite) {
    let pi = Pi::raise(suite);
    let repacked = "mkdir -p /srv/packages /srv/tree; cd /srv
        apt-get -qq -y download framboise >/dev/null 2>&1 || true
        dpkg-deb -R framboise.deb tree; sed -i 's/^Version: .*/&+next/' tree/DEBIAN/control
        dpkg-deb --root-owner-group -Znone -b tree packages/framboise_next.deb >/dev/null
        cp framboise.deb packages/framboise_old.deb; cd packages
        for deb in framboise_old framboise_next; do dpkg-deb -f $deb.deb
        printf 'Filename: ./%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' $deb $(stat -c %s $deb.deb) $(sha256sum < $deb.deb | cut -d' ' -f1); done > Packages
        echo 'deb [trusted=yes] file:/srv/packages ./' > /etc/apt/sources.list.d/packages.list; apt-get -qq update";
    let deb =
        std::env::var("FRAMBOISE_DEB").map(std::path::PathBuf::from).unwrap_or_else(|_| newest_deb(pi.device.arch()));
    pi.device.write_file("/srv/framboise.deb", std::fs::read(deb).unwrap(), 0o644).unwrap();
    pi.sh(repacked);
    let before = pi.snapshot();
    // The server that would answer is restarted by the update; the root side goes on.
    drop(pi.update("framboise fram-hello"));
    wait_until_idle(&pi);
    assert!(pi.sh("dpkg-query -W framboise").contains("+next"));
    assert_eq!(pi.sh("fram-hello").trim(), "2.0");
    drop(pi.rollback());
    wait_until_idle(&pi);
    pi.snapshot().same_as(&before, "after Framboise's own update and rollback");
}

fn wait_until_idle(pi: &Pi) {
    pi.wait_until("the end of the order", || {
        let status = pi.get("/api/v1/status");
        status.status == 200 && status.json["running"].is_null()
    });
}

fn newest_deb(arch: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("deb");
    let debs = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let ours = debs.filter(|path| path.to_string_lossy().ends_with(&format!("_{arch}.deb")));
    ours.max_by_key(|path| path.metadata().unwrap().modified().unwrap()).unwrap()
}

/// As ucf keeps them: made by a script, and registered outside of dpkg.
fn settings_that_only_scripts_know(suite: Suite) {
    let pi = Pi::raise(suite);
    pi.lab.archive().add(&["ucf"]).unwrap();
    pi.sh("apt-get -qq update; apt-get -qq -y install ucf");
    let (mut older, mut newer) = pair("fram-ucf");
    for build in [&mut older, &mut newer] {
        let version = build.version.clone();
        build.file("usr/share/fram-ucf/settings", format!("# {version}\n"));
        build.script(
            "postinst",
            "ucf /usr/share/fram-ucf/settings /etc/fram-ucf.settings; ucfr fram-ucf /etc/fram-ucf.settings".into(),
        );
    }
    newer.script(
        "postinst",
        "ucf /usr/share/fram-ucf/settings /etc/fram-ucf.more; ucfr fram-ucf /etc/fram-ucf.more".into(),
    );
    there_and_back(&pi, &(older, newer));
    assert_eq!(pi.sh("cat /etc/fram-ucf.settings").trim(), "# 1.0");
    // Once more, with an edit by the admin.
    pi.sh("echo '# mine' >> /etc/fram-ucf.settings");
    let before = pi.snapshot();
    pi.update("fram-ucf").done();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after an edit");
    let registry = pi.sh("cat /var/lib/ucf/hashfile /var/lib/ucf/registry");
    assert!(!registry.contains("fram-ucf.more"), "ucf still knows a file that is gone: {registry}");
}
