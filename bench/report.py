"""What was measured, as a table for people and as JSON for whoever compares runs."""

import json
import os
import platform
import subprocess
import time
from dataclasses import asdict, dataclass, field

from lab import REPOSITORY, Build
from measure import median

# What to call ours when it is less, and when it is more, by unit.
WORDS = {"s": ("faster", "slower"), "MB": ("smaller", "larger"), "CPU s": ("less", "more")}


@dataclass
class Row:
    """One number beside its peer's."""

    number: str
    unit: str
    ours: list
    peer: str
    theirs: list
    goal: str = ""
    # None where nothing is asked for.
    met: bool | None = None
    # What a reader must know to judge it.
    note: str = ""
    # In the table, where a median says too little.
    ours_shown: str = ""
    theirs_shown: str = ""
    ratio_shown: str = ""
    details: dict = field(default_factory=dict)

    def aim(self, goal: str, met: bool) -> "Row":
        self.goal, self.met = goal, met
        return self

    def at_most(self, share: float) -> "Row":
        """The goal is a share of the peer's."""
        return self.aim(f"at most {share:.2f} of it", 1 / self.ratio <= share + 0.005)

    @property
    def ratio(self) -> float | None:
        """How many times less ours is than the peer's; below 1 when it is more."""
        if not self.ours or not self.theirs or median(self.ours) == 0:
            return None
        return median(self.theirs) / median(self.ours)

    def cells(self) -> list:
        goal = {None: self.goal, True: f"{self.goal}: met", False: f"{self.goal}: MISSED"}[self.met]
        return [
            self.number,
            self.ours_shown or shown(self.ours, self.unit),
            self.peer,
            self.theirs_shown or shown(self.theirs, self.unit),
            self.ratio_shown or self.ratio_words(),
            goal or "-",
        ]

    def ratio_words(self) -> str:
        if self.ratio is None:
            return "-"
        less, more = WORDS[self.unit]
        return f"{times(self.ratio)} {less}" if self.ratio >= 1 else f"{times(1 / self.ratio)} {more}"


def times(factor: float) -> str:
    return f"{factor:.0f}x" if factor >= 10 else f"{factor:.2f}x"


def shown(samples: list, unit: str) -> str:
    if not samples:
        return "-"
    low, high, middle = min(samples), max(samples), median(samples)
    digits = 2 if middle < 10 else 1
    text = f"{middle:.{digits}f} {unit}"
    return text if len(samples) == 1 else f"{text} ({low:.{digits}f} to {high:.{digits}f})"


def print_table(rows: list, failures: dict) -> None:
    header = ["number", "framboise", "peer", "the peer's", "framboise is", "goal"]
    lines = [header, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    print(f"\n{machine_line()}\nMedian (least to most), measured in turn.\n")
    for number, line in enumerate(lines):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
    for note in dict.fromkeys(row.note for row in rows if row.note):
        print(f"\n* {note}")
    for name, reason in failures.items():
        print(f"\n{name} could not be measured: {reason}")


def write_json(build: Build, rows: list, failures: dict) -> None:
    document = {
        "version": 1,
        "machine": machine(),
        "commit": commit(),
        "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
        "not_measured": failures,
    }
    path = build.target / "bench.json"
    path.write_text(json.dumps(document, indent=1) + "\n")


def machine() -> dict:
    return {
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "processors": os.cpu_count(),
        "load_at_end": os.getloadavg()[0],
    }


def machine_line() -> str:
    facts = machine()
    return (
        f"Release build of {commit()[:12]}, {facts['architecture']}, {facts['processors']} processors, "
        f"load {facts['load_at_end']:.1f} at the end"
    )


def commit() -> str:
    asked = ["git", "-C", REPOSITORY, "describe", "--always", "--dirty", "--abbrev=40"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
