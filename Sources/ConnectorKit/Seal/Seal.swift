import CPatchbay

/// A value that the host computes when a request leaves: a time, a nonce, a credential field, a signature over other
/// text.
///
/// Seals read like the exchange's documentation. Binance's signed query, say:
///
///     let query: SealedText = "symbol=BTCUSDT&side=BUY&timestamp=\(.milliseconds)"
///     let signature = query.hmac(.sha256, key: .field("secret_key")).hex
///     let url: SealedText = "https://api.binance.com/api/v3/order?\(query)&signature=\(signature)"
///
/// and Kraken's digest inside a digest:
///
///     let digest = (SealedText(nonce) + body).sha256
///     let sign = (SealedText(path) + digest).hmac(.sha512, key: .field("secret_key").unbase64).base64
///
/// A seal is only a description; nothing secret is ever in it.
public struct Seal: Sendable, Hashable {
  /// The stack program that leaves this value on the stack.
  var code: SealCode

  init(_ code: SealCode) { self.code = code }

  init(_ code: Int, arg: Int = 0, arg2: Int = 0, offset: Int64 = 0, bytes: [UInt8] = []) {
    self.code = SealCode(code, arg, arg2, offset, bytes)
  }

  func then(_ code: Int, arg: Int = 0, arg2: Int = 0) -> Seal {
    var result = self
    result.code.add(code, arg, arg2)
    return result
  }

  public static func + (left: Seal, right: Seal) -> SealedText { SealedText(left) + SealedText(right) }
}

// MARK: - Sources

extension Seal {
  /// Literal text, where a seal is wanted.
  public static func bytes(_ bytes: [UInt8]) -> Seal { Seal(PB_OP_BYTES, bytes: bytes) }
  /// A credential field of the request's account.
  public static func field(_ name: String) -> Seal { Seal(PB_OP_FIELD, bytes: Array(name.utf8)) }
  /// A token captured from a reply; see `Capture`.
  public static func slot(_ number: Int) -> Seal { Seal(PB_OP_SLOT, arg2: number) }
  /// Venue time in whole seconds since the epoch, decimal digits.
  public static let seconds = Seal(PB_OP_TIME_S)
  public static let milliseconds = Seal(PB_OP_TIME_MS)
  public static let microseconds = Seal(PB_OP_TIME_US)
  public static let nanoseconds = Seal(PB_OP_TIME_NS)
  /// `2026-01-31T23:59:59.123Z`.
  public static let isoMilliseconds = Seal(PB_OP_TIME_ISO, arg: PB_ISO_MS)
  public static let isoMicroseconds = Seal(PB_OP_TIME_ISO, arg: PB_ISO_US)
  /// `2026-01-31T23:59:59`.
  public static let isoSeconds = Seal(PB_OP_TIME_ISO, arg: PB_ISO_S)
  /// A strictly rising number, in the unit the venue counts it.
  public static let nonceMilliseconds = Seal(PB_OP_NONCE, arg: PB_NONCE_MS)
  public static let nonceMicroseconds = Seal(PB_OP_NONCE, arg: PB_NONCE_US)
  public static let nonceNanoseconds = Seal(PB_OP_NONCE, arg: PB_NONCE_NS)
  public static let nonceSeconds = Seal(PB_OP_NONCE, arg: PB_NONCE_S)
  /// The account's sequence, kept by the host.
  public static let counter = Seal(PB_OP_COUNTER)
  /// Random digits, at most 64.
  public static func randomHex(_ digits: Int) -> Seal { Seal(PB_OP_RANDOM_HEX, arg: digits) }
  public static func randomDecimal(_ digits: Int) -> Seal { Seal(PB_OP_RANDOM_DEC, arg: digits) }
  public static let uuid = Seal(PB_OP_UUID)
  /// What a register holds.
  public static func register(_ number: Int) -> Seal { Seal(PB_OP_LOAD, arg: number) }

  public enum KeyForm: Int, Sendable { case raw = 1, compressed, uncompressed }
  public enum AddressForm: Int, Sendable { case evm = 1, cosmos, xrpl }
  public static func publicKey(_ form: KeyForm) -> Seal { Seal(PB_OP_PUBLIC_KEY, arg: form.rawValue) }
  /// The address of the account's signing key as text. EVM: `0x` and digits in the mixed case of EIP-55.
  /// - Parameter prefix: of a Cosmos chain, such as `dydx`; empty is `cosmos`.
  public static func address(_ form: AddressForm, prefix: String = "") -> Seal {
    Seal(PB_OP_ADDRESS, arg: form.rawValue, bytes: Array(prefix.utf8))
  }

  /// The same time moved by so many nanoseconds; only for times.
  public func moved(by nanoseconds: Int64) -> Seal {
    var result = self
    result.code.moveLast(by: nanoseconds)
    return result
  }
}

// MARK: - Operations on a value

