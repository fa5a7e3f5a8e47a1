"""The whole path in French, chosen by the locale; then English, switched while the window runs."""

import sys

from job import FRENCH, RUN, Job
from lab import Lab, differences
from window import Window, check

program, lab_program = sys.argv[1:3]

with Lab(lab_program) as lab:
    before = lab.state()
    with Window(lab.window(program), "", LANG=FRENCH["locale"]) as window:
        job = Job(window, lab.devices, "french", FRENCH)
        window.find("push button", "Scanner le réseau")
        job.shot("empty")
        job.scan()
        job.select_all()
        job.list("fram-hello", "fram-failpost")
        job.plan_update()
        job.shot("plan")
        job.start()
        window.find("status bar", "2 revenus en arrière tout seuls", RUN)
        job.shot("went-back")
        window.click("push button", "Voir pi-1")
        window.find(None, "Le script postinst de fram-failpost a échoué")
        window.find(None, "Que faire")
        job.shot("why")
        job.close_summary()
        job.select_all()
        job.list("fram-hello", "fram-dep")
        job.update()
        job.shot("done")
        job.close_summary()
        job.rollback()
        job.shot("rolled-back")
        # While the window runs.
        window.click("push button", "Menu")
        window.click("menu item", "English")
        window.find("push button", "Scan Network")
        window.find("status bar", "2 rolled back exactly as recorded")
        job.shot("english")
    check(not differences(before, lab.state()), "both Pis are as they were")
