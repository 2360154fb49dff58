import ConnectorKit

extension CoinZoomSpot {
  public var words: Words {
    Words(
      side: ["BUY": .buy, "SELL": .sell], type: ["LIMIT": .limit, "MARKET": .market], force: [:],
      state: [
        "NEW": .open, "PARTIALLY_FILLED": .open, "FILLED": .filled, "CANCELED": .cancelled, "CANCELLED": .cancelled,
        "REJECTED": .rejected, "EXPIRED": .expired,
      ])
  }

  /// Errors have words, and no code that is known.
  public var errors: ErrorPlan {
    ErrorPlan(.object("error", .init(code: "code", text: "message"), detail: "data"), [])
  }
}
