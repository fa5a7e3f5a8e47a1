"""What bench/desktop.py asks of a window on a screen of its own; prints JSON.

measure.py start COMMAND…                 seconds until it shows all that it shows
measure.py crowd PROGRAM FRAMBOISE FLEET  10,000 devices at work in the window: memory, processor, frames, clicks
"""

import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager

from Xlib import X, display

DEVICES = 10_000
#: A process of fake devices has no more open files than this many need.
IN_A_PROCESS = 5_000
#: Between two events of one device: a thousand a second of all.
PAUSE_MS = 10_000
#: All addresses of the crowd.
NETWORK = "127.0.0.0/18"
#: How often the screen is looked at, in seconds.
LOOK = 0.002
#: Ends of waiting for what must come, in seconds.
PATIENCE = 300
#: How long the processor and the frames are watched, in seconds.
WATCHED = 20
CLICKS = 20
#: Longer than the window keeps memory that is free, in seconds.
REST = 15
TICKS = os.sysconf("SC_CLK_TCK")

#: Where things are in a window of 1280x800 under its title: a column of text that scrolls with the table, and the box of one row.
COLUMN = (100, 260, 1, 480)
BOX = (34, 405, 16, 16)

screen = display.Display()


def pixels(x, y, width, height):
    return screen.screen().root.get_image(x, y, width, height, X.ZPixmap, 0xFFFFFFFF).data


def changes(region, seconds, enough=None):
    """When the pixels of a region changed, as far as that was seen; ends early after `enough` of them."""
    seen, found, end = pixels(*region), [], time.monotonic() + seconds
    while time.monotonic() < end and (enough is None or len(found) < enough):
        time.sleep(LOOK)
        now = pixels(*region)
        if now != seen:
            found.append(time.monotonic())
            seen = now
    return found


def hand(*words, wait=True):
    command = ["xdotool", *map(str, words)]
    return subprocess.run(command, check=True) if wait else subprocess.Popen(command)


