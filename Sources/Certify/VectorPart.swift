import Catalog
import Decimals
import JSONTree
import MarketModel
import Runtime

/// Requests that an independent implementation made, against those of the connector for the same act.
struct VectorPart {
  let subject: Subject
  let data: DataFolder

  private struct File {
    let name: String
    let values: JSONValue
    /// Nanoseconds.
    let clock: Int64
    let market: JSONValue
    let cases: [JSONValue]
  }

  func run(_ report: inout Report, progress: (String) -> Void) {
    for name in subject.manifest.vectors where data.hasFile("vectors/\(name).json") {
      do {
        let value = try data.json("vectors/\(name).json")
        let file = File(
          name: name, values: value["credentials"] ?? [:], clock: Int64(value["clock_ms"]?.int ?? 0) * 1_000_000,
          market: value["market"] ?? [:], cases: value["cases"]?.array ?? [])
        for element in file.cases {
          progress("vectors:\(name) \(element["name"]?.string ?? "")")
          run(element, of: file, &report)
        }
      } catch {
        report.count(.vectors, [Failure(name: "vectors:\(name)", expected: "a vector file", got: "\(error)")])
      }
    }
  }

  /// Calls `body` with the command of each case, its market, and the request that was recorded for it.
  func eachCommand(_ body: (CommandDraft, JSONValue, FlatRequest) -> Void) {
    for name in subject.manifest.vectors where data.hasFile("vectors/\(name).json") {
      guard let value = try? data.json("vectors/\(name).json") else { continue }
      let file = File(
        name: name, values: value["credentials"] ?? [:], clock: Int64(value["clock_ms"]?.int ?? 0) * 1_000_000,
        market: value["market"] ?? [:], cases: value["cases"]?.array ?? [])
      guard let bench = try? subject.bench(values: file.values, clock: file.clock) else { continue }
      bench.begin()
      for element in file.cases {
        guard let draft = command(element["name"]?.string ?? "", element, file, bench) else { continue }
        body(draft, file.market, Self.recorded(element))
      }
      bench.stop()
    }
  }

  /// The request of a case as it was recorded.
  private static func recorded(_ element: JSONValue) -> FlatRequest {
    let recorded = element["request"]
    return FlatRequest(
      method: recorded?["method"]?.string ?? "", url: recorded?["url"]?.string ?? "",
      headers: (recorded?["headers"]?.object ?? []).map { ($0.key, $0.value.scalar ?? "") },
      body: Array((recorded?["body"]?.string ?? "").utf8))
  }

  private func run(_ element: JSONValue, of file: File, _ report: inout Report) {
    let name = element["name"]?.string ?? ""
    let label = "vectors:\(file.name) \(name)"
    let reason = subject.manifest.reasonNotApplicable(label) ?? subject.manifest.reasonNotApplicable("vectors:\(name)")
    if let reason {
      report.notApplicable.append((label, reason))
      return
    }
    let alternative = subject.manifest.alternatives.first { $0.pattern.matches(name) }?.alternative
    do throws(InstanceFault) {
      let bench = try subject.bench(values: file.values, clock: file.clock)
      bench.begin()
      let before = bench.sent.count
      guard let command = command(name, element, file, bench) else {
        report.count(.vectors, [Failure(name: label, expected: "a command for \(name)", got: "none is known")])
        return
      }
      guard subject.offers(command.verb) else {
        report.notOffered.append((label, "the command \(command.verb.name)"))
        return
      }
      bench.send(command)
      let sent = Array(bench.sent[before...])
      if let alternative {
        let failures = alternative.requests.flatMap { verify($0, sent, file, bench, label) }
        if failures.isEmpty {
          report.alternative.append((label, alternative.documentation))
        } else {
          report.count(.vectors, failures)
        }
      } else {
        var expected = ExpectedRequest(vector: element)
        for rule in subject.manifest.extraFields where rule.pattern.matches(name) { expected.extra += rule.fields }
        let proof = prove(expected, element, file, bench, label)
        report.count(.vectors, proof.isEmpty ? verify(expected, sent, file, bench, label) : proof)
      }
    } catch {
      report.count(.vectors, [Failure(name: label, expected: "an instance", got: "\(error)")])
    }
  }

  // MARK: Comparing

