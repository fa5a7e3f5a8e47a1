"""What a screen reader meets: every control has a name on every screen, and the whole job can be done by actions alone."""

import sys

from job import RUN, Job
from lab import Lab, differences
from window import SHOTS, Window, check, keys, write

program, lab_program = sys.argv[1:3]


def heard(window, name):
    """Keeps the tree beside the pictures, and fails on a control without a name."""
    with open(f"{SHOTS}/heard-{name}.txt", "w") as file:
        file.write("\n".join(window.tree()) + "\n")
    check(not window.unnamed(), f"{name}: every control has a name")


with Lab(lab_program) as lab:
    before = lab.state()
    with Window(lab.window(program), "", LANG="C.UTF-8") as window:
        job = Job(window, lab.devices, "heard")
        scan = window.find("push button", "Scan Network", exact=True)
        heard(window, "empty")
        for name, why in [("Start Update", "Select an update file first"), ("Send Rollback", "Select a Pi first")]:
            told = window.find("push button", name, exact=True).description
            check(told == why, f"{name} says why it is not ready: {told}")
        window.act("push button", "Scan Network", exact=True)
        for device in lab.devices:
            window.find("table row", f"{device}, Fine")
        window.gone("push button", "Stop Scan")
        heard(window, "found")
        for device in lab.devices:
            window.act("table row", device)
            window.chosen(device)
        heard(window, "selected")
        window.act("push button", "Select Update File", exact=True)
        window.find("text", "Packages, one a line").queryComponent().grabFocus()
        write("fram-hello")
        heard(window, "file")
        window.act("push button", "Use This List")
        window.find("push button", "Typed list, 1 package")
        window.act("push button", "Start Update", exact=True)
        window.find(None, "2 Pis get the update", RUN)
        heard(window, "plan")
        window.act("push button", "Start Update on 2 Pis")
        heard(window, "running")
        window.find("status bar", "2 updated", RUN)
        heard(window, "done")
        window.act("push button", "Close the summary")
        window.gone("status bar", "")
        window.act("push button", "Send Rollback", exact=True)
        window.find(None, "2 Pis go back", RUN)
        heard(window, "rollback-plan")
        window.act("push button", "Send Rollback to 2 Pis")
        window.find("status bar", "2 rolled back exactly as recorded", RUN)
        window.act("check box", "pi-2")
        window.find("list item", "Before the first update")
        heard(window, "one")
        window.act("push button", "Menu")
        window.find("menu item", "Keyboard Shortcuts")
        heard(window, "menu")
        keys("Escape")
        job.shot("end")
    check(not differences(before, lab.state()), "both Pis are as they were")
