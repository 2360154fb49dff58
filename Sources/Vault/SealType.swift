/// What may be known of a value before it is computed: its class, how long it may be, which bytes may stand in it, and
/// which secrets it depends on. Two secrets of the same declared form give the same types, so whatever is decided by
/// types says nothing about a secret.
struct SealType: Sendable, Equatable {
  /// How close a value is to a secret; a value made of several has the greatest.
  enum Kind: Int, Sendable, Comparable {
    /// Literals, times, nonces, counters, random values, public fields, and what is computed from these alone.
    case clean
    /// Depends on a secret, by any operation.
    case derived
    /// A secret itself stands in it, whatever was put around it.
    case secret

    static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
  }

  /// What a value decodes as, whatever its bytes are.
  struct Decoding: OptionSet, Sendable {
    let rawValue: UInt8
    /// Whole bytes in hexadecimal digits, with or without `0x`.
    static let hex = Decoding(rawValue: 1)
    static let base64 = Decoding(rawValue: 2)
    /// One or more decimal digits, without a sign.
    static let decimal = Decoding(rawValue: 4)
    /// What stands between the quotes of a JSON string.
    static let json = Decoding(rawValue: 8)
  }

  /// Parts of one signature that stand whole in a value, as digits, bytes or whatever keeps all of them.
  struct Parts: OptionSet, Sendable {
    let rawValue: UInt8
    static let r = Parts(rawValue: 1)
    static let s = Parts(rawValue: 2)
    static let v = Parts(rawValue: 4)
    static let whole: Parts = [.r, .s]
  }

  var kind = Kind.clean
  var least: Int
  var greatest: Int
  /// By how many bytes its length may differ for two secrets of one form, at most; 0 = its length says nothing of them.
  var spread = 0
  var alphabet: ByteSet
  var decodes: Decoding = []
  /// A digest as an operation of this request made it: what stands behind it was seen here.
  var isDigest = false
  /// The secrets that it depends on.
  var sources = SealSources()
  /// The secrets that stand in it unhashed.
  var bare = SealSources()
  /// The one signature of this request, by number, that is all it has of secrets; nil = none, several, or other
  /// secrets.
  var signature: Int?
  var parts: Parts = []
  /// The signature with nothing around it, as the operation gave it.
  var isRawSignature = false
  /// A digest over a message with an uncut signature, the only secret-dependent thing in it; or an encoding of one.
  var isTransactionID = false

  init(_ length: ClosedRange<Int>, _ alphabet: ByteSet, decodes: Decoding = []) {
    (least, greatest, self.alphabet, self.decodes) = (length.lowerBound, length.upperBound, alphabet, decodes)
  }

  /// The type of known bytes.
  init(literal bytes: UnsafeRawBufferPointer) { self.init(bytes.count...bytes.count, ByteSet(text: bytes)) }

  init(literal bytes: [UInt8]) { self = bytes.withUnsafeBytes { SealType(literal: $0) } }

  var isClean: Bool { kind == .clean }
  /// A piece of a signature is in it without the rest: few enough bits to be tried one after the other.
  var isPiece: Bool { !parts.isEmpty && !parts.isSuperset(of: .whole) }

  /// Another text of the same content: an encoding that loses nothing.
  /// - Parameter spread: of the new length, where the value depends on a secret.
  func encoded(
    _ length: ClosedRange<Int>, _ alphabet: ByteSet, decodes: Decoding = [], spread: Int
  ) -> SealType {
    var result = self
    result.spread = isClean ? 0 : spread
    (result.least, result.greatest, result.alphabet, result.decodes) =
      (length.lowerBound, length.upperBound, alphabet, decodes)
    (result.isDigest, result.isRawSignature) = (false, false)
    return result
  }

  /// What a one-way operation makes of this value: of fixed length, and no secret stands in it any more.
  func hashed(_ count: Int) -> SealType {
    var result = SealType(count...count, .all)
    result.sources = sources
    result.kind = isClean ? .clean : .derived
    result.isDigest = true
    result.isTransactionID = kind == .derived && signature != nil && parts.isSuperset(of: .whole)
    return result
  }