  /// The differences of the request that comes closest.
  private func verify(
    _ expected: ExpectedRequest, _ sent: [Bench.Sent], _ file: File, _ bench: Bench, _ label: String
  ) -> [Failure] {
    var best: [Failure]?
    for request in sent {
      var failures: [Failure]
      if let fault = request.fault {
        failures = [Failure(name: "seal", expected: "a request that may leave", got: "\(fault)")]
      } else {
        failures = expected.differences(from: request.flat, clock: file.clock)
        for field in expected.signatures { failures += signature(field, of: request.flat, file, bench) }
      }
      let isOther = expected.fields.contains { $0.name == "path" && $0.value != request.flat.path }
      if best.map({ failures.count < $0.count && !isOther }) ?? true { best = failures }
    }
    guard let best else {
      let reply = bench.facts.last { $0.fact.kind == "reply" }?.fact
      let got = "no request" + (reply.map { ", the command ended \($0["outcome"] ?? "") \($0["text"] ?? "")" } ?? "")
      return [Failure(name: label, expected: "a request", got: got)]
    }
    return best.map { Failure(name: "\(label) \($0.name)", expected: $0.expected, got: $0.got) }
  }

  private func rule(for field: String) -> SignatureRule? {
    subject.manifest.signatures.first { $0.fields.contains { FlatRequest.isSame($0, field) } }
  }

  private func signature(_ field: String, of request: FlatRequest, _ file: File, _ bench: Bench) -> [Failure] {
    guard let rule = rule(for: field) else {
      return [Failure(name: field, expected: "a rule for it in certification.json", got: "none")]
    }
    guard let got = request[field] else { return [Failure(name: field, expected: "a signature", got: "nothing")] }
    let fault = rule.fault(of: got, over: request, credentials: bench.credentials, clock: file.clock)
    return fault.map { [Failure(name: field, expected: $0.expected, got: $0.got)] } ?? []
  }

  /// The rule must give the recorded signature for the recorded request, or it proves nothing.
  private func prove(
    _ expected: ExpectedRequest, _ element: JSONValue, _ file: File, _ bench: Bench, _ label: String
  ) -> [Failure] {
    let flat = Self.recorded(element)
    for field in expected.signatures {
      guard let rule = rule(for: field),
        let wanted = expected.fields.first(where: { FlatRequest.isSame($0.name, field) }) else {
        continue
      }
      let fault = rule.fault(of: wanted.value, over: flat, credentials: bench.credentials, clock: file.clock)
      if let fault {
        return [
          Failure(
            name: "\(label) rule of \(field)", expected: wanted.value,
            got: "the rule in certification.json wants \(fault.expected) for the recorded request, not \(fault.got)")
        ]
      }
    }
    return []
  }

  // MARK: Commands

  /// The command for a case: as the manifest says, else after ccxt's method.
  private func command(_ name: String, _ element: JSONValue, _ file: File, _ bench: Bench) -> CommandDraft? {
    if let written = subject.manifest.commands.first(where: { $0.pattern.matches(name) })?.command {
      var reader = ManifestReader(file: subject.manifest.file)
      var draft = CommandScript(written, "vectors.commands", &reader)?
        .draft(bench, Selector.Scope(element: element, root: element))
      if written["symbol"] == nil, draft?.instrument != 0 { draft?.instrument = instrument(file, bench) }
      for index in draft?.items.indices ?? 0..<0 { draft?.items[index].instrument = instrument(file, bench) }
      return draft
    }
    let method = element["args"]?["method"]?.string ?? ""
    let arguments = element["args"]?["args"]?.array ?? []
    func argument(_ index: Int) -> String? { index < arguments.count ? arguments[index].scalar : nil }
    guard var draft = Self.verb(method).map({ CommandDraft($0) }) else { return nil }
    draft.account = Verb.isPublic(draft.verb) ? 0 : Bench.account
    draft.instrument = instrument(file, bench)
    switch method {
    case "create_order": fillOrder(&draft, arguments)
    case "edit_order":
      // `edit_order(id, symbol, type, side, amount, price, params)`: the order is known by the exchange's id.
      fillOrder(&draft, Array(arguments.dropFirst()))
      draft.venueOrder = argument(0) ?? ""
      draft.clientOrder = arguments.last?["clientOrderId"]?.string ?? ""
    case "cancel_order", "fetch_order": draft.venueOrder = argument(0) ?? ""
    case "cancel_orders":
      draft.items = (arguments.first?.array ?? []).enumerated().map { place, id in
        var item = draft
        (item.verb, item.order, item.venueOrder) = (.cancel, UInt64(place + 1), id.scalar ?? "")
        return item
      }
    case "cancel_all_orders":
      let id = file.cases.first { $0["args"]?["method"]?.string == "cancel_order" }?["args"]?["args"]?[0]?.scalar
      var item = draft
      item.verb = .cancel
      item.order = 1
      item.venueOrder = id ?? "1"
      draft.items = [item]
    case "fetch_my_trades", "fetch_orders", "fetch_closed_orders":
      draft.since = (argument(1).flatMap { Int64($0) } ?? 0) * 1_000_000
      draft.limit = argument(2).flatMap { Int($0) } ?? 0
    case "fetch_order_book":
      draft.channels = .book
      draft.depth = argument(1).flatMap { Int($0) } ?? 0
    case "fetch_trades": draft.channels = .trades
    case "fetch_balance", "fetch_positions", "fetch_trading_fees", "fetch_tickers": draft.instrument = 0
    case "set_leverage": draft.value = argument(0).flatMap { Decimal64($0) }
    case "set_margin_mode":
      draft.mode = UInt32((Names.marginMode.firstIndex(of: argument(0)?.lowercased() ?? "") ?? -1) + 1)
    case "set_position_mode": draft.mode = argument(0) == "true" ? 2 : 1
    default: break
    }
    // There amounts count contracts.
    draft.quantity = draft.quantity?.multiplied(by: bench.multiplier(of: draft.instrument))
    return draft
  }

