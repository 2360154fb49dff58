import CPatchbay
import ConnectorTestKit
import Testing

@testable import ConnectorKit

/// Seals as exchanges need them: the programs that leave, written out by hand, and run on a stack of names.
struct SealTests {
  /// The url, headers and body of a request as they leave, after every program has left exactly one value.
  private func leaves(_ request: Request) throws -> (url: String, headers: [String: String], body: String) {
    let probe = OutputProbe()
    probe.out.send(request, id: 1)
    #expect(probe.faults.isEmpty)
    let record = try #require(probe.emitted.first)
    let fields = record.fields(pb_out_request.self)
    var registers: Set<Int> = []
    for text in [request.url] + request.headers.map(\.value) + [request.body] {
      for case .seal(let seal) in text.parts { try checkStack(seal, &registers) }
    }
    let headers = record.elements(fields.headers, of: pb_header.self).map {
      (record.text($0.name), record.sealed($0.value))
    }
    return (record.sealed(fields.url), Dictionary(headers, uniquingKeysWith: { $1 }), record.sealed(fields.body))
  }

  struct StackFault: Error {
    let op: Int
  }

  /// Runs a program with heights instead of values, as "Sealed text" of patchbay.h says what each operation takes and
  /// gives.
  private func checkStack(_ seal: Seal, _ registers: inout Set<Int>) throws {
    var height = 0
    for op in seal.ops {
      let needed: Int, left: Int
      switch op.code {
      case PB_OP_BYTES...PB_OP_ADDRESS: (needed, left) = (0, 1)
      case PB_OP_STORE:
        registers.insert(op.arg)
        (needed, left) = (1, 1)
      case PB_OP_LOAD:
        guard registers.contains(op.arg) else { throw StackFault(op: op.code) }
        (needed, left) = (0, 1)
      case PB_OP_CONCAT:
        guard (2...64).contains(op.arg) else { throw StackFault(op: op.code) }
        (needed, left) = (op.arg, 1)
      case PB_OP_SLICE, PB_OP_PUBLISH, PB_OP_HEX...PB_OP_RLP_INTEGER, PB_OP_MD5...PB_OP_RIPEMD160, PB_OP_SIGN:
        (needed, left) = (1, 1)
      case PB_OP_HMAC_SHA256...PB_OP_HMAC_SHA512: (needed, left) = (2, 1)
      default: throw StackFault(op: op.code)
      }
      guard height >= needed else { throw StackFault(op: op.code) }
      height += left - needed
    }
    guard height == 1 else { throw StackFault(op: 0) }
  }

