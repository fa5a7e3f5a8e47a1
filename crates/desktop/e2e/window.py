"""The window as a person meets it: AT-SPI finds a control by its role and name, the click and the keys are real X events."""

import os
import signal
import subprocess
import sys
import time

import pyatspi

#: Longer than anything here takes on a busy machine, in seconds.
PATIENCE = float(os.environ.get("FRAMBOISE_E2E_PATIENCE", "60"))
SHOTS = os.environ["FRAMBOISE_SHOTS"]
#: The roles of what people press, tick or type into.
CONTROLS = ("push button", "check box", "radio button", "text", "link", "menu item", "table row", "combo box", "slider")

# Ended from outside, a script still takes its window and its lab down.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def x(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True)


def keys(*names, pause=0.15):
    for name in names:
        x("key", name)
        time.sleep(pause)


def write(text):
    x("type", "--delay", 15, text)


def shot(name, of="root"):
    time.sleep(0.5)
    path = f"{SHOTS}/{name}.png"
    subprocess.run(["import", "-window", of, path], check=True)
    return path


def place_of(node):
    """Where it is on the screen; None for what has no place."""
    try:
        return node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    except NotImplementedError:
        return None


class Window:
    """The running program (its command line, as a list); started with what is given, ended at the end of the block.

    What it says on stderr is kept beside the pictures; a word of QML's there is a failure."""

    def __init__(self, program, home="", **environment):
        self.program, self.home, self.environment = program, home, environment
        self.said = f"{SHOTS}/{os.path.basename(sys.argv[0]).removesuffix('.py')}.log"

    def __enter__(self):
        environment = dict(os.environ, QT_LINUX_ACCESSIBILITY_ALWAYS_ON="1", **self.environment)
        # Without a home of its own it is the lab's desk, whose key the devices follow.
        for kind in ("DATA", "CACHE", "CONFIG", "STATE") if self.home else ():
            environment[f"XDG_{kind}_HOME"] = f"{self.home}/{kind.lower()}"
        with open(self.said, "ab") as said:
            self.process = subprocess.Popen(self.program, env=environment, stderr=said, start_new_session=True)
        self.root = self._appear()
        return self

    def __exit__(self, kind, *_):
        self.end()
        wrong = [line for line in self.told() if "qrc:" in line or "QML" in line or "panicked" in line]
        if wrong and kind is None:
            raise SystemExit("the window complained:\n" + "\n".join(wrong))

    def told(self):
        with open(self.said, errors="replace") as said:
            return said.read().splitlines()

    def end(self):
        if self.process.poll() is not None:
            raise SystemExit(f"the window went by itself, with status {self.process.returncode}")
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

    def met(self):
        """Role, name and node of everything; what goes while it is asked is none."""
        for node in self.nodes():
            try:
                met = node.getRoleName(), node.name, node
            except Exception:
                continue
            yield met

    def all(self, role, name=""):
        return [node for is_role, is_name, node in self.met() if role in (None, is_role) and name in is_name]

    def find(self, role, name, patience=PATIENCE, exact=False, about=""):
        """Waits for it; `about` is part of its description."""
        end = time.time() + patience
        while time.time() < end:
            for node in self.all(role, name):
                if (not exact or node.name == name) and about in node.description:
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

    def uncovered(self):
        """No sheet lies over the window: shortcuts work again."""
        self.gone("dialog", "")

    def click(self, role, name, exact=False, modifier=None, about=""):
        node = self.find(role, name, exact=exact, about=about)
        place = self.scrolled_to(node)
        if modifier:
            x("keydown", modifier)
        x("mousemove", place.x + place.width // 2, place.y + place.height // 2, "click", 1)
        if modifier:
            x("keyup", modifier)
        time.sleep(0.25)
        return node

    def scrolled_to(self, node):
        """Where it is; what lies below the fold is brought up with the wheel, as a hand would."""
        frame, place = place_of(self.all("frame")[0]), place_of(node)
        # A bar beside it tells where what scrolls ends: below that may be something fixed, such as the panel's foot.
        bars = [place_of(bar) for bar in self.all("scroll bar")]
        bars = [bar for bar in bars if bar and bar.x + bar.width >= place.x + place.width and bar.y <= place.y]
        bar = min(bars, key=lambda bar: bar.x, default=frame)
        for _ in range(40):
            if place.y + place.height <= bar.y + bar.height:
                break
            x("mousemove", place.x + place.width // 2, bar.y + bar.height // 2, "click", 5)
            time.sleep(0.2)
            before, place = place, place_of(node)
            if place.y == before.y:
                # It does not scroll, or no further.
                break
        return place

    def act(self, role, name, exact=False):
        """The action of a screen reader, without mouse or key."""
        actions = self.find(role, name, exact=exact).queryAction()
        names = [actions.getName(at) for at in range(actions.nActions)]
        check("Press" in names, f"{role} {name!r} can be pressed")
        actions.doAction(names.index("Toggle" if "Toggle" in names else "Press"))
        time.sleep(0.25)

    def focused(self):
        """The role and name of what has the focus: the innermost, for a dialog has it too."""
        found = None, ""
        for node in self.nodes():
            try:
                if node.getState().contains(pyatspi.STATE_FOCUSED):
                    found = node.getRoleName(), node.name
            except Exception:
                pass
        return found

    def is_chosen(self, device):
        return any(tick.name == device and tick.getState().contains(pyatspi.STATE_CHECKED) for tick in self.all("check box", device))

    def chosen(self, device, patience=PATIENCE):
        end = time.time() + patience
        while not self.is_chosen(device):
            if time.time() > end:
                shot("failed")
                raise SystemExit(f"{device} is not selected")
            time.sleep(0.1)

    def unnamed(self):
        """Controls that a screen reader could not tell."""
        return [role for role, name, _ in self.met() if role in CONTROLS and not name.strip()]

    def tree(self):
        """What a screen reader hears, a line each."""

        def lines(node, depth):
            try:
                about = f"{'  ' * depth}{node.getRoleName()} {node.name!r}"
                if node.description:
                    about += f" ({node.description})"
                children = [node.getChildAtIndex(at) for at in range(min(node.childCount, 400))]
            except Exception:
                return
            yield about
            for child in children:
                if child:
                    yield from lines(child, depth + 1)

        return list(lines(self.root, 0))


def check(is_so, words):
    if not is_so:
        shot("failed")
        raise SystemExit(f"not so: {words}")
    print(f"  {words}", flush=True)
