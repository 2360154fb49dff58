/// What a key on secp256k1 may sign in an act's requests. An act that has such rules signs nothing else with it: every
/// digest must be one of these, made of what stands in the same request.
public enum SigningRule: Sendable, Equatable {
  /// A message of EIP-191, version 0x45: the text at a place of the request.
  case message(RequestPlace)
  /// A structure of EIP-712.
  case structure(SignedStructure)
  /// A transaction of an EVM chain.
  case transaction(SignedTransaction)
}

/// A structure of EIP-712: in which domain it is signed, and what each of its words must be.
public struct SignedStructure: Sendable, Equatable {
  /// A chain on which it counts; `host` is where a signature for it may go, nil = to all hosts of the act.
  public struct Chain: Sendable, Equatable {
    public var host: String?
    public var id: UInt64
  }

  /// The members that the exchange's domain has; the others are nil, or empty.
  public struct Domain: Sendable, Equatable {
    public var name: String?
    public var version: String?
    public var chains: [Chain] = []
    /// 20 bytes.
    public var contract: [UInt8]?
  }

  /// What a word of 32 bytes must be.
  public indirect enum Word: Sendable, Equatable {
    /// These 32 bytes.
    case constant([UInt8])
    /// The address of the key that signs.
    case signer
    /// An address or a whole number: a public field of the account, by name.
    case field(String)
    /// The address or number at a place, the number times ten to a power.
    case place(RequestPlace, scale: Int)
    /// What stands for the word at a place.
    case choice(RequestPlace, [String: [UInt8]])
    /// What the exchange calls the instrument whose name is at a place: the first word that is signed for a name is the
    /// only one, and no other name's.
    case ownName(RequestPlace)
    /// The digest of the text at a place.
    case text(RequestPlace)
    /// The digest of further words.
    case digest([Word])
  }

  public var domain: Domain
  /// As EIP-712's `encodeType` writes it.
  public var type: String
  /// Of the type's members, in their order.
  public var words: [Word]
}

extension SignedStructure.Word {
  /// A constant, written as a whole number or as an address or other bytes behind `0x`; nil when it is neither.
  static func constant(of text: some StringProtocol) -> [UInt8]? {
    guard text.hasPrefix("0x") else {
      guard let number = UInt64(text), "\(number)" == text else { return nil }
      let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) }
      return [UInt8](repeating: 0, count: 24) + bytes
    }
    guard let bytes = bytes(of: text), bytes.count <= 32 else { return nil }
    return [UInt8](repeating: 0, count: 32 - bytes.count) + bytes
  }

  /// Whole bytes in hexadecimal digits behind `0x`.
  static func bytes(of text: some StringProtocol) -> [UInt8]? {
    let digits = Array(text.utf8.dropFirst(2)).map { digit($0) }
    guard text.hasPrefix("0x"), !digits.isEmpty, digits.count.isMultiple(of: 2), !digits.contains(nil) else {
      return nil
    }
    return stride(from: 0, to: digits.count, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) }
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}

extension SigningRule {
  var isTransaction: Bool { if case .transaction = self { true } else { false } }

  /// For people.
  var words: String {
    switch self {
    case .message(let place): return "the message at \(place)"
    case .transaction(let transaction): return transaction.words
    case .structure(let structure):
      let domain = structure.domain
      var parts = [domain.name, domain.version].compactMap { $0 }
      if let contract = domain.contract { parts.append("0x" + contract.map(Self.digits).joined()) }
      parts += domain.chains.map { "chain \($0.id)" + ($0.host.map { " at \($0)" } ?? "") }
      return "\(structure.type.prefix { $0 != "(" }) in \(parts.joined(separator: ", "))"
    }
  }

  private static func digits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }
}
