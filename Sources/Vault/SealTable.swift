import CPatchbay

/// One operation of a seal: what it takes, what it gives, and what can be known of the result beforehand. The rows are
/// all that the checker knows; docs/security.md shows them.
///
/// A value that depends on a secret is taken only by operations that cannot fail on it, whatever its bytes are: so a
/// program that has passed fails for no reason that depends on a secret.
final class SealRule: Sendable {
  /// What may be asked of one operation.
  struct Call {
    let op: pb_op
    /// The operation's literal, field name or prefix.
    let text: UnsafeRawBufferPointer
    let form: SealForm?
    /// Of captured tokens, by slot.
    let slots: [UInt32: SealType]
    /// How many signatures this request has made.
    var signatures: Int
  }

  enum Result: Sendable {
    /// Pushes a value.
    case source(@Sendable (Call) throws(SealFault) -> SealType)
    /// Replaces the top of the stack.
    case one(@Sendable (SealType, Call) throws(SealFault) -> SealType)
    /// Replaces the two on top; the message lies below the key.
    case keyed(@Sendable (SealType, SealType) throws(SealFault) -> SealType)
    /// Moves values without changing one: the checker's own.
    case arranged
  }

  let code: Int
  /// As in patchbay.h, without `PB_OP_`.
  let name: String
  /// Classes and lengths taken, for documentation.
  let takes: String
  /// Class and length given, for documentation.
  let gives: String
  let result: Result

  init(_ code: Int, _ name: String, _ takes: String, _ gives: String, _ result: Result) {
    (self.code, self.name, self.takes, self.gives, self.result) = (code, name, takes, gives, result)
  }

  /// By code; nil where there is no operation.
  static let table: [SealRule?] = {
    let rules = sources + arranging + encodings + digests + keyed
    var table = [SealRule?](repeating: nil, count: (rules.map(\.code).max() ?? 0) + 1)
    for rule in rules { table[rule.code] = rule }
    return table
  }()

  // MARK: Sources

  private static func clean(
    _ code: Int, _ name: String, _ gives: String, _ type: SealType,
    where isValid: @escaping @Sendable (pb_op) -> Bool = { _ in true }
  ) -> SealRule {
    SealRule(
      code, name, "", "clean, \(gives)",
      .source { call throws(SealFault) in
        guard isValid(call.op) else { throw .argument(operation: name, value: Int(call.op.arg)) }
        return type
      })
  }

  private static let number = SealType(1...20, ByteSet.digits.union(ByteSet("-".utf8)))

  private static let sources: [SealRule] = [
    SealRule(PB_OP_BYTES, "BYTES", "", "clean, as long as it is", .source { SealType(literal: $0.text) }),
    SealRule(
      PB_OP_FIELD, "FIELD", "", "public: clean; secret: secret, as the manifest declares",
      .source { call throws(SealFault) in
        guard let form = call.form else { throw .noAccount }
        let name = String(decoding: call.text, as: UTF8.self)
        guard let type = form.fields[name] else { throw .missingField(name: name) }
        return type
      }),
    SealRule(
      PB_OP_SLOT, "SLOT", "", "secret, as long as it was when it was captured",
      .source { call throws(SealFault) in
        guard call.form != nil else { throw .noAccount }
        guard let type = call.slots[call.op.arg2] else { throw .emptySlot(number: call.op.arg2) }
        return type
      }),
    clean(PB_OP_TIME_S, "TIME_S", "1 to 20", number), clean(PB_OP_TIME_MS, "TIME_MS", "1 to 20", number),
    clean(PB_OP_TIME_US, "TIME_US", "1 to 20", number), clean(PB_OP_TIME_NS, "TIME_NS", "1 to 20", number),
    clean(PB_OP_TIME_ISO, "TIME_ISO", "19 to 40", SealType(19...40, .printable)) {
      [PB_ISO_MS, PB_ISO_US, PB_ISO_S].contains(Int($0.arg))
    },
    clean(PB_OP_NONCE, "NONCE", "1 to 20", number) { NonceUnit(rawValue: $0.arg) != nil },
    clean(PB_OP_COUNTER, "COUNTER", "1 to 20", number),
    random(PB_OP_RANDOM_HEX, "RANDOM_HEX", .hex), random(PB_OP_RANDOM_DEC, "RANDOM_DEC", .digits),
    clean(PB_OP_UUID, "UUID", "36", SealType(36...36, ByteSet.hex.union(ByteSet("-".utf8)))),
    SealRule(
      PB_OP_PUBLIC_KEY, "PUBLIC_KEY", "", "clean, 32 to 65",
      .source { call throws(SealFault) in
        guard let wanted = SigningKey.PublicForm(rawValue: call.op.arg) else {
          throw .argument(operation: "PUBLIC_KEY", value: Int(call.op.arg))
        }
        guard let form = call.form else { throw .noAccount }
        guard let count = form.key?.publicBytes[wanted] else { throw .wrongKey(needed: "matching") }
        return SealType(count...count, .all)
      }),
    SealRule(PB_OP_ADDRESS, "ADDRESS", "", "clean, 25 to 79", .source(address)),
  ]

