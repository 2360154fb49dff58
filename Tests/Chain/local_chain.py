"""A chain in this process, with Uniswap's own contracts on it and pools that are the same each time."""

from eth_tester import EthereumTester, PyEVMBackend
from web3 import EthereumTesterProvider, Web3

from contracts import Contracts

NOWHERE = "0x0000000000000000000000000000000000000000"
FAR = 2**40
SUSHI_PAIR_HASH = "e18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303"


class LocalChain:
    def __init__(self, wheel):
        self.contracts = Contracts(wheel)
        self.tester = EthereumTester(PyEVMBackend())
        self.web3 = Web3(EthereumTesterProvider(self.tester))
        self.owner = self.web3.eth.accounts[0]
        self.web3.eth.default_account = self.owner
        self.tokens = {}

    # Contracts

    def deploy(self, name, *arguments, replaced=None):
        abi, code = self.contracts.read(name)
        if replaced:
            if replaced[0] not in code:
                raise RuntimeError(f"{name} has no {replaced[0]} in its code")
            code = code.replace(*replaced)
        factory = self.web3.eth.contract(abi=abi, bytecode=code)
        receipt = self.wait(factory.constructor(*arguments).transact({"gas": 12_000_000}))
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=abi)

    def at(self, name, address):
        return self.web3.eth.contract(address=address, abi=self.contracts.read(name)[0])

    def wait(self, transaction):
        receipt = self.web3.eth.wait_for_transaction_receipt(transaction)
        if receipt["status"] != 1:
            raise RuntimeError(f"a transaction failed: {transaction.hex()}")
        return receipt

    def send(self, call, **fields):
        return self.wait(call.transact({"gas": 6_000_000, **fields}))

    def send_ether(self, address, amount):
        self.wait(self.web3.eth.send_transaction({"to": address, "value": amount, "gas": 21_000}))

    def deploy_code(self, name, code):
        """A contract of our own making, with the interface of another."""
        receipt = self.wait(self.web3.eth.send_transaction({"from": self.owner, "data": code, "gas": 3_000_000}))
        return self.at(name, receipt["contractAddress"])

    # Tokens and pools

    def token(self, symbol, decimals):
        token = self.deploy("ERC20MockDecimals", symbol, symbol, 10**30, decimals)
        self.tokens[symbol] = (token, decimals)
        return token

    def build_v3(self):
        self.wrapped = self.deploy("WETH9Mock")
        self.factory3 = self.deploy("UniswapV3Factory")
        self.quoter = self.deploy("QuoterV2", self.factory3.address, self.wrapped.address)
        self.router3 = self.deploy("SwapRouter", self.factory3.address, self.wrapped.address)
        self.positions = self.deploy(
            "NonfungiblePositionManager", self.factory3.address, self.wrapped.address, NOWHERE)

    def build_v2(self):
        self.factory2 = self.deploy("UniswapV2Factory", self.owner)
        # The router computes addresses of pairs from the hash of their code, which it was compiled with.
        own = self.factory2.functions.pairCodeHash().call().hex()
        self.router2 = self.deploy(
            "UniswapV2Router02", self.factory2.address, self.wrapped.address, replaced=(SUSHI_PAIR_HASH, own))

    def ordered(self, left, right):
        tokens = [self.tokens[left][0], self.tokens[right][0]]
        return sorted(tokens, key=lambda token: int(token.address, 16))

    def pool_v3(self, left, right, fee, sqrt_price, ranges):
        """A pool at a price, with liquidity in ranges of ticks: (lower, upper, amount of token0, of token1)."""
        token0, token1 = self.ordered(left, right)
        self.send(self.positions.functions.createAndInitializePoolIfNecessary(
            token0.address, token1.address, fee, sqrt_price))
        for token in (token0, token1):
            self.send(token.functions.approve(self.positions.address, 2**256 - 1))
        for lower, upper, amount0, amount1 in ranges:
            self.send(self.positions.functions.mint((
                token0.address, token1.address, fee, lower, upper, amount0, amount1, 0, 0, self.owner, FAR)))
        return self.at("UniswapV3Pool", self.factory3.functions.getPool(token0.address, token1.address, fee).call())

    def pair_v2(self, left, right, amount_left, amount_right):
        tokens = [self.tokens[left][0], self.tokens[right][0]]
        for token in tokens:
            self.send(token.functions.approve(self.router2.address, 2**256 - 1))
        self.send(self.router2.functions.addLiquidity(
            tokens[0].address, tokens[1].address, amount_left, amount_right, 0, 0, self.owner, FAR))
        return self.at(
            "UniswapV2Pair", self.factory2.functions.getPair(tokens[0].address, tokens[1].address).call())
