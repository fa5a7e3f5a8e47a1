"""One small package's update, from the desk through Framboise, beside plain apt-get in the same device."""

import json
from datetime import datetime
from pathlib import Path

from lab import REST, Build, Lab
from measure import NotMeasured, Ran, alternating
from report import Row

SENTENCE = "one small package's update, from the desk, beside apt-get typed on the device"
TRIES = 10

DEVICE = "pi-1"
PACKAGE = "fram-hello"

REFRESHED = "Both refresh the package lists first. Framboise keeps the way back, checks and writes a receipt besides."
ORDER = "From Start to the receipt, the plan having been seen: lists are not refreshed on either side."

# As the device was before its first update, with nothing in the vault and nothing downloaded.
SNAPSHOT = "tar -C / -cf /run/framboise-before.tar var/lib/framboise"

# Every sample begins with apt's binary cache in place. apt takes it for current while dpkg's status has the second and
# the size that it had, and 1.0 is as long as 2.0: without the wait it would think the older version installed.
READY = """\
rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin
sleep 1
apt-cache gencaches"""

RESET = f"""\
{REST}
rm -rf /var/lib/framboise
tar -C / -xf /run/framboise-before.tar
rm -f /var/cache/apt/*.bin
apt-get -qq install -y --allow-downgrades {PACKAGE}=1.0
{READY}"""

# As after an update and a rollback, with the newer version yet to be fetched.
FORGET_NEWER = f"""\
cd /var/lib/framboise/vault
for control in $(grep --files-with-matches '^Version: 2.0$' *.control); do rm "${{control%.control}}".*; done
{READY}"""

# Orders' ids grow with time.
LAST_EVENTS = 'cat "$(ls -d /var/lib/framboise/transactions/* | tail -n 1)/events.jsonl"'

SHOW = f"dpkg-query -W -f '${{Version}}' {PACKAGE}"
PLAIN = f"apt-get -qq install -y {PACKAGE}"


def run(build: Build, tries: int) -> list:
    with Lab(build, devices=1) as lab:
        lab.inside(DEVICE, "sh", "-c", SNAPSHOT)
        file = build.scratch("update.txt")
        file.write_text(f"{PACKAGE}\n")
        framboise(lab, "scan")
        ways = {
            "framboise, the first": lambda: first(lab, file),
            "framboise, a later one": lambda: later(lab, file),
            "apt-get update + install": lambda: apt(lab, f"apt-get -qq update && {PLAIN}"),
            "apt-get install": lambda: apt(lab, PLAIN),
        }
        results = alternating(tries or TRIES, ways, lambda result: f"{seconds(result):.2f} s")
    first_ones, later_ones, refreshed, plain = results.values()
    return [
        refreshed_row("the device's first update of one small package", first_ones, refreshed),
        refreshed_row("a later update of one small package", later_ones, refreshed),
        from_start_row("the first, from Start to its end", first_ones, plain),
        from_start_row("the later one, from Start to its end", later_ones, plain),
    ]


def refreshed_row(number: str, ours: list, theirs: list) -> Row:
    return Row(
        number=number,
        unit="s",
        ours=[ran.seconds for ran, _ in ours],
        peer="apt-get update, then install",
        theirs=[ran.seconds for ran in theirs],
        note=REFRESHED,
        details={"states": [states for _, states in ours]},
    )


def from_start_row(number: str, ours: list, theirs: list) -> Row:
    return Row(
        number=number,
        unit="s",
        ours=[states["ended"] for _, states in ours],
        peer="apt-get install alone",
        theirs=[ran.seconds for ran in theirs],
        note=ORDER,
    )


def seconds(result: object) -> float:
    return result.seconds if isinstance(result, Ran) else result[0].seconds


def first(lab: Lab, file: Path) -> tuple:
    reset(lab)
    return update(lab, file)


def later(lab: Lab, file: Path) -> tuple:
    reset(lab)
    update(lab, file)
    framboise(lab, "rollback", "--yes", DEVICE)
    lab.inside(DEVICE, "sh", "-ec", FORGET_NEWER)
    expect(lab, "1.0")
    return update(lab, file)


def update(lab: Lab, file: Path) -> tuple:
    ran = framboise(lab, "update", "--yes", "--file", file, DEVICE)
    expect(lab, "2.0")
    return ran, states(lab)


def framboise(lab: Lab, *words: object) -> Ran:
    return lab.desk(lab.build.folder / "framboise", *words)


def apt(lab: Lab, script: str) -> Ran:
    reset(lab)
    ran = lab.inside(DEVICE, "sh", "-c", script)
    expect(lab, "2.0")
    return ran


def reset(lab: Lab) -> None:
    lab.inside(DEVICE, "sh", "-ec", RESET)
    expect(lab, "1.0")


def expect(lab: Lab, version: str) -> None:
    found = lab.inside(DEVICE, "sh", "-c", SHOW).output
    if found != version:
        raise NotMeasured(f"{PACKAGE} is {found} instead of {version}")


def states(lab: Lab) -> dict:
    """When the device's last transaction reached which state, in seconds after it got the order."""
    log = lab.inside(DEVICE, "sh", "-c", LAST_EVENTS).output
    events = [json.loads(line) for line in log.splitlines()]
    began = when(events[0])
    return {
        event.get("state", event["event"]): when(event) - began
        for event in events
        if event["event"] in ("state", "ended")
    }


def when(event: dict) -> float:
    # Nine digits of a second are three more than Python reads.
    seconds, _, fraction = event["at"].rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{seconds}+00:00").timestamp() + float(f"0.{fraction or 0}")
