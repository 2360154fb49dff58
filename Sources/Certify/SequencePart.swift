import Decimals
import JSONTree
import MarketModel
import Runtime

/// Short recordings, public and private, against what must come out of them: books, trades and faults as of captures;
/// orders with their fills, balances and positions of an account whose orders the connector did not place.
struct SequencePart {
  let subject: Subject
  let data: DataFolder

  func run(_ report: inout Report, progress: (String) -> Void) {
    for folder in subject.manifest.sequenceFolders ?? subject.manifest.payloads {
      for name in data.sequences(folder) {
        let label = "sequences:\(folder)/\(name)"
        if let reason = subject.manifest.reasonNotApplicable(label) {
          report.notApplicable.append((label, reason))
          continue
        }
        guard data.hasFile("sequences_expected/\(folder)/\(name).json") else {
          report.notApplicable.append((label, "nothing says what must come of it"))
          continue
        }
        progress(label)
        do {
          let expected = try data.json("sequences_expected/\(folder)/\(name).json")
          guard isOfThisMarket(expected) else { continue }
          try run(Sequence(capture: try data.sequence(name, of: folder), expected: expected, label: label), &report)
        } catch {
          report.count(.sequences, [Failure(name: label, expected: "a replay", got: "\(error)")])
        }
      }
    }
  }

  /// Those that concern the connector, and that can be read.
  var readable: [Sequence] {
    (subject.manifest.sequenceFolders ?? subject.manifest.payloads).flatMap { folder in
      data.sequences(folder).compactMap { name in
        let label = "sequences:\(folder)/\(name)"
        guard subject.manifest.reasonNotApplicable(label) == nil,
          let expected = try? data.json("sequences_expected/\(folder)/\(name).json"), isOfThisMarket(expected),
          let capture = try? data.sequence(name, of: folder)
        else { return nil }
        return Sequence(capture: capture, expected: expected, label: label)
      }
    }
  }

  /// A recording and what must come of it.
  struct Sequence {
    let capture: Capture
    let expected: JSONValue
    let label: String

    /// Its folder and its own name.
    var name: String { String(label.dropFirst("sequences:".count)) }
    func has(_ key: String) -> Bool { !(expected[key]?.object ?? []).isEmpty }
    /// It is about an account.
    var isPrivate: Bool { ["orders", "balances", "positions"].contains { expected[$0] != nil } }
    /// The symbols that must come out, as the file writes them.
    var symbols: [String] {
      var symbols = ["books", "trades", "trades_in_order", "positions"].flatMap { expected[$0]?.object ?? [] }
        .map(\.key)
      symbols += (expected["orders"]?.object ?? []).compactMap { $0.value["symbol"]?.string }
      return symbols.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
    /// Lines whose loss must be noticed, and by when.
    var faults: [(line: Int, deadline: Int)] {
      (expected["faults"]?.array ?? []).compactMap { fault in
        guard fault["detected"]?.bool ?? true, let line = fault["drop_line"]?.int,
          let deadline = fault["detect_at_line"]?.int else { return nil }
        return (line, deadline)
      }
    }
  }

  private func isOfThisMarket(_ expected: JSONValue) -> Bool {
    guard let market = expected["market"]?.string else { return true }
    return market.split(separator: "+").contains { $0 == subject.kind }
  }

  private func run(_ sequence: Sequence, _ report: inout Report) throws {
    if !sequence.isPrivate || sequence.has("books") || sequence.has("trades") { try runPublic(sequence, &report) }
    if sequence.isPrivate { try runPrivate(sequence, &report) }
  }

  // MARK: Public

  private func runPublic(_ sequence: Sequence, _ report: inout Report) throws {
    let channels = defaultChannels
    let replay = try subject.replay(sequence.capture, defaultChannels: channels, lent: lent(for: sequence))
    var seen: [String: [Trade]] = [:]
    replay.onTrade = { market, trade in seen[market.instrument.symbol, default: []].append(trade) }
    let judge = ReplayJudge(subject: subject, label: { _ in sequence.label })
    report.proved.append((sequence.label, replay.protocolName ?? ""))
    // A fragment proves trades; its books may lack their beginnings.
    let wholeBooks = sequence.has("books")
    judge.judge(replay, sequence.expected, isWhole: wholeBooks) { _, failures in report.count(.sequences, failures) }
    for member in sequence.expected["trades_in_order"]?.object ?? [] {
      guard let symbol = subject.manifest.symbol(expected: member.key) else { continue }
      let failures = compare(seen[symbol] ?? [], member, symbol, replay, judge, sequence.label)
      report.count(.sequences, failures)
    }
    let proof = Proof(
      name: sequence.name, capture: sequence.capture, expected: sequence.expected, channels: channels,
      lent: lent(for: sequence))
    for fault in sequence.faults {
      let label = "\(sequence.label) without line \(fault.line)"
      report.count(
        .sequences, FaultPart(subject: subject, data: data).drop(fault.line, fault.deadline, of: proof, label))
    }
  }

  private func compare(
    _ trades: [Trade], _ wanted: JSONMember, _ symbol: String, _ replay: Replay, _ judge: ReplayJudge, _ label: String
  ) -> [Failure] {
    let list = wanted.value.array ?? []
    guard trades.count == list.count else {
      return [Failure(name: "\(label) \(wanted.key) trades", expected: "\(list.count)", got: "\(trades.count)")]
    }
    guard let market = replay.session.view.market(symbol: symbol) else { return [] }
    return zip(trades, list).enumerated().flatMap { place, pair in
      judge.compare(pair.0, pair.1, market.instrument, "\(label) \(wanted.key) trade \(place + 1)")
    }
  }

  /// What a fragment that names no subscription is subscribed to: all that is public.
  var defaultChannels: Channels {
    [Channels.book, .trades, .ticker, .mark, .liquidations].reduce(into: []) { channels, channel in
      let name = Channels.names.first { $0.channel == channel }?.name ?? ""
      if subject.has("channels", name) { channels.insert(channel) }
    }
  }

  // MARK: Instruments

  func lent(for sequence: Sequence) -> LentInstruments {
    let replies = self.replies(for: sequence)
    return LentInstruments(source: "certification.json") { path in replies.first { $0.path.matches(path) }?.body }
  }

  /// What answers where the recording does not: the instruments that it names, then the manifest's replies.
  func replies(for sequence: Sequence) -> [TradingScript.Reply] {
    let manifest = subject.manifest
    var described: [TradingScript.Reply] = []
    if let instruments = manifest.sequences.instruments ?? manifest.samples.instruments {
      let frames = sequence.capture.entries.lazy.filter { $0.isIncoming && $0.kind == .text }
        .compactMap { try? JSONDocument.parse(bytes: $0.data) }
      described = [instruments.reply(for: Array(frames), and: sequence.symbols.compactMap(manifest.symbol(expected:)))]
    }
    return manifest.sequences.replies + described + manifest.trading.replies
  }
}
