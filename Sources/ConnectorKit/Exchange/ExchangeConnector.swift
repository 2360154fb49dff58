import CPatchbay
import Decimals

/// Why a command, or a part of it, is refused before anything is sent.
public struct CommandRefusal: Error, CustomStringConvertible {
  public let failure: Failure
  public let text: String

  public init(_ failure: Failure, _ text: String) {
    self.failure = failure
    self.text = text
  }

  public var description: String { text }
}

/// The base of a connector to an exchange with order books: what every exchange repeats. Subscriptions, books,
/// batches, histories, private streams and their repair are done here; what is the exchange's own stands in its
/// `ExchangeDialect`.
///
/// The connector's `init` attaches itself and lists what the exchange offers:
///
///     try super.init(config: config, out: out)
///     attach(self)
///     instruments(Endpoint(.instruments), at: "data", rules, state: ["live": .trading])
///     serve(.place, by: Endpoint(.order, .json), batch: Batch(Endpoint(.orders, .json), most: 20), answer)
///
/// Verbs that nothing serves are answered with `.unsupported`. Everything happens on the instance's lane.
open class ExchangeConnector: Connector {
  // MARK: State

  /// The connector itself, as what it knows of its exchange.
  @exclusivity(unchecked) final unowned(unsafe) var exchange: (any ExchangeDialect)?
  // The exchange's data, read once.
  @exclusivity(unchecked) final var errorPlan = ErrorPlan(.status(code: "code", text: "msg"), [])
  @exclusivity(unchecked) public private(set) final var vocabulary = Words(side: [:], type: [:], force: [:], state: [:])
  @exclusivity(unchecked) final var address = ""
  @exclusivity(unchecked) final var publicAddress = ""
  @exclusivity(unchecked) final var feedPlan = FeedPlan()
  final var bookPlan = BookPlan(.unnumbered, .pushes)
  @exclusivity(unchecked) final var privatePlan = PrivatePlan.none
  /// Whether orders are remembered between their reports.
  final var remembersOrders = false
  @exclusivity(unchecked) final var orderOffer = OrderOffer([], [], [])
  @exclusivity(unchecked) final var identityPlan: AccountQuestion?
  final var declaredLimits: [Output.Limit] = []
  /// Buckets of the limits that were declared when they were first needed.
  private final var lateBuckets: Set<UInt32> = []

  @exclusivity(unchecked) public final var markets: [Market] = []
  /// The same for hot paths; see `withMarket`.
  @exclusivity(unchecked) @usableFromInline final var hotMarkets: [Unmanaged<Market>] = []
  public final let symbols = SymbolMap()
  /// All markets that were ever reported, by their ids from 1.
  @exclusivity(unchecked) final var instruments: [Market] = []
  /// Other names of markets, and the market of each.
  final let names = SymbolMap()
  final var marketOfName: [Int] = []
  final var subscriptions = Subscriptions()
  final var connections = IDTable<Connection>()
  /// What the usual frame of a public stream needs to know of it.
  @exclusivity(unchecked) final var streams: [StreamPlace] = []
  /// Trades of a message that names the newest first; kept for its memory.
  @exclusivity(unchecked) final var unsorted: [PublicTrade] = []
  /// Public streams that stand and have not greeted yet, and when an address is asked for again.
  @exclusivity(unchecked) final var ungreeted: [pb_id] = []
  final var addressPause = RetryPause()
  @exclusivity(unchecked) final var accounts: [TradingAccount] = []
  /// Private streams; their ids do not meet those of public ones.
  final var privateStreams = IDTable<TradingAccount>(first: 1 << 32)
  @exclusivity(unchecked) final var pending = IDTable<Pending>()
  final var timers = IDTable<() -> Void>()
  @exclusivity(unchecked) final var services: [Service] = []
  /// Ways to ask for an order.
  final var questions: [OrderQuestion] = []
  /// Asks for an account's balances, for a command or for none; and nanoseconds between two such questions.
  final var askBalances: ((TradingAccount, pb_id) -> Void)?
  final var balanceInterval: Int64 = 0
  /// How an order is found whose exchange's id is not known, where only that names one.
  @exclusivity(unchecked) final var lookUp: LookUp?
  /// How the fills of one order are asked for, where its reports only say how much of it is filled.
  final var fillsOfOrder: FillsOfOrder?
  /// What the rule says of the update at hand, where it is not simply applied.
  @exclusivity(unchecked) final var verdict = BookSync.Verdict.drop
  /// The frame at hand could not be read, and what it was about is known.
  @exclusivity(unchecked) final var isAttributed = false
  /// It was about this market's book.
  final var misreadBook: Market?

  /// What a request under way is for.
  enum Pending {
    case call(isPublic: Bool, (Answer) -> Status)
    case topics(TopicMessage)
    /// A channel that is of no market.
    case common(stream: pb_id, String)
    /// A frame that asks for the book of a market.
    case book(stream: pb_id, market: pb_id)
    /// A frame of an account's stream that must be acknowledged.
    case privateFrame(account: pb_id, stream: pb_id, String)
    /// Nothing comes of it but the word that it has left.
    case ping
  }

  /// Who carries a verb out.
  struct Service {
    let verb: Verb
    let carryOut: (OwnedCommand) -> Void
  }

  /// Reads what the exchange is. To be called once, by the connector's own `init`.
  public final func attach(_ exchange: any ExchangeDialect) {
    self.exchange = exchange
    errorPlan = exchange.errors
    vocabulary = exchange.words
    (address, publicAddress) = (exchange.rest, exchange.publicRest)
    feedPlan = exchange.feeds
    bookPlan = exchange.bookRules
    privatePlan = exchange.privateStream
    remembersOrders = exchange.reportsChangesAlone
    orderOffer = exchange.offer
    identityPlan = exchange.accountQuestion
    declaredLimits = exchange.limits
  }

