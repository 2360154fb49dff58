import CPatchbay

/// Types of what the encodings and signatures give.
enum SealEncodings {
  private static let percented = ByteSet.unreserved.union(ByteSet("%0123456789ABCDEF".utf8))
  private static let formed = percented.union(ByteSet("+".utf8))
  private static let plainForm = ByteSet.unreserved.union(ByteSet(" ".utf8))
  private static let control = ByteSet(0..<0x20)
  private static let special = control.union(ByteSet("\"\\".utf8))
  private static let escapes = ByteSet("\\\"nrtu0123456789abcdef".utf8)

  @Sendable static func percent(_ value: SealType, _ op: pb_op) throws(SealFault) -> SealType {
    let isForm = Int(op.arg) == PB_PERCENT_FORM
    guard isForm || Int(op.arg) == PB_PERCENT_COMPONENT else {
      throw .argument(operation: "PERCENT", value: Int(op.arg))
    }
    let plain = isForm ? plainForm : .unreserved
    guard !value.alphabet.isSubset(of: .unreserved) else {
      return value.encoded(value.least...value.greatest, value.alphabet, spread: value.spread)
    }
    let alphabet = isForm ? formed : percented
    let times = value.alphabet.isSubset(of: plain) ? 1 : 3
    let spread = value.spread + value.greatest * (times - 1)
    return value.encoded(value.least...value.greatest * times, alphabet, spread: spread)
  }

  @Sendable static func json(_ value: SealType, _ op: pb_op) -> SealType {
    guard value.alphabet.subtracting(special) != value.alphabet else {
      return value.encoded(value.least...value.greatest, value.alphabet, decodes: .json, spread: value.spread)
    }
    return value.encoded(
      value.least...value.greatest * 6, value.alphabet.subtracting(control).union(escapes), decodes: .json,
      spread: value.spread + value.greatest * 5)
  }

  /// Most decimal digits of which every number fits so many bytes.
  static func digits(in bytes: Int) -> Int { bytes * 2408 / 1000 }

  @Sendable static func bigEndian(_ value: SealType, _ op: pb_op) throws(SealFault) -> SealType {
    let width = Int(op.arg)
    guard (1...64).contains(width) else { throw .argument(operation: "DEC_TO_BE", value: width) }
    guard value.isClean || value.decodes.contains(.decimal) && value.greatest <= digits(in: width) else {
      throw .mightFail(operation: "DEC_TO_BE")
    }
    return value.encoded(width...width, .all, spread: 0)
  }

  @Sendable static func decimal(_ value: SealType, _ op: pb_op) throws(SealFault) -> SealType {
    guard value.isClean || value.greatest <= 64 else { throw .mightFail(operation: "BE_TO_DEC") }
    let most = max(1, min(64, value.greatest) * 241 / 100 + 1)
    return value.encoded(1...most, .digits, decodes: .decimal, spread: most - 1)
  }

  @Sendable static func padded(_ value: SealType, _ op: pb_op) throws(SealFault) -> SealType {
    let width = Int(op.arg)
    guard op.arg2 <= 255 else { throw .argument(operation: "PAD_LEFT", value: Int(op.arg2)) }
    guard value.isClean || value.greatest <= width else { throw .mightFail(operation: "PAD_LEFT") }
    return value.encoded(width...width, value.alphabet.union(ByteSet([UInt8(op.arg2)])), spread: 0)
  }

  @Sendable static func prefixed(_ value: SealType, _ op: pb_op) throws(SealFault) -> SealType {
    let longest: Int
    switch Int(op.arg) {
    case PB_PREFIX_VARINT: longest = 9
    case PB_PREFIX_XRPL:
      guard value.isClean || value.greatest <= 918_744 else { throw .mightFail(operation: "LENGTH_PREFIX") }
      longest = 3
    case PB_PREFIX_RLP_BYTES, PB_PREFIX_RLP_LIST: longest = 9
    case PB_PREFIX_DECIMAL:
      return value.encoded(
        value.least + 1...value.greatest + 9, value.alphabet.union(.digits), spread: value.longerSpread)
    default: throw .argument(operation: "LENGTH_PREFIX", value: Int(op.arg))
    }
    // Some put nothing before a single byte that is small.
    let spread = value.least < 2 ? value.spread + longest : value.longerSpread
    return value.encoded(value.least...value.greatest + longest, .all, spread: spread)
  }

