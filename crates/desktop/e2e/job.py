"""What people do in the window, step by step, in both languages."""

import sys
from contextlib import contextmanager

from lab import Lab
from window import Window, check, keys, shot, write

ENGLISH = {
    "locale": "C.UTF-8",
    "scan": "Scan Network",
    "file": "Select Update File",
    "start": "Start Update",
    "rollback": "Send Rollback",
    "stop-scan": "Stop Scan",
    "fine": "Fine",
    "list": "Packages, one a line",
    "use": "Use This List",
    "typed": lambda n: f"Typed list, {n} package",
    "gets": lambda n: f"{n} gets the update" if n == 1 else f"{n} get the update",
    "start on": lambda n: f"Start Update on {n} Pi",
    "updated": lambda n: f"{n} updated",
    "goes back": lambda n: f"{n} goes back" if n == 1 else f"{n} go back",
    "rollback to": lambda n: f"Send Rollback to {n} Pi",
    "is back": lambda n: f"{n} rolled back exactly as recorded",
    "close": "Close the summary",
}
FRENCH = {
    "locale": "fr_FR.UTF-8",
    "scan": "Scanner le réseau",
    "file": "Choisir le fichier",
    "start": "Lancer la mise à jour",
    "rollback": "Revenir en arrière",
    "stop-scan": "Arrêter la recherche",
    "fine": "En ordre",
    "list": "Paquets, un par ligne",
    "use": "Utiliser cette liste",
    "typed": lambda n: f"Liste saisie, {n} paquet",
    "gets": lambda n: f"{n} à mettre à jour",
    "start on": lambda n: f"Lancer la mise à jour de {n} Pi",
    "updated": lambda n: f"{n} mis à jour",
    "goes back": lambda n: f"{n} reviennent" if n > 1 else f"{n} revient",
    "rollback to": lambda n: f"Revenir en arrière sur {n} Pi",
    "is back": lambda n: f"{n} revenus exactement à l'état enregistré" if n > 1 else f"{n} revenu exactement à l'état enregistré",
    "close": "Fermer le résumé",
}
#: A run on simulated Pis, on a busy machine, in seconds.
RUN = 900


@contextmanager
def at_the_desk(name, words=None, devices=2):
    """Simulated Pis, a window at their desk that knows none of them yet, and a hand on its mouse."""
    words = words or ENGLISH
    program, lab_program = sys.argv[1:3]
    with Lab(lab_program, devices) as lab, Window(lab.window(program), LANG=words["locale"]) as window:
        yield lab, window, Job(window, lab.devices, name, words)


class Job:
    """A hand on the mouse; every picture bears the script's name and a number."""

    def __init__(self, window, devices, name, words=ENGLISH):
        self.window, self.devices, self.name, self.words, self.taken = window, devices, name, words, 0

    def shot(self, what):
        self.taken += 1
        shot(f"{self.name}-{self.taken}-{what}")

    def word(self, key, *values):
        found = self.words[key]
        return found(*values) if values else found

    def press(self, key, *values):
        """A button whose name begins so; the four of the action row by their whole name."""
        name = self.word(key, *values)
        self.window.click("push button", name, exact=key in ("scan", "file", "start", "rollback"))

    def scan(self):
        self.press("scan")
        for device in self.devices:
            self.window.find("table row", f"{device}, {self.word('fine')}")
        self.window.gone("push button", self.word("stop-scan"))
        check(True, f"the scan found {len(self.devices)}, all fine")

    def list(self, *packages):
        """Types an update file."""
        self.window.uncovered()
        keys("ctrl+o")
        self.window.click("text", self.word("list"))
        keys("ctrl+a", "Delete")
        for at, package in enumerate(packages):
            if at:
                keys("Return")
            write(package)
        self.press("use")
        self.window.uncovered()
        self.window.find("push button", self.word("typed", len(packages)))

    def select_all(self):
        """One more Ctrl+A would select none."""
        self.window.uncovered()
        if any(not self.window.is_chosen(device) for device in self.devices):
            keys("ctrl+a")
        for device in self.devices:
            self.window.chosen(device)

    def plan_update(self):
        self.press("start")
        self.window.find(None, self.word("gets", len(self.devices)), RUN)

    def start(self):
        self.press("start on", len(self.devices))

    def update(self):
        """From the plan to the end that every Pi is expected to reach."""
        self.plan_update()
        self.start()
        self.window.find("status bar", self.word("updated", len(self.devices)), RUN)

    def plan_rollback(self):
        self.press("rollback")
        self.window.find(None, self.word("goes back", len(self.devices)), RUN)

    def send_rollback(self):
        self.press("rollback to", len(self.devices))

    def rollback(self):
        self.plan_rollback()
        self.send_rollback()
        self.window.find("status bar", self.word("is back", len(self.devices)), RUN)

    def close_summary(self):
        self.press("close")
        self.window.gone("status bar", "")
