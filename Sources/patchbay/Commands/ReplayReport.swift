import Catalog
import Decimals
import JSONTree
import MarketModel
import PrintableText
import Runtime

/// A replay's outcome as text or JSON.
struct ReplayReport {
  let depth: Int

  private func decimal(_ mantissa: Int64, _ exponent: Int32) -> String {
    Decimal64(mantissa: mantissa, exponent: exponent).description
  }

  private func levels(_ market: MarketState, _ side: BookSide, _ depth: Int) -> JSONValue {
    JSONValue(
      .array(
        market.book.levels(side, depth: depth).map {
          JSONValue(
            .array([
              JSONValue(.string(decimal($0.price, market.book.priceExponent))),
              JSONValue(.string(decimal($0.quantity, market.book.quantityExponent))),
            ]))
        }))
  }

  private func markets(_ replay: Replay) -> [MarketState] {
    replay.books.sorted().compactMap { replay.session.view.market(symbol: $0) }
  }

  /// The best ten levels of every ready book.
  func tops(of replay: Replay) -> JSONValue {
    JSONValue(
      .object(
        markets(replay).filter(\.book.isReady).map {
          JSONMember($0.instrument.symbol, JSONValue(.array([levels($0, .bid, 10), levels($0, .ask, 10)])))
        }))
  }

  func json(_ replay: Replay, _ points: [(lines: Int, books: JSONValue)]) -> String {
    let books = markets(replay).map { market in
      JSONMember(
        market.instrument.symbol,
        [
          "ready": JSONValue(.bool(market.book.isReady)),
          "last_sequence": JSONValue(.number("\(market.book.sequence)")),
          "updates": JSONValue(.number("\(market.book.counters.updates)")),
          "levels_bid": JSONValue(.number("\(market.book.depth(.bid))")),
          "levels_ask": JSONValue(.number("\(market.book.depth(.ask))")),
          "bids": levels(market, .bid, depth), "asks": levels(market, .ask, depth),
        ])
    }
    let trades = replay.trades.sorted { $0.key < $1.key }.map { symbol, trades in
      JSONMember(
        symbol,
        [
          "count": JSONValue(.number("\(trades.count)")), "first": trade(trades.first, replay, symbol),
          "last": trade(trades.last, replay, symbol),
        ])
    }
    let gaps = replay.gaps.map { gap -> JSONValue in
      [
        "line": JSONValue(.number("\(gap.line)")), "symbol": JSONValue(.string(gap.symbol)),
        "reason": JSONValue(.string(replay.words(gap))),
      ]
    }
    let value: JSONValue = [
      "lines": JSONValue(.number("\(replay.line)")), "books": JSONValue(.object(books)),
      "checkpoints": JSONValue(
        .array(points.map { ["after_lines": JSONValue(.number("\($0.lines)")), "books": $0.books] })),
      "trades": JSONValue(.object(trades)), "gaps": JSONValue(.array(gaps)),
      "unclaimed_messages": JSONValue(.number("\(replay.unclaimedFrames)")),
      "not_taken": JSONValue(.array(replay.notTaken.map(notTaken))),
      "unreadable_lines": JSONValue(.array(replay.unreadableLines.map { JSONValue(.number("\($0)")) })),
      "unmapped_names": JSONValue(.array(replay.unmappedNames.map { JSONValue(.string($0)) })),
      "protocol": replay.protocolName.map { JSONValue(.string($0)) } ?? nil,
      "findings": JSONValue(.array(replay.findings.map { JSONValue(.string($0)) })),
    ]
    return JSONWriter.pretty(value) + "\n"
  }

  private func notTaken(_ socket: Replay.NotTaken) -> JSONValue {
    [
      "recorded": JSONValue(.string(socket.recorded)),
      "opened": socket.opened.map { JSONValue(.string($0)) } ?? nil,
      "messages": JSONValue(.number("\(socket.messages)")),
    ]
  }

