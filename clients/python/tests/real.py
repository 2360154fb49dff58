"""A real host with the embedded paper exchange, for tests: on ports that the system chooses, in a folder of its own."""

import os
import pathlib
import re
import signal
import subprocess
import time

PROGRAM = os.environ.get("PATCHBAY")
CONFIG = """{
  "schema": 1,
  "accounts": { "main": { "connector": "paper" } },
  "connectors": {
    "paper": {
      "markets": { "spot": { "pairs": ["BTC-USDT"] }, "perp": { "pairs": ["BTC-USDT"] } },
      "permit": { "trading": true },
    },
  },
  "gateway": { "listen": "127.0.0.1:%d" },
}"""


class RealHost:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.process, self.port = None, 0
        self.socket = str(self.folder / "data" / "api.sock")
        self.token_file = str(self.folder / "data" / "api.token")

    def start(self):
        (self.folder / "patchbay.json").write_text(CONFIG % self.port)
        log = open(self.folder / "run.log", "w")
        command = [PROGRAM, "run", "--config", "patchbay.json", "--plain", "--every", "30", "--for", "300"]
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
        found = None
        while found is None:
            if self.process.poll() is not None:
                raise AssertionError((self.folder / "run.log").read_text())
            found = re.search(r"http://127\.0\.0\.1:(\d+)/v1", (self.folder / "run.log").read_text())
            time.sleep(0.02)
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def kill(self):
        self.end(signal.SIGKILL)

    def stop(self):
        self.end(signal.SIGINT)

    def end(self, signal_):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal_)
            self.process.wait(20)
