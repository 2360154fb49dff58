import CPatchbay
import Decimals

/// Why a command is refused before anything is sent.
public struct CommandRefusal: Error {
  public let failure: Failure
  public let text: String

  public init(_ failure: Failure, _ text: String) {
    self.failure = failure
    self.text = text
  }
}

/// The base of a connector to an exchange with order books: what every exchange repeats. Subscriptions, books, batches,
/// histories, private streams and their repair are done here; what is the exchange's own stands in its `ExchangeDialect`.
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
  @exclusivity(unchecked) final unowned var exchange: (any ExchangeDialect)?
  // The exchange's data, read once.
  public private(set) final var errorPlan = ErrorPlan(nil, [])
  public private(set) final var vocabulary = Words(side: [:], type: [:], force: [:], state: [:])
  final var address = ""
  final var feedPlan = FeedPlan()
  final var bookPlan = BookPlan(.unnumbered, .pushes)
  final var privatePlan = PrivatePlan.none
  final var orderOffer = OrderOffer([], [], [])
  final var declaredLimits: [Output.Limit] = []

  @exclusivity(unchecked) public final var markets: [Market] = []
  public final let symbols = SymbolMap()
  /// All markets that were ever reported, by their ids from 1.
  final var instruments: [Market] = []
  final var subscriptions = Subscriptions()
  final var connections = IDTable<Connection>()
  final var accounts: [TradingAccount] = []
  /// Private streams; their ids do not meet those of public ones.
  final var privateStreams = IDTable<pb_id>(first: 1 << 32)
  final var pending = IDTable<Pending>()
  final var timers = IDTable<() -> Void>()
  final var services: [Service] = []
  /// What the rule says of the update at hand, where it is not simply applied.
  @exclusivity(unchecked) @usableFromInline final var verdict = BookSync.Verdict.drop
  /// The frame at hand could not be read, and what it was about is known.
  @exclusivity(unchecked) final var isAttributed = false

  /// What a request under way is for.
  enum Pending {
    case answer((Reply, Body) -> Status)
    case topics(stream: pb_id, [Topic], isUnsubscribe: Bool)
    /// A frame of an account's stream that must be acknowledged.
    case privateFrame(account: pb_id, stream: pb_id)
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
    address = exchange.rest
    feedPlan = exchange.feeds
    bookPlan = exchange.bookRules
    privatePlan = exchange.privateStream
    orderOffer = exchange.offer
    declaredLimits = exchange.limits
  }

  // MARK: Inputs

  open override func start(trading: Bool) {
    if !declaredLimits.isEmpty { out.limits(declaredLimits) }
  }

  public final override func account(_ account: Account) { accountChanged(account) }

  public final override func command(_ command: Command) -> Status {
    switch command.verb {
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
    case .topics(let stream, let topics, let isUnsubscribe):
      topicsLeft(notice, stream, topics, isUnsubscribe: isUnsubscribe)
    case .privateFrame where notice.outcome == .notSent:
      // The stream is closing; the next one asks again.
      pending.remove(notice.request)
    default: break
    }
  }

  public final override func reply(_ reply: Reply, _ body: Body) -> Status {
    guard case .answer(let read)? = pending.remove(reply.request) else { return .state }
    return read(reply, body)
  }

  // MARK: Look-ups and timers

  /// The market of an instrument id; `nil` when it is unknown or has given way to another.
  public final func market(_ id: pb_id) -> Market? {
    guard id >= 1, id <= instruments.count else { return nil }
    let market = instruments[Int(id) - 1]
    return markets[market.number] === market ? market : nil
  }

  public final func account(_ id: pb_id) -> TradingAccount? { accounts.first { $0.id == id } }

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

/// How long to wait after so many failures in a row: doubled each time from `first`, at most `last` nanoseconds.
func backoff(_ failures: Int, first: Int64, last: Int64) -> Int64 {
  failures >= 40 ? last : min(last, first << Int64(min(failures, 20)))
}
