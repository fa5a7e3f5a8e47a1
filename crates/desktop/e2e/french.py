"""The whole path in French, chosen by the locale; then English, switched while the window runs."""

from job import FRENCH, RUN, at_the_desk

with at_the_desk("french", FRENCH) as (lab, window, job):
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
    lab.is_as_at_first()
