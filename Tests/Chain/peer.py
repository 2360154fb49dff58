"""One connector in a process of its own (Tests/Chain/Peer), whose questions a node answers."""

import json
import subprocess


class Peer:
    def __init__(self, program, connector, config, node, *signing):
        """`signing`: manifest, key and folder, where it swaps."""
        self.node = node
        self.silent = False
        self.process = subprocess.Popen(
            [program, connector, json.dumps(config), *signing], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = self.read()

    def read(self):
        lines = []
        while (line := self.process.stdout.readline()) != ".\n":
            if not line:
                raise RuntimeError(f"the connector ended with {self.process.wait()}")
            lines.append(line.rstrip("\n"))
        return lines

    def tell(self, line):
        """Gives an input, answers all that is asked for it, and gives everything else that came."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        told = []
        for line in self.read():
            if not line.startswith("request "):
                told.append(line)
                continue
            _, request, body = line.split(" ", 2)
            answer = f"silent {request}" if self.silent else f"reply {request} 200 {self.node.answer(body)}"
            told += self.tell(answer)
        return told

    def settle_clock(self):
        """The clock stands at the newest block, and a polling interval has passed."""
        seconds = self.node.tester.get_block_by_number("latest")["timestamp"]
        self.tell(f"time {seconds}")
        self.tell("pass 2500")

    def end(self):
        self.process.stdin.close()
        self.process.wait()
