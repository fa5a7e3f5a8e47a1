"""What keeping the way back adds to an update of fifty packages; what the way back takes; what ten updates keep."""

import hashlib
import os
import tarfile
from pathlib import Path

from lab import Build, Lab
from measure import Ran, alternating, run as run_command, say
from packages import Packages, without
from report import Row

SENTENCE = "an update of fifty packages beside plain apt-get, the way back, and what the vault takes"
TRIES = 5

DEVICE = "pi-1"
PACKAGES = 50
FILES = 20
FILE_BYTES = 4096
UPDATES = 10
# Where the packages are on the device: no network on either side.
FOLDER = "/srv/fifty"

UPDATE = (
    f"{PACKAGES} packages of {FILES} files and a conffile each, out of a folder of the device: no network on either "
    "side, lists not refreshed. From Start to the receipt: the old .debs kept, the state recorded before and after, the "
    "gate, the checks. The goal is 10 % more than apt-get alone."
)
BACK = "The archive is gone by then. Packages, marks, /etc and all files of the packages are compared at the end."
VAULT = f"After {UPDATES} updates in a row, beside the .debs that those needed, each once. The goal is the same."

SOURCE = f"deb [trusted=yes] file:{FOLDER} ./"


def run(build: Build, tries: int) -> list:
    with Lab(build, devices=1) as lab:
        say("fifty: building the packages")
        sizes = carry(lab, build.scratch("fifty"))
        packages = Packages(lab, DEVICE, older=dict.fromkeys(names(), "1"), newer=dict.fromkeys(names(), "2"))
        packages.remember()
        ways = {
            "framboise": lambda: there_and_back(packages),
            "apt-get install": lambda: plain(packages),
        }
        results = alternating(tries or TRIES, ways, lambda result: f"{seconds(result):.2f} s")
        kept = ten_updates(packages)
    there = [ran["there"] for ran in results["framboise"]]
    back = [ran["back"] for ran in results["framboise"]]
    theirs = [ran.seconds for ran in results["apt-get install"]]
    needed = sum(size for (name, _), size in sizes.items() if name in names()[:1]) / 1e6
    peer = "apt-get install alone"
    return [
        Row("update of 50 packages, from Start to its end", "s", there, peer, theirs, note=UPDATE).at_most(1.1),
        Row("way back of 50 packages, archive gone", "s", back, "the update", there, note=BACK).at_most(1),
        Row("vault after ten updates", "MB", [kept], "the distinct .debs", [needed], note=VAULT).at_most(1),
    ]


def seconds(result: object) -> float:
    return result.seconds if isinstance(result, Ran) else result["there"]


def names() -> list:
    return [f"bench-fifty-{number:02}" for number in range(PACKAGES)]


def there_and_back(packages: Packages) -> dict:
    packages.reset()
    there = packages.update()
    hide, show = f"mv {FOLDER} {FOLDER}.gone", f"mv {FOLDER}.gone {FOLDER}"
    with without(lambda: packages.inside(hide), lambda: packages.inside(show)):
        back = packages.roll_back()
    return {"there": there["ended"], "back": back["ended"], "states": [there, back]}


def plain(packages: Packages) -> Ran:
    packages.reset()
    return packages.install_newer()


def ten_updates(packages: Packages) -> float:
    """Megabytes of .debs in the vault after one package was updated ten times."""
    packages.reset()
    name = names()[0]
    for version in range(2, UPDATES + 2):
        list_file = packages.lab.build.scratch("one.txt")
        list_file.write_text(f"{name}={version}\n")
        packages.framboise("update", "--yes", "--file", list_file, DEVICE)
    listed = packages.inside("stat -c %s /var/lib/framboise/vault/*.deb").output.split()
    return sum(int(size) for size in listed) / 1e6


def carry(lab: Lab, folder: Path) -> dict:
    """Builds the packages, puts them into the device, and offers them there; their sizes."""
    debs = folder / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    index, sizes = [], {}
    for place, name in enumerate(names()):
        for version in range(1, UPDATES + 2 if place == 0 else 3):
            deb = package(folder, debs, name, version)
            content = deb.read_bytes()
            sizes[name, version] = len(content)
            control = run_command(["dpkg-deb", "--field", deb]).output.strip()
            digest = hashlib.sha256(content).hexdigest()
            index.append(f"{control}\nFilename: ./{deb.name}\nSize: {len(content)}\nSHA256: {digest}\n")
    (debs / "Packages").write_text("\n".join(index))
    archive = folder / "debs.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(debs, arcname=FOLDER.lstrip("/"))
    with archive.open("rb") as stream:
        lab.inside(DEVICE, "tar", "-C", "/", "-xf", "-", stdin=stream)
    lines = f"echo '{SOURCE}' > /etc/apt/sources.list.d/fifty.list\napt-get -qq update"
    lab.inside(DEVICE, "sh", "-ec", lines)
    return sizes


def package(folder: Path, debs: Path, name: str, version: int) -> Path:
    root = folder / "root" / f"{name}-{version}"
    share, etc, debian = root / "usr" / "share" / name, root / "etc", root / "DEBIAN"
    for directory in (share, etc, debian):
        directory.mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        (share / f"{number:02}").write_bytes(os.urandom(FILE_BYTES))
    (etc / f"{name}.conf").write_text(f"version = {version}\n")
    (debian / "conffiles").write_text(f"/etc/{name}.conf\n")
    (debian / "control").write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: all\nInstalled-Size: {FILES * FILE_BYTES // 1024}\n"
        "Maintainer: Framboise <framboise@example.org>\nDescription: one of fifty\n"
    )
    deb = debs / f"{name}_{version}_all.deb"
    run_command(["dpkg-deb", "--root-owner-group", "-Znone", "--build", root, deb])
    return deb
