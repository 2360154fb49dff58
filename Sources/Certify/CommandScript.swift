import Catalog
import Decimals
import JSONTree
import MarketModel
import Runtime

/// Reads a command out of certification.json: the fields of `pb_in_command`, each a selector into a sample.
struct CommandScript: Sendable {
  private var fields: [(name: String, selector: Selector)] = []
  private var items: [CommandScript] = []
  let verb: Verb

  static let names = [
    "verb", "symbol", "side", "type", "time_in_force", "flags", "price", "quantity", "stop", "value", "mode", "limit",
    "since_ms", "until_ms", "interval_ms", "client_order", "venue_order", "channels", "items", "order", "depth",
  ]

  init?(_ value: JSONValue, _ field: String, _ reader: inout ManifestReader) {
    let name = value["verb"]?.string ?? ""
    guard let verb = Verb.allCases.first(where: { $0.name == name }) else {
      reader.fault(value, field + ".verb", "there is no command \"\(name)\"", NearestName.remedy(
        name, among: Verb.allCases.map(\.name)))
      return nil
    }
    self.verb = verb
    reader.keys(value, field, Self.names)
    for member in value.object ?? [] where member.key != "verb" && member.key != "items" {
      guard let selector = Selector(member.value, "\(field).\(member.key)", &reader) else { continue }
      fields.append((member.key, selector))
    }
    for item in value["items"]?.array ?? [] {
      var named = item
      if item["verb"] == nil {
        named = item.setting("/verb", to: JSONValue(.string(verb == .cancelMany ? "cancel" : name)))
      }
      if let script = CommandScript(named, field + ".items", &reader) { items.append(script) }
    }
  }

  /// The command; a field that the sample does not have is left out.
  func draft(_ bench: Bench, _ scope: Selector.Scope) -> CommandDraft {
    var values: [String: String] = [:]
    for (name, selector) in fields {
      if case .value(let text) = selector.value(in: scope) { values[name] = text }
    }
    var draft = CommandDraft(verb)
    switch values["symbol"] {
    case nil: draft.instrument = bench.instrument(nil)
    case ""?: break
    case let symbol?: draft.instrument = bench.instrument(symbol)
    }
    if [.balances, .openOrders, .positions, .instruments, .clock, .tickers, .modes].contains(verb),
      values["symbol"] == nil {
      draft.instrument = 0
    }
    draft.account = Verb.isPublic(verb) ? 0 : Bench.account
    apply(values, to: &draft)
    draft.items = items.map { $0.draft(bench, scope) }
    for index in draft.items.indices where draft.items[index].order == 0 {
      draft.items[index].order = UInt64(index + 1)
    }
    return draft
  }

  private func apply(_ values: [String: String], to draft: inout CommandDraft) {
    func index(_ name: String, _ names: [String]) -> UInt8? {
      values[name].flatMap { names.firstIndex(of: $0) }.map { UInt8($0 + 1) }
    }
    draft.side = index("side", Names.side).flatMap { Side(rawValue: $0) }
    draft.type = index("type", Names.type).flatMap { OrderType(rawValue: $0) }
    draft.timeInForce = index("time_in_force", Names.timeInForce).flatMap { TimeInForce(rawValue: $0) }
    for flag in (values["flags"] ?? "").split(separator: ",") {
      if let bit = Names.orderFlags.firstIndex(of: String(flag)) {
        draft.flags.insert(OrderFlags(rawValue: 1 << UInt64(bit)))
      }
    }
    for channel in (values["channels"] ?? "").split(separator: ",") {
      if let bit = Names.channels.firstIndex(of: String(channel)) {
        draft.channels.insert(Channels(rawValue: 1 << UInt32(bit)))
      }
    }
    draft.price = values["price"].flatMap { Decimal64($0) }
    draft.quantity = values["quantity"].flatMap { Decimal64($0) }
    draft.stop = values["stop"].flatMap { Decimal64($0) }
    draft.value = values["value"].flatMap { Decimal64($0) }
    draft.mode = UInt32((index("mode", Names.marginMode) ?? index("mode", Names.positionMode)) ?? 0)
    draft.limit = values["limit"].flatMap { Int($0) } ?? 0
    draft.depth = values["depth"].flatMap { Int($0) } ?? 0
    draft.since = (values["since_ms"].flatMap { Int64($0) } ?? 0) &* 1_000_000
    draft.until = (values["until_ms"].flatMap { Int64($0) } ?? 0) &* 1_000_000
    draft.interval = (values["interval_ms"].flatMap { Int64($0) } ?? 0) &* 1_000_000
    draft.order = values["order"].flatMap { UInt64($0) } ?? (verb == .place ? 1 : 0)
    draft.clientOrder = values["client_order"] ?? ""
    draft.venueOrder = values["venue_order"] ?? ""
  }
}

extension Verb {
  /// Commands that need no account.
  static func isPublic(_ verb: Verb) -> Bool {
    [.clock, .instruments, .subscribe, .unsubscribe, .resync, .refresh, .tickers, .candles, .funding, .quote]
      .contains(verb)
  }
}
