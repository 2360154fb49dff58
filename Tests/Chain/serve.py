"""The chain behind a port of this machine, for a host: `serve.py WHEEL PORT`. Prints a configuration for it."""

import json
import sys

from market import FEE, config, market
from node import Node, serve

HOST = "node.invalid:443"

if __name__ == "__main__":
    port = int(sys.argv[2])
    chain = market(sys.argv[1])
    node = Node(chain.tester, chain.web3.eth.chain_id)
    entries = {}
    for name, factory, fee in (("uniswap_v3", chain.factory3, FEE), ("uniswap", chain.factory2, None)):
        entries[name] = {
            "markets": {"amm": {"pairs": ["WETH-USDC"]}},
            "endpoint": {"urls": {HOST: f"http://127.0.0.1:{port}"}},
            "config": config(chain, factory, fee),
        }
    print(json.dumps({"schema": 1, "connectors": entries}, indent=2), flush=True)
    serve(node, port)
