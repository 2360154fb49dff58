import CPatchbay
import ConnectorKit
import Decimals

/// Sandbar's spot market. Headings in comments are those of EXCHANGE.md; frames are read in Frames.swift.
public final class SandbarSpot: ExchangeConnector, ExchangeDialect {
  public let rest = "https://api.sandbar.example"
  public let limits = [requests, messages]
  static let requests = Output.Limit(1, "requests", .address, 10, seconds: 1)
  static let messages = Output.Limit(2, "messages", .stream, 5, seconds: 1)

  /// "Requests": errors.
  public let errors = ErrorPlan(
    .status(code: "code", text: "text"),
    [
      .init("no_such_market", .unknownInstrument), .init("slow_down", .rateLimit),
      .init("no_such_order", .unknownOrder), .init("no_funds", .funds), .init("bad_order", .invalidOrder),
      .init("bad_key", .authentication), .init("bad_time", .clock),
    ])

  public let words = Words(
    side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market], force: [:],
    state: ["open": .open, "filled": .filled, "cancelled": .cancelled])

  /// "Orders": what instruments are traded by.
  public let offer = OrderOffer([.limit, .market], [.goodTilCancelled], [.postOnly])

  /// "Books": the first message of a subscription is the book, and each further one counts on by one.
  public let bookRules = BookPlan(.increment, .stream())

  /// "Feed".
  public let feeds: FeedPlan = {
    var plan = FeedPlan(["wss://feed.sandbar.example/v1/feed"], [.book: "book", .trades: "trades"])
    plan.topicsPerMessage = 20
    plan.messageCharges = [messages.charge]
    return plan
  }()

  /// "Private stream".
  public let privateStream = PrivatePlan(
    .login(act: "login"), address: "wss://feed.sandbar.example/v1/private", streamAct: "private_stream",
    subscribeAct: "private_subscribe", channels: ["orders"])

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: Self.requests), at: "time", in: .milliseconds)
    instruments(
      Endpoint(.markets, on: Self.requests), at: "markets", Self.rules, state: ["open": .trading, "halted": .halted])
    offerAccount()
  }

  private static let rules = FieldTable<RuleField>([
    "symbol": .symbol, "base": .base, "quote": .quote, "status": .state, "tick": .tick, "lot": .lot,
    "maker": .makerFee, "taker": .takerFee,
  ])

  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status { read(frame, stream) }
}

extension PermittedAct {
  static let time = PermittedAct("time", .get, "/v1/time")
  static let markets = PermittedAct("markets", .get, "/v1/markets")
  static let place = PermittedAct("place", .post, "/v1/orders")
  static let cancel = PermittedAct("cancel", .delete, "/v1/orders/*")
  static let orders = PermittedAct("orders", .get, "/v1/orders")
  static let balances = PermittedAct("balances", .get, "/v1/balances")
}
