"""The pools that everything here is tried on: WETH and USDC, in both versions, with liquidity of several widths."""

from math import isqrt

from local_chain import LocalChain

FEE, SPACING = 3000, 60


def market(wheel):
    chain = LocalChain(wheel)
    chain.token("WETH", 18)
    chain.token("USDC", 6)
    chain.build_v3()
    chain.build_v2()
    token0, _ = chain.ordered("WETH", "USDC")
    weth_first = token0.address == chain.tokens["WETH"][0].address
    # 3000 USDC for one WETH, in smallest units.
    over, under = (3000 * 10**6, 10**18) if weth_first else (10**18, 3000 * 10**6)
    price = isqrt(over * 2**192 // under)
    base = (-196_260 if weth_first else 196_200)

    def wide(below, above, usdc, weth):
        return (base + below, base + above, *((weth, usdc) if weth_first else (usdc, weth)))

    chain.pool3 = chain.pool_v3("WETH", "USDC", FEE, price, [
        wide(-6000, 6000, 3 * 10**10, 10**22), wide(-600, 600, 5 * 10**9, 10**22),
        wide(-60, 120, 10**9, 10**21), wide(-60_000, 60_000, 10**9, 10**21),
        wide(180, 1200, 2 * 10**10, 10**20), wide(-1800, -300, 10**9, 10**20),
    ])
    chain.pair2 = chain.pair_v2("WETH", "USDC", 12 * 10**18 + 345_678, 36_000 * 10**6 + 17)
    return chain


def config(chain, factory, fee=None, router=None):
    """What a connector is configured with."""
    tokens = [
        {"symbol": symbol, "address": token.address.lower(), "decimals": decimals}
        for symbol, (token, decimals) in chain.tokens.items()
    ]
    pool = {"base": "WETH", "quote": "USDC"}
    if fee:
        pool["fee"] = fee
    return {
        "chain_id": chain.web3.eth.chain_id, "factory": factory.address.lower(), "tokens": tokens, "pools": [pool],
        "max_age_s": 86_400, **({"router": router.address.lower()} if router else {}),
    }
