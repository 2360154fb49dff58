import CPatchbay
import ConnectorKit
import Decimals

extension ConnectorHarness {
  /// The order of most tests: account 7 buys 0.012 of instrument 1 at a limit, as the host's order 5.
  /// - Parameter change: what is otherwise about it.
  public func placeLimit(
    client: String, price: Decimal64 = 50_000, _ change: (inout pb_in_command) -> Void = { _ in }
  ) -> pb_id {
    command(.place, client: client) {
      $0.account = 7
      $0.instrument = 1
      $0.order = 5
      $0.side = Side.buy.rawValue
      $0.type = OrderType.limit.rawValue
      $0.quantity = pb_dec(Decimal64(mantissa: 12, exponent: -3))
      $0.price = pb_dec(price)
      change(&$0)
    }
  }
}
