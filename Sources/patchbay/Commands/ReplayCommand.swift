import Catalog
import Decimals
import MarketModel
import Records
import Runtime

/// `patchbay replay`: runs a connector over recorded traffic and prints the books it gives.
enum ReplayCommand {
  static let syntax = CommandSyntax(
    usage: "patchbay replay CAPTURE --connector ID [options] | patchbay replay RECORDING [options]",
    summary: """
      Runs a connector over a recording (gzipped JSON lines), without network and in the recording's own time, and
      prints the final books, the trades and every gap that was noticed. A recording (see patchbay record) is given to a
      new instance, whose outputs must be those of the recorded run to the byte.
      """,
    options: [
      CommandSyntax.Option(name: "connector", value: "ID", help: "the connector, such as binance"),
      CommandSyntax.Option(name: "depth", value: "N", help: "levels per side to print (default: 5; with --json: 50)"),
      CommandSyntax.Option(name: "checkpoints", value: "N,N,...", help: "print the top 10 after the first N lines too"),
      CommandSyntax.Option(name: "drop", value: "N,N,...", help: "leave out these lines, counted from 0, as if lost"),
      CommandSyntax.Option(
        name: "protocol", value: "NAME", help: "which protocol it speaks (default: the one of its streams)"),
      CommandSyntax.Option(name: "json", value: nil, help: "print one JSON object"),
      CommandSyntax.Option(name: "dump", value: nil, help: "of a recording: print every record that comes out"),
      .config, .registry,
    ],
    positionals: 1...1)

  static func run(_ arguments: [String], environment: CommandEnvironment) -> Int32 {
    environment.run(arguments, syntax) { run($0, environment) }
  }

  private static func run(_ options: Arguments, _ environment: CommandEnvironment) -> Int32 {
    if Recording.isRecording(options.words[0]) { return RecordingReplayCommand.run(options, environment: environment) }
    guard let id = options["connector"] else {
      environment.error("which connector? --connector ID\nusage: \(syntax.usage)")
      return 64
    }
    guard let checkpoints = numbers(options["checkpoints"]), let dropped = numbers(options["drop"]),
      let depth = Int(options["depth"] ?? (options.flags.contains("json") ? "50" : "5")), depth > 0
    else {
      environment.error("--depth takes a number, --checkpoints and --drop take numbers separated by commas")
      return 64
    }
    do {
      let replay = try make(options.words[0], id, Set(dropped), options, environment)
      let report = ReplayReport(depth: depth)
      var points: [(lines: Int, books: JSONValue)] = []
      for lines in checkpoints.sorted() {
        replay.run(lines: lines)
        points.append((lines, report.tops(of: replay)))
      }
      replay.run()
      environment.output(options.flags.contains("json") ? report.json(replay, points) : report.text(replay, points))
      return environment.report(replay.findings)
    } catch {
      environment.report(error)
      return 1
    }
  }

  private static func numbers(_ text: String?) -> [Int]? {
    var numbers: [Int] = []
    for part in text?.split(separator: ",") ?? [] {
      guard let number = Int(part), number >= 0 else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  private static func make(
    _ file: String, _ id: String, _ dropped: Set<Int>, _ options: Arguments, _ environment: CommandEnvironment
  ) throws -> Replay {
    let found = try environment.find(id, options)
    let capture = try Capture(file: file)
    let manifest = try environment.replayManifest(of: found, capture, options)
    return try Replay(capture, connector: found.connector, manifest: manifest, dropping: dropped)
  }
}

extension CommandEnvironment {
  /// What a capture is replayed with: the protocol that `--protocol` names or its streams show, and what a
  /// configuration that `--config` names says of the connector.
  func replayManifest(
    of found: InstalledConnector, _ capture: Capture, _ options: Arguments
  ) throws -> ReplayManifest {
    let settings = try options["config"].flatMap { try loadConfig($0)?[found.item.id]?.settings }
    return try found.replayManifest().fitting(capture, protocol: options["protocol"], more: settings ?? [:])
  }

  /// Prints why nothing came of a replay; the exit code.
  func report(_ findings: [String]) -> Int32 {
    for finding in findings { error("nothing is proved by this replay: \(finding)".printable) }
    return findings.isEmpty ? 0 : 1
  }
}

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
        "reason": JSONValue(.string(words(gap, replay))),
      ]
    }
    let value: JSONValue = [
      "lines": JSONValue(.number("\(replay.line)")), "books": JSONValue(.object(books)),
      "checkpoints": JSONValue(
        .array(points.map { ["after_lines": JSONValue(.number("\($0.lines)")), "books": $0.books] })),
      "trades": JSONValue(.object(trades)), "gaps": JSONValue(.array(gaps)),
      "unclaimed_messages": JSONValue(.number("\(replay.unclaimedFrames)")),
      "findings": JSONValue(.array(replay.findings.map { JSONValue(.string($0)) })),
    ]
    return JSONWriter.pretty(value) + "\n"
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
        : "not ready: \(book.state)\n"
      for level in book.levels(.ask, depth: depth).reversed() { text += row("ask", level, market) }
      for level in book.levels(.bid, depth: depth) { text += row("bid", level, market) }
    }
    text += "\ntrades\n"
    for (symbol, trades) in replay.trades.sorted(by: { $0.key < $1.key }) {
      text += "  \(symbol.printable)  \(trades.count)\n"
    }
    if !replay.gaps.isEmpty { text += "gaps\n" } else if replay.findings.isEmpty { text += "no gaps\n" }
    for gap in replay.gaps {
      text += "  line \(gap.line)  \(gap.symbol)  \(words(gap, replay))".printable + "\n"
    }
    for entry in replay.log where entry.level >= .warning {
      text += "line \(entry.line): \(entry.text.printable)\n"
    }
    let counters = replay.session.counters
    text += "\(replay.line) lines, \(counters.inputs) inputs, \(counters.outputs) records out, "
    text += "\(counters.malformed) malformed, \(counters.unreadable) unreadable\n"
    if replay.unclaimedFrames > 0 {
      text += "\(replay.unclaimedFrames) messages of streams that the connector did not open\n"
    }
    return text
  }

  private func words(_ gap: Replay.Gap, _ replay: Replay) -> String {
    let exponent = replay.session.view.market(symbol: gap.symbol)?.instrument.priceExponent
    return exponent.map { gap.reason.words(priceExponent: $0) } ?? gap.reason.description
  }

  private func row(_ side: String, _ level: Level, _ market: MarketState) -> String {
    func pad(_ text: String) -> String { String(repeating: " ", count: max(0, 18 - text.count)) + text }
    return "  \(side)\(pad(decimal(level.price, market.book.priceExponent)))"
      + "\(pad(decimal(level.quantity, market.book.quantityExponent)))\n"
  }
}
