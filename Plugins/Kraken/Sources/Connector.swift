import CPatchbay
import ConnectorKit
import Decimals

/// Kraken spot: instruments, books, trades, tickers; orders, fills, balances, fees.
///
/// Protocol: Kraken API Center (docs.kraken.com). The parts are in files of their own: Symbols (AssetPairs), Streams
/// (public connections), MarketDataV2, ChannelsV2 and MarketDataV1 (frames), Book (checksum), Signing, Orders and
/// OrderFacts (trading), Account (balances, fills, fees), UserStream (private socket), Errors.
public final class KrakenSpot: Connector {
  let venue: Venue

  /// Names on the public socket; a name's number is its market's.
  var symbols = SymbolMap()
  /// All names of all pairs, and the market of each.
  var names = SymbolMap()
  var marketOfName: [Int] = []
  var markets: [Market] = []
  /// All that have ever been told, by their ids from 1. One whose exponents changed has given way to another.
  var instruments: [Market] = []
  /// Names of assets as AssetPairs spell them. For look-ups alone: its order means nothing.
  var assets: [String: String] = [:]

  var subscriptions = Subscriptions()
  var connections = IDTable<Connection>()
  /// The public stream that carries the instrument channel, or 0.
  var instrumentStream: pb_id = 0
  /// In order of their ids.
  var accounts: [PrivateAccount] = []
  /// Private streams; their ids do not meet those of public ones.
  var privateStreams = IDTable<pb_id>(first: 1 << 32)
  var requests = IDTable<Pending>()
  var timers = IDTable<TimerPurpose>()

  /// What a request under way is for.
  enum Pending {
    case clock(command: pb_id)
    case instruments(command: pb_id)
    case tickers(command: pb_id)
    case subscribe(stream: pb_id, topics: [Topic], isUnsubscribe: Bool)
    /// A channel that is not of one market; account 0 on a public stream.
    case channel(stream: pb_id, account: pb_id, name: String)
    case token(account: pb_id, stream: pb_id)
    /// Command 0: the balances have changed.
    case balances(account: pb_id, command: pb_id)
    case fees(FeesJob)
    case fills(FillsJob)
    case openOrders(command: pb_id, account: pb_id, instrument: pb_id)
    case history(HistoryJob)
    case order(OrderQuery)
    case place(OrderJob, [OrderSpec])
    case amend(OrderJob, OrderSpec)
    case cancel(OrderJob, [OrderSpec])
  }

  enum TimerPurpose {
    case resync(market: Int)
    case balances(account: pb_id)
    case privateStream(account: pb_id)
  }

  public required init(config: ConnectorConfig, out: Output) throws {
    venue = try Venue(config)
    try super.init(config: config, out: out)
  }

  public override func start(trading: Bool) { out.limits(venue.limits) }

  public override func account(_ account: Account) { accountChanged(account) }

  public override func command(_ command: Command) -> Status {
    switch command.verb {
    case .clock: ask("Time", .clock(command: command.id))
    case .instruments: ask("AssetPairs", .instruments(command: command.id), deadline: 60 * Venue.second)
    case .tickers: ask("Ticker", .tickers(command: command.id), deadline: 30 * Venue.second)
    case .subscribe, .unsubscribe, .resync:
      guard let market = market(command.instrument), market.id == command.instrument else {
        out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
        return .ok
      }
      switch command.verb {
      case .subscribe: subscribe(market, command)
      case .unsubscribe: unsubscribe(market, command)
      default: resync(market, command)
      }
    default: return privateCommand(command)
    }
    return .ok
  }

  private func privateCommand(_ command: Command) -> Status {
    let act: (Command, PrivateAccount) -> Void
    switch command.verb {
    case .place: act = place
    case .amend: act = amend
    case .cancel, .cancelMany: act = cancel
    case .order: act = queryOrder
    case .openOrders: act = openOrders
    case .orderHistory: act = history
    case .fills: act = fills
    case .balances: act = balances
    case .fees: act = fees
    default: return .unsupported
    }
    guard let account = account(command.account) else {
      out.refuse(command.id, .authentication, "no account \(command.account)")
      return .ok
    }
    act(command, account)
    return .ok
  }

