import ConnectorKit

/// Sources: "Errors" and "HTTP Return Codes" of the spot documentation; "Error Codes" of the futures documentation.
extension ErrorTable {
  /// The docs say "execution status unknown" of -1006 and -1007, and nothing of what -1000 has done.
  private static let common: ErrorTable =
    ErrorTable(["-1000", "-1001", "-1006", "-1007"].map { .init($0, .transient, mayHaveHappened: true) })
    + ErrorTable(codes: [
      .authentication: "-1002 -1022 -2014 -2015", .rateLimit: "-1003 -1015 -1034", .transient: "-1008",
      .other: "-1010",
      .invalidOrder: "-1013 -1100 -1102 -1106 -1111 -1115 -1116 -1117 -1128 -1130", .unsupported: "-1014 -1020",
      .maintenance: "-1016", .clock: "-1021", .unknownInstrument: "-1121", .unknownOrder: "-2011 -2013",
    ]) + [.init("-2026", containing: "archived", .unknownOrder)]

  /// -2010 and its kin say what is wrong in words ("Messages for -1010, -2010, -2011, -2038").
  static let spot: ErrorTable =
    [
      .init("-2010", containing: "insufficient balance", .funds),
      .init("-2010", containing: "immediately match", .postOnly),
      .init("-2010", containing: "market is closed", .maintenance),
      .init("-2010", containing: "not supported", .unsupported),
      .init("-2010", containing: "this account", .authentication), .init("-2010", .invalidOrder),
      .init("-2011", containing: "unknown order", .unknownOrder),
      .init("-2011", containing: "not canceled due to cancel restrictions", .other),
      .init("-2011", containing: "this account", .authentication),
      .init("-2038", containing: "unknown order", .unknownOrder),
      .init("-2038", containing: "not supported", .unsupported), .init("-2038", .invalidOrder),
    ] + ErrorTable(codes: [.other: "-2021 -2022 -2035", .unknownOrder: "-2039"]) + common

  static let perpetual: ErrorTable =
    [.init("-2010", containing: "insufficient", .funds), .init("-2010", .invalidOrder)]
    + ErrorTable(codes: [
      .authentication: "-1109 -2016 -2017 -4087 -4088", .funds: "-2018 -2019 -2028 -4050 -4051",
      .other: "-2020 -2023 -2025 -5021", .reduceOnly: "-2022 -2024 -2026 -4118", .unsupported: "-4120",
      .postOnly: "-5022", .rateLimit: "-5026", .clock: "-5028",
      .invalidOrder: "-2021 -2027 -4028 -4061 -4116 -4131 -4164 -4183 -4184 -5024 -5025 -5027",
    ]) + common
    // -4001 to -4025 all say that a number of an order is outside its rule.
    + ErrorTable((4001...4025).map { .init("-\($0)", .invalidOrder) })
}
