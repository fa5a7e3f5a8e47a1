"""A scan of a /24 with 20 agents on a lossy network: how many are found, and how soon, beside nmap."""

import json
import re

from lab import Build, Lab
from measure import Ran, alternating, median
from measure import run as run_command
from report import Row

SENTENCE = "a /24 with 20 agents under 5 % loss each way, ARP included, beside nmap"
TRIES = 20
GOAL_SECONDS = 3

AGENTS = 20
LOSS_PERCENT = 5
NETWORK = "10.77.0.0/24"

NMAP = ["nmap", "-n", "-p5000", "--open", "-oG", "-"]

# How each is asked to be fast; -Pn: no ping first, for it can be lost too.
PEERS = {
    "nmap -sS -T4": ["-sS", "-T4"],
    "nmap -sT -T5 -Pn --min-rate 2000": ["-sT", "-T5", "-Pn", "--min-rate", "2000"],
}


NOTE = "Complete tries (all agents found) count first: a fast scan that misses devices is worse than none."


def run(build: Build, tries: int) -> list:
    tries = tries or TRIES
    run_command(["nft", "--version"])
    with Lab(build, devices=AGENTS) as lab:
        lab.lab("loss", LOSS_PERCENT)
        ways = {"framboise": lambda: scan(lab)}
        for peer, options in PEERS.items():
            ways[peer] = lambda options=options: nmap(lab, options)
        results = alternating(tries, ways, lambda result: f"{result[0]} in {result[1]:.2f} s")
    ours = results.pop("framboise")
    return [row(ours, peer, theirs) for peer, theirs in results.items()]


def row(ours: list, peer: str, theirs: list) -> Row:
    goal = f"all {AGENTS} within {GOAL_SECONDS} s in {len(ours)} of {len(ours)}"
    in_time = sum(found == AGENTS and seconds <= GOAL_SECONDS for found, seconds in ours)
    return Row(
        number=f"scan of a /24, {AGENTS} agents, {LOSS_PERCENT} % loss",
        unit="s",
        ours=[seconds for _, seconds in ours],
        peer=peer,
        theirs=[seconds for _, seconds in theirs],
        note=NOTE,
        ours_shown=shown(ours),
        theirs_shown=shown(theirs),
        ratio_shown=f"{complete(ours)} to {complete(theirs)} complete",
        details={"found": [found for found, _ in ours], "peer_found": [found for found, _ in theirs]},
    ).aim(f"{goal} ({in_time} were)", in_time == len(ours))


def complete(results: list) -> int:
    return sum(found == AGENTS for found, _ in results)


def shown(results: list) -> str:
    found = [found for found, _ in results]
    seconds = [seconds for _, seconds in results]
    least = f", least {min(found)}" if min(found) < AGENTS else ""
    return f"{complete(results)}/{len(results)} tries{least}; {median(seconds):.2f} s, most {max(seconds):.2f}"


def scan(lab: Lab) -> tuple:
    lab.forget_neighbours()
    # 2: none found, which is a result too.
    ran = lab.desk(lab.build.folder / "framboise", "scan", "--json", allowed=(0, 2))
    found = {entry["address"].rsplit(":", 1)[0] for entry in json.loads(ran.output)["found"]}
    return counted(lab, found, ran)


def nmap(lab: Lab, options: list) -> tuple:
    lab.forget_neighbours()
    ran = lab.desk(*NMAP, *options, NETWORK)
    return counted(lab, set(re.findall(r"^Host: (\S+) .*5000/open", ran.output, re.MULTILINE)), ran)


def counted(lab: Lab, found: set, ran: Ran) -> tuple:
    return len(found & set(lab.addresses)), ran.seconds
