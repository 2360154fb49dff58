import Catalog

/// A rule of what may be signed, with its digests made once.
enum SigningForm: Sendable {
  case message(RequestPlace)
  case structure(StructureForm)

  struct StructureForm: Sendable {
    /// Separators of the domain, with the hosts that a signature under them may go to; nil = all.
    let domains: [(host: String?, separator: [UInt8])]
    let typeHash: [UInt8]
    let words: [SignedStructure.Word]
  }

  /// Nil for transactions, which are judged whole: see `TransactionForm`.
  init?(_ rule: SigningRule) {
    switch rule {
    case .transaction: return nil
    case .message(let place): self = .message(place)
    case .structure(let structure):
      let chains = structure.domain.chains
      let domains: [(host: String?, separator: [UInt8])] =
        chains.isEmpty
        ? [(nil, Self.separator(structure.domain, chain: nil))]
        : chains.map { ($0.host, Self.separator(structure.domain, chain: $0.id)) }
      self = .structure(
        StructureForm(
          domains: domains, typeHash: Keccak256.digest(Array(structure.type.utf8)), words: structure.words))
    }
  }

  /// EIP-712, "Definition of domainSeparator": the members that there are, in the standard's order.
  private static func separator(_ domain: SignedStructure.Domain, chain: UInt64?) -> [UInt8] {
    var (types, words): ([String], [UInt8]) = ([], [])
    func add(_ type: String, _ word: [UInt8]?) {
      guard let word else { return }
      types.append(type)
      words += word
    }
    add("string name", domain.name.map { Keccak256.digest(Array($0.utf8)) })
    add("string version", domain.version.map { Keccak256.digest(Array($0.utf8)) })
    add("uint256 chainId", chain.flatMap { Encoding.bigEndian(decimal: Array("\($0)".utf8), width: 32) })
    add("address verifyingContract", domain.contract.map { [UInt8](repeating: 0, count: 12) + $0 })
    let type = "EIP712Domain(\(types.joined(separator: ",")))"
    return Keccak256.digest(Keccak256.digest(Array(type.utf8)) + words)
  }
}
