"""The chain behind a port of this machine, for a host: `serve.py WHEEL FOLDER [PORT] [SECONDS]`.

Writes into the folder what a host needs: `patchbay.json`, unless there is one, and `wallet.json`, the key of a wallet
with tokens, which is made once and then kept. A block is made every two seconds. With the variable PATCHBAY, the
program, and a password in PATCHBAY_PASSWORD, the wallet is added to the key store as well.
"""

import json
import os
import subprocess
import sys
from threading import Event, Thread
from time import sleep

from eth_account import Account

from market import FEE, config, market
from node import Node, server

HOST = "node.invalid:443"
APPROVED = {"WETH": 10 * 10**18, "USDC": 30_000 * 10**6}


def wallet(folder):
    """A key that no other chain has, so that nobody sends anything of worth to it; of the folder's last chain, if
    there was one."""
    path = os.path.join(folder, "wallet.json")
    try:
        with open(path) as file:
            return Account.from_key("0x" + json.load(file)["wallet_key"]), path
    except FileNotFoundError:
        pass
    account = Account.create()
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump({"address": account.address, "wallet_key": account.key.hex().removeprefix("0x")}, file)
        file.write("\n")
    return account, path


def fund(chain, account):
    """Tokens and ether, and leave for both routers to spend some of them."""
    chain.send_ether(account.address, 10 * 10**18)
    chain.send(chain.tokens["WETH"][0].functions.transfer(account.address, 50 * 10**18))
    chain.send(chain.tokens["USDC"][0].functions.transfer(account.address, 200_000 * 10**6))
    nonce = 0
    for symbol, amount in APPROVED.items():
        for router in (chain.router3, chain.router2):
            call = chain.tokens[symbol][0].functions.approve(router.address, amount).build_transaction({
                "from": account.address, "nonce": nonce, "gas": 100_000, "chainId": chain.web3.eth.chain_id,
                "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9})
            chain.wait(chain.web3.eth.send_raw_transaction(account.sign_transaction(call).raw_transaction))
            nonce += 1


def configuration(chain, port):
    entries = {}
    pools = (("uniswap_v3", chain.factory3, FEE, chain.router3), ("uniswap", chain.factory2, None, chain.router2))
    for name, factory, fee, router in pools:
        entries[name] = {
            "markets": {"amm": {"pairs": ["WETH-USDC"]}},
            "endpoint": {"urls": {HOST: f"http://127.0.0.1:{port}"}},
            "config": config(chain, factory, fee, router),
        }
    # One account: two connectors would give each nonce of the wallet twice.
    entries["uniswap_v3"]["permit"] = {"trading": True}
    return {"schema": 1, "accounts": {"main": {"connector": "uniswap_v3"}}, "connectors": entries}


def write(folder, content):
    """Whether it was written: a configuration that is there is the user's."""
    path = os.path.join(folder, "patchbay.json")
    try:
        with open(path, "x") as file:
            json.dump(content, file, indent=2)
            file.write("\n")
        return True
    except FileExistsError:
        with open(path) as file:
            try:
                return json.load(file) == content
            except ValueError:
                return False


def keep(folder, path):
    """Adds the wallet to the key store, where a password is at hand; says how where none is."""
    add = ["keys", "add", "uniswap_v3", "--from-file", path]
    program, by_hand = os.environ.get("PATCHBAY"), "patchbay keys add uniswap_v3 --from-file wallet.json"
    if program and os.environ.get("PATCHBAY_PASSWORD"):
        done = subprocess.run([program, *add], cwd=folder, capture_output=True, text=True)
        if done.returncode == 0 or "already" in done.stderr:
            return ""
        print(done.stderr.strip(), file=sys.stderr, flush=True)
    return f"  {by_hand}\n"


def mine(node):
    while True:
        sleep(2)
        with node.lock:
            node.tester.mine_blocks(1)


def main(wheel, folder, port="8545", seconds=None):
    print("making a chain with Uniswap's contracts: some ten seconds", file=sys.stderr, flush=True)
    try:
        account, path = wallet(folder)
    except (OSError, ValueError, KeyError) as fault:
        sys.exit(f"{os.path.join(folder, 'wallet.json')}: {fault}; remove it, and another wallet is made")
    chain = market(wheel)
    fund(chain, account)
    node = Node(chain.tester, chain.web3.eth.chain_id)
    try:
        served = server(node, int(port))
    except OSError as fault:
        sys.exit(f"port {port} of 127.0.0.1 cannot be had: {fault.strerror}; name another by --port")
    content = configuration(chain, served.server_address[1])
    is_written = write(folder, content)
    print(f"chain {node.chain_id} at http://127.0.0.1:{served.server_address[1]}, a block every two seconds")
    print(f"  Uniswap v3: WETH-USDC at {chain.pool3.address}\n  Uniswap v2: WETH-USDC at {chain.pair2.address}")
    print(f"  wallet {account.address}: 50 WETH, 200000 USDC, 10 ETH; the routers may spend 10 WETH and 30000 USDC")
    if is_written:
        print("patchbay.json is here. In a second terminal, in this folder:")
    else:
        print(f"patchbay.json is another chain's, or your own, and was left alone. This chain wants:\n"
              f"{json.dumps(content, indent=2)}\nIn a second terminal, in this folder:")
    print(keep(folder, path) + "  patchbay run\nand in a third:\n  patchbay order place WETH-USDC sell 0.1", flush=True)
    Thread(target=mine, args=(node,), daemon=True).start()
    Thread(target=served.serve_forever, daemon=True).start()
    try:
        Event().wait(int(seconds) if seconds else None)
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main(*sys.argv[1:])
