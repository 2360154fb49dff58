"""A token that keeps one percent of what is transferred, in the EVM's own instructions: no package ships one."""

from eth_utils import keccak

OPCODES = {
    "ADD": 0x01, "SUB": 0x03, "DIV": 0x04, "GT": 0x11, "EQ": 0x14, "SHR": 0x1C, "SHA3": 0x20, "CALLER": 0x33,
    "CALLDATALOAD": 0x35, "CODECOPY": 0x39, "MLOAD": 0x51, "MSTORE": 0x52, "SLOAD": 0x54, "SSTORE": 0x55, "JUMP": 0x56,
    "JUMPI": 0x57, "JUMPDEST": 0x5B, "DUP1": 0x80, "DUP2": 0x81, "SWAP1": 0x90, "LOG3": 0xA3, "RETURN": 0xF3,
    "REVERT": 0xFD,
}
FROM, TO, VALUE, NET = 0x80, 0xA0, 0xC0, 0xE0


def assemble(items):
    """Numbers are pushed, words that end with a colon are places to jump to, and `@word` pushes one."""
    places, code, holes = {}, bytearray(), []
    for item in items:
        if isinstance(item, int):
            data = item.to_bytes(max(1, (item.bit_length() + 7) // 8), "big")
            code += bytes([0x5F + len(data)]) + data
        elif item.endswith(":"):
            places[item[:-1]] = len(code)
            code.append(OPCODES["JUMPDEST"])
        elif item.startswith("@"):
            code += b"\x61\x00\x00"
            holes.append((len(code) - 2, item[1:]))
        else:
            code.append(OPCODES[item])
    for hole, name in holes:
        code[hole:hole + 2] = places[name].to_bytes(2, "big")
    return bytes(code)


def selector(signature):
    return int.from_bytes(keccak(text=signature)[:4], "big")


def argument(index):
    return [4 + 32 * index, "CALLDATALOAD"]


def variable(place):
    return [place, "MLOAD"]


def keep(value, place):
    return [*value, place, "MSTORE"]


def balance(address):
    return [*keep(address, 0), *keep([0], 0x20), 0x40, 0, "SHA3"]


def allowance(owner, spender):
    inner = [*keep(owner, 0), *keep([1], 0x20), 0x40, 0, "SHA3", 0x20, "MSTORE"]
    return [*inner, *keep(spender, 0), 0x40, 0, "SHA3"]


def answer(value):
    return [*keep(value, 0), 0x20, 0, "RETURN"]


def less(slot):
    """What is stored there less the value; fails where it is not as much."""
    return [*slot, "SLOAD", *variable(VALUE), "DUP2", "DUP2", "GT", "@fail", "JUMPI", "SWAP1", "SUB", *slot, "SSTORE"]


def program():
    functions = {
        "decimals()": "decimals", "balanceOf(address)": "balance", "allowance(address,address)": "allowance",
        "approve(address,uint256)": "approve", "transfer(address,uint256)": "transfer",
        "transferFrom(address,address,uint256)": "transfer_from",
    }
    code = [0, "CALLDATALOAD", 0xE0, "SHR"]
    for signature, name in functions.items():
        code += ["DUP1", selector(signature), "EQ", f"@{name}", "JUMPI"]
    code += ["fail:", 0, 0, "REVERT"]
    code += ["decimals:", *answer([18])]
    code += ["balance:", *answer([*balance(argument(0)), "SLOAD"])]
    code += ["allowance:", *answer([*allowance(argument(0), argument(1)), "SLOAD"])]
    code += ["approve:", *argument(1), *allowance(["CALLER"], argument(0)), "SSTORE", *answer([1])]
    code += ["transfer:", *keep(["CALLER"], FROM), *keep(argument(0), TO), *keep(argument(1), VALUE), "@move", "JUMP"]
    code += ["transfer_from:", *keep(argument(0), FROM), *keep(argument(1), TO), *keep(argument(2), VALUE)]
    code += [*less(allowance(variable(FROM), ["CALLER"])), "move:", *less(balance(variable(FROM)))]
    code += keep([100, *variable(VALUE), "DIV", *variable(VALUE), "SUB"], NET)
    code += [*balance(variable(TO)), "SLOAD", *variable(NET), "ADD", *balance(variable(TO)), "SSTORE"]
    event = int.from_bytes(keccak(text="Transfer(address,address,uint256)"), "big")
    code += [*variable(TO), *variable(FROM), event, 0x20, NET, "LOG3", *answer([1])]
    return assemble(code)


def creation():
    """Gives all of it to whoever makes it."""
    runtime = program()
    head = [10**30, *balance(["CALLER"]), "SSTORE", len(runtime)]
    # The offset of the runtime is behind this code, whose length does not depend on it: it fits one byte.
    tail = ["DUP1", 0, 0, "CODECOPY", 0, "RETURN"]
    length = len(assemble(head + tail))
    tail = ["DUP1", length, 0, "CODECOPY", 0, "RETURN"]
    return assemble(head + tail) + runtime
