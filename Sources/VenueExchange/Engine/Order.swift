import Decimals
import Matching

enum OrderType: Sendable { case limit, market, stopMarket, stopLimit, takeMarket, takeLimit }

extension OrderType {
  var isConditional: Bool { self != .limit && self != .market }
  /// Whether it has a price of its own; else it takes what there is.
  var hasPrice: Bool { self == .limit || self == .stopLimit || self == .takeLimit }
}

enum Force: Sendable { case goodTilCancelled, immediateOrCancel, fillOrKill }

/// Which position an order or a fill is of. One-way accounts have one per instrument.
enum PositionSide: Int, Sendable, CaseIterable { case both, long, short }

/// What an account asks for. Prices and quantities are mantissas at the market's exponents.
struct OrderRequest: Sendable {
  var account: Participant
  var market: Int
  var client = ""
  /// The client's id of the conditional order that it comes from, where the exchange keeps the two apart.
  var origin = ""
  var side: Side
  var type = OrderType.limit
  var force = Force.goodTilCancelled
  var isPostOnly = false
  var reducesOnly = false
  var positionSide = PositionSide.both
  var price: Int64 = 0
  /// 0 for an order by value until it has traded.
  var quantity: Int64 = 0
  /// What a market order by value spends or wants to receive.
  var value: Amount?
  var stop: Int64 = 0
  /// Which price reaches the stop.
  var stopSource = Trigger.Source.last
  var selfTrade = SelfTrade.expireMaker
  /// The venue's own, to close a position that is liquidated.
  var isForced = false
  /// What the dialect wants to remember of it: words of its own.
  var words: [String: String] = [:]

  /// What it waits for, where it is conditional.
  var trigger: Trigger? {
    guard type.isConditional else { return nil }
    return Trigger(price: stop, isStop: type == .stopMarket || type == .stopLimit, source: stopSource)
  }

  /// Whether it can only make a position smaller: by its flag, or as it works against a position side.
  var reduces: Bool {
    reducesOnly || positionSide == .long && side == .sell || positionSide == .short && side == .buy
  }
}

enum OrderStatus: Sendable { case untriggered, open, filled, cancelled, expired, expiredInMatch, rejected }

struct Order: EngineOrder, Sendable {
  let id: OrderID
  var request: OrderRequest
  var quantity: Int64
  var price: Int64
  var filled: Int64 = 0
  var filledValue: Amount = 0
  /// Fees so far, in the assets they were taken in.
  var feeBase: Amount = 0
  var feeQuote: Amount = 0
  /// Spot: what the ledger holds for it. Perpetuals: the quantity counted as open on its position.
  var held: Amount = 0
  var committed: Int64 = 0
  var status = OrderStatus.open
  /// Nanoseconds of the venue's clock.
  let created: Int64
  var updated: Int64
  /// When it came to stand in the book, 0 = never.
  var working: Int64 = 0
  /// Why it ended, unless its owner wanted that.
  var reason = ""
  /// Places of its fills among those of its account.
  var fills: [Int] = []
  var amendments = 0
  /// Its stop was reached.
  var wasTriggered = false

  var account: Participant { request.account }
  var market: Int { request.market }
  var side: Side { request.side }
  var client: String { request.client }
  var remaining: Int64 { quantity - filled }
  var isLive: Bool { status == .open || status == .untriggered }
  var limit: Int64? { request.type.hasPrice ? price : nil }
  /// What waits without a price of its own will get about its stop.
  var reservePrice: Int64? { limit ?? (request.type.isConditional ? request.stop : nil) }
  var trigger: Trigger? { status == .untriggered ? request.trigger : nil }
  var reduces: Bool { request.reduces }
  var leg: Int { request.positionSide.rawValue }
}

/// One execution of an account's order.
struct Fill: Sendable {
  let account: Participant
  let market: Int
  let order: OrderID
  let client: String
  let side: Side
  let positionSide: PositionSide
  let isMaker: Bool
  let price: Int64
  let quantity: Int64
  let value: Amount
  let fee: Amount
  let feeAsset: Int
  let realized: Amount
  /// The public trade's id.
  let trade: UInt64
  let time: Int64
}

/// A public trade.
struct Trade: Sendable {
  let market: Int
  let id: UInt64
  let price: Int64
  let quantity: Int64
  /// Side of the taker.
  let side: Side
  let time: Int64
  /// The orders that met; ids of the background market have the highest bit set.
  let maker: OrderID
  let taker: OrderID
  /// Whether the taker was a market order.
  let byMarket: Bool
}

struct FundingPayment: Sendable {
  let id: UInt64
  let account: Participant
  let market: Int
  let rate: Int64
  let amount: Amount
  let time: Int64
}

/// What became of an order.
enum OrderChange: Sendable { case new, triggered, amended, cancelled, expired, rejected, filled }

/// What happened, in order.
enum Event: Sendable {
  case trade(Trade)
  /// With the order as it is behind the fill.
  case fill(Fill, Order)
  case order(Order, OrderChange)
  case balances(Participant, assets: [Int])
  case position(Participant, market: Int, PositionSide)
  case mark(market: Int)
  case funding(FundingPayment)
  case liquidation(Participant, market: Int, Side, price: Int64, quantity: Int64, order: OrderID)
}

/// Why the engine refuses an order. Nothing has happened then. Each dialect has its own words for them.
enum Refusal: Error, Equatable {
  case price, quantity, notional, band
  case funds, postOnly, reduceOnly, wouldTrigger
  case duplicateClient, unknownOrder, unchanged, tooManyOrders, unsupported
}
