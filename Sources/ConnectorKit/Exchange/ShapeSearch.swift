import CPatchbay
import Decimals

/// The search for an order that no id names, among the lists that may hold it: see `pb_in_command`. It is found where
/// nothing else could be meant; what could be meant besides makes the answer unknown, and no guess is made.
struct ShapeSearch {
  private var found: [OrderReport] = []
  /// Another one in the lists may be it as well: it is alike as far as the list says, and no more is known.
  private var isDoubtful = false
  /// A list may have more orders than were seen.
  var isCut = false

  enum End {
    case one(OrderReport)
    case none
    /// Why it cannot be said.
    case unknown(String)
  }

  /// Takes the orders of one list.
  /// - Parameters:
  ///   - isWhole: there are no more of them in the time that was asked for.
  ///   - resolution: of the times at which they were made, in nanoseconds.
  mutating func take(_ orders: [OrderReport], for command: OwnedCommand, isWhole: Bool, resolution: Int64 = 1) {
    if !isWhole { isCut = true }
    for order in orders where order.mayBe(command, resolution) {
      if order.created == 0 || !order.isShaped(as: command) { isDoubtful = true }
      if !found.contains(where: { !$0.venue.isEmpty && $0.venue == order.venue }) { found.append(order) }
    }
  }

  func end(for command: OwnedCommand) -> End {
    if isCut { return .unknown("the list of orders is not whole") }
    guard let first = found.first else { return .none }
    guard found.count == 1, !isDoubtful, command.alike == 0 else {
      return .unknown("the exchange has no client order id here, and more than one order may be it")
    }
    return .one(first)
  }
}

extension OrderReport {
  /// Whether nothing that is said of it keeps it from being the order that a command names by what it is.
  fileprivate func mayBe(_ command: OwnedCommand, _ resolution: Int64) -> Bool {
    guard side == command.side, stop == nil || stop == command.stop else { return false }
    if let quantity, let wanted = command.quantity, quantity != wanted { return false }
    // An order that does not wait stands in a list at the price that it was sent with.
    if command.type?.isTriggered == false, let price, let wanted = command.price, price != wanted { return false }
    guard created > 0 else { return true }
    return created.addingSaturated(resolution) > command.since && (command.until == 0 || created < command.until)
  }

  /// Whether it is in all that counts like the order that a command describes.
  fileprivate func isShaped(as command: OwnedCommand) -> Bool {
    type == command.type && price == command.price && stop == command.stop && quantity == command.quantity
      && flags.contains(.reduceOnly) == command.flags.contains(.reduceOnly)
      && (leg ?? .net) == command.leg
  }
}
