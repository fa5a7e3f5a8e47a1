"""A Pi loses power in the middle of an update: the window says so, asks on, and tells how it ended once it is back."""

import sys

from job import RUN, Job
from lab import Lab, differences
from window import Window, check

program, lab_program = sys.argv[1:3]

with Lab(lab_program) as lab:
    before = lab.state()
    with Window(lab.window(program), "", LANG="C.UTF-8") as window:
        job = Job(window, lab.devices, "lost")
        job.scan()
        job.select_all()
        job.list("fram-slow", "fram-hello")
        job.plan_update()
        job.start()
        window.find("table row", "pi-1, Working, Configuring fram-slow", RUN)
        lab.run("power-cut", "pi-1")
        window.find("table row", "pi-1, Working, Not reached since")
        window.find("status bar", "1 not reached, asking on")
        job.shot("lost")
        lab.run("power-on", "pi-1")
        window.find("table row", "pi-1, Rolled back", RUN)
        window.find("status bar", "1 rolled back by itself", RUN)
        job.shot("back")
        window.click("push button", "Show pi-1")
        window.find(None, "Why")
        job.shot("why")
    now = lab.state()
    check(not differences({"pi-1": before["pi-1"]}, {"pi-1": now["pi-1"]}), "the Pi that lost power is exactly as before")
    check(lab.version("pi-2", "fram-slow") == "2.0", "the other one has the update")
