import Catalog
import Decimals
import MarketModel
import Runtime

/// Replays of recordings against independently rebuilt books and trades, whole and with lines left out.
struct CapturePart {
  let subject: Subject
  let data: DataFolder

  /// Captures, checkpoints and trades.
  func run(_ report: inout Report, progress: (String) -> Void) {
    for name in subject.manifest.captures.flatMap(data.captures) {
      if let reason = subject.manifest.reasonNotApplicable("captures:\(name)") {
        report.notApplicable.append(("captures:\(name)", reason))
        continue
      }
      progress("captures:\(name)")
      do {
        guard data.hasFile("expected/\(name).json") else {
          report.notApplicable.append(("captures:\(name)", "nothing says what must come of it"))
          continue
        }
        try replay(name, try data.json("expected/\(name).json"), &report)
      } catch {
        report.count(.captures, [Failure(name: "captures:\(name)", expected: "a replay", got: "\(error)")])
      }
    }
  }

  private func replay(_ name: String, _ expected: JSONValue, _ report: inout Report) throws {
    let replay = try subject.replay(try data.capture(name))
    for checkpoint in expected["checkpoints"]?.array ?? [] {
      let lines = checkpoint["after_lines"]?.int ?? 0
      replay.run(lines: lines)
      var failures: [Failure] = []
      for member in checkpoint["books"]?.object ?? [] {
        guard let symbol = subject.manifest.symbol(expected: member.key) else { continue }
        failures += compareTop(replay, symbol, member.value, "checkpoints:\(name) \(member.key) after \(lines) lines")
      }
      report.count(.checkpoints, failures)
    }
    replay.run()
    report.count(.captures, final(replay, name, expected))
    for member in expected["trades"]?.object ?? [] {
      guard let symbol = subject.manifest.symbol(expected: member.key) else { continue }
      report.count(.trades, trades(replay, symbol, member.value, "trades:\(name) \(member.key)"))
    }
  }

  private func compareTop(_ replay: Replay, _ symbol: String, _ sides: JSONValue, _ label: String) -> [Failure] {
    guard let market = replay.session.view.market(symbol: symbol) else {
      return [Failure(name: label, expected: "an instrument \(symbol)", got: "none")]
    }
    return compare(market, .bid, sides[0], depth: 10, label) + compare(market, .ask, sides[1], depth: 10, label)
  }

  /// The best levels of one side; the first difference is told.
  private func compare(
    _ market: MarketState, _ side: BookSide, _ wanted: JSONValue?, depth: Int, _ label: String
  ) -> [Failure] {
    let levels = market.book.levels(side, depth: depth).map { level in
      [
        Decimal64(mantissa: level.price, exponent: market.book.priceExponent).plain,
        Decimal64(mantissa: level.quantity, exponent: market.book.quantityExponent).plain,
      ]
    }
    let expected = (wanted?.array ?? []).prefix(depth).map { level in
      [0, 1].map { (level[$0]?.scalar).flatMap { Decimal64($0) }?.plain ?? "?" }
    }
    guard levels != expected else { return [] }
    let place = zip(levels, expected).enumerated().first { $0.element.0 != $0.element.1 }?.offset
      ?? min(levels.count, expected.count)
    func text(_ side: [[String]]) -> String {
      place < side.count ? side[place].joined(separator: " x ") : "no level"
    }
    return [
      Failure(name: "\(label) \(side) \(place + 1)", expected: text(expected), got: text(levels))
    ]
  }