/// Whatever can be encoded, hashed and signed: a seal, or text with seals in it.
public protocol Sealable {
  var seal: Seal { get }
}

extension Seal: Sealable {
  public var seal: Seal { self }
}

public enum Hash: Int, Sendable { case sha256 = 96, sha384, sha512 }

public enum Signature: Int, Sendable {
  case ed25519 = 1, p256JOSE, rsaSHA256, secp256k1Recoverable, secp256k1Compact, secp256k1DER
}

/// How the length of a value is written in front of it. `decimal`: as digits.
public enum LengthPrefix: Int, Sendable { case varint = 1, xrpl, rlpBytes, rlpList, decimal }

extension Sealable {
  public var hex: Seal { seal.then(PB_OP_HEX) }
  public var hexUpper: Seal { seal.then(PB_OP_HEX_UPPER) }
  public var base64: Seal { seal.then(PB_OP_BASE64) }
  public var base64URL: Seal { seal.then(PB_OP_BASE64URL) }
  /// Percent-encoding of everything but `A-Z a-z 0-9 - _ . ~`.
  public var percentEncoded: Seal { seal.then(PB_OP_PERCENT, arg: PB_PERCENT_COMPONENT) }
  public var formEncoded: Seal { seal.then(PB_OP_PERCENT, arg: PB_PERCENT_FORM) }
  public var jsonEscaped: Seal { seal.then(PB_OP_JSON_ESCAPE) }
  public var unhex: Seal { seal.then(PB_OP_UNHEX) }
  public var unbase64: Seal { seal.then(PB_OP_UNBASE64) }
  /// Decimal digits as a big-endian two's complement integer.
  public func bigEndian(width: Int) -> Seal { seal.then(PB_OP_DEC_TO_BE, arg: width) }
  public var decimalDigits: Seal { seal.then(PB_OP_BE_TO_DEC) }
  public func paddedLeft(to width: Int, with byte: UInt8 = 0) -> Seal {
    seal.then(PB_OP_PAD_LEFT, arg: width, arg2: Int(byte))
  }
  public func prefixed(_ prefix: LengthPrefix) -> Seal { seal.then(PB_OP_LENGTH_PREFIX, arg: prefix.rawValue) }
  public var rlpInteger: Seal { seal.then(PB_OP_RLP_INTEGER) }
  /// A part of an untainted value.
  public func slice(_ first: Int, _ count: Int) -> Seal { seal.then(PB_OP_SLICE, arg: first, arg2: count) }

  public var md5: Seal { seal.then(PB_OP_MD5) }
  public var sha1: Seal { seal.then(PB_OP_SHA1) }
  public var sha256: Seal { seal.then(PB_OP_SHA256) }
  public var sha384: Seal { seal.then(PB_OP_SHA384) }
  public var sha512: Seal { seal.then(PB_OP_SHA512) }
  public var sha512Half: Seal { seal.then(PB_OP_SHA512_HALF) }
  public var keccak256: Seal { seal.then(PB_OP_KECCAK256) }
  public var ripemd160: Seal { seal.then(PB_OP_RIPEMD160) }

  /// The HMAC of this value; raw bytes.
  public func hmac(_ hash: Hash, key: Seal) -> Seal {
    var result = seal
    result.code.append(key.code)
    result.code.add(hash.rawValue)
    return result
  }

  /// The signature of this value with the account's signing key; raw bytes. The secp256k1 schemes sign a digest, which
  /// must be the last thing made of the value: `text.sha256.signed(.secp256k1Compact)`.
  /// - Parameter adding: to the recovery id of 0 or 1, for `v` behind r and s: 27 in signed messages and typed data.
  public func signed(_ scheme: Signature, adding: UInt32 = 0) -> Seal {
    seal.then(PB_OP_SIGN, arg: scheme.rawValue, arg2: Int(adding))
  }

  /// Keeps a copy in a register (0 to 7), for other parts of the same request.
  public func stored(in register: Int) -> Seal { seal.then(PB_OP_STORE, arg: register) }

  /// Has the value handed back with the sent notice, under an index from 0 to 15.
  public func published(as index: Int) -> Seal { seal.then(PB_OP_PUBLISH, arg: index) }
}

// MARK: - Its operations

extension Seal {
  /// One operation, for those who look at a program.
  struct Op: Sendable, Hashable {
    var code: Int
    var arg = 0
    var arg2 = 0
    var offset: Int64 = 0
    var bytes: [UInt8] = []
  }

  var ops: [Op] {
    code.steps.indices.map { place in
      let step = code.steps[place]
      return Op(
        code: step.code, arg: step.arg, arg2: step.arg2, offset: step.offset, bytes: Array(code.bytes(of: place)))
    }
  }

  init(_ ops: [Op]) {
    code = SealCode()
    for op in ops {
      code.add(op.code, op.arg, op.arg2, offset: op.offset)
      code.extend(op.bytes)
    }
  }
}
