import ConnectorKit

/// How positions of perpetuals are margined. "USDT-M Futures" has requests and topics of their own for each of the two:
/// an order, a position and a balance are of one, whatever the account does with the other.
struct SwapMargin: Sendable {
  /// Each instrument has an account of its own, with a leverage and a position mode.
  let isIsolated: Bool
  let place, placeLong, placeShort, placeBatch, cancel, setLeverage, setPositionMode: PermittedAct
  let placeStop, placeTake: LegActs
  let cancelTrigger, openTriggers, triggerHistory: PermittedAct
  let account, positions, order, openOrders, orderHistory, fills: PermittedAct

  /// An act for one-way mode, and one for each leg of hedge mode.
  struct LegActs: Sendable {
    let net, long, short: PermittedAct

    func act(of leg: PositionLeg) -> PermittedAct {
      switch leg {
      case .net: net
      case .long: long
      case .short: short
      }
    }
  }

  static let named: KeyValuePairs<String, SwapMargin> = ["cross": cross, "isolated": isolated]

  private static let cross = SwapMargin(
    isIsolated: false, place: .swapPlace, placeLong: .swapPlaceLong, placeShort: .swapPlaceShort,
    placeBatch: .swapPlaceBatch, cancel: .swapCancel, setLeverage: .swapSetLeverage,
    setPositionMode: .swapSetPositionMode,
    placeStop: LegActs(net: .swapStop, long: .swapStopLong, short: .swapStopShort),
    placeTake: LegActs(net: .swapTake, long: .swapTakeLong, short: .swapTakeShort),
    cancelTrigger: .swapCancelTrigger, openTriggers: .swapOpenTriggers, triggerHistory: .swapTriggerHistory,
    account: .swapAccount, positions: .swapPositions, order: .swapOrder, openOrders: .swapOpenOrders,
    orderHistory: .swapOrderHistory, fills: .swapFills)

  private static let isolated = SwapMargin(
    isIsolated: true, place: .isolatedPlace, placeLong: .isolatedPlaceLong, placeShort: .isolatedPlaceShort,
    placeBatch: .isolatedPlaceBatch, cancel: .isolatedCancel, setLeverage: .isolatedSetLeverage,
    setPositionMode: .isolatedSetPositionMode,
    placeStop: LegActs(net: .isolatedStop, long: .isolatedStopLong, short: .isolatedStopShort),
    placeTake: LegActs(net: .isolatedTake, long: .isolatedTakeLong, short: .isolatedTakeShort),
    cancelTrigger: .isolatedCancelTrigger, openTriggers: .isolatedOpenTriggers,
    triggerHistory: .isolatedTriggerHistory, account: .isolatedAccount, positions: .isolatedPositions,
    order: .isolatedOrder, openOrders: .isolatedOpenOrders, orderHistory: .isolatedOrderHistory,
    fills: .isolatedFills)

  /// "[Isolated] Subscribe Order Data", "[Cross] Subscribe Order Data", and the like.
  var topics: [String] {
    ["orders", "accounts", "positions", "trigger_order"].map { $0 + (isIsolated ? ".*" : "_cross.*") }
  }

  /// "support_margin_mode" that has not this mode.
  var foreign: String { isIsolated ? "cross" : "isolated" }
}
