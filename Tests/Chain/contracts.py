"""Real contracts of Uniswap, as the package web3-ethereum-defi ships their bytecode.

Of that package only the wheel is read: what it depends on is not needed. Uniswap v2's contracts are there under Sushi's
name, which is the same code with another owner's fee switch.
"""

import json
import zipfile

FOLDERS = {
    "UniswapV2Factory": "sushi", "UniswapV2Pair": "sushi", "UniswapV2Router02": "sushi", "WETH9Mock": "sushi",
    "UniswapV3Factory": "uniswap_v3", "UniswapV3Pool": "uniswap_v3", "QuoterV2": "uniswap_v3",
    "Quoter": "uniswap_v3", "SwapRouter": "uniswap_v3", "NonfungiblePositionManager": "uniswap_v3",
    "ERC20MockDecimals": "",
}


class Contracts:
    """Reads interfaces and bytecode out of the wheel."""

    def __init__(self, wheel):
        self.archive = zipfile.ZipFile(wheel)

    def read(self, name):
        folder = FOLDERS[name]
        with self.archive.open(f"eth_defi/abi/{folder + '/' if folder else ''}{name}.json") as file:
            content = json.load(file)
        code = content["bytecode"]
        return content["abi"], code["object"] if isinstance(code, dict) else code
