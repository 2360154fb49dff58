import CPatchbay
import ConnectorKit

/// Binance spot, public side: instruments, books, trades, tickers.
///
/// Protocol: Binance Spot API documentation, "Market Data endpoints" and "WebSocket Streams". The parts are in files of their own:
/// Symbols (exchangeInfo), Streams (connections and subscriptions), MarketData (frames), Book (continuity).
public final class BinanceSpot: Connector {
  let venue: Venue
  /// The stream that trades come from: aggregate trades, or single ones.
  let tradeTopic: String

  let symbols = SymbolMap()
  var markets: [Market] = []

  var subscriptions = Subscriptions()
  var connections = IDTable<Connection>()
  var requests = IDTable<Pending>()
  var timers = IDTable<TimerPurpose>()

  /// What a request under way is for.
  enum Pending {
    case clock(command: pb_id)
    case instruments(command: pb_id)
    case tickers(command: pb_id)
    case snapshot(market: Int)
    case subscribe(connection: pb_id, topics: [Topic], isUnsubscribe: Bool)
  }

  enum TimerPurpose {
    case snapshot(market: Int)
    case flush(connection: pb_id)
  }

  public required init(config: ConnectorConfig, out: Output) throws {
    venue = try Venue.spot(domain: try config.string("domain") ?? "live")
    switch try config.string("trades") ?? "aggregate" {
    case "aggregate": tradeTopic = "aggTrade"
    case "single": tradeTopic = "trade"
    default: throw ConfigFault.field(name: "trades", expected: "aggregate or single")
    }
    try super.init(config: config, out: out)
  }

  public override func start(trading: Bool) { out.limits(Venue.defaultLimits) }

  public override func command(_ command: Command) -> Status {
    switch command.verb {
    case .clock: ask(.get, "/api/v3/time", weight: 1, .clock(command: command.id))
    case .instruments:
      ask(.get, "/api/v3/exchangeInfo", weight: 20, .instruments(command: command.id), deadline: 60_000_000_000)
    case .tickers: ask(.get, "/api/v3/ticker/24hr", weight: 80, .tickers(command: command.id))
    case .subscribe, .unsubscribe, .resync:
      guard let market = market(command.instrument) else {
        out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
        return .ok
      }
      switch command.verb {
      case .subscribe: subscribe(market, command)
      case .unsubscribe: unsubscribe(market, command)
      default: resync(market, command)
      }
    default: return .unsupported
    }
    return .ok
  }

  public override func opened(_ stream: pb_id, published: Published) {
    connections[stream]?.isOpen = true
    flush(stream)
  }

  public override func closed(_ stream: pb_id, code: UInt32, reason: String) { lost(stream, reason) }

  public override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    marketData(payload)
  }

  /// Sends a public REST request.
  func ask(_ method: Method, _ path: String, weight: UInt32, _ purpose: Pending, deadline: Int64 = 10_000_000_000) {
    var request = Request(method, SealedText(venue.rest + path))
    request.charges = [Charge(Venue.Bucket.weight, weight), Charge(Venue.Bucket.rawRequests)]
    request.deadline = deadline
    out.send(request, id: requests.insert(purpose))
  }

  public override func sent(_ notice: Reply) {
    guard case .subscribe(let connection, let topics, let isUnsubscribe)? = requests[notice.request] else { return }
    if notice.outcome == .sent {
      if !isUnsubscribe { wantSnapshots(topics) }
    } else {
      requests.remove(notice.request)
      out.log(.warning, "subscription on stream \(connection) was not sent: \(notice.reason)")
      askAgain(connection, topics, isUnsubscribe: isUnsubscribe)
    }
  }

  public override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let purpose = requests.remove(reply.request) else { return .state }
    switch purpose {
    case .clock(let command):
      guard succeeded(reply, body, command) else { return .ok }
      return clock(reply.request, command, body)
    case .instruments(let command):
      guard succeeded(reply, body, command) else { return .ok }
      return instruments(command, body)
    case .tickers(let command):
      guard succeeded(reply, body, command) else { return .ok }
      return tickers(command, body)
    case .snapshot(let market): return snapshot(markets[market], reply, body)
    case .subscribe: return .state
    }
  }

  public override func timer(_ id: pb_id) {
    switch timers.remove(id) {
    case .snapshot(let market):
      markets[market].snapshotTimer = 0
      requestSnapshot(markets[market])
    case .flush(let connection): flush(connection)
    case nil: break
    }
  }

  /// Whether a reply is a success; answers the command when it is not.
  func succeeded(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>, _ command: pb_id) -> Bool {
    if reply.isSuccess { return true }
    let error = VenueError(reply, body)
    out.reply(
      command, reply.outcome == .noAnswer ? .unknown : .refused, error.failure, retryAfter: error.retryAfter,
      code: error.code, error.text)
    return false
  }

  /// `GET /api/v3/time`: `{"serverTime": ms}`.
  private func clock(_ request: pb_id, _ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    var time: Int64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      if key == "serverTime" { time = json.milliseconds() } else { json.skip() }
    }
    guard json.isComplete(), time > 0 else { return unreadable(command, "server time") }
    out.clock(request: request, venue: time)
    out.done(command)
    return .ok
  }

  /// A reply that says success but cannot be read: what was asked for did not come.
  func unreadable(_ command: pb_id, _ what: String) -> Status {
    out.reply(command, .unknown, .other, "the venue's \(what) cannot be read")
    return .parse
  }

  func market(_ id: pb_id) -> Market? { id >= 1 && id <= markets.count ? markets[Int(id) - 1] : nil }
}
