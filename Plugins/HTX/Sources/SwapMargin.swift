import ConnectorKit

/// How positions of perpetuals are margined. "USDT-M Futures" has requests and topics of their own for each of the two:
/// an order, a position and a balance are of one, whatever the account does with the other.
struct SwapMargin: Sendable {
  /// Each instrument has an account of its own, with a leverage and a position mode.
  let isIsolated: Bool
  let place, placeLong, placeShort, placeBatch, cancel, setLeverage, setPositionMode: PermittedAct
  let account, positions, order, openOrders, orderHistory, fills: PermittedAct

  static let named: KeyValuePairs<String, SwapMargin> = ["cross": cross, "isolated": isolated]

  private static let cross = SwapMargin(
    isIsolated: false, place: .swapPlace, placeLong: .swapPlaceLong, placeShort: .swapPlaceShort,
    placeBatch: .swapPlaceBatch, cancel: .swapCancel, setLeverage: .swapSetLeverage,
    setPositionMode: .swapSetPositionMode, account: .swapAccount, positions: .swapPositions, order: .swapOrder,
    openOrders: .swapOpenOrders, orderHistory: .swapOrderHistory, fills: .swapFills)

  private static let isolated = SwapMargin(
    isIsolated: true, place: .isolatedPlace, placeLong: .isolatedPlaceLong, placeShort: .isolatedPlaceShort,
    placeBatch: .isolatedPlaceBatch, cancel: .isolatedCancel, setLeverage: .isolatedSetLeverage,
    setPositionMode: .isolatedSetPositionMode, account: .isolatedAccount, positions: .isolatedPositions,
    order: .isolatedOrder, openOrders: .isolatedOpenOrders, orderHistory: .isolatedOrderHistory,
    fills: .isolatedFills)

  /// "[Isolated] Subscribe Order Data", "[Cross] Subscribe Order Data", and the like.
  var topics: [String] { ["orders", "accounts", "positions"].map { $0 + (isIsolated ? ".*" : "_cross.*") } }

  /// "support_margin_mode" that has not this mode.
  var foreign: String { isIsolated ? "cross" : "isolated" }
}
