import ConnectorKit

extension DeriveConnector {
  /// "private/order".
  public final var words: Words {
    Words(
      side: ["buy": .buy, "sell": .sell],
      type: ["limit": .limit, "market": .market],
      force: [
        "gtc": .goodTilCancelled, "post_only": .goodTilCancelled, "ioc": .immediateOrCancel, "fok": .fillOrKill,
      ],
      state: [
        "open": .open, "filled": .filled, "cancelled": .cancelled, "rejected": .rejected, "expired": .expired,
        "untriggered": .untriggered, "algo_active": .open,
      ],
      postOnly: ["post_only"], maker: ["maker"])
  }

  /// "Error Codes". 9000 and 9001 are timeouts of the exchange's own, and an internal error says nothing: an order may
  /// have been placed.
  public final var errors: ErrorPlan {
    ErrorPlan(
      .object("error", ErrorPlan.Names(code: "code", text: "message"), detail: "data"),
      ErrorTable(codes: [
        .rateLimit: "-32000 -32100", .clock: "11011 11018",
        .authentication: """
          401 403 10002 14000 14001 14002 14014 14020 14021 14022 14023 14025 14026 14029 14030 14031 14032 14033 16000
          16001 16100
          """,
        .funds: "11000 11020 10011 10012",
        .unknownOrder: "11003 11004 11005 11006 11050", .unknownInstrument: "12000 12001 12002 13000",
        .invalidOrder: """
          -32602 11002 11007 11008 11009 11010 11012 11013 11014 11015 11016 11017 11019 11051 11052 11053 11054 11055
          11201 11202
          """,
        .unsupported: "-32601", .maintenance: "11021",
      ]) + ErrorTable(["9000", "9001", "-32603"].map { .init($0, .transient, mayHaveHappened: true) }))
  }
}
