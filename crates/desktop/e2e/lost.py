"""A Pi loses power in the middle of an update: the window says so, asks on, and tells how it ended once it is back."""

from job import RUN, at_the_desk
from window import check

with at_the_desk("lost") as (lab, window, job):
    job.scan()
    job.select_all()
    job.list("fram-slow", "fram-hello")
    job.plan_update()
    job.start()
    window.find("table row", "pi-1, Working, Configuring fram-slow", RUN)
    lab.run("power-cut", "pi-1")
    window.find("table row", "pi-1, Not reached, No answer since")
    window.find("status bar", "1 not reached, asking on")
    job.shot("lost")
    lab.run("power-on", "pi-1")
    window.find("table row", "pi-1, Rolled back", RUN)
    window.find("status bar", "1 rolled back by itself", RUN)
    job.shot("back")
    window.click("push button", "Show pi-1")
    window.find(None, "Why")
    job.shot("why")
    check(not lab.changed("pi-1"), "the Pi that lost power is exactly as before")
    check(lab.version("pi-2", "fram-slow") == "2.0", "the other one has the update")
