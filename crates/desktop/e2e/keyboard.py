"""The whole path by keyboard alone: the mouse stands in a corner and is never moved."""

import time

from job import RUN, at_the_desk
from window import PATIENCE, check, keys, write, x


def focus(window, role, name, patience=PATIENCE):
    """Waits for the focus, for keys that come before it would go elsewhere."""
    end = time.time() + patience
    while time.time() < end:
        at = window.focused()
        if role == at[0] and name in at[1]:
            return
        time.sleep(0.1)
    raise SystemExit(f"the focus is on {window.focused()}, not on {role} {name!r}")


def tab_to(window, role, name, tries=20):
    passed = []
    for _ in range(tries):
        at = window.focused()
        if role == at[0] and name in (at[1] or ""):
            return
        passed.append(at)
        keys("Tab", pause=0.3)
    raise SystemExit(f"Tab does not come to {role} {name!r}, but by {passed}")


with at_the_desk("keys") as (lab, window, job):
    x("mousemove", 1279, 799)
    window.find("push button", "Scan Network")
    keys("F5")
    for device in lab.devices:
        window.find("table row", f"{device}, Fine")
    window.gone("push button", "Stop Scan")
    # Not ready: it keeps the focus and says why.
    tab_to(window, "push button", "Start Update")
    job.shot("reason")
    # F6 goes to the table; a letter jumps to a name, Space adds, Shift and an arrow take a range.
    keys("F6", "F6")
    write("pi-2")
    # Longer than the table waits for another letter of the name.
    time.sleep(1.2)
    keys("space")
    window.chosen("pi-2")
    check(not window.is_chosen("pi-1"), "typing a name and Space select that one")
    job.shot("table")
    keys("Home", "Return")
    window.chosen("pi-1")
    keys("shift+Down")
    for device in lab.devices:
        window.chosen(device)
    check(True, "Shift and an arrow select a range")
    keys("ctrl+o")
    focus(window, "push button", "Choose a File…")
    tab_to(window, "text", "Packages, one a line")
    write("fram-hello")
    keys("Return")
    write("fram-dep")
    tab_to(window, "push button", "Use This List")
    job.shot("list")
    keys("Return")
    window.find("push button", "Typed list, 2 package")
    keys("ctrl+u")
    window.find(None, "2 Pis get the update", RUN)
    focus(window, "push button", "Start Update on 2 Pis")
    job.shot("plan")
    keys("Return")
    window.find("status bar", "2 updated", RUN)
    check(lab.versions("fram-dep") == {"2.0"}, "both Pis have the new version")
    job.shot("done")
    tab_to(window, "push button", "Close the summary", 40)
    keys("Return")
    window.gone("status bar", "")
    keys("ctrl+r")
    window.find(None, "2 Pis go back", RUN)
    focus(window, "push button", "Send Rollback to 2 Pis")
    job.shot("rollback-plan")
    keys("Return")
    window.find("status bar", "2 rolled back exactly as recorded", RUN)
    job.shot("rolled-back")
    lab.is_as_at_first()
