import ConnectorKit

extension BeaxySpot {
  /// What `closed` and `suspended` say of an order is not known.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell, "BUY": .buy, "SELL": .sell], type: ["limit": .limit, "market": .market],
      force: [
        "good_till_cancel": .goodTilCancelled, "immediate_or_cancel": .immediateOrCancel, "fill_or_kill": .fillOrKill,
      ],
      state: [
        "pending_new": .open, "new": .open, "partially_filled": .open, "completely_filled": .filled,
        "canceled": .cancelled, "rejected": .rejected, "expired": .expired,
      ])
  }

  /// Errors have words, which are a text or a list of texts, and no code.
  public var errors: ErrorPlan {
    ErrorPlan(
      .marked("status", as: "error", codes: [], texts: ["items", "message"]),
      [
        .init("", containing: "order not found", .unknownOrder), .init("", containing: "insufficient", .funds),
        .init("", containing: "balance", .funds), .init("", containing: "symbol", .unknownInstrument),
      ])
  }

  /// A token that has ended is asked for anew by the next command.
  public func corrected(_ fault: VenueFault) -> VenueFault {
    if fault.failure == .authentication { renewals.removeAll() }
    return fault
  }
}
