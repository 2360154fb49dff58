import Decimals
import MarketModel

/// What a paper execution is like.
public struct PaperSettings: Sendable {
  /// How long a command takes to the venue, and its answer back; nanoseconds.
  public var latency: Int64
  /// What each account has at the start, by asset.
  public var balances: [String: Decimal64]
  /// Rates of makers and takers, fractions; `nil` = as the instrument says, else none.
  public var makerFee: Decimal64?
  public var takerFee: Decimal64?

  public init(
    latency: Int64 = 50_000_000, balances: [String: Decimal64], makerFee: Decimal64? = nil, takerFee: Decimal64? = nil
  ) {
    self.latency = latency
    self.balances = balances
    self.makerFee = makerFee
    self.takerFee = takerFee
  }
}

/// An order at a paper execution. Prices and quantities are at the instrument's exponents.
struct PaperOrder {
  let number: UInt64
  let account: AccountID
  var instrument: InstrumentID
  let clientOrderID: String
  let side: Side
  let type: OrderType
  let timeInForce: TimeInForce
  let flags: OrderFlags
  /// When it ends, by the venue's clock; 0 = never.
  var expiry: Int64 = 0
  /// `nil` for what is executed at market.
  var price: Int64?
  /// What it waits for; `nil` for one that waits for nothing, or for nothing any more.
  var trigger: PaperTrigger?
  var quantity: Int64
  var filled: Int64 = 0
  var state = OrderReport.Claim.open
  /// What stood in front of it at its price when it came, less what was traded or withdrawn since.
  var ahead: Int64 = 0
  /// What of an account's asset it holds while it is open.
  var held = Decimal64.zero
  var fills: [Fill] = []
  /// Nanoseconds of wall time.
  var time: Int64

  var left: Int64 { quantity.subtractingSaturated(filled) }
  var isLive: Bool { state.isAlive }
  var isAtMarket: Bool { !type.hasPrice }
  var venueOrderID: String { PaperPath.orderPrefix + "\(number)" }

  /// The same order at another instrument's exponents; `nil` when its numbers do not fit there.
  func at(_ newer: Instrument, from older: Instrument) -> PaperOrder? {
    func moved(_ number: Int64, _ from: Int32, _ to: Int32) -> Int64? {
      Decimal64(mantissa: number, exponent: from).mantissa(at: to)
    }
    func size(_ number: Int64) -> Int64? { moved(number, older.quantityExponent, newer.quantityExponent) }
    guard let quantity = size(quantity), let filled = size(filled), let ahead = size(ahead) else { return nil }
    var order = self
    (order.instrument, order.quantity, order.filled, order.ahead) = (newer.id, quantity, filled, ahead)
    if let trigger {
      guard let price = moved(trigger.price, older.priceExponent, newer.priceExponent) else { return nil }
      order.trigger?.price = price
    }
    if let price {
      guard let price = moved(price, older.priceExponent, newer.priceExponent) else { return nil }
      order.price = price
    }
    return order
  }
}

/// What of the real book's levels was taken already. The real book does not know of it, so it stays taken as long as
/// the level holds that much.
struct TakenLiquidity {
  private var bids: [Int64: Int64] = [:]
  private var asks: [Int64: Int64] = [:]

  /// What is left of a level.
  func left(of level: Level, _ side: BookSide) -> Int64 {
    max(0, level.quantity.subtractingSaturated((side == .bid ? bids : asks)[level.price] ?? 0))
  }

  mutating func take(_ quantity: Int64, at price: Int64, _ side: BookSide) {
    if side == .bid {
      bids[price] = (bids[price] ?? 0).addingSaturated(quantity)
    } else {
      asks[price] = (asks[price] ?? 0).addingSaturated(quantity)
    }
  }

  /// The book has changed: of a level that has become smaller no more than what is left can have been taken.
  mutating func clamp(to book: OrderBook) {
    TakenLiquidity.clamp(&bids, book, .bid)
    TakenLiquidity.clamp(&asks, book, .ask)
  }

  private static func clamp(_ taken: inout [Int64: Int64], _ book: OrderBook, _ side: BookSide) {
    guard !taken.isEmpty, book.isReady else { return }
    for (price, quantity) in taken {
      let real = book.quantity(side, at: price)
      taken[price] = real == 0 ? nil : min(quantity, real)
    }
  }
}
