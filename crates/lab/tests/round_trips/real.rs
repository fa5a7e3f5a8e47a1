//! Real packages of Debian: the older version installed by plain apt, an update, a rollback, and all compared.

use crate::pi::Pi;
use crate::table::{Row, publish};
use crate::{compared, everything};
use framboise_lab::DebianArchive::{self, Backports, Stable};
use framboise_lab::Suite::{self, Bookworm, Trixie};

/// Trips that are known to differ, and why.
const KNOWN: [(&str, DebianArchive, &str); 2] = [
    (
        "samba",
        Backports,
        "the newer nmbd skips itself where no network is configured (ExecCondition=), which the check of services takes for a failure: \
     the update is undone, and the older nmbd, skipped as well, is not started again",
    ),
    (
        "samba smbclient",
        Backports,
        "the newer nmbd finds the older one's process, waits for a network that is not configured, and times out: the check of services \
     undoes the update",
    ),
];

/// A trip of packages that go together, and whether the ordinary run makes it.
type Trip = (&'static str, Run);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    Always,
    Asked,
}
use Run::{Always, Asked};

/// Point release against security and updates.
const BOOKWORM: [Trip; 24] = [
    ("nginx", Always),
    ("openssl libssl3", Always),
    ("openssh-server openssh-client", Always),
    ("libc6 libc-bin", Asked),
    ("sudo tzdata", Asked),
    ("ca-certificates", Asked),
    ("systemd libsystemd0 udev", Asked),
    ("xz-utils liblzma5 libarchive13", Asked),
    ("apache2", Asked),
    ("haproxy", Asked),
    ("bind9 bind9-host", Asked),
    ("redis-server", Asked),
    ("memcached mosquitto", Asked),
    ("git rsync jq", Asked),
    ("python3.11 python3.11-minimal", Asked),
    ("php8.2-cli", Asked),
    ("nodejs", Asked),
    ("ruby3.1", Asked),
    ("ghostscript libgs10 poppler-utils", Asked),
    ("imagemagick", Asked),
    ("squid", Asked),
    ("proftpd-core", Asked),
    ("bluez wpasupplicant hostapd", Asked),
    ("rsyslog needrestart", Asked),
];

/// The same, a release on.
const TRIXIE: [Trip; 11] = [
    ("dnsmasq", Always),
    ("openssl libssl3t64", Asked),
    ("openssh-server openssh-client", Asked),
    ("nginx", Asked),
    ("haproxy bird2", Asked),
    ("cups cups-client", Asked),
    ("samba winbind", Asked),
    ("php8.4-cli", Asked),
    ("rsync poppler-utils", Asked),
    ("libxml2 libxslt1.1 libfreetype6", Asked),
    ("needrestart", Asked),
];

/// Release against backports: far jumps, renamed dependencies, other conffiles.
const BOOKWORM_FAR: [Trip; 9] = [
    ("samba smbclient", Asked),
    ("curl libcurl4", Asked),
    ("systemd libsystemd0 udev", Asked),
    ("iproute2 tmux", Asked),
    ("dovecot-core", Asked),
    ("postfix", Asked),
    ("zabbix-agent", Asked),
    ("cockpit", Asked),
    ("openssh-server openssh-client", Asked),
];

/// The same, a release on.
const TRIXIE_FAR: [Trip; 5] = [
    ("curl", Asked),
    ("exim4-daemon-light", Asked),
    ("wireguard-tools tmux", Asked),
    ("dhcpcd-base btrfs-progs", Asked),
    ("samba", Asked),
];

#[test]
fn bookworm() {
    trips("Debian 12, security and updates", Bookworm, Stable, &BOOKWORM);
}

#[test]
fn trixie() {
    trips("Debian 13, security and updates", Trixie, Stable, &TRIXIE);
}

#[test]
fn bookworm_backports() {
    trips("Debian 12, backports", Bookworm, Backports, &BOOKWORM_FAR);
}

#[test]
fn trixie_backports() {
    trips("Debian 13, backports", Trixie, Backports, &TRIXIE_FAR);
}

fn trips(title: &str, suite: Suite, newer: DebianArchive, trips: &[Trip]) {
    let only = std::env::var("FRAMBOISE_ROUND_TRIP").ok();
    let is_wanted = |(packages, run): &&Trip| match &only {
        Some(only) => only == packages,
        None => everything() || *run == Always,
    };
    let wanted: Vec<&Trip> = trips.iter().filter(is_wanted).collect();
    if wanted.is_empty() {
        return;
    }
    let pi = Pi::raise(suite);
    let mut rows = Vec::new();
    for (packages, _) in wanted {
        rows.push(trip(&pi, suite, newer, packages));
        let row = rows.last().unwrap();
        eprintln!("{title}: {packages}: {}", if row.problem.is_empty() { "equal" } else { &row.problem });
    }
    publish(title, &rows);
    assert!(!rows.iter().any(Row::is_bad), "a trip did not end where it began");
}

