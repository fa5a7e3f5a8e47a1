"""A thousand Pis in one window, large and small: they speak the real interface, but only say that they work."""

import os
import subprocess
import sys
import tempfile

from job import RUN, Job
from pyatspi import STATE_VISIBLE
from window import Window, check, keys

program, lab_program = sys.argv[1:3]
BUILT = os.path.dirname(program)
PIS = 1000

with tempfile.TemporaryDirectory() as folder:
    home = {f"XDG_{kind}_HOME": f"{folder}/home/{kind.lower()}" for kind in ("DATA", "CACHE", "CONFIG", "STATE")}
    fleet = subprocess.Popen([f"{BUILT}/examples/fake_fleet", str(PIS), "200"], stdout=subprocess.PIPE, text=True)
    try:
        check(fleet.stdout.readline() == f"{PIS} devices\n", f"{PIS} devices are there")
        scan = [f"{BUILT}/framboise", "-q", "scan", "--subnet", "127.0.0.0/21"]
        subprocess.run(scan, check=True, env={**os.environ, **home}, stdout=subprocess.DEVNULL)
        with Window([program], home=f"{folder}/home", LANG="C.UTF-8") as window:
            job = Job(window, [], "thousand")
            window.find("heading", "1,000 Pis: 1,000 fine")
            job.shot("known")
            window.find("heading", "1,000 Fine")
            left = [node.name for node in window.all("heading", "Asking") if node.getState().contains(STATE_VISIBLE)]
            check(not left, "a group that went is not there for a screen reader either")
            keys("ctrl+a")
            window.find("heading", "1,000 Pis selected")
            job.list("hello")
            job.press("start")
            window.find(None, "1,000 Pis get the update", RUN)
            job.shot("plan")
            window.click("push button", "Start Update on 1,000 Pis")
            window.find("status bar", "Updating 1,000 Pis with typed list")
            job.shot("running")
            window.find("status bar", "1,000 updated", RUN)
            job.shot("done")
    finally:
        fleet.terminate()
        fleet.wait()