@contextmanager
def running(command, **options):
    process = subprocess.Popen(command, start_new_session=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def start(command):
    """The last change on the screen: from then on a person sees all of it, and can press it."""
    # The whole picture is much to look at; its middle column and row cross everything.
    column, row = (640, 0, 1, 820), (0, 410, 1280, 1)
    seen, last, began = pixels(*column) + pixels(*row), None, time.monotonic()
    with running(command, stderr=subprocess.DEVNULL):
        while time.monotonic() - began < 4:
            time.sleep(LOOK)
            now = pixels(*column) + pixels(*row)
            if now != seen:
                seen, last = now, time.monotonic()
    if last is None:
        raise SystemExit("no window appeared")
    return {"seconds": last - began}


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def megabytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        found = dict(re.findall(r"^(Rss|Pss): +(\d+) kB$", file.read(), re.MULTILINE))
    return {kind.lower(): int(kilobytes) * 1024 / 1e6 for kind, kilobytes in found.items()}


def cores(pid, seconds=WATCHED):
    used, began = processor_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return (processor_seconds(pid) - used) / (time.monotonic() - began)


def at_rest(pid, what):
    end = time.monotonic() + PATIENCE
    while cores(pid, 2) > 0.05:
        if time.monotonic() > end:
            raise SystemExit(f"the window does not come to rest {what}")


class Crowd:
    """Fake devices of several processes; what they say goes into files."""

    def __init__(self, stack, program, folder):
        self.files = []
        for first in range(1, DEVICES, IN_A_PROCESS):
            path = f"{folder}/crowd-{first}"
            command = [program, str(IN_A_PROCESS), str(PAUSE_MS), str(first)]
            stack.enter_context(running(command, stdout=open(path, "w")))
            self.files.append(path)
        self.wait(lambda: len(self.lines("devices")) == len(self.files), "the crowd did not come")

    def lines(self, word):
        """Numbers before a word, of each process."""
        found = []
        for path in self.files:
            with open(path) as file:
                numbers = re.findall(rf"^(\d+) {word}$", file.read(), re.MULTILINE)
            if numbers:
                found.append([int(number) for number in numbers])
        return found

    def rate(self, seconds=5):
        """Events a second of all, lately."""
        return sum(statistics.mean(numbers[-seconds:]) for numbers in self.lines("events"))

    @staticmethod
    def wait(is_so, otherwise):
        end = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > end:
                raise SystemExit(otherwise)
            time.sleep(0.5)


def frames():
    """Milliseconds between pictures while the wheel turns without a pause, up and down; the 95th of a hundred."""
    hand("mousemove", COLUMN[0] + 200, COLUMN[1] + 100)
    found = []
    for button in (5, 4, 5, 4):
        began = time.monotonic()
        wheel = hand("click", "--repeat", 240, "--delay", 16, button, wait=False)
        # From the wheel's first turn on, so that a table that stands still counts as well.
        found.append([began, *changes(COLUMN, 240 * 0.016)])
        wheel.wait()
    gaps = sorted(1000 * (after - before) for times in found for before, after in zip(times, times[1:]))
    if len(gaps) < 100:
        raise SystemExit(f"the table moved {len(gaps)} times only while it was scrolled")
    return {"p95": gaps[len(gaps) * 95 // 100], "median": statistics.median(gaps), "pictures": len(gaps)}


def clicks():
    """Milliseconds from a press on a row's box to its tick."""
    hand("mousemove", BOX[0] + BOX[2] // 2, BOX[1] + BOX[3] // 2)
    time.sleep(1)
    took = []
    for _ in range(CLICKS):
        began = time.monotonic()
        hand("click", 1, wait=False)
        seen = changes(BOX, 5, enough=1)
        if not seen:
            raise SystemExit("a click had no effect")
        took.append(1000 * (seen[0] - began))
        time.sleep(0.7)
    return {"p95": sorted(took)[len(took) * 95 // 100], "median": statistics.median(took)}


def shot(name):
    subprocess.run(["import", "-window", "root", f"{os.environ['FRAMBOISE_SHOTS']}/crowd-{name}.png"], check=True)


def crowd(program, framboise, fleet):
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        told = Crowd(stack, fleet, folder)
        home = {f"XDG_{kind}_HOME": f"{folder}/{kind.lower()}" for kind in ("DATA", "CACHE", "CONFIG", "STATE")}
        environment = {**os.environ, **home, "LANG": "C.UTF-8"}
        began = time.monotonic()
        subprocess.run([framboise, "-q", "scan", "--subnet", NETWORK], check=True, env=environment, stdout=subprocess.DEVNULL)
        numbers = {"scan_seconds": time.monotonic() - began}
        window = stack.enter_context(running([program], env=environment))
        time.sleep(3)
        at_rest(window.pid, "when it has asked all devices")
        shot("known")
        # What asking ten thousand devices took is given back by then.
        time.sleep(REST)
        numbers["known"] = megabytes(window.pid)
        hand("key", "ctrl+a")
        time.sleep(1)
        # From the button of the file dialog over the address to the list, and over Cancel to the button that takes it.
        hand("key", "ctrl+o")
        time.sleep(1)
        hand("key", "--delay", 100, "Tab", "Tab")
        hand("type", "hello")
        hand("key", "--delay", 100, "Tab", "Tab", "Return")
        time.sleep(1)
        shot("listed")
        hand("key", "ctrl+u")
        time.sleep(3)
        at_rest(window.pid, "when it has a plan of all devices")
        shot("plan")
        hand("key", "Return")
        told.wait(lambda: told.rate() > 0.9 * DEVICES * 1000 / PAUSE_MS, "the devices do not tell what they do")
        shot("running")
        numbers["events"] = told.rate()
        numbers["cores"] = cores(window.pid)
        numbers["frames"] = frames()
        numbers["clicks"] = clicks()
        shot("scrolled")
        numbers["memory"] = megabytes(window.pid)
        numbers["events after"] = told.rate()
    return numbers


kind, *words = sys.argv[1:]
print(json.dumps({"start": lambda: start(words), "crowd": lambda: crowd(*words)}[kind]()))