fn trip(pi: &Pi, suite: Suite, newer: DebianArchive, packages: &str) -> Row {
    let mut row = Row { packages: packages.into(), changes: Vec::new(), files: 0, problem: String::new(), known: None };
    if let Err(problem) = travel(pi, suite, newer, &mut row) {
        row.problem = problem;
        let known = |(named, from, _): &&(&str, DebianArchive, &str)| *named == packages && *from == newer;
        row.known = KNOWN.iter().find(known).map(|(_, _, why)| *why);
    }
    row
}

fn travel(pi: &Pi, suite: Suite, newer: DebianArchive, row: &mut Row) -> Result<(), String> {
    let names: Vec<&str> = row.packages.split(' ').collect();
    let older = add_two_versions(pi, suite, newer, &names).map_err(|error| format!("could not be fetched: {error}"))?;
    let older = oldest(pi, &older, &names);
    install(pi, &older, &names).map_err(|error| format!("could not be prepared: {error}"))?;
    settle(pi);
    let before = compared(pi);
    row.files = pi.sh("find /etc /usr | wc -l").trim().parse().unwrap();
    let answer = pi.request("/update", &["--max-time", "900", "--data", &crate::pi::base64_of(names.join("\n"))]);
    row.changes = answer.changes();
    if answer.status != 200 || row.changes.is_empty() {
        settle(pi);
        let difference = compared(pi).difference(&before);
        let policy = pi.sh(&format!("apt-cache policy {}", names.join(" ")));
        return Err(format!(
            "not updated: {} {}\n{difference}\n{}\n{policy}",
            answer.status,
            answer.text,
            older.join(" ")
        ));
    }
    let answer = pi.request("/rollback", &["--max-time", "900"]);
    settle(pi);
    let difference = compared(pi).difference(&before);
    match (answer.status, difference.as_str()) {
        (200, "") => Ok(()),
        (200, _) => Err(difference),
        (status, _) => Err(format!("not rolled back: {status} {}\n{difference}", answer.text)),
    }
}

/// Lets the archive offer two versions of these, and gives the older ones with all that they need.
fn add_two_versions(
    pi: &Pi,
    suite: Suite,
    newer: DebianArchive,
    names: &[&str],
) -> Result<Vec<String>, framboise_lab::Error> {
    let archive = pi.lab.archive();
    let newer = archive.add_from(suite, newer, names)?;
    let older = archive.add_from(suite, DebianArchive::Release, names)?;
    let is_asked = |pair: &&String| names.contains(&pair.split('=').next().unwrap());
    // After a point release its archive is ahead of the security archive.
    let is_newest = newer.iter().filter(is_asked).all(|pair| older.contains(pair));
    if is_newest { archive.add_from(suite, DebianArchive::Security, names) } else { Ok(older) }
}

/// The oldest version that the archive has of each of these, as the device's apt sees it.
fn oldest(pi: &Pi, pairs: &[String], names: &[&str]) -> Vec<String> {
    let along = pairs.iter().filter_map(|pair| pair.split('=').next());
    let all: std::collections::BTreeSet<&str> = names.iter().copied().chain(along).collect();
    let all: Vec<&str> = all.into_iter().collect();
    // apt-cache sorts them, the newest first.
    let script = format!(
        "apt-get -qq update; apt-cache madison {} | awk '{{ v[$1] = $3 }} END {{ for (p in v) print p \"=\" v[p] }}'",
        all.join(" ")
    );
    pi.sh(&script).lines().map(str::to_owned).collect()
}

/// Installs exactly these by plain apt; what came along with the named ones is marked so.
fn install(pi: &Pi, pairs: &[String], names: &[&str]) -> Result<(), framboise_lab::Error> {
    let had = pi.device.check(["dpkg-query", "-W", "-f", "${Package}\n"])?;
    let along = pairs.iter().filter_map(|pair| pair.split('=').next()).filter(|name| !names.contains(name));
    let along: Vec<&str> = along.filter(|name| !had.lines().any(|had| had == *name)).collect();
    let script = format!(
        "apt-get -qq update; apt-get -qq -y --allow-downgrades --no-install-recommends install {}
         [ -z '{along}' ] || apt-mark -qq auto {along} >/dev/null",
        pairs.join(" "),
        along = along.join(" "),
    );
    pi.device.check(["sh", "-euc", &script]).map(drop)
}

/// Waits until no unit is on its way up or down.
fn settle(pi: &Pi) {
    pi.wait_until("the services to settle", || pi.sh("systemctl list-jobs --no-legend | wc -l").trim() == "0");
}
