import CPatchbay
import Catalog
import MarketModel
import Records

/// Runs a connector over recorded traffic, without network and without a clock: time is the recording's.
public final class Replay: SessionObserver {
  /// A book that was lost, with the line (from 0) during which the connector said so.
  public struct Gap: Equatable, Sendable {
    public let line: Int
    public let symbol: String
    public let reason: NotReadyReason
  }

  public struct Trades: Sendable {
    public internal(set) var count = 0
    public internal(set) var first: Trade?
    public internal(set) var last: Trade?
    /// The last of what was sent on subscription.
    public internal(set) var lastBackfill: Trade?
  }

  public private(set) var session: Session
  public private(set) var gaps: [Gap] = []
  /// By symbol.
  public private(set) var trades: [String: Trades] = [:]
  public private(set) var tickers: [String: Int] = [:]
  public private(set) var books: Set<String> = []
  public private(set) var log: [(line: Int, level: LogLevel, text: String)] = []
  /// Frames on sockets that the connector did not open.
  public var unclaimedFrames: Int { unclaimed.reduce(0) { $0 + $1.frames } }
  /// The recorded sockets whose frames the connector did not get, in the order of their first such frame.
  private(set) var unclaimed: [(connection: String, url: String, frames: Int)] = []
  /// The lines (from 0) of messages that the connector could not read.
  public private(set) var unreadableLines: [Int] = []
  /// Words of recorded subscriptions that nothing in `channels` maps, each once; known when the instruments are.
  public private(set) var unmappedNames: [String] = []
  /// Gets every trade; set it before `run`.
  public var onTrade: ((MarketState, Trade) -> Void)?
  /// Frames on sockets that it did.
  public private(set) var claimedFrames = 0
  /// How the question for instruments ended; `nil` while it is open.
  private(set) var instruments: CommandResult?
  /// The next line to feed, from 0.
  public private(set) var line = 0

  public let capture: Capture
  let transport: ReplayTransport
  let manifest: ReplayManifest
  private let dropped: Set<Int>
  private let defaultChannels: Channels
  private let relay = ObserverRelay()
  /// Reused for frames, with the promised slack behind them.
  private var buffer: [UInt8] = []

  /// - Parameters:
  ///   - manifest: where it names several protocols, the one that the recording speaks is taken.
  ///   - dropping: lines (from 0) to leave out, as if they had been lost.
  ///   - defaultChannels: what to subscribe every instrument to where the recording names nothing, such as a fragment.
  ///   - recorder: sees every input and output.
  public convenience init(
    _ capture: Capture, connector: PeerConnector, manifest: ReplayManifest, dropping: Set<Int> = [],
    defaultChannels: Channels = [], bookOptions: OrderBook.Options = OrderBook.Options(),
    recorder: InstanceRecorder? = nil
  ) throws {
    try self.init(
      capture, code: .library(connector), manifest: manifest, dropping: dropping, defaultChannels: defaultChannels,
      bookOptions: bookOptions, recorder: recorder)
  }

  /// The same with code that may be in a worker: each line is waited for.
  public init(
    _ capture: Capture, code: ConnectorCode, manifest: ReplayManifest, dropping: Set<Int> = [],
    defaultChannels: Channels = [], bookOptions: OrderBook.Options = OrderBook.Options(),
    recorder: InstanceRecorder? = nil
  ) throws {
    let manifest = manifest.protocols.isEmpty ? manifest : try manifest.fitting(capture)
    self.capture = capture
    self.manifest = manifest
    dropped = dropping
    self.defaultChannels = defaultChannels
    transport = ReplayTransport(
      capture: capture, reader: TopicReader(symbols: NameIndex([]), aliases: manifest.channels), paths: manifest.paths,
      lent: manifest.lent, addresses: manifest.addresses)
    session = try Session(
      name: capture.name, code: code, config: manifest.config, transport: transport, observer: relay,
      times: Replay.times(capture.entries[0].time, since: capture.entries[0].time), bookOptions: bookOptions)
    relay.target = self
    session.recorder = recorder
    session.start(trading: false)
    transport.isAskingInstruments = true
    session.send(CommandDraft(.instruments)) { [unowned self] result in instrumentsEnded(result) }
    session.settle()
  }

  /// The protocol that the connector was made to speak; nil where there is but one.
  public var protocolName: String? { manifest.protocolName }

  /// The stream that gets the messages of a recorded connection; 0 when the connector has opened none for it.
  public func stream(of connection: String) -> UInt64 { transport.stream(of: connection) }

  /// Feeds the recording up to `lines` lines in all.
  public func run(lines: Int = .max) {
    while line < min(lines, capture.entries.count) {
      let entry = capture.entries[line]
      advance(to: entry.time)
      if !dropped.contains(line) { feed(entry) }
      session.settle()
      line += 1
    }
  }

  /// Cuts every connection, as a network does. What the recording holds afterwards comes on the connections that the
  /// connector opens anew.
  public func cut() {
    for stream in transport.cut() { session.post(.closed(stream: stream, code: 1006, reason: "cut")) }
    session.settle()
  }

