import Decimals
import JSONTree
import Matching

/// Leverage, margin and position modes. Sources: "Change Initial Leverage", "Change Margin Type", "Change Position
/// Mode", "Get Current Position Mode", "Get Current Multi-Assets Mode", "Symbol Configuration", "Notional and Leverage
/// Brackets".
extension FuturesVenue {
  func registerSettings() {
    add("POST /fapi/v1/leverage", .signed, 1) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      guard call.parameters["leverage"] != nil else { throw .missing("leverage") }
      guard let leverage = call.parameters.integer("leverage") else { throw .malformed("leverage") }
      do throws(Refusal) {
        try exchange.setLeverage(call.account, market, leverage)
      } catch {
        throw error == .funds
          ? BinanceError(-2028, "Leverage is smaller than permitted: insufficient margin balance.")
          : BinanceError(-4028, "Leverage \(leverage) is not valid")
      }
      configured.append((call.account, market))
      return .make([
        ("leverage", .n(leverage)), ("maxNotionalValue", "50000000"),
        ("symbol", .s(exchange.markets[market].rules.market.symbol)),
      ])
    }
    add("POST /fapi/v1/marginType", .signed, 1) { [unowned self] call throws(BinanceError) in
      _ = try market(call.parameters)
      switch call.parameters["marginType"] {
      case "CROSSED": throw BinanceError(-4046, "No need to change margin type.")
      case "ISOLATED":
        throw BinanceError(-4168, "Unable to adjust to isolated-margin mode under the Multi-Assets mode.")
      case nil: throw .missing("marginType")
      default: throw BinanceError(-1116, "Invalid marginType.")
      }
    }
    add("GET /fapi/v1/positionSide/dual", .signed, 30) { [unowned self] call in
      .make([("dualSidePosition", .b(exchange.state(call.account).isHedged))])
    }
    add("POST /fapi/v1/positionSide/dual", .signed, 1) { [unowned self] call throws(BinanceError) in
      try setPositionMode(call)
    }
    add("GET /fapi/v1/multiAssetsMargin", .signed, 30) { _ in .make([("multiAssetsMargin", .b(true))]) }
    add("GET /fapi/v1/symbolConfig", .signed, 5) { [unowned self] call throws(BinanceError) in
      let chosen = call.parameters["symbol"] == nil ? Array(exchange.markets.indices) : [try market(call.parameters)]
      return .list(
        chosen.map { market in
          .make([
            ("symbol", .s(exchange.markets[market].rules.market.symbol)), ("marginType", "CROSSED"),
            ("isAutoAddMargin", .b(false)), ("leverage", .n(exchange.leverage(call.account, market))),
            ("maxNotionalValue", "50000000"),
          ])
        })
    }
    add("GET /fapi/v1/leverageBracket", .signed, 1) { [unowned self] call throws(BinanceError) in
      let chosen = call.parameters["symbol"] == nil ? Array(exchange.markets.indices) : [try market(call.parameters)]
      return .list(chosen.map { bracket($0) })
    }
  }

  private func bracket(_ market: Int) -> JSONValue {
    let rules = exchange.markets[market].rules
    let one = JSONValue.make([
      ("bracket", .n(1)), ("initialLeverage", .n(rules.market.maxLeverage)), ("notionalCap", .n(50_000_000)),
      ("notionalFloor", .n(0)), ("maintMarginRatio", .n(rules.market.maintenance.plain)), ("cum", .n(0)),
    ])
    return .make([("symbol", .s(rules.market.symbol)), ("brackets", .list([one]))])
  }

  private func setPositionMode(_ call: Call) throws(BinanceError) -> JSONValue {
    guard let text = call.parameters["dualSidePosition"]?.lowercased() else { throw .missing("dualSidePosition") }
    guard text == "true" || text == "false" else { throw .malformed("dualSidePosition") }
    let state = exchange.state(call.account)
    guard state.isHedged != (text == "true") else { throw BinanceError(-4059, "No need to change position side.") }
    guard state.live.isEmpty, !algos.contains(where: { $0.request.account == call.account && $0.status == .new }) else {
      throw BinanceError(-4067, "Position side cannot be changed if there exists open orders.")
    }
    guard !exchange.positions[call.account].contains(where: { $0.quantity != 0 }) else {
      throw BinanceError(-4068, "Position side cannot be changed if there exists position.")
    }
    exchange.change(call.account) { $0.isHedged = text == "true" }
    return .make([("code", .n(200)), ("msg", "success")])
  }

  /// "Event: Account Configuration Update": leverage that was changed.
  func configUpdate(_ account: Participant, _ market: Int) -> JSONValue {
    .make([
      ("e", "ACCOUNT_CONFIG_UPDATE"), ("E", .n(milliseconds)), ("T", .n(milliseconds)),
      (
        "ac",
        .make([
          ("s", .s(exchange.markets[market].rules.market.symbol)), ("l", .n(exchange.leverage(account, market))),
        ])
      ),
    ])
  }
}
