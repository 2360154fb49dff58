/// A limit of the exchange on what may be sent, as its documentation states it. The library carries the same: its
/// constants are written from here.
public struct RateLimit: Sendable, Equatable {
  /// What a limit counts over.
  public enum Scope: String, CaseIterable, Sendable { case address, account, stream }

  /// In snake_case; unique in a manifest.
  public var name: String
  public var scope: Scope
  /// So many calls, or so much weight, in `milliseconds`.
  public var amount: Int
  public var milliseconds: Int
  /// Whether it refills steadily, a token at a time, instead of all at once at the end of an interval.
  public var refills = false
  /// Reply headers, in lower case, that state the weight used and the weight left.
  public var usedHeader: String?
  public var remainingHeader: String?
  /// The only market it is of; nil: it is of all.
  public var market: Market?
  /// Where the exchange says so.
  public var source: String
}

extension FieldReader {
  /// `limits` of an entry or manifest.
  func rateLimits() -> [RateLimit] {
    var names: Set<String> = []
    return elements().compactMap { element in
      let limit = element.rateLimit()
      if let name = limit?.name, !names.insert(name).inserted {
        element.report(.conflict, "the limit \"\(name)\" stands twice", remedy: "Give one of them another name")
      }
      return limit
    }
  }

  private func rateLimit() -> RateLimit? {
    allow(only: [
      "name", "scope", "amount", "seconds", "refills", "used_header", "remaining_header", "market", "source",
    ])
    let name = required("name")?.identifier()
    let scope = required("scope")?.choice(RateLimit.Scope.self)
    let amount = required("amount")?.int(in: 1...Int(UInt32.max))
    let milliseconds = required("seconds")?.milliseconds()
    let refills = optional("refills").map { $0.bool() } ?? false
    let source = required("source")?.string("a place in the documentation") { !$0.isEmpty }
    let market = optional("market")?.choice(Market.self)
    guard let name, let scope, let amount, let milliseconds, let refills, let source else { return nil }
    return RateLimit(
      name: name, scope: scope, amount: amount, milliseconds: milliseconds, refills: refills,
      usedHeader: optional("used_header")?.header(), remainingHeader: optional("remaining_header")?.header(),
      market: market, source: source)
  }

  private func header() -> String? {
    string("a header's name in lower case") { name in
      !name.isEmpty && name.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d }
    }
  }

  /// Seconds with at most three decimals.
  private func milliseconds() -> Int? {
    guard let text = value.number else {
      report(.type, "must be a number of seconds, not \(value.typeName)")
      return nil
    }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let thousandths = parts.count == 2 ? parts[1] + String(repeating: "0", count: max(0, 3 - parts[1].count)) : "000"
    guard parts.count <= 2, thousandths.count == 3, let whole = Int(parts[0]), let part = Int(thousandths),
      (0...86_400 * 31).contains(whole), whole > 0 || part > 0
    else {
      report(.value, "\(text) is not from 0.001 to 2678400, in thousandths")
      return nil
    }
    return whole * 1000 + part
  }
}