  private func final(_ replay: Replay, _ name: String, _ expected: JSONValue) -> [Failure] {
    var failures: [Failure] = []
    for member in expected["books"]?.object ?? [] {
      guard let symbol = subject.manifest.symbol(expected: member.key),
        member.value["rebuildable"]?.bool != false else {
        continue
      }
      failures += compareBook(replay, symbol, member.value, "captures:\(name) \(member.key)")
    }
    func none(_ what: String, _ got: [String]) {
      if let first = got.first {
        failures.append(Failure(name: "captures:\(name) \(what)", expected: "none", got: first))
      }
    }
    if expected["check_failures"]?.array?.isEmpty ?? true {
      none("gaps", replay.gaps.map { "line \($0.line) \($0.symbol): \($0.reason)" })
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
      return [Failure(name: label, expected: "a ready book", got: "\(market.book.state)")]
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
    for (which, trade) in [("first", seen.first), ("last", seen.last)] {
      guard let trade, let expected = wanted[which], !expected.isNull else { continue }
      failures += compare(trade, expected, market.instrument, "\(label) \(which)")
    }
    return failures
  }

  private func compare(_ trade: Trade, _ wanted: JSONValue, _ instrument: Instrument, _ label: String) -> [Failure] {
    var failures: [Failure] = []
    func same(_ what: String, _ expected: String?, _ got: String) {
      guard let expected, expected != got else { return }
      if let a = Decimal64(expected), let b = Decimal64(got), a == b { return }
      failures.append(Failure(name: "\(label) \(what)", expected: expected, got: got))
    }
    same("id", wanted["id"]?.scalar, trade.id.text)
    same("price", wanted["price"]?.scalar, Decimal64(mantissa: trade.price, exponent: instrument.priceExponent).plain)
    same("quantity", wanted["qty"]?.scalar, Decimal64(
      mantissa: trade.quantity, exponent: instrument.quantityExponent).plain)
    same("side", wanted["taker_side"]?.string, trade.takerSide.map { "\($0)" } ?? "none")
    same("time", wanted["time_ns"]?.number, "\(trade.time)")
    return failures
  }
}

/// Lines left out, as if the network had lost them.
struct FaultPart {
  let subject: Subject
  let data: DataFolder

  func run(_ report: inout Report, progress: (String) -> Void) {
    guard data.hasFile("expected/FAULTS.json"), let faults = try? data.json("expected/FAULTS.json")["faults"] else {
      return
    }
    var noticed: [Failure] = []
    for name in subject.manifest.captures.flatMap(data.captures) {
      guard subject.manifest.reasonNotApplicable("captures:\(name)") == nil else { continue }
      for fault in faults[name]?.array ?? [] where fault["detected"]?.bool ?? true {
        guard let line = fault["drop_line"]?.int, let deadline = fault["detect_at_line"]?.int else { continue }
        let label = "faults:\(name) line \(line)"
        if let symbol = fault["what"]?.string?.split(separator: " ").first,
          subject.manifest.symbol(expected: String(symbol)) == nil
        {
          continue
        }
        if let reason = subject.manifest.reasonNotApplicable(label) {
          report.notApplicable.append((label, reason))
          continue
        }
        progress(label)
        let found = drop(line, of: name, deadline, label)
        report.count(.faults, found)
        noticed += found
      }
    }
    if report[.faults].of > 0 {
      report.check("S48", noticed.prefix(1).map { Failure(name: "continuity", expected: $0.expected, got: $0.got) })
    }
  }

  private func drop(_ line: Int, of name: String, _ deadline: Int, _ label: String) -> [Failure] {
    do {
      let replay = try subject.replay(try data.capture(name), dropping: [line])
      replay.run()
      guard let gap = replay.gaps.first(where: { $0.line > line && $0.line <= deadline }) else {
        let got = replay.gaps.first { $0.line > line }.map { "a gap at line \($0.line)" } ?? "no gap"
        return [Failure(name: label, expected: "a gap by line \(deadline)", got: got)]
      }
      guard let market = replay.session.view.market(symbol: gap.symbol), market.book.isReady else { return [] }
      // A later snapshot may have mended it; then it must be right.
      let expected = try data.json("expected/\(name).json")["books"]?[subject.manifest.symbolPrefix + gap.symbol]
      guard let expected else { return [] }
      return CapturePart(subject: subject, data: data).compareBook(replay, gap.symbol, expected, label)
    } catch {
      return [Failure(name: label, expected: "a replay", got: "\(error)")]
    }
  }
}
