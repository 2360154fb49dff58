import CPatchbay
import ConnectorKit
import Decimals

/// Tideway, an exchange that is made up: what its documentation would say is in this example's README.
public final class TidewaySpot: ExchangeConnector, ExchangeDialect {
  // MARK: As data

  public let rest = "https://api.tideway.example"
  public let errors = ErrorPlan(
    .status(code: "problem", text: "detail"),
    [.init("no_such_pair", .unknownInstrument), .init("slow_down", .rateLimit)])
  public let limits = [requests, messages]
  private static let requests = Output.Limit(1, "requests", .address, 5, seconds: 1)
  private static let messages = Output.Limit(2, "messages", .stream, 1, seconds: 1)

  public let words = Words(side: ["b": .buy, "s": .sell], type: [:], force: [:], state: [:])

  /// Updates have no numbers. The first message behind a join is the whole book.
  public let bookRules = BookPlan(.unnumbered, .stream())

  /// A pair's topic carries its book and its trades, and nothing is acknowledged.
  public let feeds: FeedPlan = {
    var plan = FeedPlan()
    plan.addresses = ["wss://feed.tideway.example/stream"]
    plan.channels = [FeedPlan.Channel([.book, .trades], "pair")]
    plan.acknowledges = false
    plan.topicsPerMessage = 2
    plan.messageInterval = 1_000_000_000
    plan.messageCharges = [messages.charge]
    return plan
  }()

  public required init(config: ConnectorConfig, out: Output) throws(ConfigFault) {
    var pairs: [String] = []
    _ = try config.field("pairs", expected: "a list of pairs") { json in
      json.elements { pairs.append($0.string().text) }
    }
    try super.init(config: config, out: out)
    attach(self)
    clock(Endpoint(.time, on: Self.requests), at: "now", in: .milliseconds)
    instruments(Endpoint(.pair, on: Self.requests), each: pairs, parameter: "name", at: "") {
      InstrumentRules(&$1, Self.rules, state: ["open": .trading, "closed": .halted])
    }
  }

  private static let rules = FieldTable<RuleField>([
    "name": .symbol, "base": .base, "quote": .quote, "status": .state, "step": .tick, "lot": .lot,
  ])

  // MARK: The feed

  public func topics(_ topics: [Topic], isUnsubscribe: Bool, id: pb_id) -> SealedText {
    let names = topics.map { jsonQuoted(markets[$0.market].symbol) }.joined(separator: ",")
    return SealedText("{\"\(isUnsubscribe ? "leave" : "join")\":[\(names)]}")
  }

  /// `{"pair": "FOAM-EUR", "type": "whole" or "change", "at": ms, "levels": [["b", "1.20", "5"], ["s", "1.21", "3"]]}`
  /// and `{"pair": "FOAM-EUR", "type": "deal", "at": ms, "deal": ["b", "1.20", "5"], "id": 7}`.
  public override func marketFrame(_ frame: Body, _ stream: pb_id) -> Status {
    var json = JSONScanner(frame)
    var (pair, type, id, time) = (JSONText(), JSONText(), JSONText(), Int64(0))
    var (levels, deal): (JSONMark?, JSONMark?) = (nil, nil)
    json.members { key, json in
      switch key {
      case "pair": pair = json.string()
      case "type": type = json.string()
      case "at": time = json.milliseconds()
      case "id": id = json.scalar()
      case "levels":
        levels = json.mark
        return false
      case "deal":
        deal = json.mark
        return false
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return .parse }
    guard let market = market(named: pair) else { return .unsupported }
    switch type {
    case "whole": return book(levels, market, isSnapshot: true, time, frame)
    case "change": return book(levels, market, isSnapshot: false, time, frame)
    case "deal": return trade(deal, market, id, time)
    default: return .unsupported
    }
  }

  /// Bids and asks stand in one list.
  private func book(
    _ levels: JSONMark?, _ market: Market, isSnapshot: Bool, _ time: Int64, _ frame: Body
  ) -> Status {
    guard var json = levels?.scanner() else { return misread(market, .book) }
    out.beginBook()
    let (bids, asks) = out.sides(&json) { level(&$0, market) }
    guard json.isValid else { return misread(market, .book) }
    return book(market, isSnapshot: isSnapshot, last: 0, time: time, bids: bids, asks: asks, frame: frame)
  }

  private func trade(_ deal: JSONMark?, _ market: Market, _ id: JSONText, _ time: Int64) -> Status {
    guard var json = deal?.scanner() else { return misread(market, .trades) }
    let deal = level(&json, market)
    guard json.isValid, deal.side != .none, deal.price > 0, deal.quantity > 0 else { return misread(market, .trades) }
    guard isWanted(market, .trades) else { return .ok }
    out.trade(
      instrument: market.id, id: id, price: deal.price, quantity: deal.quantity, taker: deal.side, time: time)
    return .ok
  }

  /// `["b", "1.20", "5"]`
  private func level(_ json: inout JSONScanner, _ market: Market) -> (side: Side, price: Int64, quantity: Int64) {
    json.enterArray()
    let side = json.nextElement() ? vocabulary.side(json.string()) : .none
    let price = json.nextElement() ? json.fixed(market.priceExponent) : 0
    let quantity = json.nextElement() ? json.fixed(market.quantityExponent) : -1
    if price <= 0 || quantity < 0 || json.nextElement() { json.fail() }
    return (side, price, quantity)
  }
}

extension PermittedAct {
  static let time = PermittedAct("time", .get, "/time")
  static let pair = PermittedAct("pair", .get, "/pair")
}
