"""Simulated Pis with real apt and dpkg, raised for one script and gone after it."""

import os
import subprocess
from pathlib import Path

from window import check

FINGERPRINT = Path(__file__).resolve().parents[3] / "scripts/fingerprint"


class Lab:
    def __init__(self, program, devices=2, *options):
        self.program, self.devices, self.options = program, [f"pi-{at + 1}" for at in range(devices)], options
        self.name = os.environ.get("FRAMBOISE_LAB", f"window-{os.getpid()}")

    def __enter__(self):
        self.run("up", str(len(self.devices)), *self.options)
        self.first = self.state()
        return self

    def __exit__(self, *_):
        self.run("down")

    def run(self, *words, **more):
        return subprocess.run([self.program, "--lab", self.name, *words], check=True, **more)

    def told(self, device, *words, **more):
        """What a command in a device prints."""
        return self.run("exec", device, "--", *words, stdout=subprocess.PIPE, **more).stdout.decode()

    def version(self, device, package):
        return self.told(device, "dpkg-query", "-W", "-f", "${Version}", package)

    def versions(self, package):
        return {self.version(device, package) for device in self.devices}

    def state(self):
        """All that a rollback promises to bring back, of every device, read with Debian's own tools."""
        script = FINGERPRINT.read_bytes()
        return {device: self.told(device, "sh", "-s", input=script).splitlines() for device in self.devices}

    def changed(self, *devices, since=None):
        """What differs from the beginning, or from another state, a line each; on all devices when none are named."""
        since, now = since or self.first, self.state()
        return [
            f"{device}: {mark} {fact}"
            for device in devices or self.devices
            for mark, facts in (("-", set(since[device]) - set(now[device])), ("+", set(now[device]) - set(since[device])))
            for fact in sorted(facts)
        ]

    def is_as_at_first(self):
        """Fails unless every device is as it was at the beginning."""
        changed = self.changed()
        facts = sum(map(len, self.first.values()))
        check(not changed, f"all Pis are as at the beginning, {facts} facts compared" + "".join(f"\n{fact}" for fact in changed[:20]))

    def window(self, program):
        """The command line of a window at the lab's desk: in its network, with its home, whose key the devices follow."""
        return [self.program, "--lab", self.name, "desk", "--", program]
