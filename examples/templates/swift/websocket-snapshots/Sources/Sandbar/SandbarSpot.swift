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
    [.init("no_such_market", .unknownInstrument), .init("slow_down", .rateLimit)])

  public let words = Words(side: ["buy": .buy, "sell": .sell], type: [:], force: [:], state: [:])

  /// "Requests": what instruments are traded by. Nothing here places orders yet.
  public let offer = OrderOffer([.limit, .market], [.goodTilCancelled], [])

  /// "Books": the first message of a subscription is the book, and each further one counts on by one.
  public let bookRules = BookPlan(.increment, .stream())

  /// "Feed".
  public let feeds: FeedPlan = {
    var plan = FeedPlan(["wss://feed.sandbar.example/v1/feed"], [.book: "book", .trades: "trades"])
    plan.topicsPerMessage = 20
    plan.messageCharges = [messages.charge]
    return plan
  }()

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: Self.requests), at: "time", in: .milliseconds)
    instruments(
      Endpoint(.markets, on: Self.requests), at: "markets", Self.rules, state: ["open": .trading, "halted": .halted])
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
}
