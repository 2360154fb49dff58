"""The chain behind a port of this machine, for a host: `serve.py WHEEL PORT`. Prints a configuration for it, and on the
other output a wallet with tokens. A block is made every two seconds."""

import json
import sys
from threading import Thread
from time import sleep

from eth_account import Account

from market import FEE, config, market
from node import Node, serve

HOST = "node.invalid:443"


def fund(chain):
    """A new wallet with tokens, which no other chain has."""
    account = Account.create()
    chain.send_ether(account.address, 10 * 10**18)
    chain.send(chain.tokens["WETH"][0].functions.transfer(account.address, 50 * 10**18))
    chain.send(chain.tokens["USDC"][0].functions.transfer(account.address, 200_000 * 10**6))
    print(f"address {account.address}\nwallet_key {account.key.hex().removeprefix('0x')}", file=sys.stderr, flush=True)


def mine(node):
    while True:
        sleep(2)
        with node.lock:
            node.tester.mine_blocks(1)


if __name__ == "__main__":
    port = int(sys.argv[2])
    chain = market(sys.argv[1])
    node = Node(chain.tester, chain.web3.eth.chain_id)
    entries = {}
    fund(chain)
    pools = (("uniswap_v3", chain.factory3, FEE, chain.router3), ("uniswap", chain.factory2, None, chain.router2))
    for name, factory, fee, router in pools:
        entries[name] = {
            "markets": {"amm": {"pairs": ["WETH-USDC"]}},
            "endpoint": {"urls": {HOST: f"http://127.0.0.1:{port}"}},
            "permit": {"trading": True},
            "config": config(chain, factory, fee, router),
        }
    print(json.dumps({"schema": 1, "connectors": entries}, indent=2), flush=True)
    Thread(target=mine, args=(node,), daemon=True).start()
    serve(node, port)
