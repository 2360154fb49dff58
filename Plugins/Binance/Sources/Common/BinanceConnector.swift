import CPatchbay
import ConnectorKit

/// What the connectors of this library share. The market side is all here: instruments, books, trades, tickers; what
/// differs between spot and futures is data, in `Venue`. The private side is here as far as it is the same: signing,
/// user streams, facts of orders; what an exchange's orders look like is in `Spot/` and `Perpetual/`.
///
/// Symbols (exchangeInfo), Streams (connections and subscriptions), MarketData (frames), Book (continuity), Signing,
/// UserStream, OrderFacts and Errors are files of their own.
public class BinanceConnector: Connector {
  final let venue: Venue
  /// The stream that trades come from where it is not the venue's usual one.
  final let tradeTopic: String?
  final var weights: Weights

  final let symbols = SymbolMap()
  @exclusivity(unchecked) final var markets: [Market] = []
  /// All that have ever been told, by their ids from 1.
  final var instruments: [Market] = []

  final var subscriptions = Subscriptions()
  final var connections = IDTable<Connection>()
  final var requests = IDTable<Pending>()
  final var timers = IDTable<TimerPurpose>()

  /// Accounts that can be used, in the order they came.
  final var accounts: [AccountState] = []
  /// Private streams; their ids do not meet those of `connections`.
  final var userStreams = IDTable<pb_id>(first: 1 << 32)
  final var isTrading = false

  typealias Body = UnsafeBufferPointer<UInt8>

  /// What a request under way is for.
  enum Pending {
    case snapshot(market: Int)
    case subscribe(connection: pb_id, topics: [Topic], isUnsubscribe: Bool)
    /// A frame on an account's private stream that is answered by a frame.
    case userSubscribe(stream: pb_id)
    case answer((Reply, Body) -> Status)
  }

  enum TimerPurpose {
    case snapshot(market: Int)
    case flush(connection: pb_id)
    case answer(subscription: pb_id, wasLate: Bool)
    case userStream(account: pb_id)
  }

  public required init(config: ConnectorConfig, out: Output) throws {
    venue = try Self.venue(domain: try config.string("domain") ?? "live")
    weights = venue.weights
    switch try config.string("trades") ?? "aggregate" {
    case "aggregate": tradeTopic = nil
    case "single" where venue.api == .spot: tradeTopic = "trade"
    default: throw ConfigFault.field(name: "trades", expected: "aggregate, or on spot single")
    }
    try super.init(config: config, out: out)
  }

  // MARK: What each connector says

  class func venue(domain: String) throws -> Venue { throw ConfigFault.field(name: "domain", expected: "a connector") }

  /// A private command, of an account that is there.
  func carryOut(_ command: OwnedCommand, _ account: AccountState) -> Status { .unsupported }

  /// Funding rate, mark and index price; needs no account.
  func funding(_ command: OwnedCommand) -> Status { .unsupported }

  /// An event of an account's stream; `json` stands at the event's object, `type` is its `e`.
  func userEvent(_ type: String, _ json: inout JSONScanner, _ account: AccountState) -> Status { .unsupported }

  /// exchangeInfo tells another request weight per minute than was thought.
  func weightDeclared(_ capacity: UInt32) {}

  // MARK: Inputs

  public override func start(trading: Bool) {
    isTrading = trading
    out.limits(venue.limits)
  }

  public override func command(_ command: Command) -> Status {
    switch command.verb {
    case .clock:
      let id = command.id
      ask(venue.prefix + "/time", weight: 1) { [unowned self] in clock(id, $0, $1) }
    case .instruments:
      let id = command.id
      ask(venue.prefix + "/exchangeInfo", weight: weights.instruments, deadline: Venue.minute) { [unowned self] in
        succeeded($0, $1, id) ? instruments(id, $1) : .ok
      }
    case .tickers:
      let id = command.id
      ask(venue.prefix + "/ticker/24hr", weight: weights.tickers) { [unowned self] in
        succeeded($0, $1, id) ? tickers(id, $1) : .ok
      }
    case .subscribe, .unsubscribe, .resync: return marketCommand(command)
    case .funding: return funding(OwnedCommand(command))
    case nil, .quote, .swap, .approve: return .unsupported
    default: return privateCommand(command)
    }
    return .ok
  }

  private func marketCommand(_ command: Command) -> Status {
    guard let market = market(command.instrument), market.id == command.instrument else {
      out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
      return .ok
    }
    switch command.verb {
    case .subscribe: subscribe(market, command)
    case .unsubscribe: unsubscribe(market, command)
    default: resync(market, command)
    }
    return .ok
  }