  private static func verb(_ method: String) -> Verb? {
    switch method {
    case "create_order": .place
    case "edit_order": .amend
    case "cancel_order": .cancel
    case "cancel_all_orders", "cancel_orders": .cancelMany
    case "fetch_order": .order
    case "fetch_open_orders": .openOrders
    case "fetch_orders", "fetch_closed_orders": .orderHistory
    case "fetch_my_trades": .fills
    case "fetch_balance": .balances
    case "fetch_trading_fee", "fetch_trading_fees": .fees
    case "fetch_tickers": .tickers
    case "fetch_order_book", "fetch_trades": .subscribe
    case "fetch_positions": .positions
    case "fetch_funding_rate": .funding
    case "set_leverage": .leverage
    case "set_margin_mode": .marginMode
    case "set_position_mode": .positionMode
    default: nil
    }
  }

  private func instrument(_ file: File, _ bench: Bench) -> UInt64 {
    for key in ["id", "symbol"] {
      let found = bench.instrument(file.market[key]?.string ?? "")
      if found != 0 { return found }
    }
    return bench.instrument(base: file.market["base"]?.string ?? "", quote: file.market["quote"]?.string ?? "")
  }

  /// `create_order(symbol, type, side, amount, price, params)`.
  private func fillOrder(_ draft: inout CommandDraft, _ arguments: [JSONValue]) {
    func text(_ index: Int) -> String? { index < arguments.count ? arguments[index].scalar : nil }
    let parameters = arguments.last.flatMap { $0.object == nil ? nil : $0 } ?? [:]
    func flag(_ name: String) -> Bool { parameters[name]?.bool ?? false }
    draft.order = 1
    draft.type = text(1) == "market" ? .market : .limit
    draft.side = text(2) == "sell" ? .sell : .buy
    draft.quantity = text(3).flatMap { Decimal64($0) }
    if draft.type == .limit { draft.price = text(4).flatMap { Decimal64($0) } }
    if let stop = (parameters["stopPrice"] ?? parameters["triggerPrice"])?.scalar {
      draft.stop = Decimal64(stop)
      draft.type = draft.type == .market ? .stopMarket : .stopLimit
    } else if let stop = parameters["stopLossPrice"]?.scalar {
      draft.stop = Decimal64(stop)
      draft.type = draft.type == .market ? .stopMarket : .stopLimit
    } else if let stop = parameters["takeProfitPrice"]?.scalar {
      draft.stop = Decimal64(stop)
      draft.type = draft.type == .market ? .takeMarket : .takeLimit
    }
    switch parameters["timeInForce"]?.string {
    case "IOC": draft.timeInForce = .immediateOrCancel
    case "FOK": draft.timeInForce = .fillOrKill
    default: draft.timeInForce = draft.type == .limit ? .goodTillCancelled : nil
    }
    if flag("postOnly") { draft.flags.insert(.postOnly) }
    if flag("reduceOnly") { draft.flags.insert(.reduceOnly) }
    draft.clientOrder = parameters["clientOrderId"]?.string ?? subject.clientOrder
  }
}
