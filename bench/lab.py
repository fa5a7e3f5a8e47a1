"""The lab in which everything is measured, and the build that it is made of."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measure import NotMeasured, Ran, run

REPOSITORY = Path(__file__).resolve().parent.parent

# One at a time, so that nothing but what is measured runs.
LAB = "bench"

# Stock Raspberry Pi OS is made of it.
SUITE = "trixie"

# The root side leaves, as it does by itself when nobody has asked for a while, and its starts are not counted.
REST = """\
systemctl kill framboise-apply 2>/dev/null || true
timeout 60 sh -c 'while systemctl --quiet is-active framboise-apply; do sleep 0.05; done'
systemctl reset-failed framboise-apply 2>/dev/null || true"""

# A device whose agent answers has not wholly booted yet, and many of them keep the processors busy.
SETTLE_SECONDS = 10


class Build:
    """The binaries and the device's .deb that are measured: the release build, for that is what ships."""

    def __init__(self) -> None:
        self.target = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).resolve()
        self.folder = self.target / "release"
        self.work = self.target / "bench"
        shutil.rmtree(self.work / "run", ignore_errors=True)
        (self.work / "run").mkdir(parents=True)

    def make(self) -> None:
        run(["cargo", "build", "--release"], limit_seconds=7200, is_shown=True, cwd=REPOSITORY)
        architecture = run(["dpkg", "--print-architecture"]).output.strip()
        # Beside the lab's own .deb, which is of the debug build.
        run([REPOSITORY / "packaging" / "build-deb", self.folder, architecture, self.work / "deb", "fast"])

    def scratch(self, name: str) -> Path:
        """A file of this run."""
        return self.work / "run" / name

    def environment(self) -> dict:
        """The lab's, so that its devices get this build."""
        return {**os.environ, "FRAMBOISE_BIN_DIR": str(self.folder), "FRAMBOISE_DEB": str(self.deb())}

    def deb(self) -> Path:
        debs = sorted((self.work / "deb").glob("framboise_*.deb"))
        if not debs:
            raise NotMeasured("the device's .deb was not packed")
        return debs[-1]


@contextmanager
def unstoppable() -> Iterator[None]:
    """A second Ctrl-C must not leave half of a lab behind; a child process inherits what is ignored."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Lab:
    """A lab that is gone after the `with` block, whatever happens in it."""

    def __init__(self, build: Build, devices: int, suite: str = SUITE) -> None:
        self.build = build
        self.suite = suite
        self.program = build.folder / "framboise-lab"
        self.environment = build.environment()
        self.count = devices

    def __enter__(self) -> "Lab":
        self.down()  # What a killed run may have left.
        try:
            self.lab("up", self.count, "--suite", self.suite, limit_seconds=900)
            self.devices = json.loads(self.lab("list", "--json").output)
            time.sleep(SETTLE_SECONDS)
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def down(self) -> None:
        with unstoppable():
            self.lab("down")

    def lab(self, *words: object, **options) -> Ran:
        return run([self.program, "--lab", LAB, *words], env=self.environment, **options)

    def inside(self, device: str, *command: object, **options) -> Ran:
        """In a device, as root."""
        return self.lab("exec", device, "--", *command, **options)

    def desk(self, *command: object, **options) -> Ran:
        """At the operator's desk."""
        return self.lab("desk", "--", *command, **options)

    def install(self, device: str, *packages: str) -> None:
        """Debian's packages, through the lab's archive."""
        self.lab("archive", "add", *packages, limit_seconds=300)
        self.inside(device, "apt-get", "-qq", "update", limit_seconds=300)
        install = ["apt-get", "-qq", "install", "--no-install-recommends", "-y", *packages]
        self.inside(device, *install, limit_seconds=300)

    @property
    def addresses(self) -> list:
        return [device["address"] for device in self.devices]

    def forget_neighbours(self) -> None:
        """Empties all ARP tables, so that each try begins as the first one did."""
        for host in ["desk", *(device["name"] for device in self.devices)]:
            subprocess.run(["ip", "-n", f"framboise.{LAB}.{host}", "neigh", "flush", "all"], check=False)