  public override func account(_ account: Account) { accountChanged(account) }

  public override func opened(_ stream: pb_id, published: Published) {
    if userStreams[stream] != nil { return userStreamOpened(stream) }
    connections[stream]?.isOpen = true
    flush(stream)
  }

  public override func closed(_ stream: pb_id, code: UInt32, reason: String) {
    if userStreams[stream] != nil { return userStreamClosed(stream, reason) }
    lost(stream, reason)
  }

  public override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    // Ids of market streams are small: one compare keeps the hot path free of a search.
    if stream >= 1 << 32 { return userFrame(stream, payload) }
    return marketData(payload, on: stream)
  }

  public override func sent(_ notice: Reply) {
    guard notice.outcome == .sent else { return neverSent(notice) }
    if case .subscribe(_, _, isUnsubscribe: false)? = requests[notice.request] { subscriptionLeft(notice.request) }
  }

  private func neverSent(_ notice: Reply) {
    switch requests[notice.request] {
    case .subscribe(let stream, let topics, let isUnsubscribe)?:
      requests.remove(notice.request)
      out.log(.warning, "subscription on stream \(stream) was not sent: \(notice.reason)")
      askAgain(stream, topics, isUnsubscribe: isUnsubscribe)
    case .userSubscribe(let stream)?:
      requests.remove(notice.request)
      userSubscriptionFailed(stream, VenueError(notice, Body(start: nil, count: 0), venue.errors, venueTime: 0))
    default: break
    }
  }

  public override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    switch requests.remove(reply.request) {
    case .snapshot(let market)?: return snapshot(markets[market], reply, body)
    case .answer(let read)?: return read(reply, body)
    case .subscribe?, .userSubscribe?, nil: return .state
    }
  }

  public override func timer(_ id: pb_id) {
    switch timers.remove(id) {
    case .snapshot(let market)?:
      markets[market].snapshotTimer = 0
      requestSnapshot(markets[market])
    case .flush(let connection)?: flush(connection)
    case .answer(let subscription, let wasLate)?: answerIsMissing(subscription, wasLate: wasLate)
    case .userStream(let account)?: userStreamTimer(account)
    case nil: break
    }
  }

  // MARK: Requests and answers

  /// Sends a public REST request; `path` may have a query.
  func ask(
    _ path: String, weight: UInt32, command: pb_id = 0, deadline: Int64 = 10 * Venue.second,
    _ read: @escaping (Reply, Body) -> Status
  ) {
    var request = Request(.get, SealedText(venue.rest + path))
    request.command = command
    request.charges = venue.cost(weight)
    request.deadline = deadline
    out.send(request, id: requests.insert(.answer(read)))
  }

  func error(_ reply: Reply, _ body: Body) -> VenueError {
    VenueError(reply, body, venue.errors, venueTime: out.now.venue)
  }

  /// Whether a reply to a question is a success; answers the command when it is not.
  func succeeded(_ reply: Reply, _ body: Body, _ command: pb_id) -> Bool {
    if reply.isSuccess { return true }
    let error = error(reply, body)
    out.reply(
      command, reply.outcome == .noAnswer ? .unknown : .refused, error.failure, retryAfter: error.retryAfter,
      code: error.code, error.text)
    return false
  }

  /// A reply that says success but cannot be read: what was asked for did not come.
  func unreadable(_ command: pb_id, _ what: String) -> Status {
    out.reply(command, .unknown, .other, "the venue's \(what) cannot be read")
    return .parse
  }

  /// "Check server time": `{"serverTime": ms}`.
  private func clock(_ command: pb_id, _ reply: Reply, _ body: Body) -> Status {
    guard succeeded(reply, body, command) else { return .ok }
    var json = JSONScanner(body)
    var time: Int64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      if key == "serverTime" { time = json.milliseconds() } else { json.skip() }
    }
    guard json.isComplete(), time > 0 else { return unreadable(command, "server time") }
    out.clock(request: reply.request, venue: time)
    out.done(command)
    return .ok
  }

  /// The market of an instrument; of one that has given way to another, that one: its orders live on.
  func market(_ id: pb_id) -> Market? {
    id >= 1 && id <= instruments.count ? markets[instruments[Int(id) - 1].number] : nil
  }

  /// The parameters of a query about one symbol or, for instrument 0, all; `nil` after refusing an unknown instrument.
  func symbolForm(_ command: OwnedCommand) -> Form? {
    var form = Form()
    if command.instrument != 0 {
      guard let market = market(command.instrument) else {
        out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
        return nil
      }
      form.add("symbol", market.symbol)
    }
    return form
  }
}
