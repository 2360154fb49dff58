import ConnectorKit

extension PeatioExchange {
  /// "Order": `pending` and `submitted` are on their way into the book.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell], type: ["limit": .limit, "market": .market], force: [:],
      state: [
        "wait": .open, "pending": .open, "submitted": .open, "done": .filled, "cancel": .cancelled,
        "partial-canceled": .cancelled, "reject": .rejected, "fail": .rejected,
      ])
  }

  /// "Peatio Member API Errors": `{"errors": ["record.not_found"]}`; what stands before Peatio says `error`.
  public var errors: ErrorPlan {
    ErrorPlan(
      .marked("status", as: "error", codes: [], texts: ["errors", "error"]),
      ErrorTable(prefixes: [
        .authentication: ["authz.", "jwt.decode_and_verify", "market.trade.not_permitted"],
        .funds: ["market.account.insufficient_balance"],
        .unknownOrder: ["record.not_found", "market.order.invaild_id_or_uuid", "market.order.invalid_id_or_uuid"],
        .unknownInstrument: ["market.market.doesnt_exist", "public.market.doesnt_exist"],
        .invalidOrder: [
          "market.order.insufficient_market_liquidity", "market.order.invalid", "market.order.missing",
          "market.order.non_", "market.order.market_order_price", "market.order.empty_id",
        ],
      ])
        + ErrorTable(
          ["market.order.create_error", "market.order.cancel_error", "server.internal_error"].map {
            .init(prefix: $0, .other, mayHaveHappened: true)
          }))
  }
}
