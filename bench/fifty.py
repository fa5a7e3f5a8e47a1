"""What keeping the way back adds to an update of fifty packages; what the way back takes; what ten updates keep."""

import hashlib
import os
import tarfile
from pathlib import Path

from lab import REST, Build, Lab
from measure import NotMeasured, Ran, alternating, run as run_command, say
from report import Row
from update import states

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

INSTALL = "apt-get -qq -o Dpkg::Use-Pty=0 install -y --allow-downgrades"
SOURCE = f"deb [trusted=yes] file:{FOLDER} ./"
# As the device was before its first update, with nothing in the vault.
SNAPSHOT = "tar -C / -cf /run/framboise-before.tar var/lib/framboise"
FORGET = f"{REST}\nrm -rf /var/lib/framboise\ntar -C / -xf /run/framboise-before.tar"


def run(build: Build, tries: int) -> list:
    with Lab(build, devices=1) as lab:
        say("fifty: building the packages")
        sizes = carry(lab, build.scratch("fifty"))
        lab.inside(DEVICE, "sh", "-ec", SNAPSHOT)
        lab.desk(build.folder / "framboise", "scan")
        list_file = build.scratch("fifty.txt")
        list_file.write_text("".join(f"{name}=2\n" for name in names()))
        ways = {
            "framboise": lambda: there_and_back(lab, list_file),
            "apt-get install": lambda: plain(lab),
        }
        results = alternating(tries or TRIES, ways, lambda result: f"{seconds(result):.2f} s")
        kept = ten_updates(lab, build)
    there = [ran["there"] for ran in results["framboise"]]
    back = [ran["back"] for ran in results["framboise"]]
    theirs = [ran.seconds for ran in results["apt-get install"]]
    needed = sum(size for (name, _), size in sizes.items() if name in names()[:1]) / 1e6
    return [
        aim(Row("update of 50 packages, from Start to its end", "s", there, "apt-get install alone", theirs, note=UPDATE), 1.1),
        aim(Row("way back of 50 packages, archive gone", "s", back, "the update", there, note=BACK), 1.0),
        aim(Row("vault after ten updates", "MB", [kept], "the distinct .debs", [needed], note=VAULT), 1.0),
    ]


def aim(row: Row, most: float) -> Row:
    """The goal is a share of the peer's."""
    return row.aim(f"at most {most:.2f} of it", 1 / row.ratio <= most + 0.005)


def seconds(result: object) -> float:
    return result.seconds if isinstance(result, Ran) else result["there"]


def names() -> list:
    return [f"bench-fifty-{number:02}" for number in range(PACKAGES)]


def there_and_back(lab: Lab, list_file: Path) -> dict:
    reset(lab)
    lab.desk(lab.build.folder / "framboise", "update", "--yes", "--file", list_file, DEVICE, limit_seconds=600)
    expect(lab, "2")
    there = states(lab)
    lab.inside(DEVICE, "sh", "-ec", f"mv {FOLDER} {FOLDER}.gone")
    lab.desk(lab.build.folder / "framboise", "rollback", "--yes", DEVICE, limit_seconds=600)
    expect(lab, "1")
    back = states(lab)
    lab.inside(DEVICE, "sh", "-ec", f"mv {FOLDER}.gone {FOLDER}")
    return {"there": there["ended"], "back": back["ended"], "states": [there, back]}


def plain(lab: Lab) -> Ran:
    reset(lab)
    ran = lab.inside(DEVICE, "sh", "-ec", f"{INSTALL} {versions('2')}", limit_seconds=600)
    expect(lab, "2")
    return ran


def reset(lab: Lab) -> None:
    script = f"{FORGET}\n{INSTALL} {versions('1')} >/dev/null\nrm -f /var/cache/apt/*.bin\nsleep 1\napt-cache gencaches"
    lab.inside(DEVICE, "sh", "-ec", script, limit_seconds=600)
    expect(lab, "1")


def versions(version: str) -> str:
    return " ".join(f"{name}={version}" for name in names())


def expect(lab: Lab, version: str) -> None:
    found = lab.inside(DEVICE, "sh", "-c", "dpkg-query -W -f '${Version}\\n' 'bench-fifty-*' | sort | uniq -c").output.split()
    if found != [str(PACKAGES), version]:
        raise NotMeasured(f"the packages are {' '.join(found)} instead of {PACKAGES} {version}")


def ten_updates(lab: Lab, build: Build) -> float:
    """Megabytes of .debs in the vault after one package was updated ten times."""
    reset(lab)
    name = names()[0]
    for version in range(2, UPDATES + 2):
        list_file = build.scratch("one.txt")
        list_file.write_text(f"{name}={version}\n")
        lab.desk(lab.build.folder / "framboise", "update", "--yes", "--file", list_file, DEVICE)
    listed = lab.inside(DEVICE, "sh", "-c", "stat -c %s /var/lib/framboise/vault/*.deb").output.split()
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
