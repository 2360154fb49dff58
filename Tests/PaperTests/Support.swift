import ConnectorKit
import Matching

@testable import PaperConnector

/// A venue from configuration text.
func makeExchange(_ json: String, isPerpetual: Bool = false) throws -> Exchange {
  try PaperConfig(ConnectorConfig(json), isPerpetual: isPerpetual).makeExchange(isPerpetual: isPerpetual)
}

/// No background market; fees of 0.1 % and 0.2 %.
let quiet = #"{"step_ms": 0, "maker_fee": "0.001", "taker_fee": "0.002"}"#

extension Exchange {
  /// Places a limit order in the first market; price and quantity are mantissas.
  @discardableResult
  func limit(
    _ account: Participant, _ side: PaperConnector.Side, _ quantity: Int64, at price: Int64, market: Int = 0,
    _ change: (inout OrderRequest) -> Void = { _ in }
  ) throws -> OrderID {
    var request = OrderRequest(account: account, market: market, side: side, price: price, quantity: quantity)
    change(&request)
    return try place(request, at: 1)
  }

  @discardableResult
  func market(
    _ account: Participant, _ side: PaperConnector.Side, _ quantity: Int64, market: Int = 0,
    _ change: (inout OrderRequest) -> Void = { _ in }
  ) throws -> OrderID {
    var request = OrderRequest(account: account, market: market, side: side, isMarket: true, quantity: quantity)
    change(&request)
    return try place(request, at: 1)
  }

  func total(_ account: Participant, _ asset: String) -> Amount {
    assets.firstIndex(of: asset).map { ledger.balance(account, $0).total } ?? -1
  }

  func free(_ account: Participant, _ asset: String) -> Amount {
    assets.firstIndex(of: asset).map { available(account, $0) } ?? -1
  }

  /// An order, live or ended, whoever owns it.
  func state(_ id: OrderID) -> Order? {
    orders[id] ?? accounts.lazy.flatMap(\.ended).first { $0.id == id }
  }

  func fills(_ id: OrderID) -> [Fill] { accounts.flatMap(\.fills).filter { $0.order == id } }

  /// Wallets minus what open positions cost, which trading never changes. Spot has no positions.
  func worth(_ asset: Int) -> Amount {
    var sum = ledger.sum(asset)
    for owner in positions {
      for (market, position) in owner.enumerated() where markets[market].rules.quoteAsset == asset {
        sum -= position.cost
      }
    }
    return sum
  }
}

/// What a call refuses with, or `nil` when it does not.
func refusal(_ body: () throws -> Void) -> Failure? {
  do { try body() } catch { return (error as? Refusal)?.kind }
  return nil
}
