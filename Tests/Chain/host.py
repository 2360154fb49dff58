"""As a newcomer does it: a chain by `patchbay venue --chain`, a host beside it, and orders by the command line:
`host.py PROGRAM FOLDER`."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request


class Newcomer:
    def __init__(self, program, folder):
        self.program, self.folder = os.path.abspath(program), folder
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.variables = {**os.environ, "PATCHBAY_PASSWORD": "only-for-trying"}
        self.running = []

    def start(self, name, *words):
        log = open(os.path.join(self.folder, name), "a")
        process = subprocess.Popen(
            [self.program, *words], cwd=self.folder, env=self.variables, stdout=log, stderr=subprocess.STDOUT)
        self.running.append(process)
        return process

    def run(self, *words):
        done = subprocess.run(
            [self.program, *words], cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=120)
        # 2: what becomes of it is not known yet.
        assert done.returncode in (0, 2), (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def until(self, what, probe, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = probe()
            if found:
                return found
            time.sleep(0.2)
        logs = [open(os.path.join(self.folder, name)).read()[-3000:] for name in ("chain.log", "run.log")
                if os.path.exists(os.path.join(self.folder, name))]
        raise AssertionError(f"{what} did not come about in {seconds} seconds\n" + "\n".join(logs))

    def says(self, name, words):
        path = os.path.join(self.folder, name)
        return os.path.exists(path) and words in open(path).read()

    def chain(self):
        """The first command. Any free port: another chain may stand at the usual one."""
        self.start("chain.log", "venue", "--chain", "--port", "0")
        self.until("the chain", lambda: self.says("chain.log", "in a third:"))

    def host(self):
        """The second command."""
        open(os.path.join(self.folder, "run.log"), "w").close()
        process = self.start("run.log", "run", "--plain")
        self.until("trading", lambda: self.says("run.log", "uniswap_v3: trading: orders are taken"))
        return process

    def balance(self, asset):
        rows = json.loads(self.run("balances", "--json"))
        return next(row["total"] for row in rows["balances"] if row["asset"] == asset)

    def swaps(self):
        """The third command."""
        told = self.run("order", "place", "WETH-USDC", "sell", "0.1")
        price = re.search(r"filled: sell 0\.1 WETH-USDC, 0\.1 filled at ([0-9.]+)", told)
        assert price and 2500 < float(price[1]) < 3500, told
        self.until("the balance", lambda: self.balance("WETH") == "49.9")

    # A host that is killed with a swap under way

    def node(self, method, *params):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        told = open(os.path.join(self.folder, "chain.log")).read()
        url = re.search(r"at (http://127\.0\.0\.1:\d+)", told)[1]
        with urllib.request.urlopen(urllib.request.Request(url, body)) as reply:
            answer = json.load(reply)
        assert "error" not in answer, answer
        return answer["result"]

    def held(self):
        return self.node("test_hold", True)

    def orders(self):
        return json.loads(self.run("order", "list", "--json"))["orders"]

    def placed(self, *words):
        """An order whose transaction a node has, in no block."""
        before = self.held()
        subprocess.Popen(
            [self.program, "order", "place", "WETH-USDC", *words, "--no-wait"], cwd=self.folder, env=self.variables,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return self.until("the transaction", lambda: [name for name in self.held() if name not in before])[0]

    def killed(self, host):
        host.kill()
        host.wait()
        self.running.remove(host)

    def crashes(self, host):
        """Each: what happens before the kill, while no host is there, and after it is there again."""
        count = 0
        held = float(self.balance("WETH"))

        def expect(amount, words):
            nonlocal held, count
            count += 1
            self.until(words, lambda: self.says("run.log", words))
            held = round(held - amount, 9)
            self.until(f"{held} WETH", lambda: abs(float(self.balance("WETH")) - held) < 1e-12)
            assert not self.orders(), self.orders()

        # Included after the restart.
        name = self.placed("sell", "0.1")
        self.killed(host)
        host = self.host()
        assert len(self.orders()) == 1, self.orders()
        self.node("test_include", name)
        expect(0.1, "is filled")
        # Included while no host is there.
        name = self.placed("sell", "0.2")
        self.killed(host)
        self.node("test_include", name)
        host = self.host()
        expect(0.2, "is filled")
        # No node knows it any more; cancelled under its own nonce, which the host has kept.
        name = self.placed("sell", "0.3")
        self.killed(host)
        self.node("test_drop", name)
        host = self.host()
        order = self.orders()[0]
        self.run("order", "cancel", order["client_order_id"], "--no-wait")
        self.until("the cancel", self.held)
        self.node("test_include", self.held()[0])
        expect(0, "is cancelled")
        # More gas after the restart; that one counts.
        name = self.placed("sell", "0.4", "--price", "1000")
        self.killed(host)
        host = self.host()
        order = self.orders()[0]
        self.run("order", "amend", order["client_order_id"], "--price", "1001", "--no-wait")
        other = self.until("the replacement", lambda: [one for one in self.held() if one != name])[0]
        self.node("test_include", other)
        expect(0.4, "is filled")
        # Replaced before the kill, and the one of before it is included: it is found by the nonce.
        name = self.placed("sell", "0.5", "--price", "1000")
        raw = self.node("test_raw", name)
        order = self.orders()[0]
        self.run("order", "amend", order["client_order_id"], "--price", "1001", "--no-wait")
        self.until("the replacement", lambda: [one for one in self.held() if one != name])
        self.killed(host)
        for one in self.held():
            self.node("test_drop", one)
        self.node("test_hold", False)
        self.node("eth_sendRawTransaction", raw)
        host = self.host()
        expect(0.5, "is filled")
        self.node("test_hold", False)
        return count

    def end(self):
        for process in reversed(self.running):
            process.send_signal(signal.SIGINT)
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    newcomer = Newcomer(sys.argv[1], sys.argv[2])
    try:
        newcomer.chain()
        host = newcomer.host()
        newcomer.swaps()
        print("a newcomer has swapped by three commands")
        print(f"{newcomer.crashes(host)} swaps found again after kill -9")
    finally:
        newcomer.end()
