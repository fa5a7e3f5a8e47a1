//! What an archive must not do, and files beside it: a .deb replaced by another of the same name and version, with or
//! without a new index; lists and .debs at an address of their own.

use framboise_lab::Lab;
use std::path::PathBuf;
use std::process::Command;

/// Another `fram-…` .deb under the same name: its programs say "swapped", its files hold it.
const REPACK: &str = r#"
pool=$SITE/pool/lab
if [ -L "$pool" ]; then
	mv "$pool" "$pool.kept"
	mkdir "$pool"
	cp "$pool.kept"/*.deb "$pool"
fi
tree=$(mktemp -d)
trap 'rm -r "$tree"' EXIT
dpkg-deb --raw-extract "$pool/$DEB" "$tree/deb"
find "$tree/deb/usr" "$tree/deb/etc" -type f 2>/dev/null | while read -r file; do
	case $(head -c 2 "$file") in
	'#!') printf '#!/bin/sh\necho swapped\n' > "$file" ;;
	*) echo swapped > "$file" ;;
	esac
done
(cd "$tree/deb" && find usr etc -type f -exec md5sum {} + > DEBIAN/md5sums 2>/dev/null || true)
dpkg-deb --root-owner-group -Zgzip --build "$tree/deb" "$pool/$DEB" > /dev/null
"#;

/// Names the new .deb in the index and signs it again, as the archive itself would.
const REINDEX: &str = r#"
suite=$SITE/dists/lab
index=$(cd "$suite" && find main -name Packages)
sum=$(sha256sum < "$SITE/pool/lab/$DEB" | cut -d ' ' -f 1)
size=$(stat -c %s "$SITE/pool/lab/$DEB")
awk -v RS= -v ORS='\n\n' -v deb="/$DEB" -v sum="$sum" -v size="$size" '
	index($0, deb "\n") { sub(/Size: [0-9]+/, "Size: " size); sub(/SHA256: [0-9a-f]+/, "SHA256: " sum) } { print }
' "$suite/$index" > "$suite/new"
mv "$suite/new" "$suite/$index"
sed -i -e "s|^ [0-9a-f]* [0-9]* $index\$| $(sha256sum < "$suite/$index" | cut -d ' ' -f 1) $(stat -c %s "$suite/$index") $index|" \
	-e "s/^Date: .*/Date: $(LC_ALL=C date -u -d '+1 second' '+%a, %d %b %Y %H:%M:%S GMT')/" "$suite/Release"
home=$(mktemp -d)
trap 'rm -r "$home"' EXIT
cp -r "$KEYS/." "$home"
gpg --homedir "$home" --batch --yes --quiet --no-tty --pinentry-mode loopback --passphrase '' \
	--clearsign --output "$suite/InRelease" "$suite/Release"
gpgconf --homedir "$home" --kill gpg-agent
"#;

/// Replaces the .deb alone: the index still has the old one's size and digest.
pub fn deb(lab: &Lab, name: &str) {
    run(lab, name, REPACK);
}

/// Brings the index up to what the pool has.
pub fn index(lab: &Lab, name: &str) {
    run(lab, name, REINDEX);
}

/// Puts the pool back as it was; the index stays.
pub fn undo(lab: &Lab) {
    run(lab, "", "rm -r \"$SITE/pool/lab\"; mv \"$SITE/pool/lab.kept\" \"$SITE/pool/lab\"");
}

/// Puts a file at `http://10.77.0.2/PATH`.
pub fn publish(lab: &Lab, path: &str, content: &[u8]) {
    let path = site(lab).join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// Builds a .deb of no archive, with one field more in its control file; its path.
pub fn build(path: &str, name: &str, version: &str, field: &str) -> String {
    let tree = tempfile::tempdir().unwrap();
    let write = |file: &str, content: &str| {
        let file = tree.path().join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    };
    let control = format!(
        "Package: {name}\nVersion: {version}\nArchitecture: all\nMaintainer: x <x@example.invalid>\n{field}\nDescription: x\n"
    );
    write("DEBIAN/control", &control);
    write("DEBIAN/conffiles", &format!("/etc/{name}.d/{name}.conf\n"));
    write(&format!("etc/{name}.d/{name}.conf"), "# as shipped\n");
    write(&format!("usr/share/{name}/version"), version);
    let mut command = Command::new("dpkg-deb");
    let output = command.args(["--root-owner-group", "--build"]).arg(tree.path()).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path.to_owned()
}

fn site(lab: &Lab) -> PathBuf {
    let folder =
        std::env::var_os("FRAMBOISE_LAB_DIR").map_or_else(|| PathBuf::from("/var/lib/framboise-lab"), PathBuf::from);
    folder.join("labs").join(lab.name()).join("archive")
}

fn run(lab: &Lab, name: &str, script: &str) {
    let keys = site(lab).join("../../../cache/keys/archive");
    let mut command = Command::new("sh");
    command.args(["-euc", script]).env("SITE", site(lab).join("lab")).env("KEYS", keys).env("DEB", name);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
}
