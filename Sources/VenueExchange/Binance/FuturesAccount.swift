import Decimals
import JSONTree
import Matching

/// Accounts of futures. Sources: "Account Information V3", "Futures Account Balance V3", "Position Information V3",
/// "User Commission Rate", "Account Trade List", "Get Income History", "User Data Streams".
extension FuturesVenue {
  func registerAccount() {
    for version in ["v2", "v3"] {
      add("GET /fapi/\(version)/account", .signed, 5) { [unowned self] call in account(call.account) }
      add("GET /fapi/\(version)/balance", .signed, 5) { [unowned self] call in
        .list(exchange.assets.indices.map { balance(call.account, $0) })
      }
      add("GET /fapi/\(version)/positionRisk", .signed, 5) { [unowned self] call throws(BinanceError) in
        let chosen = call.parameters["symbol"] == nil ? Array(exchange.markets.indices) : [try market(call.parameters)]
        return .list(chosen.flatMap { positions(call.account, $0, all: version == "v2") })
      }
    }
    add("GET /fapi/v1/commissionRate", .signed, 20) { [unowned self] call throws(BinanceError) in
      let rules = exchange.markets[try market(call.parameters)].rules
      return .make([
        ("symbol", .s(rules.market.symbol)), ("makerCommissionRate", .s(money(Amount(rules.makerFee), places: 6))),
        ("takerCommissionRate", .s(money(Amount(rules.takerFee), places: 6))),
      ])
    }
    add("GET /fapi/v1/userTrades", .signed, 5) { [unowned self] call throws(BinanceError) in
      .list(try ownTrades(call).map { ownTrade($0) })
    }
    add("GET /fapi/v1/income", .signed, 30) { [unowned self] call throws(BinanceError) in
      .list(try income(call))
    }
    add("POST /fapi/v1/listenKey", .keyed, 1) { [unowned self] call in
      .make([("listenKey", .s(startListenKey(call.account)))])
    }
    add("PUT /fapi/v1/listenKey", .keyed, 1) { [unowned self] call throws(BinanceError) in
      let place = listenKeys.firstIndex { $0.account == call.account }
      _ = try prolong(place)
      return .make([("listenKey", .s(place.map { listenKeys[$0].key } ?? ""))])
    }
    add("DELETE /fapi/v1/listenKey", .keyed, 1) { [unowned self] call in
      listenKeys.removeAll { $0.account == call.account }
      return .make([])
    }
  }

  private func balance(_ account: Participant, _ asset: Int) -> JSONValue {
    let margin = exchange.margin(of: account, asset: asset)
    return .make([
      ("accountAlias", "SgsR"), ("asset", .s(exchange.assets[asset])), ("balance", .s(money(margin.wallet))),
      ("crossWalletBalance", .s(money(margin.wallet))), ("crossUnPnl", .s(money(margin.unrealized))),
      ("availableBalance", .s(money(margin.available))), ("maxWithdrawAmount", .s(money(margin.available))),
      ("marginAvailable", .b(true)), ("updateTime", .n(milliseconds)),
    ])
  }

  private func account(_ account: Participant) -> JSONValue {
    var total = Margin(wallet: 0)
    var wallet: Amount = 0
    let assets = exchange.assets.indices.map { asset in
      let margin = exchange.margin(of: account, asset: asset)
      wallet += margin.wallet
      total.unrealized += margin.unrealized
      total.initial += margin.initial
      total.open += margin.open
      total.maintenance += margin.maintenance
      return JSONValue.make([
        ("asset", .s(exchange.assets[asset])), ("walletBalance", .s(money(margin.wallet))),
        ("unrealizedProfit", .s(money(margin.unrealized))), ("marginBalance", .s(money(margin.equity))),
        ("maintMargin", .s(money(margin.maintenance))), ("initialMargin", .s(money(margin.initial + margin.open))),
        ("positionInitialMargin", .s(money(margin.initial))), ("openOrderInitialMargin", .s(money(margin.open))),
        ("crossWalletBalance", .s(money(margin.wallet))), ("crossUnPnl", .s(money(margin.unrealized))),
        ("availableBalance", .s(money(margin.available))), ("maxWithdrawAmount", .s(money(margin.available))),
        ("marginAvailable", .b(true)), ("updateTime", .n(milliseconds)),
      ])
    }
    let equity = wallet + total.unrealized
    let available = max(0, equity - total.initial - total.open)
    return .make([
      ("feeTier", .n(0)), ("canTrade", .b(true)), ("canDeposit", .b(true)), ("canWithdraw", .b(true)),
      ("multiAssetsMargin", .b(true)), ("totalInitialMargin", .s(money(total.initial + total.open))),
      ("totalMaintMargin", .s(money(total.maintenance))), ("totalWalletBalance", .s(money(wallet))),
      ("totalUnrealizedProfit", .s(money(total.unrealized))), ("totalMarginBalance", .s(money(equity))),
      ("totalPositionInitialMargin", .s(money(total.initial))),
      ("totalOpenOrderInitialMargin", .s(money(total.open))), ("totalCrossWalletBalance", .s(money(wallet))),
      ("totalCrossUnPnl", .s(money(total.unrealized))), ("availableBalance", .s(money(available))),
      ("maxWithdrawAmount", .s(money(available))), ("assets", .list(assets)),
      ("positions", .list(exchange.markets.indices.flatMap { positions(account, $0, all: false) })),
    ])
  }

