"""A session's services for a script: what they were told, and what they say."""

import json
import select
import subprocess
import sys
from pathlib import Path

from window import PATIENCE

SERVICES = Path(__file__).with_name("services.py")


class Session:
    """Notifications and the portal's settings, until the end of the block."""

    def __enter__(self):
        self.services = subprocess.Popen([sys.executable, str(SERVICES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        # Both names are owned.
        for _ in range(2):
            if self.services.stdout.readline() != "{}\n":
                raise SystemExit("the session's services did not start")
        return self

    def __exit__(self, *_):
        self.services.stdin.close()
        self.services.wait(10)

    def change(self, setting):
        print(setting, file=self.services.stdin, flush=True)

    def notified(self):
        """The next notification; there must be one."""
        if not select.select([self.services.stdout], [], [], PATIENCE)[0]:
            raise SystemExit("nobody was notified")
        return json.loads(self.services.stdout.readline())
