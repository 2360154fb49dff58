import Decimals

/// What an order is to do to a position.
extension OwnedCommand {
  /// It makes a position smaller and never opens one.
  public var reduces: Bool { !flags.isDisjoint(with: [.reduceOnly, .close]) }

  /// The word of the leg that it is of, in hedge mode; `nil` in one-way mode.
  /// - Parameter mustSay: an order that is against its leg must say that it reduces.
  /// - Throws: `.invalidOrder` where it is to reduce a leg and its side opens that leg, or must say so and does not.
  public func leg(_ words: Words, mustSay: Bool = false) throws(CommandRefusal) -> String? {
    guard leg != .net else { return nil }
    let isAgainst = (leg == .long) == (side == .sell)
    guard isAgainst || !reduces else {
      throw CommandRefusal(.invalidOrder, "an order on this side opens the leg that it is to reduce")
    }
    guard reduces || !isAgainst || !mustSay else {
      throw CommandRefusal(.invalidOrder, "an order that is against its leg reduces it, and must say so")
    }
    return words.word(leg) ?? ""
  }

  /// - Throws: `.unsupported` for an order that closes a position without saying how much of it, where the exchange
  ///   wants every order to name its quantity.
  public func checkNamesQuantity() throws(CommandRefusal) {
    guard quantity != nil || flags.contains(.byValue) else {
      throw CommandRefusal(.unsupported, "an order that closes names its quantity")
    }
  }
}
