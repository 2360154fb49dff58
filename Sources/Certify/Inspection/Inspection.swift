import Decimals
import JSONTree
import MarketModel
import Records
import Runtime

/// Feeds a recording to a connector line by line, and shows beside each what came of it, where its books were lost, and
/// where they differ from what they should be.
public final class Inspection {
  /// Something that is wrong, and where to look.
  public struct Finding: Sendable {
    /// The line to look at, from 0.
    public let line: Int
    public let symbol: String
    /// For people.
    public let text: String
  }

  /// What is wanted.
  public struct Wish {
    /// Levels per side that are shown and compared after a loss.
    public var depth = 5
    /// What the books must be, in the form of an expected file.
    public var expected: JSONValue?
    public var protocolName: String?
    /// Members of the connector's configuration that go before all others.
    public var settings: JSONValue = [:]
    public var lent: LentInstruments?

    public init() {}
  }

  public private(set) var findings: [Finding] = []
  public let capture: Capture
  let replay: Replay
  private let subject: Subject
  private let wish: Wish
  private let notes = FactNotes()
  /// The books after the last line, as far as they are looked at.
  private var tops: [String: InspectedLine.Top] = [:]
  /// Books as they were before they were lost, with the line of the loss.
  private var lost: [String: (line: Int, top: InspectedLine.Top)] = [:]
  /// The line in which each price was set last, by symbol, side and price.
  private var changed: [String: [BookSide: [Int64: Int]]] = [:]
  private var checkpoints: [(lines: Int, books: JSONValue)] = []
  /// Symbols of which the first difference has been found.
  private var differing: Set<String> = []
  private var (seenGaps, seenLog, seenUnreadable) = (0, 0, 0)
  private var markets: [MarketState] = []

  public init(_ capture: Capture, _ subject: Subject, _ wish: Wish) throws {
    (self.capture, self.subject, self.wish) = (capture, subject, wish)
    var manifest = try subject.manifest.replay.fitting(capture, protocol: wish.protocolName, more: wish.settings)
    if let lent = wish.lent { manifest.lent = lent }
    replay = try Replay(capture, code: subject.code(), manifest: manifest, recorder: notes)
    checkpoints = (wish.expected?["checkpoints"]?.array ?? []).map {
      ($0["after_lines"]?.int ?? 0, $0["books"] ?? [:])
    }.sorted { $0.lines < $1.lines }
  }

  /// Why nothing can be said of the recording, and what would help; to be asked at the end.
  public var troubles: [String] { replay.findings + replay.advice }

  /// Feeds the next line; nil at the end.
  public func next() -> InspectedLine? {
    let line = replay.line
    guard line < capture.entries.count else { return nil }
    replay.run(lines: line + 1)
    if markets.count != replay.session.view.all.count { markets = replay.session.view.all }
    note(line)
    let result = InspectedLine(
      line: line, entry: capture.entries[line], facts: notes.facts, levels: levels(), isUnreadable: unreadable(),
      books: look(line), gaps: gaps(line), log: log())
    notes.clear()
    while let checkpoint = checkpoints.first, checkpoint.lines <= replay.line {
      checkpoints.removeFirst()
      for member in checkpoint.books.object ?? [] {
        compare(member.key, member.value[0], member.value[1], 10, "after \(checkpoint.lines) lines")
      }
    }
    if replay.line == capture.entries.count { compareEnd() }
    return result
  }

  // MARK: What the connector said

  private func market(_ instrument: UInt64) -> MarketState? { replay.session.view[instrument] }

  private func note(_ line: Int) {
    for change in notes.changes {
      guard let market = market(change.instrument) else { continue }
      let symbol = market.instrument.symbol
      // As many prices as a book may have levels, for each side.
      if changed[symbol]?[change.side]?.count ?? 0 > 1 << 17 { changed[symbol]?[change.side] = [:] }
      changed[symbol, default: [:]][change.side, default: [:]][change.level.price] = line
    }
  }

  private func levels() -> [String] {
    notes.changes.prefix(2 * wish.depth).compactMap { change in
      market(change.instrument).map {
        "\(change.side) \(BookComparison.text(change.level, $0.instrument).joined(separator: " x "))"
      }
    } + (notes.changes.count > 2 * wish.depth ? ["and \(notes.changes.count - 2 * wish.depth) more levels"] : [])
  }

  private func unreadable() -> Bool {
    defer { seenUnreadable = replay.unreadableLines.count }
    return replay.unreadableLines.count > seenUnreadable
  }

  private func log() -> [String] {
    defer { seenLog = replay.log.count }
    return replay.log[seenLog...].map { "\($0.level): \($0.text)" }
  }