  /// Reads a frame of a public stream; every exchange overrides it. `stream` is 0 for a frame that waited for its book.
  open func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { .unsupported }

  // MARK: Inputs

  open override func start(trading: Bool) {
    if !declaredLimits.isEmpty { out.limits(declaredLimits) }
  }

  /// Declares a limit when it is first needed, such as one of each market.
  public final func declare(_ bucket: UInt32, _ limit: () -> Output.Limit) {
    if lateBuckets.insert(bucket).inserted { out.limits([limit()]) }
  }

  public final override func account(_ account: Account) { accountChanged(account) }

  public final override func command(_ command: Command) -> Status {
    switch command.verb {
    case .subscribe, .unsubscribe, .resync, .refresh:
      guard let market = market(command.instrument), market.id == command.instrument else {
        out.refuse(command.id, .unknownInstrument, "no instrument \(command.instrument)")
        return .ok
      }
      switch command.verb {
      case .subscribe: subscribe(market, command)
      case .unsubscribe: unsubscribe(market, command)
      case .refresh: refresh(market, command)
      default: resync(market, command)
      }
      return .ok
    default:
      guard let verb = command.verb, let service = services.first(where: { $0.verb == verb }) else {
        return .unsupported
      }
      service.carryOut(OwnedCommand(command))
      return .ok
    }
  }

  public final override func opened(_ stream: pb_id, published: Published) {
    if stream >= 1 << 32 { privateStreamOpened(stream) } else { publicStreamOpened(stream) }
  }

  public final override func closed(_ stream: pb_id, code: UInt32, reason: String) {
    if stream >= 1 << 32 { privateStreamLost(stream, reason) } else { publicStreamLost(stream, reason) }
  }

  public final override func frame(_ stream: pb_id, _ payload: Body, isBinary: Bool) -> Status {
    stream >= 1 << 32 ? privateFrameCame(stream, payload) : publicFrameCame(stream, payload)
  }

  public final override func timer(_ id: pb_id) { timers.remove(id)?() }

  public final override func sent(_ notice: Reply) {
    switch pending[notice.request] {
    case .topics(let message): topicsLeft(notice, message)
    case .ping: pending.remove(notice.request)
    case .book(_, let market): if notice.outcome == .notSent { snapshotRefused(notice.request, market, notice.reason) }
    case .privateFrame, .common:
      // What never left: the stream is closing, and the next one asks again.
      if notice.outcome == .notSent { pending.remove(notice.request) }
    case .call, nil: break
    }
  }

  public final override func reply(_ reply: Reply, _ body: Body) -> Status {
    guard case .call(let isPublic, let read)? = pending.remove(reply.request) else { return .state }
    return read(Answer(reply: reply, body: body, fault: fault(reply, body, isPublic: isPublic)))
  }

  /// Answers a heartbeat that the exchange sends inside a frame, on the stream on which it came.
  /// - Parameter act: of the manifest, a public one.
  public final func answerHeartbeat(_ text: String, act: String, on stream: pb_id) {
    guard stream != 0 else { return }
    var frame = Request(frame: SealedText(text), on: stream)
    frame.permission = act
    out.send(frame, id: pending.insert(.ping))
  }

  /// Says something on a public stream that is no subscription: `marketFrame` reads what comes of it, by an id that the
  /// text carries and that no number of this layer can be.
  public final func say(_ text: SealedText, on stream: pb_id, charges: [Charge]) {
    guard connections[stream]?.isOpen == true else { return }
    var frame = Request(frame: text, on: stream)
    frame.charges = charges
    out.send(frame, id: pending.insert(.ping))
  }

  // MARK: Look-ups and timers

  /// Hands the market of a number to `body`, for the usual frame: nothing is counted, and no access is checked.
  @inlinable
  @inline(__always)
  public final func withMarket<Result>(_ number: Int, _ body: (Market) -> Result) -> Result {
    hotMarkets[number]._withUnsafeGuaranteedRef { body($0) }
  }

  /// The market of an instrument; of one that has given way to another, that one: its orders live on.
  public final func market(_ id: pb_id) -> Market? {
    id >= 1 && id <= instruments.count ? markets[instruments[Int(id) - 1].number] : nil
  }

  /// The market of a symbol, or of any other of its names.
  public final func market(named name: JSONText) -> Market? {
    let number = symbols.find(name)
    if number >= 0 { return markets[number] }
    let place = names.find(name)
    return place >= 0 ? markets[marketOfName[place]] : nil
  }

  public final func market(named name: String) -> Market? {
    let number = symbols.find(name)
    if number >= 0 { return markets[number] }
    let place = names.find(name)
    return place >= 0 ? markets[marketOfName[place]] : nil
  }

  public final func account(_ id: pb_id) -> TradingAccount? { accounts.first { $0.id == id } }

  /// The account that came first, for what any account may ask.
  public final var firstAccount: TradingAccount? { accounts.first }

  /// Runs `body` after so many nanoseconds; gives an id to cancel it by.
  final func after(_ nanoseconds: Int64, _ body: @escaping () -> Void) -> pb_id {
    let id = timers.insert(body)
    out.timer(id, after: max(1, nanoseconds))
    return id
  }

  final func cancelTimer(_ id: inout pb_id) {
    guard id != 0 else { return }
    if timers.remove(id) != nil { out.timer(id, after: 0) }
    id = 0
  }
}