  /// Sends a public REST request.
  private func ask(_ endpoint: String, _ purpose: Pending, deadline: Int64 = 10 * Venue.second) {
    var request = Request(.get, SealedText("\(Venue.rest)/0/public/\(endpoint)"))
    request.charges = [Charge(Venue.Bucket.publicCalls)]
    request.deadline = deadline
    out.send(request, id: requests.insert(purpose))
  }

  // MARK: Streams

  public override func opened(_ stream: pb_id, published: Published) {
    if privateStreams[stream] != nil { privateStreamOpened(stream) } else { marketStreamOpened(stream) }
  }

  public override func closed(_ stream: pb_id, code: UInt32, reason: String) {
    if privateStreams[stream] != nil { privateStreamLost(stream, reason) } else { marketStreamLost(stream, reason) }
  }

  public override func frame(_ stream: pb_id, _ payload: UnsafeBufferPointer<UInt8>, isBinary: Bool) -> Status {
    if stream >= 1 << 32 { return privateFrame(stream, payload) }
    return venue.version == .v2 ? frameV2(stream, payload) : frameV1(stream, payload)
  }

  public override func timer(_ id: pb_id) {
    switch timers.remove(id) {
    case .resync(let market): resyncTimedOut(markets[market])
    case .balances(let account): refreshBalances(account)
    case .privateStream(let account): privateStreamDue(account)
    case nil: break
    }
  }

  // MARK: Requests

  public override func sent(_ notice: Reply) {
    guard notice.outcome != .sent else { return }
    switch requests[notice.request] {
    case .subscribe, .channel:
      // Never left: the stream is closing, and its reopening asks again.
      requests.remove(notice.request)
      out.log(.warning, "a subscription was not sent: \(notice.reason)")
    default: break
    }
  }

  public override func reply(_ reply: Reply, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let purpose = requests.remove(reply.request) else { return .state }
    let error = VenueError(reply, body, now: out.now.venue)
    switch purpose {
    case .clock(let command): return failed(command, error?.ofAddress) ? .ok : clock(reply.request, command, body)
    case .instruments(let command): return failed(command, error?.ofAddress) ? .ok : instruments(command, body)
    case .tickers(let command): return failed(command, error?.ofAddress) ? .ok : tickers(command, body)
    case .token(let account, let stream): return tokenCame(account, stream, error)
    case .balances(let account, let command):
      balancesAnswered(account)
      if command == 0, let error { silenced(account, error) }
      return failed(command, error) ? .ok : balances(account, command, body)
    case .fees(let job): return failed(job.command, error) ? .ok : fees(job, body)
    case .fills(let job): return failed(job.command, error) ? .ok : fills(job, body)
    case .openOrders(let command, let account, let instrument):
      return failed(command, error) ? .ok : openOrders(command, account, instrument, body)
    case .history(let job): return failed(job.command, error) ? .ok : history(job, body)
    case .order(let query): return order(query, error, body)
    case .place(let job, let orders): return placed(job, orders, error, body)
    case .amend(let job, let order): return amended(job, order, error)
    case .cancel(let job, let orders): return cancelled(job, orders, error, body)
    case .subscribe, .channel: return .state
    }
  }

  /// Whether a question failed; its command is answered then. Asking changes nothing, so nothing is in doubt.
  func failed(_ command: pb_id, _ error: VenueError?) -> Bool {
    guard let error else { return false }
    if command == 0 { out.log(.warning, "balances: \(error.words)") }
    out.reply(command, .refused, error.failure, retryAfter: error.retryAfter, code: error.code, error.text)
    return true
  }

  /// A reply that says success but cannot be read: what was asked for did not come.
  func unreadable(_ command: pb_id, _ what: String) -> Status {
    out.reply(command, .unknown, .other, "the venue's \(what) cannot be read")
    return .parse
  }

  /// The market of an instrument; of one that has given way to another, that one: its orders live on.
  func market(_ id: pb_id) -> Market? {
    id >= 1 && id <= instruments.count ? markets[instruments[Int(id) - 1].number] : nil
  }

  func account(_ id: pb_id) -> PrivateAccount? { accounts.first { $0.id == id } }
}
