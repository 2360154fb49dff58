"""What is not what it is taken for, on the real contracts: `doubts.py WHEEL PROGRAM FOLDER`. Tokens that keep a part of
what is transferred, tokens and pools that are others than the configuration says, a node that lies. Each must be said
in words, and no fill may come of it but what the wallet has."""

import sys
from decimal import Decimal

from eth_account import Account

from market import FEE, config, market
from node import Node
from peer import Peer
from swaps import number
from taxed import creation

V2, V3 = "Plugins/Uniswap/manifest.json", "Plugins/UniswapV3/manifest.json"


class Doubts:
    def __init__(self, wheel, program, folder):
        self.program, self.folder = program, folder
        self.chain = market(wheel)
        self.node = Node(self.chain.tester, self.chain.web3.eth.chain_id)
        self.keys = 0xD0B7_0000
        self.count = 0

    def settings(self, name, **changes):
        chain = self.chain
        own = config(chain, chain.factory3, FEE, chain.router3) if name == "uniswap_v3" else config(
            chain, chain.factory2, None, chain.router2)
        return {**own, **changes}

    def peer(self, name, settings, funds=("WETH", "USDC")):
        """A connector with a new wallet, whose tokens the router may spend."""
        chain = self.chain
        self.keys += 1
        account = Account.from_key(f"0x{self.keys:064x}")
        self.wallet = account.address
        chain.send_ether(self.wallet, 10**18)
        router = chain.router3 if name == "uniswap_v3" else chain.router2
        for place, symbol in enumerate(funds):
            token, decimals = chain.tokens[symbol]
            chain.send(token.functions.transfer(self.wallet, 10_000 * 10**decimals))
            call = token.functions.approve(router.address, 2**255).build_transaction({
                "from": self.wallet, "nonce": place, "gas": 100_000, "chainId": self.node.chain_id,
                "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9})
            chain.wait(chain.web3.eth.send_raw_transaction(account.sign_transaction(call).raw_transaction))
        manifest = V3 if name == "uniswap_v3" else V2
        peer = Peer(
            self.program, name, settings, self.node, manifest, f"{self.keys:064x}:{self.wallet}", self.folder)
        peer.settle_clock()
        self.lines = peer.tell("instruments")
        return peer

    def units(self, symbol):
        return self.chain.tokens[symbol][0].functions.balanceOf(self.wallet).call()

    def refused(self, peer, line, words):
        sent = len(self.node.sent)
        peer.settle_clock()
        lines = peer.tell(line)
        assert any(one.startswith("answer ") and " 2 " in one and words in one for one in lines), (words, lines)
        assert not any(one.startswith(("fill ", "quote ")) for one in lines), lines
        assert len(self.node.sent) == sent, "something has left"
        self.count += 1

    def unusable(self, name, settings, words):
        peer = self.peer(name, settings, funds=())
        assert any(line.startswith("instrument 1 ") and words in line for line in self.lines), (words, self.lines)
        self.refused(peer, "quote 1 sell 1", words)
        self.refused(peer, "place sell 0.1 market a", words)
        peer.end()

    def mined(self, peer, blocks=4):
        lines = []
        for _ in range(blocks):
            self.chain.tester.mine_blocks(1)
            peer.settle_clock()
            lines += peer.tell("timer")
        return lines

    # Tokens

    def taxed(self):
        """One percent less arrives than the pool gives: the fill is what the wallet has, and there is no second one."""
        chain = self.chain
        chain.tokens["TAX"] = (chain.deploy_code("ERC20MockDecimals", creation()), 18)
        chain.pair_v2("TAX", "USDC", 1000 * 10**18, 2000 * 10**6)
        settings = self.settings("uniswap", pools=[{"base": "TAX", "quote": "USDC"}])
        peer = self.peer("uniswap", settings, funds=("TAX", "USDC"))
        assert any(line.startswith("instrument 1 TAX-USDC 1 ") for line in self.lines), self.lines
        self.refused(peer, "place sell 1 market a", "the swap would fail")
        tax, usdc = self.units("TAX"), self.units("USDC")
        peer.settle_clock()
        lines = peer.tell("place buy 10 market b")
        assert any(line.startswith("order b 1 0x") for line in lines), lines
        lines = self.mined(peer)
        fills = [line.split() for line in lines if line.startswith("fill b ")]
        assert len(fills) == 1, lines
        got, paid = self.units("TAX") - tax, usdc - self.units("USDC")
        assert got == 99 * 10**17 and number(fills[0][4]) == Decimal("9.9"), (got, fills)
        exact = Decimal(paid).scaleb(-6) / Decimal(got).scaleb(-18)
        assert abs(number(fills[0][3]) - exact) <= exact * Decimal("1e-15"), fills
        assert any(line.startswith("log ") and "keeps a part" in line for line in lines), lines
        self.refused(peer, "place buy 1 market c", "keeps a part")
        self.refused(peer, "quote 1 buy 1", "keeps a part")
        peer.end()
        del chain.tokens["TAX"]

    def decimals(self):
        for name in ("uniswap", "uniswap_v3"):
            tokens = self.settings(name)["tokens"]
            lying = [{**token, "decimals": 8} if token["symbol"] == "USDC" else token for token in tokens]
            self.unusable(name, self.settings(name, tokens=lying), "says that it has 6 decimals")
            absent = [{**token, "address": "0x" + "12" * 20} if token["symbol"] == "USDC" else token
                      for token in tokens]
            self.unusable(name, self.settings(name, tokens=absent), "no token USDC is at")
            peer = self.peer(name, self.settings(name))
            finer = "0." + "0" * 18 + "1"
            self.refused(peer, f"quote 1 sell {finer}", "no whole number of its smallest unit")
            self.refused(peer, f"place sell {finer} market a", "no whole number of its smallest unit")
            self.refused(peer, "approve USDC 0.0000001", "no whole number of its smallest unit")
            peer.end()

    # Pools

    def pools(self):
        """Another token of the same name; and what the factory is said to name, a pool of other tokens."""
        chain = self.chain
        other = chain.deploy("ERC20MockDecimals", "USDC", "USDC", 10**30, 6)
        chain.tokens["OTHER"] = (other, 6)
        pools = {
            "uniswap": chain.pair_v2("WETH", "OTHER", 10**18, 10**9),
            "uniswap_v3": chain.pool_v3("WETH", "OTHER", FEE, 2**96, []),
        }
        del chain.tokens["OTHER"]
        getters = {"uniswap": "0xe6a43905", "uniswap_v3": "0x1698ee82"}
        for name, pool in pools.items():
            word = "0x" + pool.address[2:].lower().rjust(64, "0")
            getter = getters[name]
            self.node.twist = lambda to, data, answer: word if data.startswith(getter) else answer
            self.unusable(name, self.settings(name), f"trades {other.address.lower()}, and not USDC")
            self.node.twist = lambda to, data, answer: "0x" + "0" * 64 if data.startswith(getter) else answer
            self.unusable(name, self.settings(name), "the factory has no pool")
            self.node.twist = None
            factory = chain.factory3 if name == "uniswap" else chain.factory2
            peer = self.peer(name, self.settings(name, factory=factory.address.lower()), funds=())
            assert any("no factory is at" in line for line in self.lines), self.lines
            peer.end()

    # Nodes

    def lies(self):
        """A node that says another state than the router swaps in, or that the wallet has what it has not."""
        def reserves(to, data, answer):
            if data != "0x0902f1ac":
                return answer
            # Of USDC, whose units are fewer, a little less than there is.
            words = [int(answer[start:start + 64], 16) for start in (2, 66, 130)]
            place = 0 if words[0] < words[1] else 1
            words[place] -= words[place] // 1000
            return "0x" + "".join(hex(word)[2:].rjust(64, "0") for word in words)

        def liquidity(to, data, answer):
            return "0x" + hex(int(answer, 16) * 999 // 1000)[2:].rjust(64, "0") if data == "0x1a686502" else answer

        for name, lie in (("uniswap", reserves), ("uniswap_v3", liquidity)):
            self.node.twist = lie
            peer = self.peer(name, self.settings(name))
            peer.settle_clock()
            lines = peer.tell("place sell 0.1 market a")
            assert any(line.startswith("answer ") and line.split()[2] == "2" for line in lines), lines
            assert any("contradicts itself" in line for line in lines), lines
            assert not any(line.startswith(("fill ", "order a 1")) for line in lines), lines
            peer.end()
            self.count += 1
            rich = "0x" + hex(10**27)[2:].rjust(64, "0")
            self.node.twist = lambda to, data, answer: rich if data.startswith(("0x70a08231", "0xdd62ed3e")) else answer
            peer = self.peer(name, self.settings(name), funds=())
            self.refused(peer, "place sell 0.1 market a", "the swap would fail")
            peer.end()
            self.node.twist = None

    def run(self):
        for part in (self.taxed, self.decimals, self.pools, self.lies):
            part()
        print(f"{self.count} times what is not as it is said was refused in words, and nothing left")


if __name__ == "__main__":
    Doubts(*sys.argv[1:]).run()
