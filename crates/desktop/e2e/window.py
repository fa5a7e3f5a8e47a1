"""The window as a person meets it: AT-SPI finds a control by its role and name, the click and the keys are real X events."""

import os
import signal
import subprocess
import time

import pyatspi

#: Longer than anything here takes on a busy machine, in seconds.
PATIENCE = float(os.environ.get("FRAMBOISE_E2E_PATIENCE", "60"))
SHOTS = os.environ["FRAMBOISE_SHOTS"]


def x(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True)


def keys(*names, pause=0.15):
    for name in names:
        x("key", name)
        time.sleep(pause)


def write(text):
    x("type", "--delay", 15, text)


def shot(name):
    time.sleep(0.5)
    path = f"{SHOTS}/{name}.png"
    subprocess.run(["import", "-window", "root", path], check=True)
    return path


class Window:
    """The running program (its command line, as a list); started with what is given, ended at the end of the block."""

    def __init__(self, program, home, **environment):
        self.program, self.home, self.environment = program, home, environment

    def __enter__(self):
        environment = dict(os.environ, QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1", **self.environment)
        # Without a home of its own it is the lab's desk, whose key the devices follow.
        for kind in ("DATA", "CACHE", "CONFIG", "STATE") if self.home else ():
            environment[f"XDG_{kind}_HOME"] = f"{self.home}/{kind.lower()}"
        self.process = subprocess.Popen(self.program, env=environment, start_new_session=True)
        self.root = self._appear()
        return self

    def __exit__(self, *_):
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)

    def _appear(self):
        end = time.time() + PATIENCE
        while time.time() < end:
            for application in pyatspi.Registry.getDesktop(0):
                try:
                    if application and "ramboise" in application.name and application.childCount:
                        return application
                except Exception:
                    pass
            time.sleep(0.1)
        raise SystemExit("the window did not appear")

    def nodes(self):
        def walk(node):
            yield node
            try:
                children = [node.getChildAtIndex(at) for at in range(min(node.childCount, 400))]
            except Exception:
                return
            for child in children:
                if child:
                    yield from walk(child)

        return walk(self.root)

    def all(self, role, name=""):
        found = []
        for node in self.nodes():
            try:
                if role in (None, node.getRoleName()) and name in node.name:
                    found.append(node)
            except Exception:
                pass
        return found

    def find(self, role, name, patience=PATIENCE, exact=False):
        end = time.time() + patience
        while time.time() < end:
            for node in self.all(role, name):
                if not exact or node.name == name:
                    return node
            time.sleep(0.1)
        shot(f"missing-{role}-{name}".replace("/", "-").replace(" ", "-")[:60])
        raise SystemExit(f"no {role or 'control'} {name!r}; there are {sorted({n.name for n in self.all(role)})}")

    def gone(self, role, name, patience=PATIENCE):
        end = time.time() + patience
        while self.all(role, name):
            if time.time() > end:
                raise SystemExit(f"{role} {name!r} does not go")
            time.sleep(0.1)

    def click(self, role, name, exact=False, modifier=None):
        node = self.find(role, name, exact=exact)
        place = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        if modifier:
            x("keydown", modifier)
        x("mousemove", place.x + place.width // 2, place.y + place.height // 2, "click", 1)
        if modifier:
            x("keyup", modifier)
        time.sleep(0.25)
        return node

    def act(self, role, name):
        """The action of a screen reader, without mouse or key."""
        node = self.find(role, name)
        node.queryAction().doAction(0)
        time.sleep(0.25)

    def focused(self):
        for node in self.nodes():
            try:
                if node.getState().contains(pyatspi.STATE_FOCUSED):
                    return node.getRoleName(), node.name
            except Exception:
                pass
        return None, None

    def unnamed(self):
        """Controls that a screen reader could not tell."""
        controls = ("push button", "check box", "radio button", "text", "link", "menu item", "table row")
        return [n.getRoleName() for n in self.nodes() if n.getRoleName() in controls and not n.name.strip()]


def check(is_so, words):
    if not is_so:
        shot("failed")
        raise SystemExit(f"not so: {words}")
    print(f"  {words}", flush=True)
