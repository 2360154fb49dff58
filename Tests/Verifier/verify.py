#!/usr/bin/env python3
"""Checks signatures over requests as they left, the way a venue does: it takes the bytes apart, rebuilds the signed
text from them and verifies with the public key or address that it knows. Each line of the file given is a JSON object:

    scheme  how the request is signed; a function of this name below
    sent    method, url, headers (pairs), body (hexadecimal digits): all that left
    known   what a venue knows of the signer; with HMACs the shared secret

For each line it says whether the signature holds, and whether it still does with one bit of the text or of the
signature turned. Ends with 0 when all hold as they are and none does when changed.
"""
import base64
import hashlib
import hmac
import json
import sys
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import bech32
import rlp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, utils
from eth_abi import encode
from eth_account import Account
from eth_account.messages import encode_defunct, encode_typed_data
from eth_keys import keys
from eth_utils import keccak
from xrpl.core import binarycodec, keypairs

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


class Request:
    def __init__(self, sent):
        self.method = sent["method"]
        self.url = urlsplit(sent["url"])
        self.headers = dict(sent["headers"])
        self.body = bytes.fromhex(sent["body"])

    def json(self):
        return json.loads(self.body)


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# Checks: of a message and a signature, by what is known.


def mac(name, secret):
    return lambda message, signature: hmac.compare_digest(hmac.new(secret, message, name).digest(), signature)


def library(verify):
    """A check from a function that raises when a signature does not hold."""

    def check(message, signature):
        try:
            verify(signature, message)
            return True
        except (InvalidSignature, ValueError):
            return False

    return check


def with_ed25519(known):
    return library(ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(known["ed25519"])).verify)


def with_rsa(known):
    key = serialization.load_der_public_key(base64.b64decode(known["rsa"]))
    return library(lambda signature, message: key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256()))


def der(pair):
    return utils.encode_dss_signature(int.from_bytes(pair[:32], "big"), int.from_bytes(pair[32:], "big"))


