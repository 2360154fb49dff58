import Catalog

/// A credential field of an account, as sealed text may use it.
public struct SealField: Sendable {
  /// Nil = empty.
  private let value: SecretBytes?
  /// It must not leave unhashed, unless it is disclosed.
  public let isSecret: Bool
  /// The registry entry lets it leave unhashed.
  public let isDisclosed: Bool
  /// What its manifest declares; whoever makes a field has checked the value against it.
  let form: CredentialForm

  public init(_ bytes: [UInt8], isSecret: Bool, isDisclosed: Bool = false, form: CredentialForm = .undeclared) {
    value = SecretBytes(bytes)
    (self.isSecret, self.isDisclosed, self.form) = (isSecret, isDisclosed, isDisclosed ? form.sent : form)
  }

  public init(_ value: SecretBytes, isSecret: Bool, isDisclosed: Bool = false, form: CredentialForm = .undeclared) {
    self.value = value
    (self.isSecret, self.isDisclosed, self.form) = (isSecret, isDisclosed, isDisclosed ? form.sent : form)
  }

  /// A copy.
  public var bytes: [UInt8] { value?.copy() ?? [] }

  /// Lends the bytes for the time of the call.
  func withBytes<Fault: Error>(_ body: (UnsafeRawBufferPointer) throws(Fault) -> Void) throws(Fault) {
    guard let value else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    try value.lend(body)
  }
}

/// Everything of one account that seals can use. A value; whoever keeps it keeps the secrets. It does not print them.
public struct SealAccount: Sendable {
  /// What never changes, shared by the copies of an account.
  private final class Identity: Sendable {
    let fields: [String: SealField]
    /// The same, to be found by the bytes of a name.
    let named: [(name: [UInt8], field: SealField)]
    let signingKey: SigningKey?
    let keyed = KeyedDigests()
    let form: SealForm

    init(_ fields: [String: SealField], _ signingKey: SigningKey?) {
      (self.fields, self.signingKey, form) = (fields, signingKey, SealForm(fields, signingKey))
      named = fields.map { (Array($0.key.utf8), $0.value) }
    }
  }

  private let identity: Identity
  var tokens = SealTokens()

  public var fields: [String: SealField] { identity.fields }
  /// A field by its name, as it stands in a program.
  func field(named name: UnsafeRawBufferPointer) -> SealField? {
    for known in identity.named where known.name.count == name.count {
      if known.name.withUnsafeBytes({ $0.elementsEqual(name) }) { return known.field }
    }
    return nil
  }
  public var signingKey: SigningKey? { identity.signingKey }
  var keyed: KeyedDigests { identity.keyed }
  /// What may be known of it without a secret.
  var form: SealForm { identity.form }

  /// - Parameters:
  ///   - slots: captured tokens.
  ///   - alphabet: of all of these.
  public init(
    fields: [String: SealField], signingKey: SigningKey? = nil, slots: [UInt32: [UInt8]] = [:],
    alphabet: TokenCapture.Alphabet = .query
  ) {
    identity = Identity(fields, signingKey)
    for (slot, token) in slots { set(token, in: slot, alphabet) }
  }

  /// Keeps a captured token; slots are 1 to 64.
  public mutating func set(_ token: [UInt8], in slot: UInt32, _ alphabet: TokenCapture.Alphabet) {
    tokens.set(token, in: slot, alphabet)
  }
}

/// The captured tokens of an account by slot, with their types.
struct SealTokens: Sendable {
  private(set) var bytes: [UInt32: [UInt8]] = [:]
  private(set) var types: [UInt32: SealType] = [:]

  /// A token with a byte that those of its capture do not have is none.
  mutating func set(_ token: [UInt8], in slot: UInt32, _ alphabet: TokenCapture.Alphabet) {
    guard ByteSet(token).isSubset(of: alphabet.bytes) else { return }
    bytes[slot] = token
    types[slot] = SealType(token: token, alphabet, slot: slot)
  }
}

extension SealAccount: CustomStringConvertible, CustomReflectable {
  public var description: String { "account with \(fields.keys.sorted().joined(separator: ", "))" }
  public var customMirror: Mirror { Mirror(self, children: ["fields": fields.keys.sorted()]) }
}

/// How a nonce counts.
public enum NonceUnit: UInt16, Sendable {
  case seconds = 1, milliseconds, microseconds, nanoseconds

  var nanoseconds: Int64 {
    switch self {
    case .seconds: 1_000_000_000
    case .milliseconds: 1_000_000
    case .microseconds: 1000
    case .nanoseconds: 1
    }
  }
}

/// Where times, nonces and random values come from. Each is asked for at most once per request.
public protocol SealClock {
  /// Venue time in nanoseconds since the epoch.
  func venueTime() -> Int64
  /// Greater than every nonce given before for the same key.
  func nonce(_ unit: NonceUnit) -> Int64
  /// The account's sequence.
  func counter() -> UInt64
  /// So many random bytes.
  func random(_ count: Int) -> [UInt8]
}

/// A clock that stands still: for recomputing recorded requests and for tests. Its nonce is its time.
public struct FixedSealClock: SealClock, Sendable {
  public var time: Int64
  public var count: UInt64
  /// Repeated as often as needed.
  public var randomBytes: [UInt8]

  public init(time: Int64, count: UInt64 = 1, randomBytes: [UInt8] = [0]) {
    self.time = time
    self.count = count
    self.randomBytes = randomBytes.isEmpty ? [0] : randomBytes
  }

  public func venueTime() -> Int64 { time }
  public func nonce(_ unit: NonceUnit) -> Int64 { time / unit.nanoseconds }
  public func counter() -> UInt64 { count }
  public func random(_ count: Int) -> [UInt8] { (0..<count).map { randomBytes[$0 % randomBytes.count] } }
}