  @Sendable static func rlpInteger(_ value: SealType, _ op: pb_op) throws(SealFault) -> SealType {
    guard value.isClean || value.decodes.contains(.decimal) && value.greatest <= 200 else {
      throw .mightFail(operation: "RLP_INTEGER")
    }
    // A byte for each 2.4 digits, and two of length.
    let most = min(200, value.greatest) * 416 / 1000 + 3
    return value.encoded(1...most, .all, spread: most - 1)
  }

  static func signature(_ message: SealType, _ call: SealRule.Call) throws(SealFault) -> SealType {
    let (needed, length, isDigest) = try scheme(call)
    guard let form = call.form else { throw .noAccount }
    guard let key = form.key, key.algorithm == needed else { throw .wrongKey(needed: "\(needed)") }
    guard !message.isPiece else { throw .revealsSignature }
    guard !isDigest || message.isDigest && message.least == 32 && message.greatest == 32 else {
      throw .badInput(operation: "SIGN", reason: "secp256k1 signs what a digest operation of 32 bytes has just made")
    }
    let bytes = needed == .rsa ? key.modulus...key.modulus : length
    var result = SealType(bytes, .all)
    result.spread = bytes.upperBound - bytes.lowerBound
    result.kind = .derived
    result.sources = message.sources
    result.sources.hasKey = true
    // A message that depends on a secret has an id of its own: only one over clean text is a transaction's.
    result.signature = message.isClean ? call.signatures : nil
    result.parts = .whole
    result.isRawSignature = length.lowerBound == length.upperBound && needed != .rsa
    return result
  }

  private static func scheme(
    _ call: SealRule.Call
  ) throws(SealFault) -> (SigningKey.Algorithm, ClosedRange<Int>, isDigest: Bool) {
    switch Int(call.op.arg) {
    case PB_SIGN_ED25519: return (.ed25519, 64...64, false)
    case PB_SIGN_P256_JOSE: return (.p256, 64...64, false)
    case PB_SIGN_RSA_PKCS1_SHA256: return (.rsa, 1...1, false)
    case PB_SIGN_SECP256K1_RECOVERABLE:
      let count = call.op.arg2 < 255 ? 65 : 72
      return (.secp256k1, count...count, true)
    case PB_SIGN_SECP256K1_COMPACT: return (.secp256k1, 64...64, true)
    case PB_SIGN_SECP256K1_DER: return (.secp256k1, 8...72, true)
    default: throw .argument(operation: "SIGN", value: Int(call.op.arg))
    }
  }
}

extension SealType {
  /// Of its length with that length in front.
  fileprivate var longerSpread: Int { spread == 0 ? 0 : spread + 9 }
}

/// What may be cut out of a value.
enum SealSlice {
  /// Of what is clean, anything that may be there; of a signature, its numbers. Nothing else: an exchange that accepts
  /// half a signature with a guess behind it would say whether the guess is right.
  static func type(_ value: SealType, _ first: Int, _ count: Int) throws(SealFault) -> SealType {
    switch value.kind {
    case .secret where value.bare.slots != 0: throw .revealsToken
    case .secret: throw .cutsSecret
    case .clean:
      guard first + count <= value.greatest else {
        throw .badInput(operation: "SLICE", reason: "the value has at most \(value.greatest) bytes")
      }
      return value.encoded(count...count, value.alphabet, spread: 0)
    case .derived:
      guard value.isRawSignature, let part = part(first, count, of: value.greatest) else { throw .cutsSecret }
      var result = value.encoded(count...count, .all, spread: 0)
      result.parts = part
      return result
    }
  }

  private static func part(_ first: Int, _ count: Int, of length: Int) -> SealType.Parts? {
    switch (first, count) {
    case (0, 32): .r
    case (32, 32): .s
    case (64, length - 64) where length > 64: .v
    case (0, 64): .whole
    default: nil
    }
  }
}
