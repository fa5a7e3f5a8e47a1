"""The peers of a fan-out: each runs nothing, `true`, on all hosts."""

import os
import shutil
import subprocess
from pathlib import Path

from fanout_hosts import Hosts
from measure import NotMeasured, Ran, run, say

# From PyPI.
PACKAGES = ["ansible-core", "parallel-ssh"]

PARALLEL_SSH = Path(__file__).parent / "peers" / "parallel_ssh.py"

# As its documentation tells people to make it fast; SSH connections are kept for a minute, as is its default.
CONFIG = """\
[defaults]
forks = {count}
interpreter_python = /usr/bin/python3
inventory = {inventory}
[ssh_connection]
pipelining = True
control_path_dir = {sockets}
ssh_args = -F none -o ControlMaster=auto -o ControlPersist=60s {options}
"""


class Peers:
    """Ansible and parallel-ssh, ready to be started at the desk."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts, self.lab, build = hosts, hosts.lab, hosts.lab.build
        self.venv = build.work / "venv"
        self.home = build.scratch("home")
        # Short: a socket's path has at most 107 bytes.
        self.sockets = "/run/framboise-bench"
        self.list = build.scratch("hosts")
        self.config = build.scratch("ansible.cfg")

    def prepare(self) -> None:
        finished = self.venv / "finished"
        if not finished.exists():
            say(f"fanout: fetching {' and '.join(PACKAGES)} from PyPI")
            run(["/usr/bin/python3", "-m", "venv", "--clear", self.venv], limit_seconds=300)
            run([self.venv / "bin" / "pip", "install", "--quiet", *PACKAGES], limit_seconds=900)
            finished.touch()
        self.home.mkdir()
        self.list.write_text("\n".join(self.lab.addresses) + "\n")
        options = " ".join(f"-o {name}={value}" for name, value in self.hosts.ssh_options().items())
        config = CONFIG.format(count=self.lab.count, inventory=self.list, sockets=self.sockets, options=options)
        self.config.write_text(config)

    def ansible(self, module: str, arguments: str = "true") -> Ran:
        """Without connections left open by a run before."""
        self.close()
        return self.ansible_again(module, arguments)

    def ansible_again(self, module: str, arguments: str = "true") -> Ran:
        """Over the connections that the run before has left open."""
        program = self.venv / "bin" / "ansible"
        words = ["all", "--one-line", "--user", "root", "-m", module, "-a", arguments]
        ran = self.desk(program, *words, ANSIBLE_CONFIG=str(self.config))
        return self.checked(ran, ran.output.count(" | CHANGED | ") + ran.output.count(" | SUCCESS => "))

    def parallel_ssh(self, command: str = "true") -> Ran:
        ran = self.desk(self.venv / "bin" / "python", PARALLEL_SSH, self.list, self.hosts.key, command)
        return self.checked(ran, ran.output.count(" ended with 0\n"))

    def versions(self) -> str:
        listed = run([self.venv / "bin" / "pip", "list", "--format=freeze"]).output.split()
        return ", ".join(line.replace("==", " ") for line in listed if line.split("==")[0] in PACKAGES)

    def close(self) -> None:
        """Ends the connections that Ansible's ssh keeps."""
        if not os.path.isdir(self.sockets):
            return
        for socket in os.listdir(self.sockets):
            path = os.path.join(self.sockets, socket)
            subprocess.run(["ssh", "-F", "none", "-O", "exit", "-S", path, "host"], capture_output=True, check=False)
        shutil.rmtree(self.sockets, ignore_errors=True)

    def desk(self, *command: object, **variables: str) -> Ran:
        environment = {**self.lab.environment, "HOME": str(self.home), **variables}
        return run([self.lab.program, "--lab", "bench", "desk", "--", *command], 300, env=environment)

    def checked(self, ran: Ran, reached: int) -> Ran:
        if reached != self.lab.count:
            raise NotMeasured(f"{reached} of {self.lab.count} hosts answered: {ran.output.strip()[-300:]}")
        return ran
