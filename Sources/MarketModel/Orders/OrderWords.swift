/// The field's words for the kinds of orders and what becomes of them: as command lines and JSON have them, so that no
/// name of the program's own is ever printed. The journal keeps those of states, types and times in force: they never
/// change.
extension OrderState: CustomStringConvertible {
  /// `partially_filled`.
  public var description: String {
    switch self {
    case .pendingCreate: "pending_create"
    case .open: "open"
    case .partiallyFilled: "partially_filled"
    case .pendingCancel: "pending_cancel"
    case .cancelled: "cancelled"
    case .filled: "filled"
    case .rejected: "rejected"
    case .expired: "expired"
    case .unknown: "unknown"
    case .lost: "lost"
    case .notSent: "not_sent"
    }
  }
}

extension OrderType: CustomStringConvertible {
  /// `stop_limit`.
  public var description: String {
    switch self {
    case .limit: "limit"
    case .market: "market"
    case .stopLimit: "stop_limit"
    case .stopMarket: "stop_market"
    case .takeLimit: "take_limit"
    case .takeMarket: "take_market"
    }
  }
}

extension TimeInForce: CustomStringConvertible {
  public var description: String {
    switch self {
    case .goodTillCancelled: "gtc"
    case .immediateOrCancel: "ioc"
    case .fillOrKill: "fok"
    case .goodTillDate: "gtd"
    }
  }
}

extension OrderFlags {
  /// The names of single flags, in the order in which they are listed.
  public static let names: [(name: String, flag: OrderFlags)] = [
    ("post_only", .postOnly), ("reduce_only", .reduceOnly), ("by_value", .byValue), ("close", .close),
    ("stop_by_mark", .stopByMark),
  ]

  /// The names of the flags that are set.
  public var words: [String] { Self.names.filter { contains($0.flag) }.map(\.name) }
}

extension Instrument.State: CustomStringConvertible {
  public var description: String {
    switch self {
    case .trading: "trading"
    case .halted: "halted"
    case .postOnly: "post-only"
    case .reduceOnly: "reduce-only"
    case .closed: "closed"
    case .unusable: "unusable"
    }
  }
}

extension OrderAnomaly: CustomStringConvertible {
  public var description: String {
    switch self {
    case .overfilled: "more was filled than was ordered"
    case .fillConflict(let trade): "trade \(trade) came again with another price or quantity; the first is kept"
    case .malformedFill: "a fill has no trade id, one that is too long, or no quantity; it is ignored"
    case .outOfRange: "the sum of the fills is too large for exact arithmetic"
    case .feesOutOfRange(let asset): "the sum of the fees in \(asset) is too large for exact arithmetic"
    case .filledShrank: "less is said to be filled than before; the larger quantity is kept"
    case .reopened: "it lives after its end; it is alive again"
    case .doubted: "it is said to live after its end; the exchange is asked"
    case .conflictingEnds: "two different ends are reported"
    case .aliveAfterRefusal: "it lives although it was refused"
    case .misfit(let misfit): misfit.description
    case .widened(.widerLimit(let price)): "its limit is \(price.plain) at the exchange, looser than was ordered here"
    case .widened(let misfit): "it is larger at the exchange than was ordered here: \(misfit.figure)"
    case .reduced(let quantity): "it was made smaller at the exchange, not from here: \(quantity.plain)"
    case .tightened(let price): "its limit was set to \(price.plain) at the exchange, not from here"
    case .strangeCommand(let command): "command \(command.rawValue), which it does not know, has ended"
    }
  }
}

extension OrderMisfit: CustomStringConvertible {
  public var description: String {
    switch self {
    case .account(let id): "what is reported is of account \(id.rawValue) and does not count"
    case .instrument(let id): "what is reported is of instrument \(id.rawValue) and does not count"
    case .side(let side): "what is reported is a \(side == .buy ? "buy" : "sell") and does not count"
    case .price(let price): "the reported price \(price.plain) is beyond the order's limit and does not count"
    case .quantity(let quantity): "the reported quantity \(quantity.plain) is more than was ordered and does not count"
    case .negativeQuantity(let quantity): "the reported quantity \(quantity.plain) is below zero and does not count"
    case .widerLimit(let price): "the reported limit \(price.plain) is looser than was ordered and does not count"
    case .widerQuantity(let quantity): "the reported size \(quantity.plain) is more than was ordered and does not count"
    case .nothingFilled: "it is reported as filled, and none of it; that does not count"
    case .unreadable: "what is reported has a number out of range or an unknown word and does not count"
    case .tooManyFills: "more fills are reported than are kept; this one does not count"
    }
  }

  /// The number that does not fit, plainly; empty where it is none.
  public var figure: String {
    switch self {
    case .price(let number), .quantity(let number), .negativeQuantity(let number), .widerLimit(let number),
      .widerQuantity(let number):
      number.plain
    case .account, .instrument, .side, .nothingFilled, .unreadable, .tooManyFills: ""
    }
  }
}

extension ClientOrderIDs.Fault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .instanceOutsideAlphabet(let instance):
      "the instance \"\(instance)\" has characters that the venue does not take in an id; name another"
    case .prefixNotASCII(let prefix): "the prefix \"\(prefix)\" is not printable ASCII"
    case .tooLong(let length, let limit): "it would have \(length) characters, the venue takes \(limit)"
    case .noCounter: "there is no room for a counter"
    case .exhausted: "all ids of this length have been used; name another instance"
    }
  }
}