  private static func random(_ code: Int, _ name: String, _ alphabet: ByteSet) -> SealRule {
    SealRule(
      code, name, "", "clean, arg",
      .source { call throws(SealFault) in
        guard (1...64).contains(call.op.arg) else { throw .argument(operation: name, value: Int(call.op.arg)) }
        return SealType(Int(call.op.arg)...Int(call.op.arg), alphabet)
      })
  }

  @Sendable private static func address(_ call: Call) throws(SealFault) -> SealType {
    let kind = Int(call.op.arg)
    guard (PB_ADDRESS_EVM...PB_ADDRESS_XRPL).contains(kind) else { throw .argument(operation: "ADDRESS", value: kind) }
    guard let form = call.form else { throw .noAccount }
    guard let key = form.key, key.algorithm == .secp256k1 || kind == PB_ADDRESS_XRPL && key.algorithm == .ed25519 else {
      throw .wrongKey(needed: "secp256k1")
    }
    if kind == PB_ADDRESS_COSMOS, !Encoding.isBech32Prefix(call.text), !call.text.isEmpty {
      throw .badInput(operation: "ADDRESS", reason: "its prefix must be 1 to 40 of a-z and 0-9")
    }
    return SealType(25...79, .word)
  }

  // MARK: Stack and registers

  private static let arranging: [SealRule] = [
    SealRule(PB_OP_STORE, "STORE", "any", "the same", .arranged),
    SealRule(PB_OP_LOAD, "LOAD", "", "what was stored", .arranged),
    SealRule(PB_OP_CONCAT, "CONCAT", "any", "the nearest to a secret of them, the sum of their lengths", .arranged),
    SealRule(
      PB_OP_SLICE, "SLICE", "clean; derived: r, s or v of a signature, whole", "the same class, arg2",
      .one { value, call throws(SealFault) in try SealSlice.type(value, Int(call.op.arg), Int(call.op.arg2)) }),
    SealRule(PB_OP_PUBLISH, "PUBLISH", "clean; a transaction's id where the act publishes it", "the same", .arranged),
  ]

  // MARK: Encodings

  private static func encoding(
    _ code: Int, _ name: String, _ takes: String, _ gives: String,
    _ type: @escaping @Sendable (SealType, pb_op) throws(SealFault) -> SealType
  ) -> SealRule {
    SealRule(
      code, name, takes, "the same class, \(gives)",
      .one { value, call throws(SealFault) in try type(value, call.op) })
  }