  /// This value with another one behind it.
  mutating func append(_ other: SealType) {
    let (wasClean, wasID) = (isClean, isTransactionID)
    kind = max(kind, other.kind)
    least += other.least
    greatest += other.greatest
    spread += other.spread
    alphabet.formUnion(other.alphabet)
    decodes = []
    (isDigest, isRawSignature) = (false, false)
    sources.formUnion(other.sources)
    bare.formUnion(other.bare)
    // An id stays one among clean text, which anybody can take away again.
    isTransactionID = (wasID && other.isClean) || (wasClean && other.isTransactionID)
    if other.isClean { return }
    if wasClean { (signature, parts) = (other.signature, other.parts) } else {
      signature = signature == other.signature ? signature : nil
      parts.formUnion(other.parts)
    }
  }
}

/// Which secrets of an account a value depends on.
struct SealSources: Sendable, Equatable {
  /// Fields by their place among the account's names, sorted.
  var fields: UInt64 = 0
  /// Tokens, slot 1 in the lowest bit.
  var slots: UInt64 = 0
  var hasKey = false

  var isEmpty: Bool { fields == 0 && slots == 0 && !hasKey }
  /// How many different secrets these are.
  var count: Int { fields.nonzeroBitCount + slots.nonzeroBitCount + (hasKey ? 1 : 0) }

  mutating func formUnion(_ other: SealSources) {
    fields |= other.fields
    slots |= other.slots
    hasKey = hasKey || other.hasKey
  }
}

/// A set of byte values.
struct ByteSet: Sendable, Equatable {
  private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

  init() {}

  init(_ bytes: some Sequence<UInt8>) { for byte in bytes { insert(byte) } }

  /// The bytes of a text, in one pass.
  init(text: UnsafeRawBufferPointer) {
    var (first, second, third, fourth) = (UInt64(0), UInt64(0), UInt64(0), UInt64(0))
    for byte in text {
      let bit = UInt64(1) << UInt64(byte & 63), word = byte >> 6
      first |= word == 0 ? bit : 0
      second |= word == 1 ? bit : 0
      third |= word == 2 ? bit : 0
      fourth |= word == 3 ? bit : 0
    }
    words = (first, second, third, fourth)
  }

  static func == (left: ByteSet, right: ByteSet) -> Bool { left.words == right.words }

  mutating func insert(_ byte: UInt8) {
    let bit = UInt64(1) << UInt64(byte & 63)
    switch byte >> 6 {
    case 0: words.0 |= bit
    case 1: words.1 |= bit
    case 2: words.2 |= bit
    default: words.3 |= bit
    }
  }

  func contains(_ byte: UInt8) -> Bool {
    let word =
      switch byte >> 6 {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    return word >> UInt64(byte & 63) & 1 == 1
  }

  mutating func formUnion(_ other: ByteSet) {
    words.0 |= other.words.0
    words.1 |= other.words.1
    words.2 |= other.words.2
    words.3 |= other.words.3
  }

  func union(_ other: ByteSet) -> ByteSet {
    var result = self
    result.formUnion(other)
    return result
  }

  func subtracting(_ other: ByteSet) -> ByteSet {
    var result = self
    result.words.0 &= ~other.words.0
    result.words.1 &= ~other.words.1
    result.words.2 &= ~other.words.2
    result.words.3 &= ~other.words.3
    return result
  }

  func isSubset(of other: ByteSet) -> Bool { subtracting(other) == ByteSet() }

  static let all = ByteSet(0...255)
  static let digits = ByteSet("0123456789".utf8)
  static let hex = ByteSet("0123456789abcdef".utf8)
  static let hexUpper = ByteSet("0123456789ABCDEF".utf8)
  static let word = ByteSet("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  static let unreserved = word.union(ByteSet(".~".utf8))
  static let base64 = word.union(ByteSet("+/=".utf8)).subtracting(ByteSet("-_".utf8))
  static let percent = ByteSet("%".utf8)
  /// RFC 5234's VCHAR and the space: what a header's value may have in it.
  static let printable = ByteSet(0x20...0x7E)
  /// The same without the space.
  static let visible = ByteSet(0x21...0x7E)
  /// What stands in a URL as itself, means nothing in a path, and never ends a parameter.
  static let urlSafe = unreserved
  /// What stands in a query as itself, and never ends a parameter.
  static let querySafe = unreserved.union(base64).union(percent)
  /// What ends neither a JSON string nor a form's value.
  static let bodySafe = printable.subtracting(ByteSet("\"\\&".utf8))
}
