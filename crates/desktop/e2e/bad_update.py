"""A bad update: each Pi goes back by itself, the window says why; then Send Rollback, and all is as at the beginning."""

from job import RUN, at_the_desk
from window import check, keys

with at_the_desk("bad") as (lab, window, job):
    job.scan()
    job.select_all()
    job.list("fram-hello")
    job.update()
    updated = lab.state()
    check(lab.changed(), "the good update changed both Pis")
    job.close_summary()
    job.list("fram-conf", "fram-failpost")
    job.plan_update()
    job.shot("plan")
    job.start()
    window.find("status bar", "2 rolled back by themselves", RUN)
    for device in lab.devices:
        row = window.find("table row", f"{device}, Rolled back").name
        check("fram-failpost's postinst script failed; back exactly as before" in row, row)
    job.shot("went-back")
    check(not lab.changed(since=updated), "after the failure each Pi is exactly as after the good update")
    # The cause, from near.
    window.click("push button", "Show pi-1")
    window.find(None, "Why")
    window.find(None, "fram-failpost: boom")
    window.find(None, "What now")
    job.shot("why")
    job.close_summary()
    window.click("check box", "pi-2", exact=True)
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
        window.click("check box", device, exact=True)
        window.find("list item", "Before the first update")
        window.click("push button", "Send Rollback", about="Before the first update")
        window.find(None, "1 Pi goes back", RUN)
        job.shot(f"{device}-rollback-plan")
        window.click("push button", "Send Rollback to 1 Pi")
        window.find("status bar", "Rolling back 1 Pi")
        job.shot(f"{device}-rollback-running")
        window.find("status bar", "1 rolled back exactly as recorded", RUN)
        job.shot(f"{device}-rolled-back")
        job.close_summary()
        window.click("check box", device, exact=True)
    check(lab.versions("fram-hello") == {"1.0"}, "both Pis have the old version")
    lab.is_as_at_first()