  /// Version 3 lists positions and symbols with open orders; version 2 lists every symbol.
  private func positions(_ account: Participant, _ market: Int, all: Bool) -> [JSONValue] {
    let sides: [PositionSide] = exchange.state(account).isHedged ? [.long, .short] : [.both]
    return sides.compactMap { side in
      let position = exchange.position(account, market, side)
      guard all || position.exposure != 0 else { return nil }
      let margin = exchange.parts(of: account, market, position)
      let rules = exchange.markets[market].rules
      return .make([
        ("symbol", .s(rules.market.symbol)), ("positionSide", .s(Self.word(side))),
        ("positionAmt", .s(quantity(market, position.quantity))), ("entryPrice", .s(entry(market, position))),
        ("breakEvenPrice", .s(entry(market, position))),
        ("markPrice", .s(longPrice(market, exchange.markets[market].funding.mark))),
        ("unRealizedProfit", .s(money(unrealized(market, position)))),
        ("unrealizedProfit", .s(money(unrealized(market, position)))), ("liquidationPrice", "0"),
        ("isolatedMargin", "0"), ("notional", .s(money(exchange.markValue(market, Amount(position.quantity))))),
        ("marginAsset", .s(rules.market.quote)), ("isolatedWallet", "0"),
        ("initialMargin", .s(money(margin.initial + margin.open))), ("maintMargin", .s(money(margin.maintenance))),
        ("positionInitialMargin", .s(money(margin.initial))), ("openOrderInitialMargin", .s(money(margin.open))),
        ("leverage", .s(String(exchange.leverage(account, market)))), ("marginType", "cross"),
        ("isolated", .b(false)), ("adl", .n(1)), ("bidNotional", "0"), ("askNotional", "0"),
        ("updateTime", Self.ms(position.updated)),
      ])
    }
  }

  // MARK: Lists

  /// A question with a start reaches seven days; without one it reports the newest.
  private func ownTrades(_ call: Call) throws(BinanceError) -> [Fill] {
    let market = try market(call.parameters)
    let count = try limit(call, usual: 500, most: 1000)
    var fills = exchange.state(call.account).fills.filter { $0.market == market }
    if let order = call.parameters.integer("orderId") { fills = fills.filter { $0.order == UInt64(max(0, order)) } }
    if let id = call.parameters.integer("fromId") {
      return Array(fills.filter { $0.trade >= UInt64(max(0, id)) }.prefix(count))
    }
    let week: Int64 = 7 * 86_400_000
    let start = call.parameters.integer("startTime")
    let end = call.parameters.integer("endTime")
    if let start, let end, end - start > week {
      throw BinanceError(-4106, "Query time range exceeds the maximum of 7 days.")
    }
    let from = start ?? end.map { $0 - week } ?? milliseconds - week
    let until = end ?? start.map { $0 + week } ?? milliseconds
    fills = fills.filter { (from...max(from, until)).contains($0.time / Self.millisecond) }
    return Array(start == nil ? fills.suffix(count) : fills.prefix(count))
  }

  private func ownTrade(_ fill: Fill) -> JSONValue {
    .make([
      ("symbol", .s(exchange.markets[fill.market].rules.market.symbol)), ("id", .n(fill.trade)),
      ("orderId", .n(fill.order)), ("side", .s(fill.side == .buy ? "BUY" : "SELL")),
      ("price", .s(price(fill.market, fill.price))), ("qty", .s(quantity(fill.market, fill.quantity))),
      ("realizedPnl", .s(money(fill.realized))), ("quoteQty", .s(money(fill.value))),
      ("commission", .s(money(fill.fee))), ("commissionAsset", .s(exchange.assets[fill.feeAsset])),
      ("time", Self.ms(fill.time)), ("positionSide", .s(Self.word(fill.positionSide))),
      ("buyer", .b(fill.side == .buy)), ("maker", .b(fill.isMaker)),
    ])
  }

  private func income(_ call: Call) throws(BinanceError) -> [JSONValue] {
    let market = call.parameters["symbol"] == nil ? nil : try market(call.parameters)
    let count = try limit(call, usual: 100, most: 1000)
    let page = max(1, call.parameters.integer("page") ?? 1)
    let type = call.parameters["incomeType"]
    var entries: [(time: Int64, value: JSONValue)] = []
    func add(
      _ kind: String, _ amount: Amount, _ asset: Int, _ market: Int, _ time: Int64, _ id: String, _ trade: String
    ) {
      guard type == nil || type == kind else { return }
      let value = JSONValue.make([
        ("symbol", .s(exchange.markets[market].rules.market.symbol)), ("incomeType", .s(kind)),
        ("income", .s(money(amount))), ("asset", .s(exchange.assets[asset])), ("info", .s(kind)),
        ("time", Self.ms(time)), ("tranId", .n(id)), ("tradeId", .s(trade)),
      ])
      entries.append((time, value))
    }
    for payment in exchange.state(call.account).payments where market == nil || payment.market == market {
      add(
        "FUNDING_FEE", payment.amount, exchange.markets[payment.market].rules.quoteAsset, payment.market, payment.time,
        String(9_689_000_000 + payment.id), "")
    }
    for fill in exchange.state(call.account).fills where market == nil || fill.market == market {
      let trade = String(fill.trade)
      add("COMMISSION", -fill.fee, fill.feeAsset, fill.market, fill.time, trade, trade)
      if fill.realized != 0 { add("REALIZED_PNL", fill.realized, fill.feeAsset, fill.market, fill.time, trade, trade) }
    }
    if let start = call.parameters.integer("startTime") {
      entries = entries.filter { $0.time / Self.millisecond >= start }
    }
    if let end = call.parameters.integer("endTime") { entries = entries.filter { $0.time / Self.millisecond <= end } }
    let sorted = entries.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
    return sorted.dropFirst(Int(page - 1) * count).prefix(count).map(\.element.value)
  }
}