  private func gaps(_ line: Int) -> [(symbol: String, reason: String, before: InspectedLine.Top?)] {
    defer { seenGaps = replay.gaps.count }
    return replay.gaps[seenGaps...].map { gap in
      let reason = replay.words(gap)
      findings.append(Finding(line: line, symbol: gap.symbol, text: "the book is lost: \(reason)"))
      return (gap.symbol, reason, lost[gap.symbol]?.top)
    }
  }

  // MARK: Books

  private func top(_ market: MarketState) -> InspectedLine.Top {
    func side(_ side: BookSide) -> [[String]] {
      market.book.levels(side, depth: wish.depth).map { BookComparison.text($0, market.instrument) }
    }
    return InspectedLine.Top(bids: side(.bid), asks: side(.ask))
  }

  /// The books that are not as they were.
  private func look(_ line: Int) -> [(symbol: String, top: InspectedLine.Top?)] {
    var touched = Set(notes.changes.map(\.instrument))
    for gap in replay.gaps[seenGaps...] {
      if let market = replay.session.view.market(symbol: gap.symbol) { touched.insert(market.instrument.id.rawValue) }
    }
    return touched.sorted().compactMap(market).map { market in
      let symbol = market.instrument.symbol
      let before = tops[symbol]
      guard market.book.isReady else {
        if let before { lost[symbol] = (line, before) }
        tops[symbol] = nil
        return (symbol, nil)
      }
      let now = top(market)
      tops[symbol] = now
      if let (lossLine, old) = lost.removeValue(forKey: symbol) { compare(old, now, symbol, lossLine, line) }
      return (symbol, now)
    }
  }

  /// A book that was lost beside the one that came in its place.
  private func compare(
    _ old: InspectedLine.Top, _ new: InspectedLine.Top, _ symbol: String, _ lossLine: Int, _ line: Int
  ) {
    let found = BookComparison.first(old.bids, new.bids, .bid) ?? BookComparison.first(old.asks, new.asks, .ask)
    guard let found else { return }
    findings.append(
      Finding(
        line: lossLine, symbol: symbol,
        text: "the first level by which the lost book differs from the snapshot of line \(line): \(found.side) "
          + "\(found.place + 1) was \(LevelDifference.text(found.got)), is \(LevelDifference.text(found.expected))"
          + history(found, symbol)))
  }

  /// When the prices of a level were set last.
  private func history(_ found: LevelDifference, _ symbol: String) -> String {
    guard let market = replay.session.view.market(symbol: symbol) else { return "" }
    var words: [String] = []
    for text in [found.got?.first, found.expected?.first].compactMap({ $0 }) {
      guard let price = Decimal64(text)?.mantissa(at: market.instrument.priceExponent) else { continue }
      let line = changed[symbol]?[found.side]?[price]
      let said = line.map { "\(text) was set last in line \($0)" } ?? "\(text) was never set"
      if !words.contains(said) { words.append(said) }
    }
    return words.isEmpty ? "" : "; " + words.joined(separator: ", ")
  }

  // MARK: What should be

  private func compareEnd() {
    for member in wish.expected?["books"]?.object ?? [] where member.value["rebuildable"]?.bool != false {
      compare(member.key, member.value["bids"], member.value["asks"], 50, "at the end")
    }
  }

  private func compare(_ name: String, _ bids: JSONValue?, _ asks: JSONValue?, _ depth: Int, _ when: String) {
    guard let symbol = subject.manifest.symbol(expected: name), !differing.contains(symbol) else { return }
    let last = max(0, replay.line - 1)
    func found(_ line: Int, _ text: String) {
      differing.insert(symbol)
      findings.append(Finding(line: line, symbol: symbol, text: "\(when): \(text)"))
    }
    guard let market = replay.session.view.market(symbol: symbol) else { return found(last, "there is no instrument") }
    guard market.book.isReady else { return found(last, "the book is not ready: \(market.bookWords)") }
    let comparison = BookComparison(manifest: subject.manifest)
    func first(_ side: BookSide, _ wanted: JSONValue?) -> LevelDifference? {
      comparison.first(market.book.levels(side, depth: depth), side, of: market.instrument, wanted, depth: depth)
    }
    guard let difference = first(.bid, bids) ?? first(.ask, asks) else { return }
    let lines = [difference.got?.first, difference.expected?.first].compactMap { text in
      text.flatMap { Decimal64($0)?.mantissa(at: market.instrument.priceExponent) }
        .flatMap { changed[symbol]?[difference.side]?[$0] }
    }
    found(
      lines.max() ?? last,
      "the first level that differs is \(difference.side) \(difference.place + 1): expected "
        + "\(LevelDifference.text(difference.expected)), got \(LevelDifference.text(difference.got))"
        + history(difference, symbol))
  }
}
