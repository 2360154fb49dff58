import Venue

/// How fast a recording is served.
public enum Pace: Equatable, Sendable {
  /// So many times as fast as it was recorded; 1 = as it was.
  case times(Int64)
  /// Without pause, while anybody listens. Mount it with `waitsForReaders`, which bounds what waits. Clients that ask
  /// for snapshots while their stream runs away from them may need several, where numbers have to meet.
  case flood
}

/// What was said to clients and asked by them.
public struct RecordingCounters: Equatable, Sendable {
  public var requests = 0
  public var snapshots = 0
  public var subscriptions = 0
  public var messages = 0
  /// How often the recording has started over.
  public var laps = 0

  public init() {}
}

/// A client's socket.
struct RecordedSocket {
  let path: String
  /// The bare events, not the combined form (Binance).
  var isRaw = false
  /// The second version of the protocol (Kraken).
  var isSecondVersion = false
  var topics: [String] = []
  /// When anything was last said on it.
  var lastSaid: Int64
}

/// Serves a recording as the exchange would: what clients ask is answered for this moment of the recording, whenever
/// they come, however often, on as many connections as they like. When the recording ends, one more change leads every
/// book back to the beginning, and it goes on with numbers that rise, for as long as it is wanted.
///
/// The books that it answers with are its own (`TrueBook`); `Tape.truth` gives the same ones to whoever wants to check.
public final class RecordingVenue: ServedVenue {
  public let tape: Tape
  public let pace: Pace
  public internal(set) var counters = RecordingCounters()
  var books: [String: RecordedBook]
  var sockets: [UInt64: RecordedSocket] = [:]
  /// Sockets by topic, in the order of their subscriptions.
  var subscribers: [String: [UInt64]] = [:]
  /// The last message of topics of which a newcomer gets the last one.
  var latest: [String: [UInt8]] = [:]
  /// By their names in the second version (Kraken).
  let krakenPairs: [String: KrakenPair]
  /// Trades told in the second version, which numbers them.
  var trades: UInt64 = 0
  /// The next entry, and when the recording began.
  private var place = 0
  private var origin: Int64?
  /// Entries told at a time.
  private static let batch = 32
  private static let pause: Int64 = 100_000_000

  public init(_ tape: Tape, pace: Pace = .times(1)) {
    self.tape = tape
    self.pace = pace
    books = tape.books.mapValues { RecordedBook($0) }
    let pairs = tape.dialect == .krakenV1 ? KrakenPair.all(tape.instruments) : []
    krakenPairs = Dictionary(pairs.map { ($0.name, $0) }) { first, _ in first }
  }

  /// A symbol's book as clients were last told; `nil` when it was not recorded. The symbol as for `Tape.truth`.
  public func book(of symbol: String) -> RecordedBook? { tape.key(of: symbol).flatMap { books[$0] } }

  // MARK: ServedVenue

  public func request(_ id: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    counters.requests += 1
    let reply: VenueReply =
      switch tape.dialect {
      case .binanceSpot, .binanceFutures: binanceReply(request, now)
      case .krakenV1: krakenReply(request, now)
      }
    actions.append(.reply(request: id, reply))
  }

  public func open(_ socket: UInt64, _ request: VenueRequest, now: VenueTime, _ actions: inout [VenueAction]) {
    sockets[socket] = RecordedSocket(path: request.path, lastSaid: now.mono)
    switch tape.dialect {
    case .binanceSpot, .binanceFutures: binanceOpened(socket, request, now, &actions)
    case .krakenV1:
      if request.path == "/v2" { krakenV2Opened(socket, &actions) } else { krakenOpened(socket, &actions) }
    }
  }

  public func frame(_ socket: UInt64, _ frame: VenueFrame, now: VenueTime, _ actions: inout [VenueAction]) {
    guard case .text(let bytes) = frame, sockets[socket] != nil else { return }
    switch tape.dialect {
    case .binanceSpot, .binanceFutures: binanceFrame(socket, bytes, &actions)
    case .krakenV1:
      if sockets[socket]?.isSecondVersion == true {
        krakenV2Frame(socket, bytes, now, &actions)
      } else {
        krakenFrame(socket, bytes, &actions)
      }
    }
  }

  public func closed(_ socket: UInt64, now: VenueTime, _ actions: inout [VenueAction]) {
    for topic in sockets.removeValue(forKey: socket)?.topics ?? [] { leave(topic, socket) }
  }

  public func advance(now: VenueTime, _ actions: inout [VenueAction]) -> Int64? {
    let start = origin ?? now.mono
    origin = start
    switch pace {
    case .flood:
      guard !subscribers.isEmpty else { return nil }
      for _ in 0..<RecordingVenue.batch { emitNext(now, &actions) }
      return now.mono
    case .times(let factor):
      // What is late comes in batches too, so that readers can be waited for.
      for _ in 0..<RecordingVenue.batch {
        guard let due = due(factor), due <= now.mono else { break }
        emitNext(now, &actions)
      }
      let beat = tape.dialect == .krakenV1 ? krakenHeartbeats(now, &actions) : .max
      return due(factor).map { min($0, beat) }
    }
  }

