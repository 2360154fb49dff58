"""Our connectors swap on the real contracts, signed by the host's guard, in turn with an independent client:
`swaps.py WHEEL PROGRAM FOLDER [ROUNDS] [SEED]`. Fills are compared with receipts and with what the wallet has."""

import random
import sys
from decimal import Decimal

from eth_account import Account

from local_chain import FAR
from market import FEE, config, market
from node import Node
from peer import Peer

FOLDER = "Plugins"


def number(text):
    mantissa, exponent = text.split("e")
    return Decimal(mantissa).scaleb(int(exponent))


class Wallet:
    """One of our connectors with a key of its own, and what the chain says of it."""

    def __init__(self, chain, node, program, folder, name, settings, manifest, key):
        self.chain, self.node, self.name, self.key = chain, node, name, key
        account = Account.from_key("0x" + key)
        self.address = account.address
        chain.send_ether(self.address, 10 * 10**18)
        self.tokens = {symbol: token for symbol, (token, _) in chain.tokens.items()}
        self.decimals = {symbol: decimals for symbol, (_, decimals) in chain.tokens.items()}
        chain.send(self.tokens["WETH"].functions.transfer(self.address, 50 * 10**18))
        chain.send(self.tokens["USDC"].functions.transfer(self.address, 200_000 * 10**6))
        self.peer = Peer(program, name, settings, node, manifest, f"{key}:{self.address}", folder)
        self.clients = 0
        self.peer.settle_clock()
        lines = self.peer.tell("instruments")
        assert any(line.startswith("instrument 1 WETH-USDC") and " 1 " in line for line in lines), lines

    def units(self, symbol):
        return self.tokens[symbol].functions.balanceOf(self.address).call()

    def look(self):
        self.peer.settle_clock()
        return self.peer.tell("timer")

    def order(self, side, quantity, price="market"):
        self.clients += 1
        client = f"c{self.clients}"
        self.peer.settle_clock()
        return client, self.peer.tell(f"place {side} {quantity} {price} {client}")

    def refused(self, lines, words):
        assert any(line.startswith("answer ") and " 2 " in line and words in line for line in lines), (words, lines)

    def mined(self, blocks=3):
        lines = []
        for _ in range(blocks):
            self.chain.tester.mine_blocks(1)
            lines += self.look()
        return lines

    def approve(self, symbol, quantity):
        self.peer.settle_clock()
        lines = self.peer.tell(f"approve {symbol} {quantity}")
        assert any(line.startswith("answer ") and line.split()[2] == "1" for line in lines), lines
        lines = self.mined()
        assert any(line.startswith("transaction 3 ") for line in lines), lines

    def swap(self, side, quantity, price="market"):
        """A whole swap; its fill must be what the wallet gave and got."""
        before = {symbol: self.units(symbol) for symbol in self.tokens}
        client, lines = self.order(side, quantity, price)
        assert any(line.startswith(f"order {client} 1 0x") for line in lines), lines
        lines = self.mined()
        fills = [line.split() for line in lines if line.startswith(f"fill {client} ")]
        assert len(fills) == 1, lines
        assert any(line.startswith(f"order {client} 3 ") for line in lines), lines
        _, _, told_side, told_price, told_quantity, _ = fills[0]
        assert told_side == ("1" if side == "buy" else "2"), fills
        base = self.units("WETH") - before["WETH"]
        quote = self.units("USDC") - before["USDC"]
        assert abs(base) == int(Decimal(quantity).scaleb(18)), (base, quantity)
        assert (base > 0) == (side == "buy") and (quote < 0) == (side == "buy"), (base, quote)
        assert number(told_quantity) == Decimal(abs(base)).scaleb(-18), fills
        exact = Decimal(abs(quote)).scaleb(-6) / Decimal(abs(base)).scaleb(-18)
        assert abs(number(told_price) - exact) <= abs(exact) * Decimal("1e-15"), (told_price, exact)
        return Decimal(abs(quote)).scaleb(-6)


