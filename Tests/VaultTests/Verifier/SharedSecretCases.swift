import ConnectorKit
import Vault

/// Requests signed with shared secrets, and with keys whose algorithms OpenSSL has.
struct SharedSecretCases {
  let secret = Array("a shared secret of the test".utf8)

  func all() throws -> [VerifierCase] { try hmacs() + kraken() + tokens() }

  private func shared(_ bytes: [UInt8]) -> [String: String] {
    ["shared_secret": String(decoding: Encoding.hex(bytes), as: UTF8.self)]
  }

  private func hmacs() throws -> [VerifierCase] {
    let sent = try SentRequests(secret: secret, form: .raw)
    let key = Seal.field("secret_key")
    let query: SealedText = "symbol=BTCUSDT&side=BUY&timestamp=\(.milliseconds)"
    let first = try sent.send(query: "\(query)&signature=\(query.hmac(.sha256, key: key).hex)")
    let payload = (#"{"request":"/v1/private","nonce":"\#(Seal.nonceMilliseconds)"}"# as SealedText).base64
    let second = try sent.send(headers: [
      ("X-PAYLOAD", SealedText(payload)), ("X-SIGNATURE", SealedText(payload.hmac(.sha384, key: key).hex)),
    ])
    let body: SealedText = #"{"amount":"1.25"}"#
    let text: SealedText = "POST\n/v1/private\n\n\(body.sha512.hex)\n\(Seal.seconds)"
    let third = try sent.send(
      headers: [("Timestamp", SealedText(.seconds)), ("SIGN", SealedText(text.hmac(.sha512, key: key).hex))],
      body: body)
    return try [
      VerifierCase("hmac_sha256_query", first, shared(secret)),
      VerifierCase("hmac_sha384_payload", second, shared(secret)),
      VerifierCase("hmac_sha512_digest", third, shared(secret)),
    ]
  }

  /// An HMAC over a path and a digest, with a key in base64.
  private func kraken() throws -> [VerifierCase] {
    let sent = try SentRequests(secret: Encoding.base64(secret), form: .base64)
    let nonce = Seal.nonceMilliseconds
    let body: SealedText = "nonce=\(nonce)&pair=XBTUSD&volume=1.25"
    let digest = (SealedText(nonce) + body).sha256
    let sign = ("/v1/private" + SealedText(digest)).hmac(.sha512, key: .field("secret_key").unbase64).base64
    return try [
      VerifierCase(
        "kraken", sent.send(headers: [("API-Sign", SealedText(sign))], body: body), shared(secret))
    ]
  }

  private func tokens() throws -> [VerifierCase] {
    let claims: SealedText = #"""
      {"iss":"test","nbf":\#(Seal.seconds),"exp":\#(Seal.seconds.moved(by: 120_000_000_000)),\#
      "uri":"GET api.example.com/v1/private"}
      """#
    func token(_ algorithm: String) -> WebToken {
      WebToken(header: #"{"alg":"\#(algorithm)","kid":"\#(Seal.field("api_key").jsonEscaped)"}"#, claims: claims)
    }
    func header(_ token: SealedText) -> [(name: String, value: SealedText)] { [("Authorization", "Bearer \(token)")] }
    let p256 = try SentRequests(secret: TestKeys.pem("EC ", KnownAnswers.p256), form: .pem)
    let ed25519 = try SentRequests(secret: TestKeys.ed25519, form: .ed25519Hex)
    let rsa = try SentRequests(secret: TestKeys.pem("", KnownAnswers.rsa), form: .pem)
    let hmac = try SentRequests(secret: secret, form: .raw)
    let query: SealedText = "symbol=BTCUSDT&timestamp=\(.milliseconds)"
    func signed(_ scheme: Signature) -> SealedText {
      "\(query)&signature=\(query.signed(scheme).base64.percentEncoded)"
    }
    return try [
      VerifierCase(
        "jwt_es256", p256.send(headers: header(token("ES256").signed(.p256JOSE))), TestKeys.publicP256),
      VerifierCase(
        "jwt_eddsa", ed25519.send(headers: header(token("EdDSA").signed(.ed25519))), TestKeys.publicEd25519),
      VerifierCase(
        "jwt_rs256", rsa.send(headers: header(token("RS256").signed(.rsaSHA256))), TestKeys.publicRSA),
      VerifierCase(
        "jwt_hs256", hmac.send(headers: header(token("HS256").signed(.sha256, key: .field("secret_key")))),
        shared(secret)),
      VerifierCase("rsa_query", rsa.send(query: signed(.rsaSHA256)), TestKeys.publicRSA),
      VerifierCase("ed25519_query", ed25519.send(query: signed(.ed25519)), TestKeys.publicEd25519),
    ]
  }
}
