import ConnectorKit

extension HTXSpot {
  /// A type of order is a side and a kind, such as `buy-limit-maker`: these are the kinds.
  public var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: [
        "limit": .limit, "limit-maker": .limit, "ioc": .limit, "limit-fok": .limit, "market": .market,
        "stop-limit": .stopLimit, "stop-limit-fok": .stopLimit,
      ],
      force: [
        "limit": .goodTilCancelled, "limit-maker": .goodTilCancelled, "ioc": .immediateOrCancel,
        "limit-fok": .fillOrKill, "stop-limit": .goodTilCancelled, "stop-limit-fok": .fillOrKill,
      ],
      state: [
        "submitted": .open, "created": .open, "pre-submitted": .open, "canceling": .open, "partial-filled": .partial,
        "filled": .filled, "partial-canceled": .cancelled, "canceled": .cancelled, "rejected": .rejected,
      ],
      postOnly: ["limit-maker"], maker: ["maker"])
  }

  /// "Trading / Error Code", "Account / Error Code", "Conditional Order / Error Code": codes are words in the first
  /// version of the API and numbers in the second. A system that is not well proves nothing about a write.
  public var errors: ErrorPlan {
    ErrorPlan(
      .codes(
        [ErrorPlan.Names(code: "err-code", text: "err-msg"), ErrorPlan.Names(code: "code", text: "message")],
        fine: ["", "200"]),
      gatewayErrors + Self.byWords + Self.byCode + ErrorTable(Self.inDoubt))
  }

  private static let byWords: ErrorTable = [
    .init("bad-request", containing: "too many", .rateLimit),
    .init("bad-request", containing: "symbol", .unknownInstrument),
    .init("bad-request", containing: "topic", .unknownInstrument),
    .init("2002", containing: "auth", .authentication), .init("2002", containing: "invalid.ch", .unsupported),
  ]

  private static let byCode = ErrorTable(codes: [
    .authentication: """
      login-required api-signature-not-valid api-signature-check-failed api-key-invalid api-not-authorized \
      base-operation-forbidden account-get-accounts-inexistent-error account-account-id-inexistent \
      sub-user-auth-required invalid-token 403 1002 1003
      """,
    .rateLimit: """
      base-request-exceed-frequency-limit rate-too-many-requests too-many-request api-limit-exceed 429 510 1006 40403
      """,
    .clock: "invalid-timestamp api-timestamp-expired",
    .funds: """
      account-frozen-balance-insufficient-error order-accountbalance-error account-balance-insufficient-error \
      dw-insufficient-balance
      """,
    .unknownOrder: """
      order-orderstate-error order-queryorder-invalid base-record-invalid not-found base-not-found 0 -1 6
      """,
    .unknownInstrument: """
      base-symbol-error invalid-symbol require-symbol symbol-not-support base-symbol-trade-disabled
      """,
    .maintenance: "system-maintenance",
    .invalidOrder: """
      forbidden-trade-for-open-protect base-argument-unsupported parameter-required order-amount-over-limit \
      order-disabled cancel-disabled order-invalid-price order-limitorder-price-min-error \
      order-limitorder-price-max-error order-limitorder-price-buy-max-error order-limitorder-price-buy-min-error \
      order-limitorder-price-sell-min-error order-limitorder-price-sell-max-error order-limitorder-amount-min-error \
      order-limitorder-amount-max-error order-etp-nav-price-min-error order-etp-nav-price-max-error \
      order-orderprice-precision-error order-orderamount-precision-error order-value-min-error \
      order-value-max-error order-marketorder-amount-min-error order-marketorder-amount-buy-max-error \
      order-marketorder-amount-sell-max-error order-holding-limit-failed order-type-invalid order-source-invalid \
      order-user-cancel-forbidden order-price-greater-than-limit order-price-less-than-limit \
      order-stop-order-hit-trigger market-orders-not-support-during-limit-price-trading \
      price-exceeds-the-protective-price-during-limit-price-trading invalid-client-order-id invalid-amount \
      invalid-price validation-format-error validation-constraints-required 2002 2003 3002 3003 3004 3005 3006 3007 \
      3008 3009 3010 3100
      """,
  ])

  private static let inDoubt: [ErrorTable.Rule] =
    ["base-system-error", "gateway-internal-error", "order-update-error", "timeout", "system-error", "500"].map {
      .init($0, .transient, mayHaveHappened: true)
    }
}

/// What the gateway in front of spot and futures says by words: it has one code for all that it finds wrong.
let gatewayErrors: ErrorTable = [
  .init("api-signature-not-valid", containing: "timestamp", .clock),
  .init("invalid-parameter", containing: "timestamp", .clock),
  .init("invalid-parameter", containing: "request limit", .rateLimit),
  .init("invalid-parameter", containing: "invalid symbol", .unknownInstrument),
  .init("invalid-parameter", containing: "not open now", .unknownInstrument),
]