class Swaps:
    def __init__(self, wheel, program, folder, seed):
        self.random = random.Random(seed)
        self.chain = market(wheel)
        self.node = Node(self.chain.tester, self.chain.web3.eth.chain_id)
        chain = self.chain
        for token, _ in chain.tokens.values():
            for router in (chain.router2, chain.router3):
                chain.send(token.functions.approve(router.address, 2**256 - 1))
        settings = {
            "uniswap": config(chain, chain.factory2, None, chain.router2),
            "uniswap_v3": config(chain, chain.factory3, FEE, chain.router3),
        }
        keys = {"uniswap": "11" * 32, "uniswap_v3": "22" * 32}
        self.wallets = {
            name: Wallet(
                chain, self.node, program, folder, name, settings[name],
                f"{FOLDER}/{'Uniswap' if name == 'uniswap' else 'UniswapV3'}/manifest.json", keys[name])
            for name in settings
        }
        self.count = 0

    def independent(self, name, side, amount):
        chain, owner = self.chain, self.chain.owner
        weth, usdc = chain.tokens["WETH"][0].address, chain.tokens["USDC"][0].address
        path = (usdc, weth) if side == "buy" else (weth, usdc)
        if name == "uniswap":
            chain.send(chain.router2.functions.swapExactTokensForTokens(amount, 0, list(path), owner, FAR))
        else:
            chain.send(chain.router3.functions.exactInputSingle((*path, FEE, owner, FAR, amount, 0, 0)))

    def approvals(self, wallet):
        _, lines = wallet.order("sell", "0.5")
        wallet.refused(lines, "approve it first")
        wallet.approve("WETH", "20")
        wallet.approve("USDC", "90000")
        _, lines = wallet.order("sell", "25")
        wallet.refused(lines, "approve it first")
        _, lines = wallet.order("sell", "51")
        assert any("the wallet has" in line or "not that much liquidity" in line for line in lines), lines

    def trade(self, wallet, rounds):
        for _ in range(rounds):
            side = self.random.choice(["buy", "sell"])
            quantity = Decimal(self.random.randint(1_000_000, 60_000_000)).scaleb(-8)
            wallet.swap(side, str(quantity), "market")
            self.count += 1
            other = self.random.choice(["buy", "sell"])
            self.independent(wallet.name, other, 10**9 if other == "buy" else 3 * 10**17)

    def limits(self, wallet):
        _, lines = wallet.order("sell", "0.1", "900000")
        wallet.refused(lines, "keeps no resting orders")
        _, lines = wallet.order("buy", "0.1", "10")
        wallet.refused(lines, "keeps no resting orders")
        wallet.swap("sell", "0.1", "10")
        wallet.swap("buy", "0.1", "9000")

    def balances(self, wallet):
        wallet.peer.settle_clock()
        lines = wallet.peer.tell("balances")
        for symbol, decimals in wallet.decimals.items():
            told = [number(line.split()[2]) for line in lines if line.startswith(f"balance {symbol} ")]
            assert told == [Decimal(wallet.units(symbol)).scaleb(-decimals)], (symbol, lines)

    # What may go wrong

    def place(self, wallet, side="sell", quantity="0.1", price="market"):
        client, lines = wallet.order(side, quantity, price)
        opened = [line.split() for line in lines if line.startswith(f"order {client} 1 0x")]
        assert opened, lines
        # The name is the hash, a hyphen and the nonce.
        return client, opened[0][3].split("-")[0]

    def reorganise(self, wallet):
        """The block of a swap is undone; nothing of it was a fill, and it fills when it is included once more."""
        tester = self.chain.tester
        tester.mine_blocks(1)
        before = tester.take_snapshot()
        client, hash = self.place(wallet)
        raw = self.node.sent[-1]
        lines = wallet.look()
        assert any(line.startswith(f"transaction 2 {hash}") for line in lines), lines
        tester.revert_to_snapshot(before)
        self.independent(wallet.name, "buy", 10**8)
        lines = wallet.mined(1)
        assert any(line.startswith(f"transaction 7 {hash}") and "reorganised" in line for line in lines), lines
        held = wallet.units("USDC")
        tester.send_raw_transaction(raw)
        lines = wallet.mined()
        fills = [line for line in lines if line.startswith(f"fill {client} ")]
        assert len(fills) == 1 and wallet.units("USDC") > held, lines

    def drop(self, wallet):
        """The node forgets a swap: it is told, and the order ends only when it can swap no more."""
        before = {symbol: wallet.units(symbol) for symbol in wallet.tokens}
        self.node.forgets = True
        client, hash = self.place(wallet)
        self.node.forgets = False
        lines = wallet.mined(2)
        assert any(line.startswith(f"transaction 6 {hash}") for line in lines), lines
        assert not any(line.startswith(f"order {client}") for line in lines), lines
        now = self.chain.tester.get_block_by_number("latest")["timestamp"]
        self.chain.tester.time_travel(now + 600)
        lines = wallet.mined(4)
        assert any(line.startswith(f"order {client} 6 ") and "deadline" in line for line in lines), lines
        assert before == {symbol: wallet.units(symbol) for symbol in wallet.tokens}
        # The nonce is free again.
        wallet.swap("sell", "0.01")

    def take_nonce(self, wallet):
        """Somebody else who has the key uses the nonce."""
        self.node.forgets = True
        client, _ = self.place(wallet)
        self.node.forgets = False
        tester = self.chain.tester
        account = Account.from_key("0x" + wallet.key)
        nonce = tester.get_nonce(wallet.address)
        signed = account.sign_transaction({
            "chainId": self.node.chain_id, "nonce": nonce, "to": wallet.address, "value": 0, "gas": 21_000,
            "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9, "type": 2})
        tester.send_raw_transaction(signed.raw_transaction.to_0x_hex())
        lines = wallet.mined(4)
        assert any(line.startswith(f"order {client} 4 ") and "nonce" in line for line in lines), lines

    def replace(self, wallet):
        """More gas under the same nonce; then a cancel, likewise. What was forgotten comes back too late."""
        self.node.forgets = True
        client, first = self.place(wallet)
        old = self.node.forgotten[-1]
        wallet.peer.settle_clock()
        lines = wallet.peer.tell(f"cancel {client}")
        cancelling = self.node.forgotten[-1]
        assert cancelling != old, lines
        wallet.peer.settle_clock()
        refused = wallet.peer.tell(f"amend {client}x 10")
        assert any("no such swap" in line for line in refused), refused
        self.node.forgets = False
        self.chain.tester.send_raw_transaction(cancelling)
        lines = wallet.mined(4)
        assert any(line.startswith(f"order {client} 4 {first}") for line in lines), lines
        assert not any(line.startswith("fill ") for line in lines), lines
        self.node.forgets = True
        client, first = self.place(wallet, "sell", "0.1", "10")
        wallet.peer.settle_clock()
        lines = wallet.peer.tell(f"amend {client} 11")
        assert any(line.startswith("answer ") and line.split()[2] == "1" for line in lines), lines
        self.node.forgets = False
        self.chain.tester.send_raw_transaction(self.node.forgotten[-1])
        lines = wallet.mined(4)
        assert len([line for line in lines if line.startswith(f"fill {client} ")]) == 1, lines
        assert any(line.startswith(f"transaction 5 {first}") for line in lines), lines

    def lie(self, wallet):
        """The node says that more came out, or names a block that is none: no fill comes of it."""
        def more(receipt):
            for log in receipt["logs"]:
                log["data"] = log["data"][:-4] + "0000"
            return receipt

        def elsewhere(receipt):
            receipt["blockHash"] = "0x" + "ab" * 32
            return receipt

        for lie, words in ((more, "not believed"), (elsewhere, "not believed")):
            client, _ = self.place(wallet)
            self.node.lie = lie
            lines = wallet.mined(4)
            assert any(line.startswith("log ") and words in line for line in lines), lines
            assert not any(line.startswith(("fill ", f"order {client} 3")) for line in lines), lines
            self.node.lie = None
            lines = wallet.mined(1)
            assert len([line for line in lines if line.startswith(f"fill {client} ")]) == 1, lines

    def lag(self, wallet):
        client = f"late{wallet.clients}"
        seconds = self.chain.tester.get_block_by_number("latest")["timestamp"]
        wallet.peer.tell(f"time {seconds + 200_000}")
        lines = wallet.peer.tell(f"place sell 0.1 market {client}")
        wallet.refused(lines, "the node lags")

    def run(self, rounds):
        for wallet in self.wallets.values():
            self.approvals(wallet)
            self.trade(wallet, rounds)
            self.limits(wallet)
            for play in (self.reorganise, self.drop, self.take_nonce, self.replace, self.lie):
                play(wallet)
            self.balances(wallet)
            self.lag(wallet)
            wallet.peer.end()
        print(f"{self.count} swaps filled as the wallet counts, in turn with an independent client")


if __name__ == "__main__":
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 6
    seed = int(sys.argv[5]) if len(sys.argv) > 5 else 1
    Swaps(sys.argv[1], sys.argv[2], sys.argv[3], seed).run(rounds)
