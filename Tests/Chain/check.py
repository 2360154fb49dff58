"""Our quotes against those of the contracts: `check.py WHEEL CHAIN-PEER [ROUNDS] [SEED]`.

Each round an independent client (web3.py) changes the pools: it trades over ticks, puts liquidity in, takes it out.
Then random amounts, from one unit to more than the pools have, are quoted by our connector from the state that it has
read, and by QuoterV2 and the router of v2 on the chain. They must agree to the last unit, also on what cannot be had.
Trades that our connector reports must be those that were made. At the end the chain is reorganised under it, the node
lags, and the node is silent: each must be said, and no quote may come of it.
"""

import random
import sys

from eth_tester.exceptions import TransactionFailed
from web3.exceptions import Web3Exception

from local_chain import FAR
from market import FEE, config, market
from node import Node
from peer import Peer

AMOUNTS_A_ROUND = 50


class Check:
    def __init__(self, wheel, program, seed):
        self.random = random.Random(seed)
        self.chain = market(wheel)
        self.node = Node(self.chain.tester, self.chain.web3.eth.chain_id)
        self.weth, self.usdc = self.chain.tokens["WETH"][0], self.chain.tokens["USDC"][0]
        self.peers = {
            "uniswap_v3": Peer(program, "uniswap_v3", config(self.chain, self.chain.factory3, FEE), self.node),
            "uniswap": Peer(program, "uniswap", config(self.chain, self.chain.factory2), self.node),
        }
        self.compared = {name: {"quoted": 0, "refused": 0, "crossing": 0} for name in self.peers}
        self.trades = {name: 0 for name in self.peers}
        for token in (self.weth, self.usdc):
            for router in (self.chain.router3, self.chain.router2):
                self.chain.send(token.functions.approve(router.address, 2**256 - 1))
        for name, peer in self.peers.items():
            peer.settle_clock()
            lines = peer.tell("instruments")
            assert any(line.startswith(f"instrument 1 WETH-USDC") and " 1 " in line for line in lines), lines
            lines = peer.tell("subscribe 1 35")
            assert any(line.startswith("book 1 ") for line in lines), lines

    # The contracts' quotes

    def contract_quote(self, name, side, amount):
        """Smallest units of USDC for smallest units of WETH; None where the contract refuses."""
        weth, usdc = self.weth.address, self.usdc.address
        try:
            if name == "uniswap":
                router = self.chain.router2.functions
                if side == "sell":
                    return router.getAmountsOut(amount, [weth, usdc]).call()[1], 0
                return router.getAmountsIn(amount, [usdc, weth]).call()[0], 0
            quoter = self.chain.quoter.functions
            if side == "buy":
                got, _, crossed, _ = quoter.quoteExactOutputSingle((usdc, weth, amount, FEE, 0)).call()
                return got, crossed
            got, after, crossed, _ = quoter.quoteExactInputSingle((weth, usdc, amount, FEE, 0)).call()
            # The quoter does not say that less was taken than was given: the price then stands at the end of all.
            return (None, 0) if after in (4295128740, ENDS) else (got, crossed)
        except (TransactionFailed, Web3Exception):
            return None, 0

    def compare(self, name):
        peer = self.peers[name]
        peer.settle_clock()
        lines = peer.tell("timer")
        self.count_trades(name, lines)
        for _ in range(AMOUNTS_A_ROUND):
            side = self.random.choice(["buy", "sell"])
            amount = int(10 ** self.random.uniform(0, 20.5))
            # A command's quantity has eighteen digits.
            amount -= amount % 10 ** max(0, len(str(amount)) - 18)
            whole, rest = divmod(amount, 10**18)
            told = peer.tell(f"quote 1 {side} {whole}.{rest:018d}")
            expected, crossed = self.contract_quote(name, side, amount)
            ours = [line.split() for line in told if line.startswith("quote ")]
            if not expected:
                assert not ours, f"{name}: {side} {amount}: the contract refuses, we say {told}"
                self.compared[name]["refused"] += 1
                continue
            assert ours, f"{name}: {side} {amount}: the contract says {expected}, we say {told}"
            into, out = int(ours[0][2], 16), int(ours[0][3], 16)
            wanted = (amount, expected) if side == "sell" else (expected, amount)
            assert (into, out) == wanted, f"{name}: {side} {amount}: {(into, out)} is not {wanted}"
            self.compared[name]["quoted"] += 1
            self.compared[name]["crossing"] += crossed > 0

    def count_trades(self, name, lines):
        self.trades[name] += sum(line.startswith("trade ") for line in lines)

    # What an independent client does

    def swap(self, name, side, amount):
        chain, owner = self.chain, self.chain.owner
        weth, usdc = self.weth.address, self.usdc.address
        path = (usdc, weth) if side == "buy" else (weth, usdc)
        if name == "uniswap":
            chain.send(chain.router2.functions.swapExactTokensForTokens(amount, 0, list(path), owner, FAR))
        else:
            chain.send(chain.router3.functions.exactInputSingle((*path, FEE, owner, FAR, amount, 0, 0)))

    def change(self, round_number):
        """Gives how many trades were made, by connector."""
        made = {}
        for name in self.peers:
            made[name] = self.random.randint(0, 2)
            for _ in range(made[name]):
                side = self.random.choice(["buy", "sell"])
                scale = 10**6 if side == "buy" else 10**18 // 3000
                self.swap(name, side, int(scale * 10 ** self.random.uniform(1, 3.7)))
        if round_number % 3 == 1:
            self.change_liquidity()
        return made

    def change_liquidity(self):
        chain = self.chain
        token0, token1 = chain.ordered("WETH", "USDC")
        tick = chain.pool3.functions.slot0().call()[1] // 60 * 60
        lower = tick - 60 * self.random.randint(0, 20)
        upper = tick + 60 * self.random.randint(1, 20)
        amounts = [10**10 if token is self.usdc else 10**19 for token in (token0, token1)]
        chain.send(chain.positions.functions.mint((
            token0.address, token1.address, FEE, lower, upper, *amounts, 0, 0, chain.owner, FAR)))
        old = self.random.randint(1, 6)
        liquidity = chain.positions.functions.positions(old).call()[7]
        chain.send(chain.positions.functions.decreaseLiquidity((old, liquidity // 7, 0, 0, FAR)))

    # What a node may do

    def reorganise(self, name):
        """A trade is undone, and another made in its place."""
        peer, tester = self.peers[name], self.chain.tester
        before = tester.take_snapshot()
        self.swap(name, "sell", 10**17)
        peer.settle_clock()
        lines = peer.tell("timer")
        assert sum(line.startswith("trade ") for line in lines) == 1, lines
        tester.revert_to_snapshot(before)
        self.swap(name, "buy", 5 * 10**8)
        self.swap(name, "buy", 10**8)
        peer.settle_clock()
        lines = peer.tell("timer")
        assert any(line.startswith("log ") and "reorganised" in line for line in lines), lines
        self.compare(name)

    def lag(self, name):
        peer = self.peers[name]
        seconds = self.chain.tester.get_block_by_number("latest")["timestamp"]
        peer.tell(f"time {seconds + 200_000}")
        lines = peer.tell("timer") + peer.tell("quote 1 sell 1")
        assert any(line.startswith("gap 1") for line in lines), lines
        assert any(line.startswith("state 1 1 3") and "the node lags" in line for line in lines), lines
        assert any(line.startswith("answer ") and " 2 " in line and "the node lags" in line for line in lines), lines
        assert not any(line.startswith("quote ") for line in lines), lines
        peer.settle_clock()
        lines = peer.tell("timer")
        assert any(line.startswith("book 1 ") for line in lines), lines

    def silence(self, name):
        peer = self.peers[name]
        peer.settle_clock()
        peer.silent = True
        lines = peer.tell("quote 1 sell 1")
        assert any(" 2 the node did not answer" in line for line in lines), lines
        peer.silent = False
        peer.settle_clock()
        lines = peer.tell("quote 1 sell 1")
        assert any(line.startswith("quote ") for line in lines), lines

    def run(self, rounds):
        for round_number in range(rounds):
            made = self.change(round_number) if round_number else {name: 0 for name in self.peers}
            for name in self.peers:
                before = self.trades[name]
                self.compare(name)
                assert self.trades[name] - before == made[name], f"{name}: {made[name]} trades, reported otherwise"
        for name in self.peers:
            self.reorganise(name)
            self.lag(name)
            self.silence(name)
        for peer in self.peers.values():
            peer.end()
        for name, counts in self.compared.items():
            print(f"{name}: {counts['quoted']} quotes equal to the contract's ({counts['crossing']} over ticks), "
                  f"{counts['refused']} refused by both, {self.trades[name]} trades reported as made")
        assert self.compared["uniswap_v3"]["crossing"] > rounds, "too few swaps cross ticks"


ENDS = 1461446703485210103287273052203988822378723970341

if __name__ == "__main__":
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 8
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    Check(sys.argv[1], sys.argv[2], seed).run(rounds)
