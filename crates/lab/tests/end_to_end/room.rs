//! How much of the past is kept: a small vault, many restore points, and each .deb once.

use crate::desk::Desk;
use crate::pi::{PI_1, Pi};
use framboise_lab::Suite;
use serde_json::Value;

/// What a .deb of each package holds besides what dpkg-deb adds, in bytes.
const FILLER: u64 = 300_000;

/// Three versions of two packages in a source of the device's own; the first is installed.
const BUILD: &str = r#"
mkdir -p /srv/packages
cd /srv/packages
for version in 1 2 3; do
	for name in big-a big-b; do
		mkdir -p "tree/DEBIAN" "tree/usr/share/$name"
		printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: x <x@example.invalid>\nDescription: x\n' $name $version >tree/DEBIAN/control
		head -c 300000 /dev/zero >"tree/usr/share/$name/filler"
		echo $version >"tree/usr/share/$name/version"
		dpkg-deb --root-owner-group -Znone -b tree "${name}_$version.deb" >/dev/null
		rm -r tree
		{ dpkg-deb -f "${name}_$version.deb"; printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "${name}_$version.deb" \
			"$(stat -c %s "${name}_$version.deb")" "$(sha256sum <"${name}_$version.deb" | cut -d' ' -f1)"; } >>Packages
	done
done
echo 'deb [trusted=yes] file:/srv/packages ./' >/etc/apt/sources.list.d/packages.list
apt-get -qq update
apt-get -qq -y install big-a=1 big-b=1
"#;

#[test]
fn a_small_vault_lets_the_oldest_go_and_keeps_the_way_back() {
    let pi = Pi::raise(Suite::Trixie);
    let desk = Desk::of(&pi.lab);
    // Room for three of the .debs.
    pi.sh("printf '\n[keep]\nvault_mb = 1\n' >> /etc/framboise/framboise.toml");
    pi.sh(BUILD);
    desk.update("big-a=2", &[PI_1]).exits(0);
    desk.update("big-b=2", &[PI_1]).exits(0);
    let second = pi.snapshot();
    // One of each version of each: more than may stay.
    let kept = vault(&desk);
    assert_eq!(points(&kept), [2, 3], "{kept}");
    desk.update("big-a=3", &[PI_1]).exits(0);
    let third = pi.snapshot();
    desk.update("big-b=3", &[PI_1]).exits(0);
    let kept = vault(&desk);
    assert_eq!(points(&kept), [4, 5], "{kept}");
    assert!(debs(&kept, "big-a", "1").is_empty() && debs(&kept, "big-a", "2").is_empty(), "{kept}");
    assert!(bytes(&kept) <= 1_000_000, "{kept}");
    assert_eq!(bytes(&kept), on_disk(&pi), "what it tells is not what lies there");
    desk.rollback(&[PI_1, "--to", "2"]).exits(2).says("no restore point 2");
    // The newest way back is whole: neither archive nor cache are needed.
    pi.lab.archive().off().unwrap();
    pi.sh("apt-get clean; mv /srv/packages /srv/away");
    desk.rollback(&[PI_1]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&third, "after a rollback from a small vault");
    assert_ne!(third.difference(&second), "");
    // And where it came from is at hand still.
    desk.rollback(&[PI_1, "--to", "5"]).exits(0).says("exactly as recorded");
    assert_eq!(pi.sh("cat /usr/share/big-b/version").trim(), "3");
}

#[test]
fn each_deb_is_kept_once() {
    let pi = Pi::raise(Suite::Bookworm);
    let desk = Desk::of(&pi.lab);
    pi.sh(BUILD);
    let before = pi.snapshot();
    for version in 2..=3 {
        desk.update(&format!("big-a={version}\nbig-b={version}"), &[PI_1]).exits(0);
        desk.rollback(&[PI_1]).exits(0);
        desk.update(&format!("big-b={version}\nbig-a={version}"), &[PI_1]).exits(0);
    }
    let kept = vault(&desk);
    // Three versions of both, whatever the number of updates, rollbacks and points that need them.
    assert_eq!(kept["debs"].as_array().unwrap().len(), 6, "{kept}");
    for version in ["1", "2", "3"] {
        assert_eq!((debs(&kept, "big-a", version).len(), debs(&kept, "big-b", version).len()), (1, 1), "{kept}");
    }
    let distinct: u64 =
        pi.sh("cd /srv/packages; stat -c %s big-?_*.deb").lines().map(|size| size.parse::<u64>().unwrap()).sum();
    assert!(distinct > 6 * FILLER);
    assert_eq!((bytes(&kept), on_disk(&pi)), (distinct, distinct));
    desk.rollback(&[PI_1, "--to", "1"]).exits(0).says("exactly as recorded");
    pi.snapshot().same_as(&before, "back at the first point");
}

/// What the device says of its vault.
fn vault(desk: &Desk<'_>) -> Value {
    desk.framboise(&["vault", PI_1, "--json"]).exits(0).json().remove(0)["devices"][0]["vault"].take()
}

fn points(vault: &Value) -> Vec<u64> {
    vault["points"].as_array().unwrap().iter().map(|point| point["id"].as_u64().unwrap()).collect()
}

fn debs<'v>(vault: &'v Value, package: &str, version: &str) -> Vec<&'v Value> {
    let is_one = |deb: &&Value| {
        deb["package"].as_str().unwrap().split(':').next() == Some(package) && deb["version"].as_str() == Some(version)
    };
    vault["debs"].as_array().unwrap().iter().filter(is_one).collect()
}

fn bytes(vault: &Value) -> u64 {
    vault["debs"].as_array().unwrap().iter().map(|deb| deb["bytes"].as_u64().unwrap()).sum()
}

/// The bytes of the .debs that lie in the vault.
fn on_disk(pi: &Pi) -> u64 {
    pi.sh("find /var/lib/framboise/vault -name '*.deb' -printf '%s\\n'")
        .lines()
        .map(|size| size.parse::<u64>().unwrap())
        .sum()
}
