"""Celo's connector on Uniswap v3's contracts as Celo has them: with SwapRouter02 alone, in whose multicall its swaps
go so that they have a deadline. `celo.py WHEEL PROGRAM FOLDER [ROUNDS] [SEED]`. Mento's contracts are in no package of
PyPI: its formulas are tried by MentoTests alone."""

import random
import sys
from decimal import Decimal

from eth_utils import keccak, to_hex

import contracts
from market import FEE, config, market
from node import Node
from swaps import Wallet

contracts.FOLDERS["SwapRouter02"] = "uniswap-swap-contracts"


def run(wheel, program, folder, rounds, seed):
    chance = random.Random(seed)
    chain = market(wheel)
    node = Node(chain.tester, chain.web3.eth.chain_id)
    router = chain.deploy(
        "SwapRouter02", chain.factory2.address, chain.factory3.address, chain.positions.address, chain.wrapped.address)
    wallet = Wallet(
        chain, node, program, folder, "celo", config(chain, chain.factory3, FEE, router), "Plugins/Celo/manifest.json",
        "33" * 32)
    _, lines = wallet.order("sell", "0.5")
    wallet.refused(lines, "approve it first")
    wallet.approve("WETH", "40")
    wallet.approve("USDC", "190000")
    for _ in range(rounds):
        quantity = Decimal(chance.randint(1_000_000, 60_000_000)).scaleb(-8)
        wallet.swap(chance.choice(["buy", "sell"]), f"{quantity:f}", "market")
    _, lines = wallet.order("sell", "0.1", "900000")
    wallet.refused(lines, "keeps no resting orders")
    wallet.swap("sell", "0.1", "10")
    # A swap that waits longer than its deadline is reverted by the router, and the order ends.
    node.forgets = True
    client, lines = wallet.order("buy", "0.1")
    assert any(line.startswith(f"order {client} 1 0x") for line in lines), lines
    node.forgets = False
    late = chain.tester.get_block_by_number("latest")["timestamp"] + 600
    chain.tester.time_travel(late)
    lines = wallet.mined(5)
    assert any(line.startswith(f"order {client} ") and "before its deadline" in line for line in lines), lines
    for raw in node.forgotten:
        chain.tester.send_raw_transaction(raw)
    chain.tester.mine_blocks(1)
    receipt = chain.tester.get_transaction_receipt(to_hex(keccak(hexstr=node.forgotten[-1])))
    assert receipt["status"] == 0, "the router swapped after the deadline"
    wallet.peer.end()
    print(f"celo: {rounds + 1} swaps by SwapRouter02 filled as the wallet counts; none after its deadline")


if __name__ == "__main__":
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 6
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    run(sys.argv[1], sys.argv[2], sys.argv[3], rounds, seed)
