import Decimals
import JSONTree
import Runtime

/// What a connector says of an account, put together: the last of each order, its fills, balances, positions.
struct AccountTale {
  struct Order {
    var values: [String: String] = [:]
    /// In their order, each trade once.
    var fills: [[String: String]] = []

    /// What was filled: as the order says, else the sum of its fills.
    var filled: String? {
      values["filled"] ?? fills.compactMap { $0["quantity"].flatMap { Decimal64($0) } }
        .reduce(Decimal64.zero) { $0.adding($1) ?? $0 }.plain
    }
  }

  /// By the exchange's id.
  private(set) var orders: [String: Order] = [:]
  /// Ids of orders, in the order of their first mention.
  private(set) var orderIDs: [String] = []
  /// By asset.
  private(set) var balances: [String: [String: String]] = [:]
  /// By symbol and leg.
  private(set) var positions: [String: [[String: String]]] = [:]

  mutating func add(_ fact: Fact) {
    switch fact.kind {
    case "order":
      guard let id = fact["venue_order"] else { return }
      merge(fact, into: &self[order: id].values)
    case "fill":
      guard let id = fact["venue_order"] ?? venueOrder(ofClient: fact["client_order"]) else { return }
      var fill: [String: String] = [:]
      merge(fact, into: &fill)
      let isKnown = fill["trade"] != nil && self[order: id].fills.contains { $0["trade"] == fill["trade"] }
      if !isKnown { self[order: id].fills.append(fill) }
    case "balance": merge(fact, into: &balances[fact["asset"] ?? "", default: [:]])
    case "position":
      var position: [String: String] = [:]
      merge(fact, into: &position)
      positions[fact["symbol"] ?? "", default: []].removeAll { $0["leg"] == position["leg"] }
      positions[fact["symbol"] ?? "", default: []].append(position)
    default: break
    }
  }

  private subscript(order id: String) -> Order {
    get { orders[id] ?? Order() }
    set {
      if orders.updateValue(newValue, forKey: id) == nil { orderIDs.append(id) }
    }
  }

  private func venueOrder(ofClient client: String?) -> String? {
    client.flatMap { client in orderIDs.first { orders[$0]?.values["client_order"] == client } }
  }

  private func merge(_ fact: Fact, into values: inout [String: String]) {
    for value in fact.values { values[value.name] = value.text }
  }
}

/// Comparing with an expected file; one list of failures for each order, balance and position.
extension AccountTale {
  func compare(_ expected: JSONValue, _ manifest: CertificationManifest, _ label: String) -> [[Failure]] {
    var outcomes: [[Failure]] = []
    let wanted = expected["orders"]?.object ?? []
    for member in wanted {
      outcomes.append(compare(order: member, manifest, "\(label) order \(member.key)"))
    }
    if expected["orders"] != nil, let other = orderIDs.first(where: { id in !wanted.contains { $0.key == id } }) {
      outcomes.append([Failure(name: "\(label) orders", expected: "no others", got: "an order \(other)")])
    }
    for member in expected["balances"]?.object ?? [] {
      outcomes.append(compare(balance: member, "\(label) balance \(member.key)"))
    }
    for member in expected["positions"]?.object ?? [] {
      outcomes.append(compare(position: member, manifest, "\(label) position \(member.key)"))
    }
    return outcomes
  }

  private func compare(order: JSONMember, _ manifest: CertificationManifest, _ label: String) -> [Failure] {
    guard let got = orders[order.key] else {
      let known = orderIDs.isEmpty ? "no order" : "orders " + orderIDs.joined(separator: ", ")
      return [Failure(name: label, expected: "an order \(order.key)", got: known)]
    }
    let wanted = order.value
    var failures: [Failure] = []
    func same(_ name: String, _ expected: String?, _ value: String?) {
      failures += AccountTale.difference("\(label) \(name)", expected, value)
    }
    /// A field that the exchange's stream may not say, whatever the file knows of it.
    func said(_ name: String, _ expected: String?, _ value: String?) {
      if value == nil, manifest.sequences.unsaid.contains(where: { $0.field == name }) { return }
      same(name, expected, value)
    }
    said("client_id", wanted["client_id"]?.scalar, got.values["client_order"])
    same("symbol", (wanted["symbol"]?.string).flatMap(manifest.symbol(expected:)), got.values["symbol"])
    for (name, own) in [("side", "side"), ("price", "price"), ("quantity", "quantity")] {
      said(name, wanted[name]?.scalar?.lowercased(), got.values[own])
    }
    same("filled", wanted["filled"]?.scalar, got.filled)
    if let word = wanted["state"]?.string {
      let state = OrderWord.meaning(of: word)
      let own = got.values["state"]
      if state != own, !(OrderWord.isLiving(state) && own.map(OrderWord.isLiving) == true) {
        same("state", state, own)
      }
    }
    guard let fills = wanted["fills"]?.array else { return failures }
    same("fills", "\(fills.count)", "\(got.fills.count)")
    for (place, pair) in zip(fills, got.fills).enumerated() {
      for (name, own) in [
        ("trade_id", "trade"), ("price", "price"), ("quantity", "quantity"), ("fee", "fee"),
      ] { same("fill \(place + 1) \(name)", pair.0[name]?.scalar, pair.1[own]) }
      // Some exchanges write names of assets small.
      same(
        "fill \(place + 1) fee_asset", pair.0["fee_asset"]?.scalar?.uppercased(), pair.1["fee_asset"]?.uppercased())
    }
    return failures
  }

