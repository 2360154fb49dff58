/// What a name that a person wrote stands for.
public enum FoundName: Equatable, Sendable {
  case one(String)
  /// It fits several names without case, and none exactly: they have to be told apart.
  case several([String])
  case none
}

/// The one rule by which a written name finds what is called so, for connectors, accounts, pairs, assets and channels:
/// a name that is the same to the letter goes before all others; otherwise case does not count. Exchanges have names in
/// mixed case (`TSLAx-USD`), and people write `btc-usdt`.
public enum NameRule {
  /// Linear in the candidates. The same candidate may come several times.
  public static func find(_ name: String, among candidates: some Sequence<String>) -> FoundName {
    let folded = name.lowercased()
    var fitting: [String] = []
    for candidate in candidates {
      if candidate == name { return .one(candidate) }
      if candidate.lowercased() == folded, !fitting.contains(candidate) { fitting.append(candidate) }
    }
    return switch fitting.count {
    case 0: .none
    case 1: .one(fitting[0])
    default: .several(fitting.sorted())
    }
  }

  /// The name that is meant.
  /// - Parameters:
  ///   - kind: what is named, such as `connector`, for the fault.
  ///   - place: where there is none, such as `on kraken`; may be empty.
  public static func choose(
    _ name: String, _ kind: String, _ place: String = "", among candidates: [String]
  ) throws(NameFault) -> String {
    switch find(name, among: candidates) {
    case .one(let found): return found
    case .several(let names): throw .ambiguous(name, kind: kind, names: names)
    case .none: throw .unknown(name, kind: kind, place: place, hint: hint(name, among: candidates))
    }
  }

  /// What may have been meant, to be put behind a sentence: `; did you mean "x"?`, or the names where they are few.
  public static func hint(_ name: String, among candidates: [String]) -> String {
    if let nearest = NearestName.suggest(name, among: candidates) { return "; did you mean \"\(nearest)\"?" }
    var names: [String] = []
    for candidate in candidates.prefix(100) where !names.contains(candidate) { names.append(candidate) }
    guard candidates.count <= 100, !names.isEmpty, names.count <= 12 else { return "" }
    return "; there \(names.count == 1 ? "is" : "are") \(names.joined(separator: ", "))"
  }
}

/// Why a written name stands for nothing.
public enum NameFault: Error, Equatable, CustomStringConvertible {
  case ambiguous(String, kind: String, names: [String])
  /// `hint` is of `NameRule.hint`.
  case unknown(String, kind: String, place: String, hint: String)

  public var description: String {
    switch self {
    case .ambiguous(let name, let kind, let names):
      "the \(kind) \"\(name)\" may be \(names.joined(separator: " or ")); write it as one of them stands"
    case .unknown(let name, let kind, let place, let hint):
      "there is no \(kind) \"\(name)\"\(place.isEmpty ? "" : " \(place)")\(hint)"
    }
  }
}

/// Many names, found by `NameRule` without going through all of them.
public struct NameIndex: Sendable {
  /// By the name without case.
  private var names: [String: [String]] = [:]

  public init(_ names: some Sequence<String>) {
    for name in names where self.names[name.lowercased()]?.contains(name) != true {
      self.names[name.lowercased(), default: []].append(name)
    }
  }

  public func find(_ name: String) -> FoundName {
    names[name.lowercased()].map { NameRule.find(name, among: $0) } ?? .none
  }
}
