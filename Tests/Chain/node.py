"""The local chain as a node that speaks JSON-RPC: what it answers to one text, and a server on this machine."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_tester.exceptions import BlockNotFound, TransactionFailed, TransactionNotFound
from eth_utils import keccak, to_checksum_address, to_hex
from hexbytes import HexBytes


def text(value):
    return value if isinstance(value, str) else to_hex(value)


class Node:
    """Not all that a node can do: what connectors ask. One at a time."""

    def __init__(self, tester, chain_id):
        self.tester = tester
        self.chain_id = chain_id
        self.lock = Lock()
        # What a node may do: forget what it was handed, and name other amounts in receipts.
        self.forgets = False
        self.forgotten = []
        self.sent = []
        self.lie = None
        # What it says in place of what a contract answered: of the contract, the call's data and the answer.
        self.twist = None
        # Transactions that wait to be included, by their hashes, while the node keeps them so.
        self.holds = False
        self.held = {}

    def answer(self, body):
        """The body of a reply to a body."""
        try:
            request = json.loads(body)
        except ValueError:
            return json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "no JSON"}})
        with self.lock:
            if isinstance(request, list):
                return json.dumps([self.reply(entry) for entry in request])
            return json.dumps(self.reply(request))

    def reply(self, request):
        reply = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            reply["result"] = self.result(request["method"], request.get("params", []))
        except TransactionFailed as fault:
            reply["error"] = {"code": 3, "message": f"execution reverted: {fault}"}
        except Exception as fault:  # A node answers whatever goes wrong, in words.
            reply["error"] = {"code": -32000, "message": f"{type(fault).__name__}: {fault}"}
        return reply

    def result(self, method, params):
        tester = self.tester
        if method == "eth_chainId":
            return to_hex(self.chain_id)
        if method == "eth_blockNumber":
            return to_hex(tester.get_block_by_number("latest")["number"])
        if method == "eth_getBlockByNumber":
            try:
                return self.block(tester.get_block_by_number(self.number(params[0])))
            except BlockNotFound:
                return None
        if method == "eth_call":
            answer = text(tester.call({**self.call(params[0]), "gas": 15_000_000}, self.number(params[1])))
            return self.twist(params[0]["to"], params[0]["data"], answer) if self.twist else answer
        if method == "eth_estimateGas":
            return to_hex(tester.estimate_gas(self.call(params[0])))
        if method == "eth_maxPriorityFeePerGas":
            return to_hex(10**9)
        if method == "eth_getTransactionCount":
            return to_hex(self.count(to_checksum_address(params[0]), params[1]))
        if method == "eth_getBalance":
            return to_hex(tester.get_balance(to_checksum_address(params[0]), self.number(params[1])))
        if method == "eth_sendRawTransaction":
            if self.holds:
                return self.hold(params[0])
            if self.forgets:
                self.forgotten.append(params[0])
                return to_hex(keccak(hexstr=params[0]))
            self.sent.append(params[0])
            return text(tester.send_raw_transaction(params[0]))
        if method == "eth_getTransactionReceipt":
            return self.receipt(params[0])
        if method == "eth_getTransactionByHash":
            return self.transaction(params[0])
        if method == "test_hold":
            self.holds = params[0]
            return list(self.held)
        if method == "test_include":
            raw = self.held.pop(params[0])[0]
            return text(tester.send_raw_transaction(raw))
        if method == "test_raw":
            return self.held[params[0]][0]
        if method == "test_drop":
            self.held.pop(params[0])
            return True
        if method == "eth_getLogs":
            return self.logs(params[0])
        raise NotImplementedError(f"the method {method} does not exist")

    def hold(self, raw):
        """Into what waits; in the place of another of the same nonce, if it pays an eighth more, as nodes want it."""
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        sender = Account.recover_transaction(raw)
        for name, (_, known, other) in list(self.held.items()):
            if other == sender and known["nonce"] == fields["nonce"]:
                if fields["maxFeePerGas"] * 8 < known["maxFeePerGas"] * 9:
                    raise ValueError("replacement transaction underpriced")
                del self.held[name]
        name = to_hex(keccak(hexstr=raw))
        self.held[name] = (raw, fields, sender)
        return name

    def transaction(self, name):
        if name in self.held:
            _, fields, sender = self.held[name]
            most, tip = fields["maxFeePerGas"], fields["maxPriorityFeePerGas"]
        else:
            try:
                fields = self.tester.get_transaction_by_hash(name)
            except TransactionNotFound:
                return None
            sender, most, tip = fields["from"], fields["max_fee_per_gas"], fields["max_priority_fee_per_gas"]
        return {
            "hash": name, "from": sender.lower(), "to": text(fields["to"]), "nonce": to_hex(fields["nonce"]),
            "input": text(fields["data"]), "maxFeePerGas": to_hex(most), "maxPriorityFeePerGas": to_hex(tip),
        }

    @staticmethod
    def number(name):
        return int(name, 16) if name.startswith("0x") else name

    @staticmethod
    def block(block):
        return {
            "number": to_hex(block["number"]), "hash": text(block["hash"]), "parentHash": text(block["parent_hash"]),
            "timestamp": to_hex(block["timestamp"]), "baseFeePerGas": to_hex(block["base_fee_per_gas"]),
        }

    def call(self, call):
        sender = call.get("from", self.tester.get_accounts()[0])
        return {"from": to_checksum_address(sender), "to": to_checksum_address(call["to"]), "data": call.get("data", "0x")}

    def count(self, account, block):
        if block != "pending":
            return self.tester.get_nonce(account, self.number(block))
        # The backend counts what it has mined; what waits is in its block that is being made, or held here.
        count = self.tester.get_nonce(account, "pending")
        held = {fields["nonce"] for _, fields, sender in self.held.values() if sender == account}
        while count in held:
            count += 1
        return count

    def receipt(self, name):
        try:
            receipt = self.tester.get_transaction_receipt(name)
        except TransactionNotFound:
            return None
        if receipt["block_number"] is None:
            return None
        logs = [self.log(log) for log in receipt["logs"]]
        reply = {
            "transactionHash": text(receipt["transaction_hash"]), "blockNumber": to_hex(receipt["block_number"]),
            "blockHash": text(receipt["block_hash"]), "status": to_hex(receipt["status"]),
            "gasUsed": to_hex(receipt["gas_used"]), "effectiveGasPrice": to_hex(receipt["effective_gas_price"]),
            "logs": logs,
        }
        return self.lie(reply) if self.lie else reply

    @staticmethod
    def log(log):
        return {
            "address": log["address"].lower(), "topics": [text(topic).lower() for topic in log["topics"]],
            "data": text(log["data"]), "blockNumber": to_hex(log["block_number"]),
            "logIndex": to_hex(log["log_index"]), "transactionHash": text(log["transaction_hash"]), "removed": False,
        }

    def logs(self, wanted):
        addresses = [address.lower() for address in wanted["address"]]
        topics = [topic and [one.lower() for one in topic] for topic in wanted["topics"]]
        found = []
        for number in range(self.number(wanted["fromBlock"]), self.number(wanted["toBlock"]) + 1):
            for transaction in self.tester.get_block_by_number(number)["transactions"]:
                for log in self.tester.get_transaction_receipt(transaction)["logs"]:
                    own = self.log(log)
                    if own["address"] in addresses and self.fits(own["topics"], topics):
                        found.append(own)
        return found

    @staticmethod
    def fits(own, wanted):
        """Each place of what is wanted names what may stand there; none = anything."""
        return len(own) >= len(wanted) and all(
            topic is None or one in topic for one, topic in zip(own, wanted))


def server(node, port):
    """A server on this machine, to be run; of any free port, where it is 0."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = node.answer(self.rfile.read(int(self.headers.get("Content-Length", 0)))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)
