"""Turns the lab's devices into hosts for the peers too: an SSH server that takes one key, and Python for Ansible."""

from pathlib import Path

from lab import Lab
from measure import run, say

# What a key-only server needs, and nothing that costs time at a login: no PAM, no name look-up, no shell profile.
SSHD = """\
UsePAM no
UseDNS no
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 200
PrintMotd no
"""

UNPACK = ["tar", "--extract", "--numeric-owner", "--unlink-first", "--file=-", "--directory=/"]
START = "rm -f /root/.bashrc /root/.profile; systemctl restart ssh"

# Everything written since the mark: packages, their users, dpkg's own notes.
PACK = (
    "find / -xdev -cnewer /run/mark \\( -type f -o -type l \\) -print0 | "
    "grep -zvE '^/(var/log|var/lib/(apt|framboise)|etc/(hostname|hosts|machine-id|framboise))' | "
    "tar --create --numeric-owner --null --no-recursion --files-from=- --file=-"
)


class Hosts:
    """The devices, reachable by SSH as root with `key`."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.key = lab.build.scratch("key")
        self.known = lab.build.scratch("known_hosts")

    def prepare(self) -> None:
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "bench", "-f", self.key])
        first, *others = [device["name"] for device in self.lab.devices]
        say(f"fanout: installing an SSH server and Python on {first}")
        self.install(first)
        layer = self.lab.build.scratch("layer.tar")
        with layer.open("wb") as file:
            self.lab.inside(first, "sh", "-c", PACK, stdout=file)
        say(f"fanout: and, from there, on {len(others)} others")
        for name in others:
            with layer.open("rb") as file:
                self.lab.inside(name, *UNPACK, stdin=file)
            self.lab.inside(name, "sh", "-c", f"systemctl daemon-reload; {START}")
        layer.unlink()
        self.learn_host_keys()

    def install(self, name: str) -> None:
        self.lab.inside(name, "sh", "-c", "touch /run/mark; sleep 0.1")
        self.lab.install(name, "openssh-server", "python3-apt")
        self.write(name, "/etc/ssh/sshd_config.d/bench.conf", SSHD.encode())
        self.write(name, "/root/.ssh/authorized_keys", Path(f"{self.key}.pub").read_bytes())
        self.lab.inside(name, "sh", "-c", START)

    def write(self, name: str, path: str, content: bytes) -> None:
        file = self.lab.build.scratch("file")
        file.write_bytes(content)
        with file.open("rb") as stdin:
            self.lab.inside(name, "sh", "-c", f"umask 077; mkdir -p {Path(path).parent}; cat > {path}", stdin=stdin)

    def learn_host_keys(self) -> None:
        """All devices have the first one's."""
        names = [device["name"] for device in self.lab.devices]
        public = self.lab.inside(names[0], "cat", "/etc/ssh/ssh_host_ed25519_key.pub").output.split()[:2]
        self.known.write_text("".join(f"{address} {' '.join(public)}\n" for address in self.lab.addresses))

    def ssh_options(self) -> dict:
        """For whoever starts ssh: nothing of this machine's settings."""
        return {
            "IdentityFile": self.key,
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.known,
            "GSSAPIAuthentication": "no",
        }
