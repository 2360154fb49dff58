import Decimals
import Matching

/// An order as the venue has it.
public struct TruthOrder: Equatable, Sendable {
  public enum State: Equatable, Sendable { case untriggered, open, filled, cancelled, expired, rejected }
  public let id: UInt64
  public let client: String
  public let symbol: String
  public let isBuy: Bool
  public let price: Decimal64
  public let quantity: Decimal64
  public let filled: Decimal64
  public let state: State
  public let fills: [TruthFill]
}

/// One execution of an order, with its fee.
public struct TruthFill: Equatable, Sendable {
  public let trade: UInt64
  public let price: Decimal64
  public let quantity: Decimal64
  public let fee: Decimal64
  public let feeAsset: String
  public let isMaker: Bool
}

/// A position: quantity and cost are signed; `side` is 0 for one-way, 1 for long, 2 for short.
public struct TruthPosition: Equatable, Sendable {
  public let symbol: String
  public let side: Int
  public let quantity: Decimal64
  public let cost: Decimal64
}

/// Funding that an account paid (negative) or received, in the market's quote asset.
public struct TruthFunding: Equatable, Sendable {
  public let symbol: String
  public let amount: Decimal64
  /// Nanoseconds since the Unix epoch, by the venue's clock.
  public let time: Int64
}

/// A book, the best first, and its sequence number.
public struct TruthBook: Equatable, Sendable {
  public struct Level: Equatable, Sendable {
    public let price: Decimal64
    public let quantity: Decimal64

    public init(price: Decimal64, quantity: Decimal64) {
      self.price = price
      self.quantity = quantity
    }
  }

  public let bids: [Level]
  public let asks: [Level]
  public let sequence: UInt64

  public init(bids: [Level], asks: [Level], sequence: UInt64) {
    self.bids = bids
    self.asks = asks
    self.sequence = sequence
  }
}

/// What is true, beside what any client was given: for tests and for the simulator.
extension EngineVenue {
  /// - Returns: every order that the account ever had, oldest first; empty for an account that is not there.
  public func orders(account name: String) -> [TruthOrder] {
    guard let account = participant(named: name) else { return [] }
    return exchange.state(account).all.compactMap { exchange.orders[$0] }.map(truth)
  }

  /// How many orders the account ever had.
  public func orderCount(account name: String) -> Int {
    participant(named: name).map { exchange.state($0).all.count } ?? 0
  }

  /// The newest order with this client order id.
  public func order(account name: String, client: String) -> TruthOrder? {
    participant(named: name).flatMap { exchange.find($0, id: nil, client: client) }.map(truth)
  }

  public func balances(account name: String) -> [VenueBalance] {
    guard let account = participant(named: name) else { return [] }
    return exchange.assets.enumerated().map { index, asset in
      let balance = exchange.ledger.balance(account, index)
      return VenueBalance(
        asset, Decimal64(money: balance.total), available: Decimal64(money: balance.available))
    }
  }

  /// Positions that are not empty.
  public func positions(account name: String) -> [TruthPosition] {
    guard let account = participant(named: name) else { return [] }
    return exchange.markets.indices.flatMap { market in
      PositionSide.allCases.compactMap { side in
        let position = exchange.position(account, market, side)
        guard position.quantity != 0 else { return nil }
        let rules = exchange.markets[market].rules
        return TruthPosition(
          symbol: rules.market.symbol, side: side.rawValue, quantity: rules.quantity(position.quantity),
          cost: Decimal64(money: position.cost))
      }
    }
  }

  /// Every funding payment, oldest first.
  public func fundings(account name: String) -> [TruthFunding] {
    guard let account = participant(named: name) else { return [] }
    return exchange.state(account).payments.map { payment in
      TruthFunding(
        symbol: exchange.markets[payment.market].rules.market.symbol, amount: Decimal64(money: payment.amount),
        time: payment.time)
    }
  }

  /// The book as it is now; what was published to clients may be older, see `publishedBook`.
  public func book(symbol: String) -> TruthBook? {
    exchange.market(symbol).map { truth(exchange.markets[$0].book, exchange.markets[$0].rules) }
  }

  /// Whether money, books, orders and positions agree with each other.
  public func checkInvariants() -> Bool { exchange.checkInvariants() }

  func truth(_ book: MatchingEngine, _ rules: Rules) -> TruthBook {
    func levels(_ side: Side) -> [TruthBook.Level] {
      book.levels(side).levels.reversed().map {
        TruthBook.Level(price: rules.price($0.price), quantity: rules.quantity($0.total))
      }
    }
    return TruthBook(bids: levels(.buy), asks: levels(.sell), sequence: book.sequence)
  }

  private func participant(named name: String) -> Participant? {
    exchange.accounts.firstIndex { $0.account.name == name }.map { $0 + Ledger.firstUser }
  }

  private func truth(_ order: Order) -> TruthOrder {
    let rules = exchange.markets[order.market].rules
    let state: TruthOrder.State =
      switch order.status {
      case .untriggered: .untriggered
      case .open: .open
      case .filled: .filled
      case .cancelled: .cancelled
      case .expired, .expiredInMatch: .expired
      case .rejected: .rejected
      }
    let fills = exchange.fills(of: order).map { fill in
      TruthFill(
        trade: fill.trade, price: rules.price(fill.price), quantity: rules.quantity(fill.quantity),
        fee: Decimal64(money: fill.fee), feeAsset: exchange.assets[fill.feeAsset], isMaker: fill.isMaker)
    }
    return TruthOrder(
      id: order.id, client: order.client.isEmpty ? order.request.origin : order.client, symbol: rules.market.symbol,
      isBuy: order.side == .buy, price: rules.price(order.price), quantity: rules.quantity(order.quantity),
      filled: rules.quantity(order.filled), state: state, fills: fills)
  }
}
