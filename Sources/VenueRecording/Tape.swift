import Catalog
import JSONTree
import Runtime

/// Why a recording cannot be served.
public enum TapeFault: Error, CustomStringConvertible {
  /// It could not be read.
  case capture(CaptureFault)
  /// Nothing here knows how this venue talks.
  case unknownVenue(String)
  /// A line cannot be used. Lines count from 1.
  case line(name: String, line: Int, reason: String)
  /// There is no list of instruments, or no book.
  case missing(name: String, what: String)

  public var description: String {
    switch self {
    case .capture(let fault): "\(fault)"
    case .unknownVenue(let name):
      "\(name): only recordings of Binance spot, Binance USD-margined futures and Kraken (version 1) can be served"
    case .line(let name, let line, let reason): "\(name):\(line): \(reason); the recording cannot be served"
    case .missing(let name, let what): "\(name): the recording has no \(what); choose another one"
    }
  }
}

/// How a recorded venue talks.
public enum RecordedDialect: String, Sendable {
  case binanceSpot = "binance-spot"
  case binanceFutures = "binance-futures"
  case krakenV1 = "kraken"
}

/// Something that the venue said, at its time.
struct TapeEntry: Sendable {
  enum Content: Sendable {
    /// The next change of the symbol's book.
    case book(symbol: String)
    /// Anything else; `topic` is what it is subscribed by.
    case other(topic: String)
  }

  /// Nanoseconds since the recording began.
  let offset: Int64
  /// Nanoseconds since the epoch.
  let wall: Int64
  let content: Content
  let frame: FrameTemplate
}

/// What a recording holds, made ready to be served: the instruments, the books from their first snapshot on, and
/// everything that was said, in its order.
public struct Tape: Sendable {
  public let name: String
  public let dialect: RecordedDialect
  /// The recorded answer to the question for instruments.
  let instruments: [UInt8]
  var entries: [TapeEntry] = []
  var books: [String: BookTape] = [:]
  /// Nanoseconds from the first line to the last.
  let duration: Int64

  /// Symbols whose books were recorded, as the venue writes them.
  public var symbols: [String] { books.keys.sorted() }

  /// The truth about a symbol, from the beginning; `nil` when its book was not recorded. Kraken's symbols may be named
  /// as the second version of its socket does.
  public func truth(of symbol: String) -> RecordedBook? {
    key(of: symbol).flatMap { books[$0] }.map { RecordedBook($0) }
  }

  /// What a symbol is called here.
  func key(of symbol: String) -> String? {
    books[symbol] != nil ? symbol : books.keys.first { KrakenPair.name($0) == symbol }
  }

  public init(file: String) throws(TapeFault) {
    let capture: Capture
    do throws(CaptureFault) { capture = try Capture(file: file) } catch { throw .capture(error) }
    try self.init(capture)
  }

  public init(_ capture: Capture) throws(TapeFault) {
    name = capture.name
    guard let first = capture.entries.first(where: { $0.kind == .response }), let last = capture.entries.last,
      let dialect = Tape.dialect(first.url)
    else { throw .unknownVenue(capture.name) }
    self.dialect = dialect
    instruments = first.data
    duration = max(last.time - capture.entries[0].time, 1)
    switch dialect {
    case .binanceSpot, .binanceFutures: try readBinance(capture)
    case .krakenV1: try readKraken(capture)
    }
    guard !books.isEmpty else { throw .missing(name: name, what: "book") }
    for symbol in symbols { books[symbol]?.close() }
  }

  private static func dialect(_ url: String) -> RecordedDialect? {
    if url.hasSuffix("/api/v3/exchangeInfo") { return .binanceSpot }
    if url.hasSuffix("/fapi/v1/exchangeInfo") { return .binanceFutures }
    return url.hasSuffix("/0/public/AssetPairs") ? .krakenV1 : nil
  }

  /// The book of the symbol that a topic such as `btcusdt@trade` begins with, in whatever case.
  func book(ofTopic topic: String) -> BookTape? {
    guard let name = topic.split(separator: "@").first,
      case .one(let symbol) = NameRule.find(String(name), among: books.keys)
    else { return nil }
    return books[symbol]
  }

  /// A line's data as JSON.
  func json(_ entry: CaptureEntry, _ line: Int) throws(TapeFault) -> JSONValue {
    do throws(JSONError) {
      return try JSONDocument.parse(bytes: entry.data, file: name)
    } catch {
      throw fault(line, "no JSON")
    }
  }

  func fault(_ line: Int, _ reason: String) -> TapeFault { .line(name: name, line: line + 1, reason: reason) }

  /// `[["price", "quantity", ...], ...]`; none when the member is missing.
  func levels(_ value: JSONValue?, _ line: Int) throws(TapeFault) -> [TrueLevel] {
    var levels: [TrueLevel] = []
    for item in value?.array ?? [] {
      guard let pair = item.array, pair.count >= 2, let price = pair[0].string, let quantity = pair[1].string,
        let level = TrueLevel(price, quantity)
      else { throw fault(line, "not a level") }
      levels.append(level)
    }
    return levels
  }
}