  private static let encodings: [SealRule] = [
    encoding(PB_OP_HEX, "HEX", "any", "twice as long") { value, _ in
      value.encoded(value.least * 2...value.greatest * 2, .hex, decodes: .hex, spread: value.spread * 2)
    },
    encoding(PB_OP_HEX_UPPER, "HEX_UPPER", "any", "twice as long") { value, _ in
      value.encoded(value.least * 2...value.greatest * 2, .hexUpper, decodes: .hex, spread: value.spread * 2)
    },
    encoding(PB_OP_BASE64, "BASE64", "any", "4 for each 3 begun") { value, _ in
      value.encoded(
        (value.least + 2) / 3 * 4...(value.greatest + 2) / 3 * 4, .base64, decodes: .base64,
        spread: (value.spread + 2) / 3 * 4)
    },
    encoding(PB_OP_BASE64URL, "BASE64URL", "any", "4 for each 3") { value, _ in
      value.encoded(
        (value.least * 4 + 2) / 3...(value.greatest * 4 + 2) / 3, .word, decodes: .base64,
        spread: (value.spread * 4 + 2) / 3)
    },
    encoding(PB_OP_PERCENT, "PERCENT", "any", "once to three times as long", SealEncodings.percent),
    encoding(PB_OP_JSON_ESCAPE, "JSON_ESCAPE", "any", "once to six times as long", SealEncodings.json),
    encoding(PB_OP_UNHEX, "UNHEX", "clean; secret, derived: declared as hex or made by HEX", "half as long") {
      value, _ throws(SealFault) in
      guard value.isClean || value.decodes.contains(.hex) else { throw .mightFail(operation: "UNHEX") }
      // Two digits may be 0x, unless the alphabet has none.
      let lost = value.alphabet.contains(UInt8(ascii: "x")) || value.alphabet.contains(UInt8(ascii: "X")) ? 2 : 0
      return value.encoded(
        max(0, value.least - lost) / 2...value.greatest / 2, .all, spread: (value.spread + lost + 1) / 2)
    },
    encoding(PB_OP_UNBASE64, "UNBASE64", "clean; secret, derived: declared as base64 or made by BASE64", "3 for each 4")
    { value, _ throws(SealFault) in
      guard value.isClean || value.decodes.contains(.base64) else { throw .mightFail(operation: "UNBASE64") }
      // How much of it is padding is no matter of its length.
      return value.encoded(
        max(0, value.least - 2) * 3 / 4...value.greatest * 3 / 4, .all, spread: (value.spread + 2) * 3 / 4 + 1)
    },
    encoding(
      PB_OP_DEC_TO_BE, "DEC_TO_BE", "clean; secret, derived: decimal digits that fit at their greatest length", "arg",
      SealEncodings.bigEndian),
    encoding(PB_OP_BE_TO_DEC, "BE_TO_DEC", "any of at most 64", "1 to 155", SealEncodings.decimal),
    encoding(PB_OP_PAD_LEFT, "PAD_LEFT", "clean; secret, derived: of at most arg", "arg", SealEncodings.padded),
    encoding(
      PB_OP_LENGTH_PREFIX, "LENGTH_PREFIX", "any; XRPL: of at most 918744", "up to 9 longer", SealEncodings.prefixed),
    encoding(
      PB_OP_RLP_INTEGER, "RLP_INTEGER", "clean; secret, derived: at most 200 decimal digits", "1 to 86",
      SealEncodings.rlpInteger),
  ]

  // MARK: Digests and keyed operations

  private static func digest(_ code: Int, _ name: String, _ count: Int) -> SealRule {
    SealRule(
      code, name, "any but a piece of a signature", "clean of what is clean, else derived; \(count)",
      .one { value, _ throws(SealFault) in
        guard !value.isPiece else { throw .revealsSignature }
        return value.hashed(count)
      })
  }

  private static let digests: [SealRule] = [
    digest(PB_OP_MD5, "MD5", 16), digest(PB_OP_SHA1, "SHA1", 20), digest(PB_OP_SHA256, "SHA256", 32),
    digest(PB_OP_SHA384, "SHA384", 48), digest(PB_OP_SHA512, "SHA512", 64),
    digest(PB_OP_SHA512_HALF, "SHA512_HALF", 32), digest(PB_OP_KECCAK256, "KECCAK256", 32),
    digest(PB_OP_RIPEMD160, "RIPEMD160", 20),
  ]

  private static func hmac(_ code: Int, _ name: String, _ count: Int) -> SealRule {
    SealRule(
      code, name, "any but a piece of a signature, key and message", "clean if both are, else derived; \(count)",
      .keyed { message, key throws(SealFault) in
        guard !message.isPiece, !key.isPiece else { throw .revealsSignature }
        var both = message
        both.append(key)
        both = both.hashed(count)
        (both.isDigest, both.isTransactionID) = (false, false)
        return both
      })
  }

  private static let keyed: [SealRule] = [
    hmac(PB_OP_HMAC_SHA256, "HMAC_SHA256", 32), hmac(PB_OP_HMAC_SHA384, "HMAC_SHA384", 48),
    hmac(PB_OP_HMAC_SHA512, "HMAC_SHA512", 64),
    SealRule(
      PB_OP_SIGN, "SIGN", "any but a piece of a signature; secp256k1: a digest of 32",
      "derived, 8 to 72; RSA: its key's",
      .one { value, call throws(SealFault) in try SealEncodings.signature(value, call) }),
  ]
}
