"""A real host with the embedded paper exchange, for tests: on ports that the system chooses, in a folder of its own."""

import json
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


class Venue:
    """Exchanges of this machine by `patchbay venue`, and a host that trades as alice on its Binance, spot and
    perpetuals."""

    def __init__(self, folder, program, *options):
        self.folder, self.program, self.options = pathlib.Path(folder), program, options
        self.socket = str(self.folder / "data" / "api.sock")
        self.processes = []

    def start(self, name, *command, until, environment=None):
        log = open(self.folder / name, "w")
        process = subprocess.Popen([self.program, *command], cwd=self.folder, stdout=log, stderr=log, env=environment)
        self.processes.append(process)
        for _ in range(600):
            text = (self.folder / name).read_text()
            if until in text:
                return text
            if process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"{command} did not start:\n{text}")

    def run(self):
        self.authorities = str(self.folder / "venue.pem")
        said = self.start("venue.log", "venue", "--seed", "7", "--for", "300", "--authorities", self.authorities,
                          *self.options, until="account bob of kraken").splitlines()
        self.url = next(line for line in said if line.startswith("binance at ")).split()[2].rsplit("/", 1)[0]
        endpoint = json.loads(said[said.index("in patchbay.json, connectors.binance:") + 1])
        pairs = {"pairs": ["BTC-USDT"]}
        config = {
            "schema": 1,
            "accounts": {"alice": {"connector": "binance"}},
            "connectors": {"binance": {
                "markets": {"spot": pairs, "perp": pairs}, "permit": {"trading": True}, **endpoint}},
        }
        (self.folder / "patchbay.json").write_text(json.dumps(config))
        environment = {**os.environ, "PATCHBAY_PASSWORD": "only-for-trying"}
        self.keys = {name: next(line for number, line in enumerate(said) if said[number - 1].startswith(
            f"account {name} of binance")) for name in ("alice", "bob")}
        subprocess.run([self.program, "keys", "add", "binance", "--account", "alice", "--from-file", "-"], cwd=self.folder,
                       env=environment, input=self.keys["alice"], text=True, check=True, capture_output=True)
        self.start("run.log", "run", "--plain", "--every", "30", "--for", "280", environment=environment,
                   until="binance_perpetual trades on")

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
            process.wait(30)
