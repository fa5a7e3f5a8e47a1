"""A bad update: each Pi goes back by itself, the window says why; then Send Rollback, and all is as at the beginning."""

import sys

from job import RUN, Job
from lab import Lab, differences
from window import Window, check, keys

program, lab_program = sys.argv[1:3]

with Lab(lab_program) as lab:
    before = lab.state()
    with Window(lab.window(program), "", LANG="C.UTF-8") as window:
        job = Job(window, lab.devices, "bad")
        job.scan()
        job.select_all()
        job.list("fram-hello")
        job.update()
        updated = lab.state()
        check(differences(before, updated), "the good update changed both Pis")
        job.close_summary()
        job.list("fram-conf", "fram-failpost")
        job.plan_update()
        job.shot("plan")
        job.start()
        window.find("status bar", "2 rolled back by themselves", RUN)
        for device in lab.devices:
            row = window.find("table row", f"{device}, Rolled back").name
            check("fram-failpost's postinst script failed, exactly as before" in row.lower(), row)
        job.shot("went-back")
        check(not differences(updated, lab.state()), "after the failure each Pi is exactly as after the good update")
        # The cause, from near.
        window.click("push button", "Show pi-1")
        window.find(None, "Why")
        window.find(None, "fram-failpost: boom")
        window.find(None, "What now")
        job.shot("why")
        job.close_summary()
        window.act("table row", "pi-2")
        # Before the last order is where they stand: nothing to do, and it says so.
        job.press("rollback")
        window.find(None, "2 have nothing to do", RUN)
        job.shot("nothing-to-do")
        keys("Escape")
        window.uncovered()
        keys("Escape")
        # Further back, each from its own restore points.
        for device in lab.devices:
            window.uncovered()
            window.act("table row", device)
            window.find("list item", "Before the first update")
            # The wheel brings up more than the button's edge: the panel has a foot of its own.
            window.scrolled_to(window.find(None, "This Pi"))
            window.click("push button", "Send Rollback", about="Before the first update")
            window.find(None, "1 Pi goes back", RUN)
            job.shot(f"{device}-rollback-plan")
            window.click("push button", "Send Rollback to 1 Pi")
            window.find("status bar", "Rolling back 1 Pi")
            job.shot(f"{device}-rollback-running")
            window.find("status bar", "1 rolled back exactly as recorded", RUN)
            job.shot(f"{device}-rolled-back")
            job.close_summary()
            window.act("table row", device)
        check(lab.versions("fram-hello") == {"1.0"}, "both Pis have the old version")
    differing = differences(before, lab.state())
    check(not differing, f"both Pis are as at the beginning, {sum(map(len, before.values()))} facts compared" + "\n".join(differing[:20]))
