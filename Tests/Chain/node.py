"""The local chain as a node that speaks JSON-RPC: what it answers to one text, and a server on this machine."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from eth_tester.exceptions import BlockNotFound, TransactionFailed
from eth_utils import to_hex


def text(value):
    return value if isinstance(value, str) else to_hex(value)


class Node:
    """Not all that a node can do: what connectors ask. One at a time."""

    def __init__(self, tester, chain_id):
        self.tester = tester
        self.chain_id = chain_id
        self.lock = Lock()

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
            call = params[0]
            sender = call.get("from", tester.get_accounts()[0])
            return text(tester.call(
                {"from": sender, "to": call["to"], "data": call["data"], "gas": 15_000_000},
                self.number(params[1])))
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

    def logs(self, wanted):
        addresses = [address.lower() for address in wanted["address"]]
        topics = [topic.lower() for topic in wanted["topics"][0]]
        found = []
        for number in range(self.number(wanted["fromBlock"]), self.number(wanted["toBlock"]) + 1):
            for transaction in self.tester.get_block_by_number(number)["transactions"]:
                for log in self.tester.get_transaction_receipt(transaction)["logs"]:
                    names = [text(topic).lower() for topic in log["topics"]]
                    if log["address"].lower() in addresses and names and names[0] in topics:
                        found.append({
                            "address": log["address"].lower(), "topics": names, "data": text(log["data"]),
                            "blockNumber": to_hex(log["block_number"]), "logIndex": to_hex(log["log_index"]),
                            "transactionHash": text(log["transaction_hash"]), "removed": False,
                        })
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