def with_curve(curve, point):
    """ECDSA with SHA-256, r and s behind each other; on secp256k1 s must be in the lower half, as chains ask."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(curve, bytes.fromhex(point))

    def verify(signature, message):
        low = curve.name != "secp256k1" or int.from_bytes(signature[32:], "big") <= ORDER // 2
        if len(signature) != 64 or not low:
            raise InvalidSignature
        key.verify(der(signature), message, ec.ECDSA(hashes.SHA256()))

    return library(verify)


def recovers(address, digest):
    """Whether r, s and a parity of 0 or 1 give the address, with the lower s."""

    def check(message, signature):
        if len(signature) != 65 or int.from_bytes(signature[32:64], "big") > ORDER // 2:
            return False
        try:
            key = keys.Signature(signature).recover_public_key_from_msg_hash(digest(message))
        except Exception:
            return False
        return key.to_checksum_address() == address

    return check


# Schemes: what was signed, the signature, the check; and whether all else fits.


def hmac_sha256_query(request, known):
    text, _, signature = request.url.query.partition("&signature=")
    return text.encode(), bytes.fromhex(signature), mac("sha256", bytes.fromhex(known["shared_secret"])), True


def hmac_sha384_payload(request, known):
    payload = request.headers["X-PAYLOAD"]
    fits = json.loads(base64.b64decode(payload))["request"] == request.url.path
    signature = bytes.fromhex(request.headers["X-SIGNATURE"])
    return payload.encode(), signature, mac("sha384", bytes.fromhex(known["shared_secret"])), fits


def hmac_sha512_digest(request, known):
    digest = hashlib.sha512(request.body).hexdigest()
    lines = [request.method, request.url.path, request.url.query, digest, request.headers["Timestamp"]]
    signature = bytes.fromhex(request.headers["SIGN"])
    return "\n".join(lines).encode(), signature, mac("sha512", bytes.fromhex(known["shared_secret"])), True


def kraken(request, known):
    nonce = parse_qs(request.body.decode())["nonce"][0]
    message = request.url.path.encode() + hashlib.sha256(nonce.encode() + request.body).digest()
    signature = base64.b64decode(request.headers["API-Sign"])
    return message, signature, mac("sha512", bytes.fromhex(known["shared_secret"])), True


def cube_login(request, known):
    """Credentials of Cube: key 1, signature 2, second 3; signed is the second behind a prefix, lowest byte first."""
    message = fields(request.body)
    (key,), (sign,), (second,) = message[1], message[2], message[3]
    text = b"cube.xyz" + second.to_bytes(8, "little")
    signature = base64.b64decode(sign, validate=True)
    fits = set(message) == {1, 2, 3} and key.decode() == known["api_key"]
    return text, signature, mac("sha256", bytes.fromhex(known["shared_secret"])), fits and len(signature) == 32


def token(algorithm, check):
    def scheme(request, known):
        word, _, text = request.headers["Authorization"].partition(" ")
        message, _, signature = text.rpartition(".")
        header, claims = (json.loads(unpadded(part)) for part in message.split("."))
        fits = word == "Bearer" and header["alg"] == algorithm and claims["exp"] - claims["nbf"] == 120
        fits = fits and claims["uri"] == f"{request.method} {request.url.netloc}{request.url.path}"
        return message.encode(), unpadded(signature), check(known), fits and "=" not in text

    return scheme


jwt_es256 = token("ES256", lambda known: with_curve(ec.SECP256R1(), known["p256"]))
jwt_eddsa = token("EdDSA", with_ed25519)
jwt_rs256 = token("RS256", with_rsa)
jwt_hs256 = token("HS256", lambda known: mac("sha256", bytes.fromhex(known["shared_secret"])))


def rsa_query(request, known):
    text, _, _ = request.url.query.partition("&signature=")
    return text.encode(), base64.b64decode(parse_qs(request.url.query)["signature"][0]), with_rsa(known), True


def ed25519_query(request, known):
    text, _, _ = request.url.query.partition("&signature=")
    return text.encode(), base64.b64decode(parse_qs(request.url.query)["signature"][0]), with_ed25519(known), True


def message_signature(text):
    """r, s and 27 or 28, as wallets write them, with a bare parity."""
    signature = bytes.fromhex(text.removeprefix("0x"))
    return signature[:64] + bytes([signature[64] - 27]), signature


def eip191(request, known):
    text = request.headers["X-Timestamp"]
    pair, signature = message_signature(request.headers["X-Signature"])
    fits = request.headers["X-Wallet"] == known["address"]
    fits = fits and Account.recover_message(encode_defunct(text=text), signature=signature) == known["address"]
    digest = lambda message: keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)
    return text.encode(), pair, recovers(known["address"], digest), fits


def eip712(request, known):
    order = request.json()
    fields = "address owner,Leg leg,uint64 nonce,bool buy,bytes memo,bytes32 tag,uint256[] limits"
    split = lambda text: [dict(zip(("type", "name"), field.split())) for field in text.split(",")]
    signable = encode_typed_data(
        full_message={
            "types": {
                "EIP712Domain": split("string name,string version,uint256 chainId,address verifyingContract"),
                "Order": split(fields),
                "Leg": split("string asset,int256 amount"),
            },
            "primaryType": "Order",
            "domain": {"name": "Example", "version": "1", "chainId": 10, "verifyingContract": "0x" + "35" * 20},
            "message": {
                "owner": order["owner"],
                "leg": {"asset": "ETH-PERP", "amount": -250},
                "nonce": order["nonce"],
                "buy": True,
                "memo": bytes([1, 2, 3]),
                "tag": bytes([0xAB]) + bytes(31),
                "limits": [1, 2**128],
            },
        }
    )
    pair, signature = message_signature(order["signature"])
    digest = lambda body: keccak(b"\x19\x01" + signable.header + body)
    fits = order["owner"] == known["address"] and known.get("digest") == digest(signable.body).hex()
    fits = fits and Account.recover_message(signable, signature=signature) == known["address"]
    return signable.body, pair, recovers(known["address"], digest), fits


def derive_order(request, known):
    """An action of the exchange Derive, by its published domain separator, beside the signature of the session."""
    order = request.json()
    units = lambda name: int(Decimal(order[name]) * 10**18)
    trade = ["address", "uint256", "int256", "int256", "uint256", "uint256", "bool"]
    terms = [units("limit_price"), units("amount"), units("max_fee"), order["subaccount_id"]]
    data = keccak(encode(trade, [known["asset"], 0, *terms, order["direction"] == "buy"]))
    action = ["bytes32", "uint256", "uint256", "address", "bytes32", "uint256", "address", "address"]
    type_hash = bytes.fromhex("4d7a9f27c403ff9c0f19bce61d76d82f9aa29f8d6d4b0c5474607d9770d1af17")
    module = "0xB8D20c2B7a1Ad2EE33Bc50eF10876eD3035b5e7b"
    values = [type_hash, order["subaccount_id"], int(order["nonce"]), module, data, order["signature_expiry_sec"]]
    body = encode(action, [*values, request.headers["X-DeriveWallet"], order["signer"]])
    separator = bytes.fromhex("da616dfabb88681b08e1592820a41d55ddc62d68de110e327ae99d734506fe19")
    digest = lambda message: keccak(b"\x19\x01" + separator + keccak(message))
    pair, _ = message_signature(order["signature"])
    text = encode_defunct(text=request.headers["X-DeriveTimestamp"])
    _, session = message_signature(request.headers["X-DeriveSignature"])
    fits = Account.recover_message(text, signature=session) == order["signer"] == known["address"]
    fits = fits and request.headers["X-DeriveWallet"] == known["wallet"]
    return body, pair, recovers(known["address"], digest), fits


def rlp_transaction(request, known):
    sent = request.json()
    raw = bytes.fromhex(sent["params"][0].removeprefix("0x"))
    number = lambda item: int.from_bytes(item, "big")
    market = raw[0] == 2
    # Strict: refuses encodings that are longer than need be.
    items = rlp.decode(raw[1:] if market else raw, strict=True)
    chain = number(items[0]) if market else (number(items[6]) - 35) // 2
    parity = number(items[9]) if market else (number(items[6]) - 35) % 2
    r, s = items[-2:]
    nonce, to, value, data = (items[i] for i in ((1, 5, 6, 7) if market else (0, 3, 4, 5)))
    plain = rlp.encode(items[:6] + [chain.to_bytes((chain.bit_length() + 7) // 8, "big"), b"", b""])
    message = b"\x02" + rlp.encode(items[:9]) if market else plain
    fits = str(chain) == known["chain"] and str(number(nonce)) == known["nonce"] and "0x" + to.hex() == known["to"]
    fits = fits and number(value) == 10**18 and data == b"\xca\xfe" and sent["id"] == keccak(raw).hex()
    fits = fits and not any(item.startswith(b"\0") for item in (nonce, value, r, s))
    fits = fits and Account.recover_transaction(raw) == known["address"]
    return message, r.rjust(32, b"\0") + s.rjust(32, b"\0") + bytes([parity]), recovers(known["address"], keccak), fits


def fields(message):
    """Protocol buffers, as far as these messages go: the values of each field in their order."""
    found, at = {}, 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
            if byte < 128:
                return value

    while at < len(message):
        tag = varint()
        value = varint()
        if tag & 7 == 2:
            value, at = message[at : at + value], at + value
        found.setdefault(tag >> 3, []).append(value)
    return found


def cosmos_address(key, prefix):
    digest = hashlib.new("ripemd160", hashlib.sha256(key).digest()).digest()
    return bech32.bech32_encode(prefix, bech32.convertbits(digest, 8, 5))


def cosmos_direct(request, known):
    raw = fields(base64.b64decode(request.json()["tx_bytes"]))
    body, auth, signature = (raw[i][0] for i in (1, 2, 3))
    signer = fields(fields(auth)[1][0])
    key = fields(fields(signer[1][0])[2][0])[1][0]
    sender = fields(fields(fields(body)[1][0])[2][0])[1][0].decode()
    prefixed = lambda number, value: bytes([number << 3 | 2]) + varint(len(value)) + value
    document = prefixed(1, body) + prefixed(2, auth) + prefixed(3, known.get("chain", "").encode())
    document += b"\x20" + varint(int(known["number"]))
    fits = key.hex() == known["secp256k1"] and sender == cosmos_address(key, known["prefix"])
    return document, signature, with_curve(ec.SECP256K1(), known["secp256k1"]), fits


def varint(value):
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def cosmos_amino(request, known):
    tx = request.json()["tx"]
    (signed,) = tx["signatures"]
    document = {
        "account_number": known["number"], "chain_id": known["chain"], "fee": tx["fee"], "memo": tx["memo"],
        "msgs": tx["msg"], "sequence": known["sequence"],
    }  # fmt: skip
    text = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    key = base64.b64decode(signed["pub_key"]["value"])
    sender = tx["msg"][0]["value"]["from_address"]
    fits = key.hex() == known["secp256k1"] and sender == cosmos_address(key, known["prefix"])
    return text, base64.b64decode(signed["signature"]), with_curve(ec.SECP256K1(), known["secp256k1"]), fits


def xrpl(request, known):
    (parameters,) = request.json()["params"]
    transaction = binarycodec.decode(parameters["tx_blob"])
    signature = bytes.fromhex(transaction.pop("TxnSignature"))
    message = bytes.fromhex(binarycodec.encode_for_signing(transaction))
    key = transaction["SigningPubKey"]
    expected = ("ED" + known["ed25519"] if key.startswith("ED") else known["secp256k1"]).upper()
    fits = keypairs.derive_classic_address(expected) == transaction["Account"] == parameters["account"]
    fits = fits and keypairs.is_valid_message(message, signature, expected)
    if key.startswith("ED"):
        return message, signature, with_ed25519(known), fits
    r, s = utils.decode_dss_signature(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), bytes.fromhex(known["secp256k1"]))
    half = utils.Prehashed(hashes.SHA256())
    verify = library(
        lambda given, text: public.verify(given, hashlib.sha512(text).digest()[:32], ec.ECDSA(half))
    )
    # "Fully canonical": strict DER with the lower s.
    return message, signature, verify, fits and s <= ORDER // 2 and utils.encode_dss_signature(r, s) == signature


def turned(text, index):
    changed = bytearray(text)
    changed[index] ^= 1
    return bytes(changed)


def verdict(line):
    scheme = line["scheme"]
    function = globals()["rlp_transaction" if scheme == "rlp" else scheme]
    message, signature, check, fits = function(Request(line["sent"]), line["known"])
    if not (fits and check(message, signature)):
        return False, f"{scheme}: does not hold"
    for index in {0, len(message) // 2, len(message) - 1}:
        if check(turned(message, index), signature):
            return False, f"{scheme}: holds for another text too"
    for index in {8, len(signature) - 1}:
        if check(message, turned(signature, index)):
            return False, f"{scheme}: holds with another signature too"
    return True, f"{scheme}: holds, and not when changed"


def main():
    verdicts = []
    with open(sys.argv[1], encoding="utf-8") as file:
        for line in file:
            verdicts.append(verdict(json.loads(line)))
            print(verdicts[-1][1], flush=True)
    return 0 if verdicts and all(good for good, _ in verdicts) else 1


sys.exit(main())
