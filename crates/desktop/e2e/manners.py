"""What a desktop expects of a window: it follows the session's light and dark while it runs, and takes a file that is dropped on it."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from session import Session
from window import PATIENCE, Window, check, shot, x

program = sys.argv[1]
SOURCE = Path(__file__).with_name("source.qml")


def lightness():
    """Of the window's ground, from 0 to 100."""
    picture = subprocess.run(["import", "-window", "root", "png:-"], check=True, capture_output=True).stdout
    asked = ["convert", "png:-", "-crop", "1x1+640+700", "-colorspace", "Gray", "-format", "%[fx:100*mean]", "info:"]
    return float(subprocess.run(asked, input=picture, check=True, capture_output=True).stdout)


def becomes(is_so, words):
    end = time.time() + PATIENCE
    while not is_so() and time.time() < end:
        time.sleep(0.2)
    check(is_so(), words)


def drag(path):
    """A file from a window of another program to the middle of this one; a hand needs its time for it."""
    environment = dict(os.environ, QT_LINUX_ACCESSIBILITY_ALWAYS_ON="0")
    other = subprocess.Popen(["/usr/lib/qt6/bin/qml", str(SOURCE), "--", f"file://{path}"], env=environment)
    try:
        shown = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "A file"]
        subprocess.run(shown, check=True, capture_output=True, timeout=PATIENCE)
        time.sleep(1)
        x("mousemove", 100, 730, "mousedown", 1)
        for at in range(1, 21):
            x("mousemove", 100 + 27 * at, 730 - 16 * at)
            time.sleep(0.05)
        time.sleep(0.5)
        shot("manners-dragged")
        x("mouseup", 1)
        time.sleep(1)
    finally:
        other.terminate()
        other.wait()


with tempfile.TemporaryDirectory() as folder, Session() as session:
    path = f"{folder}/für alle Kioske.txt"
    with open(path, "w") as file:
        file.write("fram-hello\nfram-conf\n")
    with Window([program], home=f"{folder}/home", LANG="C.UTF-8") as window:
        window.find("push button", "Scan Network")
        check(lightness() > 80, "in a light session the window is light")
        session.change("dark")
        becomes(lambda: lightness() < 30, "it turns dark with the session")
        shot("manners-dark")
        session.change("light")
        becomes(lambda: lightness() > 80, "and light again")
        drag(path)
        window.find("push button", "Select Update File: für alle Kioske.txt, 2 packages")
        shot("manners-dropped")
        check(True, "a file that is dropped is the update file")
        window.click("push button", "Menu")
        window.click("menu item", "Dark Theme")
        becomes(lambda: lightness() < 30, "a theme that a person chose stands above the session's")
    with Window([program], home=f"{folder}/home", LANG="C.UTF-8") as window:
        window.find("push button", "Scan Network")
        becomes(lambda: lightness() < 30, "and is remembered")
