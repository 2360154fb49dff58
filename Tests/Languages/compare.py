"""Compares connectors of one exchange that are written in different languages: speed and size, in one run.

    python3 Tests/Languages/compare.py CAPTURE NAME=LIBRARY NAME=LIBRARY...

CAPTURE is a recording of Bybit (jsonl.gz). The frames of its spot stream are fed to each library in turn, round by
round, by compare.c, which takes what they emit and does nothing with it: what is measured is the connector alone; and orders
are placed, from the command to the request and from the exchange's answer to the command's end. The first library is
the one that the others are compared with.
"""

import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile

root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main() -> None:
    capture, *libraries = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        frames = os.path.join(folder, "frames")
        with gzip.open(capture, "rt") as lines, open(frames, "wb") as file:
            for line in map(json.loads, lines):
                is_list = line["kind"] == "http_response" and "category=spot" in line["url"]
                is_frame = line["kind"] == "ws_text" and line["dir"] == "in" and line["url"].endswith("/public/spot")
                if is_list or is_frame:
                    text = line["data"].encode()
                    file.write(struct.pack("<II", is_list, len(text)) + text)
        program = os.path.join(folder, "compare")
        source = os.path.join(root, "Tests/Languages/compare.c")
        include = os.path.join(root, "Sources/CPatchbay/include")
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-I", include, "-o", program, source], check=True)
        names, paths = zip(*(library.split("=", 1) for library in libraries))
        lines = subprocess.run([program, frames, *paths], check=True, capture_output=True, text=True).stdout
        rows = [line.split() for line in lines.splitlines()]
        first = float(rows[0][0])
        first_order = float(rows[0][1])
        print(f"{'library':12} {'ns a frame':>10} {'ratio':>6} {'an order':>8} {'ratio':>6} {'KiB':>6} {'records':>8}")
        for name, path, (frame, order, records) in zip(names, paths, rows):
            size = os.path.getsize(path) // 1024
            print(
                f"{name:12} {float(frame):10.0f} {float(frame) / first:6.2f} {float(order):8.0f} "
                f"{float(order) / first_order:6.2f} {size:6} {records:>8}"
            )


main()
