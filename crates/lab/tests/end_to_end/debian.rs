//! Debian's own packages, an older version to a newer one and back; which ones have two versions changes with the archive.

use crate::pi::Pi;
use crate::snapshot::ACCOUNTS;
use framboise_lab::Suite;

on_each_suite!(
    everything_that_waits_for_an_update,
    services_with_an_admins_settings,
    packages_that_are_new_with_all_they_need,
);

/// Prints the names of the installed Debian packages that have an update.
const WAITING: &str = "apt-get --simulate upgrade | sed -n 's/^Inst \\([^ ]*\\) .* Debian:.*/\\1/p'";

/// Installs the oldest version of each package that it is given.
const INSTALL_OLDEST: &str = r#"
oldest=
for package; do
	version=$(apt-cache madison "$package" | awk -F '|' 'END { gsub(/ /, "", $2); print $2 }')
	[ -z "$version" ] || oldest="$oldest $package=$version"
done
apt-get -qq -y --no-install-recommends --allow-downgrades install $oldest
"#;

/// A library that others need, and those others: all at once, with the network off on the way back.
fn everything_that_waits_for_an_update(suite: Suite) {
    let pi = Pi::raise(suite);
    let waiting = pi.sh(WAITING);
    let library = if suite == Suite::Bookworm { "libssl3\n" } else { "libssl3t64\n" };
    assert!(waiting.contains(library) && waiting.contains("openssl\n"), "no real update waits: {waiting}");
    let before = pi.snapshot();
    let changes = pi.update(&waiting).done().changes();
    assert!(changes.len() >= waiting.lines().count(), "{changes:?}");
    assert_eq!(pi.sh(WAITING), "");
    pi.lab.archive().off().unwrap();
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the way back of all updates");
    assert!(pi.sh("openssl version && curl --version").lines().count() > 2);
}

fn services_with_an_admins_settings(suite: Suite) {
    let pi = Pi::raise(suite);
    let packages = ["nginx", "nginx-common", "openssh-server", "openssh-client", "openssh-sftp-server", "rsync"];
    let install = ["sh", "-euc", INSTALL_OLDEST, "sh"];
    pi.device.check(install.iter().chain(&packages)).unwrap();
    pi.sh("echo '# mine' >> /etc/nginx/nginx.conf; echo 'PermitRootLogin no' >> /etc/ssh/sshd_config; \
           systemctl restart nginx ssh; systemctl disable --quiet rsync; apt-mark -qq auto nginx-common");
    let before = pi.snapshot();
    for service in ["nginx.service", "ssh.service"] {
        assert!(before.has(&format!("service {service} loaded active running")), "{service} does not run");
    }
    let changes = pi.update(&packages.join("\n")).done().changes();
    for name in ["nginx ", "openssh-server "] {
        assert!(changes.iter().any(|change| change.starts_with(name)), "{name}was not updated: {changes:?}");
    }
    let updated = pi.snapshot();
    assert!(updated.has("service nginx.service loaded active running"));
    assert!(pi.sh("cat /etc/nginx/nginx.conf /etc/ssh/sshd_config").contains("# mine"));
    pi.rollback().done();
    pi.snapshot().same_as(&before, "after the way back of two services");
    assert!(pi.sh("curl --silent --head http://127.0.0.1/").contains("nginx"));
}

fn packages_that_are_new_with_all_they_need(suite: Suite) {
    let pi = Pi::raise(suite);
    let before = pi.snapshot().without(&ACCOUNTS).without(&["/etc/subuid", "/etc/subgid"]);
    pi.update("nginx,openssh-server,haproxy,rsync,tree,file").done();
    let updated = pi.snapshot();
    assert!(updated.has("service nginx.service loaded active running") && updated.has("/etc/ssh/sshd_config"));
    pi.rollback().done();
    let after = pi.snapshot().without(&ACCOUNTS).without(&["/etc/subuid", "/etc/subgid"]);
    after.same_as(&before, "after new packages went again");
}
