import CPatchbay
import Records

/// What can be reported about an account's key after using it here, without any network. It holds no secret.
public struct KeyReport: Sendable {
  /// Such as `HMAC with secret_key` or `Ed25519`.
  public var algorithm: String
  /// The public key in hexadecimal digits, where there is a signing key that has one.
  public var publicKey: String?
  /// The accounts that a secp256k1 key has on chains: `EVM address`, `Cosmos address`, `XRPL address`.
  public var addresses: [(title: String, text: String)]
  /// Bytes of each sample that was signed.
  public var samples: [Int]
  /// Why a sample could not be signed; nil = it could.
  public var fault: SealFault?

  /// Evaluates a sample seal with each key of the account: an HMAC for each secret, or a signature, which is then
  /// verified.
  public init(_ account: LoadedAccount) {
    samples = []
    addresses = []
    guard let key = account.seal.signingKey else {
      let secrets = account.seal.fields.filter(\.value.isSecret).keys.sorted()
      algorithm = secrets.isEmpty ? "no key" : "HMAC with \(secrets.joined(separator: ", "))"
      for name in secrets {
        sign(account, [(PB_OP_BYTES, 0, "sample"), (PB_OP_FIELD, 0, name), (PB_OP_HMAC_SHA512, 0, "")]) {
          $0.count == 64
        }
      }
      return
    }
    let arg: Int
    var program = [(PB_OP_BYTES, 0, "sample")]
    switch key.algorithm {
    case .ed25519: (algorithm, arg) = ("Ed25519", PB_SIGN_ED25519)
    case .p256: (algorithm, arg) = ("ECDSA P-256", PB_SIGN_P256_JOSE)
    case .rsa: (algorithm, arg) = ("RSA with SHA-256", PB_SIGN_RSA_PKCS1_SHA256)
    case .secp256k1:
      (algorithm, arg) = ("secp256k1", PB_SIGN_SECP256K1_RECOVERABLE)
      program.append((PB_OP_SHA256, 0, ""))
      addresses = Self.addresses(key)
    }
    let form: SigningKey.PublicForm = key.algorithm == .ed25519 ? .raw : .compressed
    publicKey = key.publicKey(form).map { String(decoding: Encoding.hex($0), as: UTF8.self) }
    sign(account, program + [(PB_OP_SIGN, arg, "")]) { signature in
      // A recoverable signature has one byte more, which says which of two keys it is.
      let pair = key.algorithm == .secp256k1 ? Array(signature.prefix(64)) : signature
      return key.verify(pair, of: Array("sample".utf8))
    }
  }

  private static func addresses(_ key: SigningKey) -> [(title: String, text: String)] {
    let forms: [(String, ChainAddress)] = [
      ("EVM address", .evm), ("Cosmos address", .cosmos(prefix: "cosmos")), ("XRPL address", .xrpl),
    ]
    return forms.compactMap { title, form in form.text(of: key).map { (title, String(decoding: $0, as: UTF8.self)) } }
  }

  private mutating func sign(
    _ account: LoadedAccount, _ value: [(code: Int, arg: Int, text: String)], _ isRight: ([UInt8]) -> Bool
  ) {
    // What depends on a secret leaves as text.
    let program = value + [(PB_OP_HEX, 0, "")]
    let block = RecordBlock()
    defer { block.free() }
    block.begin(pb_out_request.self)
    var request = pb_out_request()
    request.body = block.list(of: pb_part.self, count: 1)
    var part = pb_part()
    part.ops = block.list(of: pb_op.self, count: program.count)
    for (index, op) in program.enumerated() {
      let text = block.text(op.text)
      block.set(
        part.ops, index, pb_op(code: UInt16(op.code), arg: UInt16(op.arg), arg2: 0, offset_ns: 0, bytes: text))
    }
    block.set(request.body, 0, part)
    let record = block.finish(request, kind: PB_OUT_REQUEST, seq: 0)
    do throws(SealFault) {
      let evaluator = SealEvaluator(account: account.seal, clock: FixedSealClock(time: 0))
      let digits = try evaluator.evaluate(request: RecordReader(checked: record)).body
      if let signature = Encoding.unhex(digits), isRight(signature) {
        samples.append(signature.count)
      } else {
        fault = .crypto(operation: "verifying the sample")
      }
    } catch {
      fault = error
    }
  }
}
