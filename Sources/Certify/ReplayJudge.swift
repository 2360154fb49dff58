import Catalog
import Decimals
import JSONTree
import MarketModel
import Runtime

/// Compares what comes of a replay with what an expected file says must come of it.
struct ReplayJudge {
  let subject: Subject
  /// How cases of a part are called.
  let label: (Part) -> String

  /// Runs a replay to its end, stopping at the checkpoints, and hands over the outcome of each case.
  /// - Parameter isWhole: the recording has no gaps of its own.
  func judge(_ replay: Replay, _ expected: JSONValue, isWhole: Bool = true, count: (Part, [Failure]) -> Void) {
    for checkpoint in expected["checkpoints"]?.array ?? [] {
      let lines = checkpoint["after_lines"]?.int ?? 0
      replay.run(lines: lines)
      var failures: [Failure] = []
      for member in checkpoint["books"]?.object ?? [] {
        guard let symbol = subject.manifest.symbol(expected: member.key) else { continue }
        let name = "\(label(.checkpoints)) \(member.key) after \(lines) lines"
        failures += compareTop(replay, symbol, member.value, name)
      }
      count(.checkpoints, failures)
    }
    replay.run()
    count(.captures, final(replay, expected, isWhole: isWhole))
    for member in expected["trades"]?.object ?? [] {
      guard let symbol = subject.manifest.symbol(expected: member.key) else { continue }
      count(.trades, trades(replay, symbol, member.value, "\(label(.trades)) \(member.key)"))
    }
  }

  private func compareTop(_ replay: Replay, _ symbol: String, _ sides: JSONValue, _ label: String) -> [Failure] {
    guard let market = replay.session.view.market(symbol: symbol) else {
      return [Failure(name: label, expected: "an instrument \(symbol)", got: "none")]
    }
    return compare(market, .bid, sides[0], depth: 10, label) + compare(market, .ask, sides[1], depth: 10, label)
  }

  /// The best levels of one side; the first difference is reported.
  private func compare(
    _ market: MarketState, _ side: BookSide, _ wanted: JSONValue?, depth: Int, _ label: String
  ) -> [Failure] {
    let levels = market.book.levels(side, depth: depth)
    guard let found = books.first(levels, side, of: market.instrument, wanted, depth: depth) else { return [] }
    return [
      Failure(
        name: "\(label) \(side) \(found.place + 1)", expected: LevelDifference.text(found.expected),
        got: LevelDifference.text(found.got))
    ]
  }

  private var books: BookComparison { BookComparison(manifest: subject.manifest) }

  private func final(_ replay: Replay, _ expected: JSONValue, isWhole: Bool) -> [Failure] {
    var failures: [Failure] = []
    for member in expected["books"]?.object ?? [] {
      guard let symbol = subject.manifest.symbol(expected: member.key),
        member.value["rebuildable"]?.bool != false else {
        continue
      }
      failures += compareBook(replay, symbol, member.value, "\(label(.captures)) \(member.key)")
    }
    func none(_ what: String, _ got: [String]) {
      if let first = got.first {
        failures.append(Failure(name: "\(label(.captures)) \(what)", expected: "none", got: first))
      }
    }
    if isWhole, expected["check_failures"]?.array?.isEmpty ?? true {
      none("gaps", replay.gaps.map { "line \($0.line) \($0.symbol): \(replay.words($0))" })
    }
    if replay.session.counters.malformed > 0 {
      none("malformed records", [
        "\(replay.session.counters.malformed): \(replay.session.firstFault.map { "\($0)" } ?? "")"])
    }
    if replay.session.isFaulted { none("fault", [replay.log.last?.text ?? "the connector gave up"]) }
    return failures
  }

  func compareBook(_ replay: Replay, _ symbol: String, _ wanted: JSONValue, _ label: String) -> [Failure] {
    guard let market = replay.session.view.market(symbol: symbol) else {
      return [Failure(name: label, expected: "an instrument \(symbol)", got: "none")]
    }
    guard market.book.isReady else {
      return [Failure(name: label, expected: "a ready book", got: market.bookWords)]
    }
    var failures: [Failure] = []
    func same(_ what: String, _ expected: String?, _ got: String) {
      if let expected, expected != got {
        failures.append(Failure(name: "\(label) \(what)", expected: expected, got: got))
      }
    }
    same("sequence", wanted["last_sequence"]?.number, "\(market.book.sequence)")
    same("bid levels", wanted["levels_bid"]?.number, "\(market.book.depth(.bid))")
    same("ask levels", wanted["levels_ask"]?.number, "\(market.book.depth(.ask))")
    return failures + compare(market, .bid, wanted["bids"], depth: 50, label)
      + compare(market, .ask, wanted["asks"], depth: 50, label)
  }

  // MARK: Trades

  private func trades(_ replay: Replay, _ symbol: String, _ wanted: JSONValue, _ label: String) -> [Failure] {
    guard let market = replay.session.view.market(symbol: symbol),
      let seen = replay.trades[market.instrument.symbol] else {
      return [Failure(name: label, expected: "\(wanted["count"]?.number ?? "some") trades", got: "none")]
    }
    var failures: [Failure] = []
    if let count = wanted["count"]?.int, count != seen.count {
      failures.append(Failure(name: "\(label) count", expected: "\(count)", got: "\(seen.count)"))
    }
    // What a subscription begins with stands in the exchange's order or in the other one: its ends may be either way.
    let initial = wanted["count_initial"]?.int ?? 0
    let ends = [
      ("first", [seen.first, initial > 1 ? seen.lastBackfill : nil]),
      ("last", [seen.last, initial > 1 && initial == seen.count ? seen.first : nil]),
    ]
    for (which, candidates) in ends {
      guard let expected = wanted[which], !expected.isNull else { continue }
      let found = candidates.compactMap { $0 }.map { compare($0, expected, market.instrument, "\(label) \(which)") }
      if !found.contains([]) { failures += found.first ?? [] }
    }
    return failures
  }

  func compare(_ trade: Trade, _ wanted: JSONValue, _ instrument: Instrument, _ label: String) -> [Failure] {
    var failures: [Failure] = []
    func same(_ what: String, _ expected: String?, _ got: String) {
      guard let expected, expected != got else { return }
      if let a = Decimal64(expected), let b = Decimal64(got), a == b { return }
      failures.append(Failure(name: "\(label) \(what)", expected: expected, got: got))
    }
    same("id", wanted["id"]?.scalar, trade.id.text)
    let written = wanted["price"]?.scalar
    same("price", books.price(written, instrument)?.plain ?? written, Decimal64(
      mantissa: trade.price, exponent: instrument.priceExponent).plain)
    // Where the sign says that it was sold, the side says so here.
    let isSold = wanted["taker_side"]?.string == "sell"
    let quantity = wanted["qty"]?.scalar.map { isSold && $0.hasPrefix("-") ? String($0.dropFirst()) : $0 }
    same("quantity", books.base(quantity, instrument)?.plain ?? quantity, Decimal64(
      mantissa: trade.quantity, exponent: instrument.quantityExponent).plain)
    // Of some trades the exchange names no side.
    let side = wanted["taker_side"]?.string.map { $0.isEmpty ? "none" : $0 }
    same("side", side, trade.takerSide.map { "\($0)" } ?? "none")
    same("time", wanted["time_ns"]?.number, "\(trade.time)")
    return failures
  }
}
