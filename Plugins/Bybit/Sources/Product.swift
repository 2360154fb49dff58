import ConnectorKit

/// One of the exchange's products: what its requests are called and what they cost. Sources: Bybit API v5, "Enums
/// Definitions: category", "Rate Limit Rules", "Batch Place Order".
struct Product: Sendable {
  let category: String
  let place: PermittedAct
  let placeBatch: PermittedAct
  let amend: PermittedAct
  let amendBatch: PermittedAct
  let cancel: PermittedAct
  let cancelBatch: PermittedAct
  /// New orders that wait for a price, where there are any.
  var stop: PermittedAct?
  var take: PermittedAct?
  /// Cancels one that still waits, where that is an act of its own.
  var cancelStop: PermittedAct?
  /// Orders in one request at most.
  let most: Int
  let orders: Output.Limit
  let amends: Output.Limit
  let cancels: Output.Limit

  /// The act of an order that waits for a price.
  func act(of type: OrderType) -> PermittedAct? { type == .takeLimit || type == .takeMarket ? take : stop }

  static let spot = Product(
    category: "spot", place: .spotPlace, placeBatch: .spotPlaceBatch, amend: .spotAmend, amendBatch: .spotAmendBatch,
    cancel: .spotCancel, cancelBatch: .spotCancelBatch, stop: .spotStop, take: .spotTake, cancelStop: .spotCancelStop,
    most: 10, orders: .spotOrders, amends: .spotAmends, cancels: .spotCancels)

  static let linear = Product(
    category: "linear", place: .perpPlace, placeBatch: .perpPlaceBatch, amend: .perpAmend,
    amendBatch: .perpAmendBatch, cancel: .perpCancel, cancelBatch: .perpCancelBatch, stop: .perpStop, take: .perpTake,
    most: 20, orders: .perpOrders, amends: .perpAmends, cancels: .perpCancels)
}
