"""Packages in two versions on one device: there through Framboise or by plain apt-get, and back without the archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab import REST, Lab
from measure import NotMeasured, Ran
from update import READY, SNAPSHOT, states

# As Framboise has apt do it: nobody is asked, edited conffiles stay, nothing comes along that nobody needs.
INSTALL = (
    "DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "
    "install -y --no-install-recommends --allow-downgrades"
)

# As the device was before its first update, with nothing in the vault.
FORGET = f"{REST}\nrm -rf /var/lib/framboise\ntar -C / -xf /run/framboise-before.tar"

# As after an update and a way back, with the newer versions yet to be fetched.
FORGET_NEWER = """\
cd /var/lib/framboise/vault
for control in *.control; do
    name=$(sed -n 's/^Package: //p' "$control")
    version=$(sed -n 's/^Version: //p' "$control")
    ! grep -qxF "$name=$version" /run/newer || rm "${control%.control}".*
done"""


class Packages:
    """All samples begin with the older versions, apt's binary caches in place and nothing downloaded."""

    def __init__(self, lab: Lab, device: str, older: dict, newer: dict) -> None:
        self.lab, self.device, self.older, self.newer = lab, device, older, newer
        self.list_file = lab.build.scratch(f"{len(newer)}-packages.txt")
        self.list_file.write_text("".join(f"{pair}\n" for pair in pairs(newer)))

    def remember(self) -> None:
        """The device as it is now, before its first update, is what samples begin with; the desk finds it."""
        self.inside(f"{SNAPSHOT}\nprintf '%s\\n' {' '.join(pairs(self.newer))} > /run/newer")
        self.framboise("scan")

    def reset(self) -> None:
        self.inside(f"{FORGET}\n{INSTALL} {' '.join(pairs(self.older))} >/dev/null\n{READY}")
        self.expect(self.older)

    def forget_newer(self) -> None:
        self.inside(f"{REST}\n{FORGET_NEWER}\n{READY}")
        self.expect(self.older)

    def update(self) -> dict:
        self.framboise("update", "--yes", "--file", self.list_file, self.device)
        self.expect(self.newer)
        return states(self.lab)

    def roll_back(self) -> dict:
        self.framboise("rollback", "--yes", self.device)
        self.expect(self.older)
        return states(self.lab)

    def install_newer(self) -> Ran:
        """By plain apt-get."""
        ran = self.inside(f"{INSTALL} {' '.join(pairs(self.newer))}")
        self.expect(self.newer)
        return ran

    def expect(self, wanted: dict) -> None:
        show = f"dpkg-query -W -f '${{Package}} ${{Version}} ${{db:Status-Abbrev}}\\n' {' '.join(wanted)}"
        found = self.inside(show).output.splitlines()
        wrong = sorted({f"{name} {version} ii" for name, version in wanted.items()} ^ {line.strip() for line in found})
        if wrong:
            raise NotMeasured(f"packages are not as they should be, for one {wrong[0]} ({len(wrong)} differences)")

    def framboise(self, *words: object) -> Ran:
        return self.lab.desk(self.lab.build.folder / "framboise", *words, limit_seconds=1800)

    def inside(self, script: str) -> Ran:
        return self.lab.inside(self.device, "sh", "-ec", script, limit_seconds=1800)


def pairs(versions: dict) -> list:
    return [f"{name}={version}" for name, version in versions.items()]


@contextmanager
def without(hide: Callable, show: Callable) -> Iterator[None]:
    """The archive is hidden in the `with` block, and there again after it."""
    hide()
    try:
        yield
    finally:
        show()
