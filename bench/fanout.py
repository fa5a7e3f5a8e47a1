"""An order and an update file that change nothing, to 50 devices, beside Ansible and parallel-ssh."""

import json

from fanout_hosts import Hosts
from fanout_peers import Peers
from lab import REPOSITORY, REST, Build, Lab
from measure import NotMeasured, Ran, alternating, say
from measure import run as run_command
from report import Row

SENTENCE = "an order that changes nothing, to 50 devices, beside Ansible and parallel-ssh over the same hosts"
TRIES = 5

DEVICES = 50

# Installed on every device, and never in a newer version in the lab's archive.
PACKAGE = "dpkg"

# How many times faster an order is to be than each peer's `true`.
GOALS = {"ansible -m command": 100, "ansible -m raw": 100, "parallel-ssh": 15}

ORDER = (
    "All {count} devices share this machine's processors with the tool; each Pi would do its part itself. Peers run "
    "`true`; a device verifies a signed order, journals it, compares itself and returns a receipt. {versions}."
)
QUESTIONS = "Status wakes the root sides and reads their packages; who a device is, it knows by heart."
AGAIN = "Again, at once: root sides are awake, and Ansible's connections still open."
FILE = "Each device refreshes its package lists and has apt find that nothing is to be done."


def run(build: Build, tries: int) -> list:
    order = build_order(build)
    with Lab(build, devices=DEVICES) as lab:
        hosts = Hosts(lab)
        hosts.prepare()
        peers = Peers(hosts)
        try:
            peers.prepare()
            ours = Ours(lab, order)
            ours.prepare()
            empty = alternating(tries or TRIES, orders(ours, peers))
            file = alternating(tries or TRIES, updates(ours, peers))
            note = ORDER.format(count=DEVICES, versions=peers.versions())
        finally:
            peers.close()
    return order_rows(empty, note) + update_rows(file)


def orders(ours: "Ours", peers: Peers) -> dict:
    return {
        "framboise": ours.order,
        "framboise, again": ours.order_again,
        "ansible -m command": lambda: peers.ansible("command"),
        "ansible -m command, again": lambda: peers.ansible_again("command"),
        "ansible -m raw": lambda: peers.ansible("raw"),
        "ansible -m raw, again": lambda: peers.ansible_again("raw"),
        "parallel-ssh": peers.parallel_ssh,
        "framboise status": ours.status,
        "framboise, who": ours.ask,
    }


def updates(ours: "Ours", peers: Peers) -> dict:
    return {
        "framboise": ours.update,
        "ansible -m apt": lambda: peers.ansible("apt", f"name={PACKAGE} state=latest update_cache=yes"),
        "parallel-ssh apt-get": lambda: peers.parallel_ssh(f"apt-get -qq update && apt-get -qq install -y {PACKAGE}"),
    }


def order_rows(results: dict, note: str) -> list:
    number = f"empty order to {DEVICES} devices"
    ours, again = results["framboise"], results["framboise, again"]
    rows = []
    for peer, goal in GOALS.items():
        rows.append(row(number, seconds(ours), peer, seconds(results[peer]), note))
        rows[-1].aim(f"{goal}x faster", rows[-1].ratio >= goal)
    for peer in ["ansible -m command, again", "ansible -m raw, again"]:
        rows.append(row(f"{number}, again", seconds(again), peer, seconds(results[peer]), AGAIN))
    accepted = [json.loads(ran.output)["all_accepted_seconds"] for ran in ours]
    ssh = seconds(results["parallel-ssh"])
    rows.append(row(f"{number}, until all have taken it", accepted, "parallel-ssh", ssh, note))
    for number, way in [("status of", "framboise status"), ("asking who they are,", "framboise, who")]:
        rows.append(row(f"{number} {DEVICES} devices", seconds(results[way]), "parallel-ssh", ssh, QUESTIONS))
    for peer in ["ansible -m command", "parallel-ssh"]:
        used, peer_used = ([ran.cpu_seconds for ran in results[name]] for name in ["framboise", peer])
        rows.append(row("empty order, processor time at the desk", used, peer, peer_used, note, "CPU s"))
    return rows


def update_rows(results: dict) -> list:
    ours = seconds(results.pop("framboise"))
    number = f"update file with nothing to do, {DEVICES} devices"
    return [row(number, ours, peer, seconds(theirs), FILE) for peer, theirs in results.items()]


def row(number: str, ours: list, peer: str, theirs: list, note: str, unit: str = "s") -> Row:
    return Row(number=number, unit=unit, ours=ours, peer=peer, theirs=theirs, note=note)


def seconds(rans: list) -> list:
    return [ran.seconds for ran in rans]


def build_order(build: Build) -> str:
    """The program that sends an order with an empty lock."""
    manifest = REPOSITORY / "bench" / "empty-order" / "Cargo.toml"
    # The workspace's own versions of everything.
    manifest.with_name("Cargo.lock").write_bytes((REPOSITORY / "Cargo.lock").read_bytes())
    say("fanout: building the program that sends an empty order")
    command = ["cargo", "build", "--release", "--manifest-path", manifest, "--target-dir", build.target]
    run_command(command, limit_seconds=3600, is_shown=True)
    return build.folder / "empty-order"


class Ours:
    """Framboise at the desk, with all devices known."""

    def __init__(self, lab: Lab, order: str) -> None:
        self.lab, self.program = lab, order
        self.plans = lab.build.scratch("plans.json")
        self.file = lab.build.scratch("nothing.txt")

    def prepare(self) -> None:
        self.framboise("scan")
        self.lab.desk(self.program, "plan", PACKAGE, self.plans, limit_seconds=600)
        self.file.write_text(f"{PACKAGE}\n")

    def order(self) -> Ran:
        """As the devices are when nobody has asked for a while: their root sides have left."""
        for device in self.lab.devices:
            self.lab.inside(device["name"], "sh", "-c", REST)
        return self.order_again()

    def order_again(self) -> Ran:
        return self.checked(self.lab.desk(self.program, "run", self.plans))

    def ask(self) -> Ran:
        return self.checked(self.lab.desk(self.program, "ask"))

    def checked(self, ran: Ran) -> Ran:
        done = json.loads(ran.output)["done"]
        if done != self.lab.count:
            raise NotMeasured(f"{done} of {self.lab.count} devices answered: {ran.errors}")
        return ran

    def status(self) -> Ran:
        return self.framboise("status")

    def update(self) -> Ran:
        return self.framboise("update", "--yes", "--all", "--file", self.file)

    def framboise(self, *words: object) -> Ran:
        return self.lab.desk(self.lab.build.folder / "framboise", *words, limit_seconds=300)
