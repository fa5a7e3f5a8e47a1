"""A session's services for a script: what they were told, and what they say."""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path

from window import PATIENCE

SERVICES = Path(__file__).with_name("services.py")


class Session:
    """Notifications and the portal's settings, until the end of the block."""

    def __enter__(self):
        self.services = subprocess.Popen([sys.executable, str(SERVICES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        self.lines = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()
        # Both names are owned.
        for _ in range(2):
            if self._next("the session's services did not start") != {}:
                raise SystemExit("the session's services say too much")
        return self

    def _listen(self):
        for line in self.services.stdout:
            self.lines.put(line)

    def _next(self, otherwise):
        try:
            return json.loads(self.lines.get(timeout=PATIENCE))
        except queue.Empty:
            raise SystemExit(otherwise) from None

    def __exit__(self, *_):
        self.services.stdin.close()
        self.services.wait(10)

    def change(self, setting):
        print(setting, file=self.services.stdin, flush=True)

    def notified(self):
        """The next notification; there must be one."""
        return self._next("nobody was notified")
