"""Files that are no update file: each is told as what it is, and nothing freezes. No Pi is needed for that."""

import os
import sys
import tempfile
import time

from job import Job
from window import PATIENCE, Window, check, keys, write

program = sys.argv[1]


def choose(window, path):
    window.uncovered()
    keys("ctrl+o")
    window.click("text", "Address of an update file")
    keys("ctrl+a", "Delete")
    write(path)
    window.click("push button", "Use This Address")


with tempfile.TemporaryDirectory() as folder:
    path = lambda name: f"{folder}/{name}"  # noqa: E731
    with open(path("binary.txt"), "wb") as file:
        file.write(b"fram-hello\n\xff\xfe\x00\x01" + os.urandom(4000))
    open(path("empty.txt"), "w").close()
    with open(path("secret.txt"), "w") as file:
        file.write("fram-hello\n")
    os.chmod(path("secret.txt"), 0)
    with open(path("huge.txt"), "wb") as file:
        file.truncate(1 << 30)
    with open(path("three.txt"), "w") as file:
        file.write("# three lines are wrong\nfram-hello\nchromium=\nnano\n-oDPkg::Pre-Invoke::=evil\ntree\n<b>bold</b>\nfile\n")
    # As root a mode stops nobody, so the window is started without that right.
    command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all", program] if os.getuid() == 0 else [program]
    with Window(command, home=f"{folder}/home", LANG="C.UTF-8") as window:
        job = Job(window, [], "file")
        window.find("push button", "Scan Network")
        for name, told in [
            ("binary.txt", "is not text in UTF-8: line 2"),
            ("secret.txt", "Permission denied"),
            ("missing.txt", "No such file"),
            ("huge.txt", "is larger than 64 KiB"),
            ("empty.txt", "empty.txt lists no package"),
        ]:
            began = time.time()
            choose(window, path(name))
            window.find("push button", f"Select Update File: {name}, can't be used")
            window.find(None, told)
            check(time.time() - began < PATIENCE, f"{name}: {told}")
            job.shot(name.removesuffix(".txt"))
            keys("Escape")
        choose(window, path("three.txt"))
        window.find("push button", "Select Update File: three.txt, 3 lines to fix")
        for line in ["Line 3: chromium=", "Line 5: -oDPkg::Pre-Invoke::=evil", "Line 7: <b>bold</b>"]:
            found = window.find("list item", line)
            check(len(found.name) > len(line) + 10, found.name)
        job.shot("three-lines")
        # Saved again, it is read again.
        with open(path("three.txt"), "w") as file:
            file.write("fram-hello\n")
        window.find("push button", "Select Update File: three.txt, 1 package")
        check(True, "a mended file is taken by itself")
        job.shot("mended")
        keys("Escape")
        # A network that is none is told as such, twice when it comes twice.
        for _ in range(2):
            window.uncovered()
            window.click("push button", "Menu")
            window.click("menu item", "Scan Another Network")
            window.find("text", "Network or address")
            keys("ctrl+a")
            write("nonsense")
            keys("Return")
            window.find(None, "nonsense is no IPv4 network, and no address")
            job.shot("network")
            keys("Escape")
            window.gone(None, "nonsense is no IPv4 network, and no address")
        check(True, "a network that is none is told as such")
    with Window([*command, path("three.txt")], home=f"{folder}/home", LANG="C.UTF-8") as window:
        window.find("push button", "Select Update File: three.txt, 1 package")
        check(True, "a file named on the command line is the update file")
