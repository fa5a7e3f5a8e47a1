"""The window: how soon it is there, and how it does with ten thousand Pis at work."""

import json
import os

from lab import REPOSITORY, Build
from measure import NotMeasured, Ran, alternating, median, run as run_command, say
from report import Row

SENTENCE = "the window's first picture beside an empty window of Qt Quick; then ten thousand Pis with a thousand events a second"
TRIES = 5

E2E = REPOSITORY / "crates" / "desktop" / "e2e"
VIEWER = "/usr/lib/qt6/bin/qml"
EMPTY = E2E / "empty.qml"

START = (
    "From its start to the last change of the screen: all is drawn, and can be pressed. Warm: started once before. "
    "Software rendering in Xvfb, no device known yet. The peer is Debian's viewer with a window that holds one button."
)
CROWD = (
    "Fake devices speak the real interface on loopback and share this machine's processors with the window, its X server and "
    "the hand; all of them run an order of which each tells an event every 10 s. {events:.0f} events a second came. Memory "
    "is what is the window's own (PSS): with the table alone, every device asked how it is, and with an order at work on all of them "
    "and a connection to each, which each keeps its buffers. The goal is 100 MiB."
)
FRAMES = "The wheel turns without a pause; pictures are told apart by a column of the table, looked at every 2 ms. {pictures} of them."
CLICKS = "From xdotool's start, which takes some 5 ms of it, to the tick in a row's box, while all devices work."


def run(build: Build, tries: int) -> list:
    window = make(build)
    starts = {"framboise-desktop": lambda: first(build, window), "an empty window": lambda: first(build, VIEWER, EMPTY)}
    for way in starts.values():
        way()
    results = alternating(tries or TRIES, starts)
    ours, theirs = ([ran.seconds for ran in samples] for samples in results.values())
    say("desktop: ten thousand devices; some minutes")
    crowd = measured(build, "crowd", window, build.folder / "framboise", build.folder / "examples" / "fake_fleet")
    note = CROWD.format(events=crowd["events"])
    known, memory, busy = crowd["known"]["pss"], crowd["memory"]["pss"], crowd["cores"]
    frames, clicks = crowd["frames"], crowd["clicks"]
    start = Row("first picture of the window", "s", ours, "an empty window", theirs, note=START)
    return [
        start.aim("at most 0.5 s", median(ours) <= 0.5),
        alone("memory with 10,000 devices in the table", "MB", known, note).aim("at most 105 MB (100 MiB)", known <= 104.9),
        alone("memory with 10,000 devices at work", "MB", memory, note, crowd).aim("at most 105 MB (100 MiB)", memory <= 104.9),
        alone("processors used by 1,000 events a second", "cores", busy, note).aim("at most 0.1", busy <= 0.1),
        alone("between two pictures of a table that scrolls, p95", "ms", frames["p95"], FRAMES.format(**frames)).aim("at most 50 ms", frames["p95"] <= 50),
        alone("from a click to its effect, p95", "ms", clicks["p95"], CLICKS).aim("at most 100 ms", clicks["p95"] <= 100),
    ]


def alone(number: str, unit: str, value: float, note: str, details: dict | None = None) -> Row:
    """A number that has a goal and no peer."""
    return Row(number, unit, [value], "-", [], note=note, details=details or {})


def make(build: Build) -> str:
    """The program, as it ships."""
    run_command(["cargo", "build", "--release", "-p", "framboise-desktop"], limit_seconds=7200, is_shown=True, cwd=REPOSITORY)
    crowd = ["cargo", "build", "--release", "-p", "framboise-fleet", "--example", "fake_fleet"]
    run_command(crowd, limit_seconds=7200, is_shown=True, cwd=REPOSITORY)
    return str(build.folder / "framboise-desktop")


def first(build: Build, *command: object) -> Ran:
    seconds = measured(build, "start", *command)["seconds"]
    return Ran(seconds, 0, 0, "", "")


def measured(build: Build, *words: object) -> dict:
    """What the script on a screen of its own found, in a network of its own: nobody but the crowd is there."""
    home = build.scratch("home")
    environment = {**os.environ, "FRAMBOISE_SHOTS": str(build.scratch("shots")), "XDG_DATA_HOME": str(home / "data")}
    for kind in ("CACHE", "CONFIG", "STATE"):
        environment[f"XDG_{kind}_HOME"] = str(home / kind.lower())
    inside = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh", E2E / "run", "measure.py", *words]
    ran = run_command(["unshare", "--net", *inside], limit_seconds=4000, env=environment)
    try:
        return json.loads(ran.output.splitlines()[-1])
    except (IndexError, ValueError):
        raise NotMeasured(f"measure.py {words[0]}: {ran.output[-600:]}") from None
