#!/usr/bin/python3
"""The main job on simulated Pis with real apt and dpkg, by mouse: scan, select, list, plan, start, done."""

import subprocess
import sys

from window import Window, check, keys, shot, write

program, lab = sys.argv[1:3]
devices = ["pi-1", "pi-2"]


def version_of(device, package):
    told = subprocess.run([lab, "exec", device, "--", "dpkg-query", "-W", "-f", "${Version}", package], capture_output=True)
    return told.stdout.decode()


def type_list(window, *packages):
    keys("ctrl+o")
    window.click("text", "Packages, one a line")
    keys("ctrl+a", "Delete")
    for at, package in enumerate(packages):
        if at:
            keys("Return")
        write(package)
    window.click("push button", "Use This List")
    window.find("push button", f"Typed list, {len(packages)} package")


# The window alone stands in the desk's network, and has the desk's home, whose key the devices follow.
with Window([lab, "desk", "--", program], "", LANG="C.UTF-8") as window:
    window.find("push button", "Scan Network")
    shot("lab-1-empty")
    window.click("push button", "Scan Network", exact=True)
    for device in devices:
        window.find("table row", f"{device}, Fine")
    check(True, "the scan found both Pis, and both are fine")
    window.gone("push button", "Stop Scan")
    shot("lab-2-found")
    window.find("push button", "Start Update", exact=True)
    keys("ctrl+a")
    type_list(window, "fram-hello", "fram-conf")
    shot("lab-3-selected")
    window.click("push button", "Start Update", exact=True)
    window.find(None, "2 Pis get the update")
    check(all(version_of(device, "fram-hello") == "1.0" for device in devices), "the plan changed nothing")
    shot("lab-4-plan")
    window.click("push button", "Start Update on 2 Pis")
    shot("lab-5-running")
    window.find("status bar", "2 updated", patience=300)
    shot("lab-6-done")
    check(all(version_of(device, "fram-hello") == "2.0" for device in devices), "both Pis have the new version")