  private func due(_ factor: Int64) -> Int64? {
    guard let origin else { return nil }
    let offset = place < tape.entries.count ? tape.entries[place].offset : tape.duration + RecordingVenue.pause
    return origin + offset / max(factor, 1)
  }

  // MARK: Reporting

  private func emitNext(_ now: VenueTime, _ actions: inout [VenueAction]) {
    guard place < tape.entries.count else { return startOver(now, &actions) }
    let entry = tape.entries[place]
    place += 1
    switch entry.content {
    case .book(let symbol):
      emitBook(symbol, entry, now, &actions)
      books[symbol]?.advance()
    case .other(let topic): emitOther(topic, entry, now, &actions)
    }
  }

  private func startOver(_ now: VenueTime, _ actions: inout [VenueAction]) {
    for symbol in tape.symbols {
      guard let book = books[symbol], book.isAtSeam else { continue }
      switch tape.dialect {
      case .binanceSpot, .binanceFutures: emit(binanceSeam(symbol, book, now), bookTopic(symbol), now, &actions)
      case .krakenV1:
        if let frame = krakenSeam(symbol, book) {
          emit(frame, bookTopic(symbol), now, &actions) { krakenV2(change: book, of: symbol, now: now) }
        }
      }
      books[symbol]?.advance()
    }
    place = 0
    counters.laps += 1
    if case .times(let factor) = pace {
      origin = origin.map { $0 + (tape.duration + RecordingVenue.pause) / max(factor, 1) }
    }
  }

  private func emitBook(_ symbol: String, _ entry: TapeEntry, _ now: VenueTime, _ actions: inout [VenueAction]) {
    guard let book = books[symbol] else { return }
    let topic = bookTopic(symbol)
    guard subscribers[topic] != nil else { return }
    let shift = (now.wall - entry.wall) / 1_000_000
    let change = book.next
    let bytes = entry.frame.filled { key, recorded in
      switch key {
      case "U": Int64(book.sequence + change.firstStep)
      case "u": Int64(book.sequence + change.step)
      case "pu": Int64(book.sequence)
      default: recorded + shift
      }
    }
    emit(bytes, topic, now, &actions) { krakenV2(change: book, of: symbol, now: now) }
  }

  private func emitOther(_ topic: String, _ entry: TapeEntry, _ now: VenueTime, _ actions: inout [VenueAction]) {
    let isKept = topic.hasPrefix("ticker ")
    guard subscribers[topic] != nil || isKept else { return }
    let shift = (now.wall - entry.wall) / 1_000_000
    let span = Int64(tape.book(ofTopic: topic)?.span ?? 0)
    let laps = Int64(counters.laps)
    let bytes = entry.frame.filled { key, recorded in
      switch key {
      case "E", "T": recorded + shift
      case "u": recorded + laps * span
      default: recorded + laps * 1_000_000
      }
    }
    if isKept { latest[topic] = bytes }
    emit(bytes, topic, now, &actions) { krakenV2(other: bytes) }
  }

  func bookTopic(_ symbol: String) -> String {
    tape.dialect == .krakenV1 ? "book-\(Tape.krakenDepth) \(symbol)" : "\(symbol.lowercased())@depth@100ms"
  }

  /// - Parameter second: the same in the second version of the protocol; asked for once, when somebody speaks it.
  private func emit(
    _ bytes: [UInt8], _ topic: String, _ now: VenueTime, _ actions: inout [VenueAction],
    second: () -> [UInt8]? = { nil }
  ) {
    let ids = subscribers[topic] ?? []
    let other = ids.contains { sockets[$0]?.isSecondVersion == true } ? second() : nil
    for id in ids {
      guard let socket = sockets[id] else { continue }
      guard let said = socket.isSecondVersion ? other : socket.isRaw ? binanceData(bytes) : bytes else { continue }
      sockets[id]?.lastSaid = now.mono
      counters.messages += 1
      actions.append(.send(socket: id, .text(said)))
    }
  }

  // MARK: Subscriptions

  /// Whether it is new.
  @discardableResult
  func join(_ topic: String, _ socket: UInt64) -> Bool {
    guard sockets[socket]?.topics.contains(topic) == false else { return false }
    sockets[socket]?.topics.append(topic)
    subscribers[topic, default: []].append(socket)
    counters.subscriptions += 1
    return true
  }

  /// Whether it was there.
  @discardableResult
  func leave(_ topic: String, _ socket: UInt64) -> Bool {
    let count = subscribers[topic]?.count ?? 0
    sockets[socket]?.topics.removeAll { $0 == topic }
    subscribers[topic]?.removeAll { $0 == socket }
    defer { if subscribers[topic]?.isEmpty == true { subscribers[topic] = nil } }
    return (subscribers[topic]?.count ?? 0) < count
  }
}
