"""Memory at rest: both of Framboise's processes on a device, beside a Flask app with the same two routes."""

import re
import time
from pathlib import Path

from lab import Build, Lab
from measure import NotMeasured, alternating, median, say
from report import Row

SENTENCE = "memory at rest beside a Flask app with the same two routes, on one device"
TRIES = 3
GOAL_MB = 5

DEVICE = "pi-1"
APP = Path(__file__).parent / "peers" / "flask_app.py"

# Both have done what they are for before they are measured; "fram-hello" in base64.
BEFORE = "apt-get -qq install -y --allow-downgrades fram-hello=1.0"
REQUEST = "ZnJhbS1oZWxsbw=="

NOTE = "At rest framboised runs alone: the root side has left, and its socket starts it again."

# The root side leaves 20 s after the last request.
LEAVES_WITHIN_SECONDS = 40


def run(build: Build, tries: int) -> list:
    with Lab(build, devices=1) as lab:
        say("memory: installing Flask on the device, from Debian")
        lab.install(DEVICE, "python3-flask")
        with APP.open("rb") as app:
            lab.inside(DEVICE, "sh", "-c", "cat > /usr/local/lib/seed_app.py", stdin=app)
        ways = {"framboise": lambda: framboise(lab), "Flask": lambda: flask(lab)}
        results = alternating(tries or TRIES, ways, lambda used: f"{used.get('rest', used)['rss']:.1f} MB")
    ours, theirs = results.values()
    at_rest, awake = [one["rest"] for one in ours], [one["awake"] for one in ours]
    rows = [
        row("memory at rest, RSS", "rss", at_rest, theirs),
        row("memory at rest, PSS", "pss", at_rest, theirs),
        row("memory of both just after an update, RSS", "rss", awake, theirs),
        row("memory of both just after an update, PSS", "pss", awake, theirs),
    ]
    rows[0].aim(f"at most {GOAL_MB} MB", median(rows[0].ours) <= GOAL_MB)
    for made in rows:
        made.note, made.details = NOTE, ours[-1]
    return rows


def row(number: str, kind: str, ours: list, theirs: list) -> Row:
    return Row(number, "MB", [one[kind] for one in ours], "Flask, one process", [one[kind] for one in theirs])


def framboise(lab: Lab) -> dict:
    lab.inside(DEVICE, "systemctl", "restart", "framboised")
    request(lab)
    framboised, apply = memory_of(lab, "framboised"), memory_of(lab, "framboise-apply")
    if not framboised or not apply:
        raise NotMeasured("framboised or framboise-apply does not run after a request")
    deadline = time.monotonic() + LEAVES_WITHIN_SECONDS
    while memory_of(lab, "framboise-apply"):
        if time.monotonic() > deadline:
            raise NotMeasured("framboise-apply does not leave when nobody asks it")
        time.sleep(1)
    rest = memory_of(lab, "framboised")
    lab.inside(DEVICE, "systemctl", "stop", "framboised")
    both = {kind: framboised[kind] + apply[kind] for kind in apply}
    return {"rest": rest, "awake": both, "framboised": framboised, "framboise-apply": apply}


def flask(lab: Lab) -> dict:
    command = ["/usr/bin/python3", "/usr/local/lib/seed_app.py"]
    lab.inside(DEVICE, "systemd-run", "--quiet", "--collect", "--unit=seed-app", *command)
    try:
        request(lab)
        used = memory_of(lab, "seed-app")
    finally:
        lab.inside(DEVICE, "systemctl", "stop", "seed-app")
    if not used:
        raise NotMeasured("the Flask app does not run after a request")
    return used


def request(lab: Lab) -> None:
    """The original's request for an update, sent as its desk did."""
    lab.inside(DEVICE, "sh", "-c", BEFORE)
    url = f"http://{lab.addresses[0]}:5000/update"
    lab.desk(
        "curl",
        "--silent",
        "--show-error",
        "--fail",
        "--retry",
        20,
        "--retry-connrefused",
        "--retry-delay",
        1,
        "--data",
        REQUEST,
        url,
    )


def memory_of(lab: Lab, unit: str) -> dict:
    """RSS and PSS of a unit's main process in MB; nothing when it does not run."""
    pid = lab.inside(DEVICE, "systemctl", "show", "--property=MainPID", "--value", unit).output.strip()
    if pid in ("", "0"):
        return {}
    # It may leave in between.
    rollup = lab.inside(DEVICE, "cat", f"/proc/{pid}/smaps_rollup", allowed=(0, 1)).output
    found = dict(re.findall(r"^(Rss|Pss): +(\d+) kB$", rollup, re.MULTILINE))
    return {kind.lower(): int(kilobytes) * 1024 / 1e6 for kind, kilobytes in found.items()}