  private func compare(balance: JSONMember, _ label: String) -> [Failure] {
    guard let got = balances.first(where: { $0.key.lowercased() == balance.key.lowercased() })?.value else {
      let known = balances.isEmpty ? "no balance" : "balances of " + balances.keys.sorted().joined(separator: ", ")
      return [Failure(name: label, expected: "a balance", got: known)]
    }
    let total = got["total"].flatMap { Decimal64($0) }, available = got["available"].flatMap { Decimal64($0) }
    let locked = total.flatMap { total in available.flatMap { total.subtracting($0) } }
    return AccountTale.difference("\(label) total", balance.value["total"]?.scalar, got["total"])
      + AccountTale.difference("\(label) available", balance.value["available"]?.scalar, got["available"])
      + AccountTale.difference("\(label) locked", balance.value["locked"]?.scalar, locked?.plain)
  }

  private func compare(position: JSONMember, _ manifest: CertificationManifest, _ label: String) -> [Failure] {
    guard let symbol = manifest.symbol(expected: position.key) else { return [] }
    let wanted = position.value
    let side = wanted["side"]?.string?.lowercased()
    let all = positions[symbol] ?? []
    let leg = all.first { $0["leg"] == side } ?? all.first { $0["leg"] == nil }
    guard let got = leg else { return [Failure(name: label, expected: "a position", got: "none")] }
    var size = wanted["size"]?.scalar
    // Without legs the side stands in the sign.
    if got["leg"] == nil, side == "short", let text = size, !text.hasPrefix("-") { size = "-" + text }
    return AccountTale.difference("\(label) size", size, got["quantity"])
      + AccountTale.difference("\(label) entry_price", wanted["entry_price"]?.scalar, got["entry"])
  }

  /// Numbers are compared as numbers, absent as zero; what is not expected is not compared.
  private static func difference(_ label: String, _ expected: String?, _ got: String?) -> [Failure] {
    guard let expected, expected != got else { return [] }
    if let wanted = Decimal64(expected) {
      if wanted == (got ?? "0").decimal { return [] }
    } else if expected.isEmpty, got == nil {
      return []
    }
    return [Failure(name: label, expected: expected, got: got ?? "nothing")]
  }
}

extension String {
  fileprivate var decimal: Decimal64? { Decimal64(self) }
}

/// The words of exchanges for the states of orders.
enum OrderWord {
  private static let words: [String: [String]] = [
    "open": ["new", "open", "live", "active", "accepted", "working", "placed", "resting", "created"],
    "partial": ["partially filled", "partial", "partial filled", "partiallyfilled"],
    "filled": ["filled", "executed", "done", "closed", "fully filled", "complete", "completed", "fullyexecuted"],
    "cancelled": ["canceled", "cancelled", "killed", "withdrawn", "partially canceled"],
    "rejected": ["rejected", "refused", "failed"],
    "expired": ["expired", "expired in match"],
    "untriggered": ["untriggered", "pending trigger", "not triggered"],
  ]

  /// The contract's state of an exchange's word; the word itself where it is not known. What stands in brackets
  /// explains and is not compared.
  static func meaning(of word: String) -> String {
    let text = word.lowercased().split(separator: "(").first ?? ""
    let plain = text.split(whereSeparator: { " _-".contains($0) }).joined(separator: " ")
    return words.first { $0.value.contains(plain) }?.key ?? plain
  }

  /// Exchanges call an order that is filled in part open, or the other way round.
  static func isLiving(_ state: String) -> Bool { state == "open" || state == "partial" }
}
