"""The local chain as a node that speaks JSON-RPC: what it answers to one text, and a server on this machine."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from eth_tester.exceptions import BlockNotFound, TransactionFailed, TransactionNotFound
from eth_utils import keccak, to_checksum_address, to_hex


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
            return text(tester.call({**self.call(params[0]), "gas": 15_000_000}, self.number(params[1])))
        if method == "eth_estimateGas":
            return to_hex(tester.estimate_gas(self.call(params[0])))
        if method == "eth_maxPriorityFeePerGas":
            return to_hex(10**9)
        if method == "eth_getTransactionCount":
            return to_hex(self.count(to_checksum_address(params[0]), params[1]))
        if method == "eth_getBalance":
            return to_hex(tester.get_balance(to_checksum_address(params[0]), self.number(params[1])))
        if method == "eth_sendRawTransaction":
            if self.forgets:
                self.forgotten.append(params[0])
                return to_hex(keccak(hexstr=params[0]))
            self.sent.append(params[0])
            return text(tester.send_raw_transaction(params[0]))
        if method == "eth_getTransactionReceipt":
            return self.receipt(params[0])
        if method == "eth_getTransactionByHash":
            try:
                return {"hash": text(tester.get_transaction_by_hash(params[0])["hash"])}
            except TransactionNotFound:
                return None
        if method == "eth_getLogs":
            return self.logs(params[0])
        raise NotImplementedError(f"the method {method} does not exist")

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
        return {"from": to_checksum_address(sender), "to": to_checksum_address(call["to"]), "data": call["data"]}

    def count(self, account, block):
        if block != "pending":
            return self.tester.get_nonce(account, self.number(block))
        # The backend counts what it has mined; what waits is in its block that is being made.
        return self.tester.get_nonce(account, "pending")

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
        topics = [topic.lower() for topic in wanted["topics"][0]]
        found = []
        for number in range(self.number(wanted["fromBlock"]), self.number(wanted["toBlock"]) + 1):
            for transaction in self.tester.get_block_by_number(number)["transactions"]:
                for log in self.tester.get_transaction_receipt(transaction)["logs"]:
                    own = self.log(log)
                    if own["address"] in addresses and own["topics"] and own["topics"][0] in topics:
                        found.append(own)
        return found


def serve(node, port):
    """A server on this machine that answers until it is ended."""

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

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.serve_forever()
