"""The README's pictures: three simulated Pis, a good update and a bad one, in the window as it is."""

import subprocess
import time

from job import RUN, at_the_desk
from window import shot, x


def picture(name):
    """Without a pointer over a control, and no tip left open."""
    x("mousemove", 640, 790)
    time.sleep(1)
    shot(name, subprocess.run(["xdotool", "getactivewindow"], check=True, capture_output=True, text=True).stdout.strip())


with at_the_desk("pictures", devices=3) as (lab, window, job):
    job.scan()
    job.select_all()
    job.list("fram-hello", "fram-dep", "fram-conf", "tree")
    job.plan_update()
    picture("window-plan")
    job.start()
    window.find("status bar", "3 updated", RUN)
    job.close_summary()
    job.list("fram-svc", "fram-slow", "fram-failpost")
    job.plan_update()
    job.start()
    window.find("table row", "pi-2, Working, Configuring fram-slow", RUN)
    picture("window-running")
    window.find("status bar", "3 rolled back by themselves", RUN)
    window.click("push button", "Show pi-1")
    window.find(None, "fram-failpost: boom")
    picture("window-failed")
    window.click("push button", "Menu")
    window.click("menu item", "Dark Theme")
    window.gone("menu item", "Dark Theme")
    job.close_summary()
    window.find("list item", "Before the first update")
    picture("window-dark")
