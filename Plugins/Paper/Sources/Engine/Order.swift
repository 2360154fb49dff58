import ConnectorKit
import Matching

/// What an account asks for. Prices and quantities are mantissas at the market's exponents.
struct OrderRequest: Equatable, Sendable {
  var account: Participant
  var market: Int
  /// The host's id of the order, and its client order id.
  var hostOrder: UInt64 = 0
  var clientOrder = ""
  var side: Side
  var isMarket = false
  /// What it waits for before it is placed, where it is conditional.
  var trigger: Trigger?
  var timeInForce = TimeInForce.goodTilCancelled
  /// When an order good till a date ends; else 0.
  var expiry: Int64 = 0
  var postOnly = false
  var reduceOnly = false
  /// Limit price; 0 for a market order.
  var price: Int64 = 0
  /// 0 for a market order by value.
  var quantity: Int64 = 0
  /// Quote amount of a market order by value.
  var value: Amount?
}

extension OrderRequest {
  /// As it was placed: an order whose trigger was reached keeps its type.
  var type: OrderType {
    switch trigger?.isStop {
    case nil: isMarket ? .market : .limit
    case true?: isMarket ? .stopMarket : .stopLimit
    case false?: isMarket ? .takeMarket : .takeLimit
    }
  }
}

extension OrderState {
  var isLive: Bool { self == .open || self == .partial || self == .untriggered }
}

/// An order of an account.
struct Order: EngineOrder, Equatable, Sendable {
  let id: OrderID
  let request: OrderRequest
  var price: Int64
  var quantity: Int64
  var filled: Int64 = 0
  /// Sum of price mantissa times quantity mantissa over the fills.
  var filledValue: Int128 = 0
  /// Spot: what the ledger still holds for it.
  var held: Amount = 0
  /// Perpetuals: quantity that its account's position counts as open.
  var committed: Int64 = 0
  var state = OrderState.open
  /// When it last changed.
  var time: Int64
  /// Why it ended, unless the account wanted that.
  var reason = ""

  var remaining: Int64 { quantity - filled }
  var account: Participant { request.account }
  var market: Int { request.market }
  var side: Side { request.side }
  var limit: Int64? { request.isMarket ? nil : price }
  /// What waits without a price of its own will get about its trigger's.
  var reservePrice: Int64? { limit ?? trigger?.price }
  var trigger: Trigger? { state == .untriggered ? request.trigger : nil }
  var isLive: Bool { state.isLive }
  var reduces: Bool { request.reduceOnly }
  var leg: Int { 0 }
}

/// One execution of an account's order.
struct Fill: Equatable, Sendable {
  let account: Participant
  let market: Int
  let order: OrderID
  let hostOrder: UInt64
  let clientOrder: String
  let side: Side
  let isMaker: Bool
  let price: Int64
  let quantity: Int64
  let fee: Amount
  let feeAsset: Int
  /// Perpetuals: the profit it realised.
  let realized: Amount
  let trade: UInt64
  let time: Int64
}

/// A public trade.
struct Trade: Equatable, Sendable {
  let market: Int
  let id: UInt64
  let price: Int64
  let quantity: Int64
  /// Side of the taker.
  let side: Side
  let time: Int64
}

/// Funding that an account paid (negative) or received.
struct FundingPayment: Equatable, Sendable {
  let account: Participant
  let market: Int
  /// In units of 10^-8.
  let rate: Int64
  let amount: Amount
  let id: UInt64
  let time: Int64
}

/// A forced close of an account's position.
struct Liquidation: Equatable, Sendable {
  let account: Participant
  let market: Int
  let side: Side
  /// Mark price at which it began.
  let price: Int64
  let quantity: Int64
  let time: Int64
}

/// What happened at the venue, in order.
enum ExchangeEvent: Equatable, Sendable {
  case trade(Trade)
  case fill(Fill)
  case order(Order)
  case balance(Participant, asset: Int)
  case position(Participant, market: Int)
  case mark(market: Int)
  case fundingRate(market: Int)
  case funding(FundingPayment)
  case liquidation(Liquidation)
}

/// Why the venue said no. Nothing has happened then.
struct Refusal: Error, Equatable, Sendable {
  let kind: Failure
  let text: String

  init(_ kind: Failure, _ text: String) {
    self.kind = kind
    self.text = text
  }
}