  private func feed(_ entry: CaptureEntry) {
    switch entry.kind {
    case .open: transport.open(socket: entry.connection, session)
    case .response: transport.respond(entry, session)
    case .request: break
    case .text, .binary:
      guard entry.isIncoming else { return }
      let stream = transport.stream(of: entry.connection)
      guard stream != 0 else { return notTaken(entry) }
      claimedFrames += 1
      let unreadable = session.counters.unreadable
      frame(stream, entry)
      session.settle()
      if session.counters.unreadable > unreadable { unreadableLines.append(line) }
    case .close:
      let stream = transport.stream(of: entry.connection)
      if stream != 0 { session.post(.closed(stream: stream, code: 1006, reason: "the recording's socket closed")) }
    }
  }

  private func notTaken(_ entry: CaptureEntry) {
    guard let place = unclaimed.firstIndex(where: { $0.connection == entry.connection }) else {
      let opened = capture.entries.first { $0.kind == .open && $0.connection == entry.connection }
      return unclaimed.append((entry.connection, opened?.url ?? entry.url, 1))
    }
    unclaimed[place].frames += 1
  }

  private func frame(_ stream: UInt64, _ entry: CaptureEntry) {
    buffer.removeAll(keepingCapacity: true)
    buffer.append(contentsOf: entry.data)
    buffer.append(contentsOf: repeatElement(0, count: Int(PB_PAYLOAD_SLACK)))
    buffer.withUnsafeBufferPointer {
      session.frame(
        stream, UnsafeBufferPointer(rebasing: $0[..<entry.data.count]), entry.kind == .binary ? .binary : .text)
    }
  }

  /// Timers fire at their own time, so that a replay is the same however far apart the lines are.
  private func advance(to time: Int64) {
    let target = Replay.times(time, since: capture.entries[0].time)
    while let due = session.nextTimer, due <= target.mono {
      session.times = Replay.times(capture.entries[0].time + due - Replay.start, since: capture.entries[0].time)
      session.fireTimers()
      session.settle()
    }
    // Recorded times may step back; time does not.
    if target.mono > session.times.mono { session.times = target }
  }

  private static let start: Int64 = 1_000_000_000
  private static func times(_ wall: Int64, since first: Int64) -> Times {
    Times(mono: wall - first + start, wall: wall, venue: wall)
  }

  /// The instruments are known: subscribe as the recording did.
  private func instrumentsEnded(_ result: CommandResult) {
    instruments = result
    transport.isAskingInstruments = false
    guard result.outcome == .done else {
      log.append((line, .error, "no instruments: \(result.text)"))
      return
    }
    let markets = session.view.all
    transport.reader = TopicReader(
      symbols: NameIndex(markets.map(\.instrument.symbol)), aliases: manifest.channels,
      symbolMembers: manifest.symbolMembers)
    transport.prepare(capture)
    unmappedNames = unmapped(by: transport.reader)
    let topics = transport.topics
    for market in markets {
      let symbol = market.instrument.symbol
      let named = topics.filter { $0.symbol == symbol }.reduce(into: Channels()) { $0.formUnion($1.channel) }
      let channels = topics.isEmpty ? defaultChannels : named
      guard !channels.isEmpty else { continue }
      if channels.contains(.book) { books.insert(symbol) }
      var subscribe = CommandDraft(.subscribe)
      subscribe.instrument = market.instrument.id.rawValue
      subscribe.channels = channels
      subscribe.depth = transport.depth(of: symbol) ?? 0
      session.send(subscribe) { [unowned self] result in
        if result.outcome != .done { log.append((line, .error, "\(symbol): \(result.text)")) }
      }
    }
  }

  private func unmapped(by reader: TopicReader) -> [String] {
    var names: [String] = []
    for entry in capture.entries where !entry.isIncoming || entry.kind == .open {
      let found = entry.kind == .open ? reader.unmapped(url: entry.url) : reader.unmapped(frame: entry.data)
      for name in found where !names.contains(name) { names.append(name) }
    }
    return names
  }

  public func session(_ session: Session, _ event: SessionEvent) {
    switch event {
    case .trade(let market, let trade):
      onTrade?(market, trade)
      let symbol = market.instrument.symbol
      trades[symbol, default: Trades()].count += 1
      if trades[symbol]?.first == nil { trades[symbol]?.first = trade }
      trades[symbol]?.last = trade
      if trade.isBackfill { trades[symbol]?.lastBackfill = trade }
    case .ticker(let market): tickers[market.instrument.symbol, default: 0] += 1
    case .gap(let market, let reason): gaps.append(Gap(line: line, symbol: market.instrument.symbol, reason: reason))
    case .log(let level, let text): log.append((line, level, text))
    case .fault(let text): log.append((line, .error, text))
    case .instrumentRefused(let symbol, let fault): log.append((line, .warning, "\(symbol): \(fault)"))
    case .book, .instrument, .instrumentReplaced, .order, .funding: break
    }
  }
}

/// Lets a session be made before its observer is complete.
private final class ObserverRelay: SessionObserver {
  weak var target: Replay?
  func session(_ session: Session, _ event: SessionEvent) { target?.session(session, event) }
}
