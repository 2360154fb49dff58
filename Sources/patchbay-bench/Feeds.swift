import Certify
import MarketModel
import Records
import Runtime

/// Why a figure would be worth nothing.
enum BenchFault: Error, CustomStringConvertible {
  case wrongBook(String)
  var description: String {
    switch self {
    case .wrongBook(let name): "\(name): not every message was applied"
    }
  }
}

/// Generated depth updates through a Binance spot connector whose book is ready for them.
func measureGenerated(_ connector: PeerConnector, levels: Int, rounds: Int) throws -> Measured {
  var depth = GeneratedDepth(levels: levels, seed: 7)
  let snapshot = depth.snapshot
  let messages = depth.messages(20_000)
  // The first quarter warms up.
  let first = messages.count / 4
  let warmUp = Feed(name: "", messages: Array(messages[..<first]))
  let feed = Feed(name: "generated, \(levels) levels", messages: Array(messages[first...]))
  let (session, stream) = try readySession(connector, snapshot)
  for message in warmUp.messages { session.frame(stream, message, .text) }
  let books = BookReference(session, feed: feed, checksumDepth: 0) {
    session.frame(stream, feed.messages[$0], .text)
  }
  var measurement = Measurement(feed, books: books)
  for _ in 0..<rounds {
    let (session, stream) = try readySession(connector, snapshot)
    for message in warmUp.messages { session.frame(stream, message, .text) }
    measurement.round { for message in feed.messages { session.frame(stream, message, .text) } }
    guard let book = session.view[1]?.book, book.isReady, book.counters.updates == UInt64(messages.count) else {
      throw BenchFault.wrongBook(feed.name)
    }
  }
  return measurement.result
}

func readySession(_ connector: PeerConnector, _ snapshot: [UInt8]) throws -> (Session, UInt64) {
  try readySession(.library(connector), snapshot)
}

func readySession(_ code: ConnectorCode, _ snapshot: [UInt8]) throws -> (Session, UInt64) {
  let transport = BenchTransport([("exchangeInfo", GeneratedDepth.instruments(1)), ("depth", snapshot)])
  let session = try Session(
    name: "binance", code: code, config: Array("{}".utf8), transport: transport, observer: nil,
    times: SystemClock().now())
  session.start(trading: false)
  session.send(CommandDraft(.instruments)) { _ in }
  var subscribe = CommandDraft(.subscribe)
  subscribe.instrument = 1
  subscribe.channels = .book
  session.settle()
  session.send(subscribe) { _ in }
  session.settle()
  return (session, transport.stream)
}

/// The frames of a recording, fed to fresh replays that stand at its first quarter.
/// - Parameter checksumDepth: as `BookReference` has it.
/// - Returns: nil where no connection of the recording is one that the connector opens.
func measureRecorded(_ subject: Subject, _ capture: Capture, checksumDepth: Int, rounds: Int) throws -> Measured? {
  let first = capture.entries.count / 4
  var options = OrderBook.Options()
  options.checksInvariants = false
  var frames = capture.entries[first...].filter { $0.isIncoming && ($0.kind == .text || $0.kind == .binary) }
  // Frames of connections that the connector did not open would not come at all.
  let probe = try subject.replay(capture, bookOptions: options)
  probe.run(lines: first)
  frames.removeAll { probe.stream(of: $0.connection) == 0 }
  guard !frames.isEmpty else { return nil }
  let isCompressed = frames.contains { $0.kind == .binary && [0x1F, 0x78].contains($0.data.first) }
  let feed = Feed(name: capture.name, messages: frames.map(\.data), isCompressed: isCompressed)
  let kinds = frames.map { $0.kind == .binary ? FrameKind.binary : .text }
  func ready() throws -> (Session, [UInt64]) {
    let replay = try subject.replay(capture, bookOptions: options)
    replay.run(lines: first)
    // What the replay counts for its report is no part of the path.
    replay.session.observer = nil
    return (replay.session, frames.map { replay.stream(of: $0.connection) })
  }
  let (session, streams) = try ready()
  let books = BookReference(session, feed: feed, checksumDepth: checksumDepth) {
    session.frame(streams[$0], feed.messages[$0], kinds[$0])
  }
  var measurement = Measurement(feed, books: books)
  for _ in 0..<rounds {
    let (session, streams) = try ready()
    measurement.round {
      for index in feed.messages.indices { session.frame(streams[index], feed.messages[index], kinds[index]) }
    }
  }
  return measurement.result
}
