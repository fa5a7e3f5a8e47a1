"""The main job by mouse: scan, select, choose a file, plan, start, done, and back again."""

import os
import tempfile

from job import RUN, at_the_desk
from session import Session
from window import SHOTS, check, keys

with tempfile.TemporaryDirectory() as folder:
    with open(f"{folder}/kiosk.txt", "w") as file:
        file.write("# for every kiosk\nfram-hello\nfram-conf\n")
    # Where the file dialog begins.
    os.chdir(folder)
    with Session() as session, at_the_desk("main") as (lab, window, job):
        window.find("push button", "Scan Network")
        job.shot("empty")
        job.scan()
        job.shot("found")
        for device in lab.devices:
            window.click("check box", device, exact=True)
            window.chosen(device)
        job.shot("selected")
        window.click("push button", "Select Update File", exact=True)
        job.shot("file")
        window.click("push button", "Choose a File…")
        window.click("label", "kiosk.txt", exact=True)
        job.shot("file-dialog")
        window.click("push button", "Open", exact=True)
        window.find("push button", "Select Update File: kiosk.txt, 2 packages")
        job.plan_update()
        check(lab.versions("fram-hello") == {"1.0"}, "the plan changed nothing")
        job.shot("plan")
        job.start()
        window.find("status bar", "Updating 2 Pis with kiosk.txt")
        job.shot("running")
        window.find("status bar", "2 updated", RUN)
        told = session.notified()
        check((told["summary"], told["body"]) == ("Update ended", "2 updated"), "the desktop notifies of the end")
        job.shot("done")
        check(lab.versions("fram-hello") == {"2.0"}, "both Pis have the new version")
        window.click("push button", "Close the summary")
        # One Pi from near: the other is left out of the selection.
        window.click("check box", lab.devices[1], exact=True)
        window.find(None, "Restore points")
        window.find("list item", "After kiosk.txt")
        job.shot("one")
        window.click("push button", "What Differs")
        window.find("list item", "fram-hello")
        job.shot("differs")
        window.click("push button", "Open Log")
        window.find(None, "Log of pi-1")
        job.shot("log")
        keys("Escape")
        job.select_all()
        job.plan_rollback()
        job.shot("rollback-plan")
        job.send_rollback()
        window.find("status bar", "2 rolled back exactly as recorded", RUN)
        job.shot("rolled-back")
        lab.is_as_at_first()
    check(os.path.exists(f"{SHOTS}/main-1-empty.png"), "pictures are kept")