  private func trade(_ trade: Trade?, _ replay: Replay, _ symbol: String) -> JSONValue {
    guard let trade, let market = replay.session.view.market(symbol: symbol) else { return nil }
    return [
      "id": JSONValue(.string(trade.id.text)),
      "price": JSONValue(.string(decimal(trade.price, market.book.priceExponent))),
      "qty": JSONValue(.string(decimal(trade.quantity, market.book.quantityExponent))),
      "taker_side": trade.takerSide.map { JSONValue(.string("\($0)")) } ?? nil,
      "time_ns": JSONValue(.number("\(trade.time)")),
    ]
  }

  func text(_ replay: Replay, _ points: [(lines: Int, books: JSONValue)]) -> String {
    var text = ""
    for point in points { text += "after \(point.lines) lines: \(JSONWriter.compact(point.books))\n" }
    for market in markets(replay) {
      let book = market.book
      text += "\n\(market.instrument.symbol.printable)  "
      text +=
        book.isReady
        ? "\(book.depth(.bid)) bids, \(book.depth(.ask)) asks, sequence \(book.sequence), "
          + "\(book.counters.updates) updates\n"
        : "not ready: \(market.bookWords)\n"
      for level in book.levels(.ask, depth: depth).reversed() { text += row("ask", level, market) }
      for level in book.levels(.bid, depth: depth) { text += row("bid", level, market) }
    }
    text += "\ntrades\n"
    for (symbol, trades) in replay.trades.sorted(by: { $0.key < $1.key }) {
      text += "  \(symbol.printable)  \(trades.count)\n"
    }
    if !replay.gaps.isEmpty { text += "gaps\n" } else if replay.findings.isEmpty { text += "no gaps\n" }
    for gap in replay.gaps {
      text += "  line \(gap.line)  \(gap.symbol)  \(replay.words(gap))".printable + "\n"
    }
    for entry in replay.log where entry.level >= .warning {
      text += "line \(entry.line): \(entry.text.printable)\n"
    }
    let counters = replay.session.counters
    text += "\(replay.line) lines, \(counters.inputs) inputs, \(counters.outputs) records out, "
    text += "\(counters.malformed) malformed, \(counters.unreadable) unreadable\n"
    return text + remarks(replay)
  }

  /// What the recording holds that the connector did not take, and what was lent to it.
  private func remarks(_ replay: Replay) -> String {
    var text = ""
    if let name = replay.protocolName { text += "protocol \(name.printable)\n" }
    if let lender = replay.lender { text += "the recording has no list of instruments: \(lender.printable)\n" }
    for line in replay.unreadableLines.prefix(Self.most) {
      let start = String(decoding: replay.capture.entries[line].data.prefix(120), as: UTF8.self)
      text += "line \(line): could not be read: \(start.printable)\n"
    }
    if replay.unreadableLines.count > Self.most {
      text += "and \(replay.unreadableLines.count - Self.most) more lines that could not be read\n"
    }
    if replay.unclaimedFrames > 0 {
      text += "\(replay.unclaimedFrames) messages of streams that the connector did not open\n"
    }
    for socket in replay.notTaken {
      text += "  recorded  \(socket.recorded.printable)  \(socket.messages) messages\n"
      text += "  opened    \(socket.opened?.printable ?? "none")\n"
      if let remedy = socket.remedy { text += "  \(remedy.printable)\n" }
    }
    if !replay.unmappedNames.isEmpty {
      let names = replay.unmappedNames.prefix(Self.most).map { "\"\($0.printable)\"" }.joined(separator: ", ")
      text += "recorded subscriptions name \(names), which \"channels\" of certification.json does not map\n"
    }
    return text
  }

  /// Most lines of a kind that are printed; the JSON has them all.
  private static let most = 20

  private func row(_ side: String, _ level: Level, _ market: MarketState) -> String {
    func pad(_ text: String) -> String { String(repeating: " ", count: max(0, 18 - text.count)) + text }
    return "  \(side)\(pad(decimal(level.price, market.book.priceExponent)))"
      + "\(pad(decimal(level.quantity, market.book.quantityExponent)))\n"
  }
}