  @Test func binanceSignsItsQuery() throws {
    let query: SealedText = "symbol=BTCUSDT&side=BUY&timestamp=\(.milliseconds)"
    var request = Request(
      .post,
      "https://api.binance.com/api/v3/order?\(query)&signature=\(query.hmac(.sha256, key: .field("secret_key")).hex)")
    request.headers = [("X-MBX-APIKEY", SealedText(.field("api_key")))]
    let (url, headers, body) = try leaves(request)
    #expect(
      url == "https://api.binance.com/api/v3/order?symbol=BTCUSDT&side=BUY&timestamp=<time_ms>&signature="
        + "<bytes(symbol=BTCUSDT&side=BUY&timestamp=) time_ms concat(2) field(secret_key) hmac_sha256 hex>")
    #expect(headers == ["X-MBX-APIKEY": "<field(api_key)>"])
    #expect(body == "")
  }

  @Test func krakenSignsADigestOfADigest() throws {
    let path = "/0/private/AddOrder"
    let nonce = Seal.nonceMilliseconds
    let body: SealedText = "nonce=\(nonce)&pair=XBTUSD"
    let digest = (SealedText(nonce) + body).sha256
    let sign = (SealedText(path) + digest).hmac(.sha512, key: .field("secret_key").unbase64).base64
    var request = Request(.post, SealedText("https://api.kraken.com" + path))
    request.body = body
    request.headers = [("API-Sign", SealedText(sign))]
    let leaving = try leaves(request)
    #expect(leaving.body == "nonce=<nonce(2)>&pair=XBTUSD")
    #expect(
      leaving.headers["API-Sign"]
        == "<bytes(/0/private/AddOrder) nonce(2) bytes(nonce=) nonce(2) bytes(&pair=XBTUSD) concat(4) "
        + "sha256 concat(2) field(secret_key) unbase64 hmac_sha512 base64>")
  }

  @Test func kucoinSignsItsPassphrase() throws {
    var request = Request(.get, "https://api.kucoin.com/api/v1/accounts")
    let text: SealedText = "\(Seal.milliseconds)GET/api/v1/accounts"
    request.headers = [
      ("KC-API-SIGN", SealedText(text.hmac(.sha256, key: .field("secret")).base64)),
      ("KC-API-PASSPHRASE", SealedText(Seal.field("passphrase").hmac(.sha256, key: .field("secret")).base64)),
    ]
    let headers = try leaves(request).headers
    #expect(
      headers["KC-API-SIGN"] == "<time_ms bytes(GET/api/v1/accounts) concat(2) field(secret) hmac_sha256 base64>")
    #expect(headers["KC-API-PASSPHRASE"] == "<field(passphrase) field(secret) hmac_sha256 base64>")
  }

  @Test func okxSignsAnISOTime() throws {
    let time = Seal.isoMilliseconds
    var request = Request(.post, "https://www.okx.com/api/v5/trade/order")
    request.body = #"{"instId":"BTC-USDT"}"#
    let text: SealedText = "\(time)POST/api/v5/trade/order\(request.body)"
    request.headers = [
      ("OK-ACCESS-TIMESTAMP", SealedText(time)),
      ("OK-ACCESS-SIGN", SealedText(text.hmac(.sha256, key: .field("secret")).base64)),
      ("OK-ACCESS-PASSPHRASE", SealedText(.field("passphrase"))),
    ]
    let headers = try leaves(request).headers
    #expect(headers["OK-ACCESS-TIMESTAMP"] == "<time_iso(1)>")
    #expect(
      headers["OK-ACCESS-SIGN"] == #"<time_iso(1) bytes(POST/api/v5/trade/order{"instId":"BTC-USDT"}) concat(2) "#
        + "field(secret) hmac_sha256 base64>")
    #expect(headers["OK-ACCESS-PASSPHRASE"] == "<field(passphrase)>")
  }

  @Test func coinbaseSignsAToken() throws {
    let header: SealedText =
      #"{"alg":"ES256","kid":"\#(Seal.field("key_name").jsonEscaped)","nonce":"\#(Seal.randomHex(16))"}"#
    let claims: SealedText = #"{"nbf":\#(Seal.seconds),"exp":\#(Seal.seconds.moved(by: 120_000_000_000))}"#
    let unsigned = SealedText(header.base64URL) + "." + SealedText(claims.base64URL)
    let token = unsigned + "." + SealedText(unsigned.signed(.p256JOSE).base64URL)
    var request = Request(.get, "https://api.coinbase.com/api/v3/brokerage/accounts")
    request.headers = [("Authorization", "Bearer \(token)")]
    let header1 =
      #"bytes({"alg":"ES256","kid":") field(key_name) json_escape bytes(","nonce":") random_hex(16) "#
      + #"bytes("}) concat(5)"#
    let claims1 = #"bytes({"nbf":) time_s bytes(,"exp":) time_s(+120000000000ns) bytes(}) concat(5)"#
    #expect(
      try leaves(request).headers["Authorization"] == "Bearer <\(header1) base64url>.<\(claims1) base64url>."
        + "<\(header1) base64url bytes(.) \(claims1) base64url concat(3) sign(2) base64url>")
  }

  @Test func hotbitHashesTheSecretItself() throws {
    let sign = ("api_key=" + SealedText(.field("api_key")) + "&secret_key=" + SealedText(.field("secret_key"))).md5
      .hexUpper
    #expect(
      try leaves(Request(.post, "https://api.hotbit.io/v2/p2/order.put_limit?sign=\(sign)")).url
        == "https://api.hotbit.io/v2/p2/order.put_limit?sign="
        + "<bytes(api_key=) field(api_key) bytes(&secret_key=) field(secret_key) concat(4) md5 hex_upper>")
  }

  /// EIP-712: keccak(0x19 01, domain hash, keccak(type hash, words)), and the hash is wanted back.
  @Test func typedDataIsHashedInsideOut() throws {
    let typeHash = SealedText("Order(address owner,uint256 amount)").keccak256
    let owner = Seal.address(.evm).unhex.paddedLeft(to: 32)
    let order = (SealedText(typeHash) + owner + Seal.nonceMilliseconds.bigEndian(width: 32)).keccak256
    let hash = (SealedText(bytes: [0x19, 0x01]) + Seal.bytes(Array("domain".utf8)).keccak256 + order).keccak256
    let signature = hash.published(as: 3).signed(.secp256k1Recoverable).hex
    var request = Request(.post, "https://api.example.org/order")
    request.body = #"{"signature":"0x\#(signature)"}"#
    #expect(
      try leaves(request).body == #"{"signature":"0x<"#
        + "bytes(\u{19}\u{1}) bytes(domain) keccak256 "
        + "bytes(Order(address owner,uint256 amount)) keccak256 address(1) unhex pad_left(32) "
        + "nonce(2) dec_to_be(32) concat(3) "
        + #"keccak256 concat(3) keccak256 publish(3) sign(4) hex>"}"#)
  }

  @Test func registersServeAllPartsOfARequest() throws {
    var request = Request(.post, "https://example.org/?n=\(Seal.uuid.stored(in: 2))")
    request.headers = [("X-Nonce", SealedText(.register(2)))]
    request.body = SealedText(Seal.register(2).slice(1, 4))
    let leaving = try leaves(request)
    #expect(leaving.url == "https://example.org/?n=<uuid store(2)>")
    #expect(leaving.headers == ["X-Nonce": "<load(2)>"])
    #expect(leaving.body == "<load(2) slice(1,4)>")
  }

  @Test func manyPartsAreJoinedInSteps() throws {
    for count in 1...200 {
      let text = (0..<count).reduce(into: SealedText()) { text, index in
        text += index % 2 == 0 ? SealedText(Seal.counter) : SealedText("\(index)")
      }
      #expect(text.parts.count == count)
      var registers: Set<Int> = []
      try checkStack(text.seal, &registers)
      // Every part is pushed once, in order.
      #expect(text.seal.ops.filter { $0.code != PB_OP_CONCAT }.count == count)
    }
    #expect(SealedText().seal.ops.count == 1)
  }

  @Test func literalsMergeAndEmptyOnesVanish() {
    let text: SealedText = "a\("")b\(1)\(SealedText("c"))" + SealedText(bytes: []) + "d"
    #expect(text.parts == [.literal(Array("ab1cd".utf8))])
    #expect(text.isLiteral && !text.isEmpty)
    #expect(SealedText("").isEmpty && SealedText("").isLiteral)
    let mixed: SealedText = "\(Seal.seconds)\("")\(Seal.seconds)"
    #expect(mixed.parts == [.seal(.seconds), .seal(.seconds)])
    #expect(!mixed.isLiteral)
    #expect((Seal.seconds + Seal.uuid).parts == [.seal(.seconds), .seal(.uuid)])
  }

  @Test func everyOperationHasItsCode() {
    let value = Seal.bytes([1])
    let expected: [(Seal, Int, Int)] = [
      (.field("x"), PB_OP_FIELD, 0), (.slot(3), PB_OP_SLOT, 0), (.seconds, PB_OP_TIME_S, 0),
      (.milliseconds, PB_OP_TIME_MS, 0),
      (.microseconds, PB_OP_TIME_US, 0), (.nanoseconds, PB_OP_TIME_NS, 0),
      (.isoMilliseconds, PB_OP_TIME_ISO, PB_ISO_MS),
      (.isoMicroseconds, PB_OP_TIME_ISO, PB_ISO_US), (.isoSeconds, PB_OP_TIME_ISO, PB_ISO_S),
      (.nonceSeconds, PB_OP_NONCE, PB_NONCE_S), (.nonceMilliseconds, PB_OP_NONCE, PB_NONCE_MS),
      (.nonceMicroseconds, PB_OP_NONCE, PB_NONCE_US), (.nonceNanoseconds, PB_OP_NONCE, PB_NONCE_NS),
      (.counter, PB_OP_COUNTER, 0), (.randomHex(5), PB_OP_RANDOM_HEX, 5), (.randomDecimal(6), PB_OP_RANDOM_DEC, 6),
      (.uuid, PB_OP_UUID, 0), (.publicKey(.raw), PB_OP_PUBLIC_KEY, PB_KEY_RAW),
      (.publicKey(.compressed), PB_OP_PUBLIC_KEY, PB_KEY_COMPRESSED),
      (.publicKey(.uncompressed), PB_OP_PUBLIC_KEY, PB_KEY_UNCOMPRESSED),
      (.address(.evm), PB_OP_ADDRESS, PB_ADDRESS_EVM),
      (.address(.cosmos), PB_OP_ADDRESS, PB_ADDRESS_COSMOS), (.address(.xrpl), PB_OP_ADDRESS, PB_ADDRESS_XRPL),
      (value.percentEncoded, PB_OP_PERCENT, PB_PERCENT_COMPONENT), (value.formEncoded, PB_OP_PERCENT, PB_PERCENT_FORM),
      (value.decimalDigits, PB_OP_BE_TO_DEC, 0), (value.rlpInteger, PB_OP_RLP_INTEGER, 0),
      (value.prefixed(.varint), PB_OP_LENGTH_PREFIX, PB_PREFIX_VARINT),
      (value.prefixed(.xrpl), PB_OP_LENGTH_PREFIX, PB_PREFIX_XRPL),
      (value.prefixed(.rlpBytes), PB_OP_LENGTH_PREFIX, PB_PREFIX_RLP_BYTES),
      (value.prefixed(.rlpList), PB_OP_LENGTH_PREFIX, PB_PREFIX_RLP_LIST),
      (value.prefixed(.decimal), PB_OP_LENGTH_PREFIX, PB_PREFIX_DECIMAL), (value.sha1, PB_OP_SHA1, 0),
      (value.sha384, PB_OP_SHA384, 0), (value.sha512, PB_OP_SHA512, 0), (value.sha512Half, PB_OP_SHA512_HALF, 0),
      (value.ripemd160, PB_OP_RIPEMD160, 0), (value.hmac(.sha384, key: value), PB_OP_HMAC_SHA384, 0),
      (value.signed(.ed25519), PB_OP_SIGN, PB_SIGN_ED25519), (value.signed(.p256JOSE), PB_OP_SIGN, PB_SIGN_P256_JOSE),
      (value.signed(.rsaSHA256), PB_OP_SIGN, PB_SIGN_RSA_PKCS1_SHA256),
      (value.signed(.secp256k1Recoverable), PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE),
      (value.signed(.secp256k1Compact), PB_OP_SIGN, PB_SIGN_SECP256K1_COMPACT),
      (value.signed(.secp256k1DER), PB_OP_SIGN, PB_SIGN_SECP256K1_DER),
    ]
    for (seal, code, arg) in expected {
      #expect(seal.ops.last?.code == code && seal.ops.last?.arg == arg, "\(seal)")
    }
    #expect(Seal.slot(3).ops[0].arg2 == 3)
    #expect(value.signed(.secp256k1Recoverable, adding: .max).ops.last?.arg2 == 4_294_967_295)
    #expect(Seal.address(.cosmos, prefix: "dydx").ops[0].bytes == Array("dydx".utf8))
  }
}
