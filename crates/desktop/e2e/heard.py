"""What a screen reader meets: every control has a name on every screen, and the whole job can be done by actions alone."""

from job import RUN, at_the_desk
from window import SHOTS, check, keys, write


def heard(window, name, *expected):
    """Keeps the tree beside the pictures; fails on a control without a name, and without the expected roles and names."""
    for role, words in expected:
        window.find(role, words)
    with open(f"{SHOTS}/heard-{name}.txt", "w") as file:
        file.write("\n".join(window.tree()) + "\n")
    check(not window.unnamed(), f"{name}: every control has a name, and {len(expected)} are what they should be")


with at_the_desk("heard") as (lab, window, job):
    window.find("push button", "Scan Network", exact=True)
    heard(window, "empty", ("heading", "No Pis yet."), ("push button", "Select Update File"))
    for name, why in [("Start Update", "Select an update file first"), ("Send Rollback", "Select a Pi first")]:
        told = window.find("push button", name, exact=True).description
        check(told == why, f"{name} says why it is not ready: {told}")
    window.act("push button", "Scan Network", exact=True)
    for device in lab.devices:
        window.find("table row", f"{device}, Fine")
    window.gone("push button", "Stop Scan")
    heard(window, "found", ("heading", "2 Pis: 2 fine"), ("table", "Devices"), ("check box", "Select all"))
    for device in lab.devices:
        window.act("table row", device)
        window.chosen(device)
    heard(window, "selected", ("heading", "2 Pis selected"), ("push button", "Close the side panel"))
    window.act("push button", "Select Update File", exact=True)
    window.find("text", "Packages, one a line").queryComponent().grabFocus()
    write("fram-slow")
    heard(window, "file", ("dialog", "Select Update File"), ("text", "Address of an update file"))
    window.act("push button", "Use This List")
    window.find("push button", "Typed list, 1 package")
    window.act("push button", "Start Update", exact=True)
    window.find(None, "2 Pis get the update", RUN)
    heard(
        window,
        "plan",
        ("dialog", "Plan: typed list on 2 Pis"),
        ("panel", "2 Pis get the update. pi-1, pi-2"),
        ("list item", "fram-slow: 1.0 → 2.0"),
        ("image", "Way back: 1 of 1"),
    )
    window.act("push button", "Start Update on 2 Pis")
    window.uncovered()
    heard(window, "running", ("status bar", "Updating 2 Pis with typed list"), ("progress bar", "Updating 2 Pis"))
    window.find("status bar", "2 updated", RUN)
    heard(window, "done", ("push button", "Close the summary"))
    window.act("push button", "Close the summary")
    window.gone("status bar", "")
    window.act("push button", "Send Rollback", exact=True)
    window.find(None, "2 Pis go back", RUN)
    heard(window, "rollback-plan", ("dialog", "Send Rollback to 2 Pis"), ("list item", "fram-slow: 2.0 → 1.0, older"))
    window.act("push button", "Send Rollback to 2 Pis")
    window.find("status bar", "2 rolled back exactly as recorded", RUN)
    window.act("check box", "pi-2")
    window.find("list item", "Before the first update")
    heard(window, "one", ("heading", "pi-1"), ("list", "What happened"), ("list", "Restore points"), ("push button", "What Differs"))
    window.act("push button", "Menu")
    heard(window, "menu", ("popup menu", "Menu"), ("menu item", "Keyboard Shortcuts"))
    window.act("menu item", "Dark Theme")
    window.gone("menu item", "Dark Theme")
    job.shot("dark")
    window.act("push button", "Menu")
    window.act("menu item", "Keyboard Shortcuts")
    heard(window, "shortcuts", ("dialog", "Keyboard Shortcuts"), ("list item", "F5: Scan Network"))
    job.shot("shortcuts")
    keys("Escape")
    window.uncovered()
    lab.is_as_at_first()
