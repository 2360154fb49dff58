import Decimals
import JSONTree
import Matching

/// exchangeInfo, mark prices, funding rates of futures. Sources: "Exchange Information", "Mark Price", "Get Funding
/// Rate History", "Open Interest".
extension FuturesVenue {
  func registerDerivatives() {
    for version in ["v1", "v2", "v3"] where version != "v1" {
      add("GET /fapi/\(version)/ticker/price", .open, 1) { [unowned self] call throws(BinanceError) in
        try each(call) { priceTicker($0) }
      }
    }
    add("GET /fapi/v1/premiumIndex", .open, { $0["symbol"] == nil ? 10 : 1 }) {
      [unowned self] call throws(BinanceError) in
      try each(call) { premium($0) }
    }
    add("GET /fapi/v1/fundingRate", .open, 1) { [unowned self] call throws(BinanceError) in
      let chosen = call.parameters["symbol"] == nil ? Array(exchange.markets.indices) : [try market(call.parameters)]
      let count = try limit(call, usual: 100, most: 1000)
      var rates: [(time: Int64, value: JSONValue)] = []
      for market in chosen {
        for entry in exchange.markets[market].funding.history {
          rates.append(
            (
              entry.time,
              .make([
                ("symbol", .s(exchange.markets[market].rules.market.symbol)), ("fundingTime", Self.ms(entry.time)),
                ("fundingRate", .s(money(Amount(entry.rate)))), ("markPrice", .s(longPrice(market, entry.mark))),
              ])
            ))
        }
      }
      if let start = call.parameters.integer("startTime") {
        rates = rates.filter { $0.time / Self.millisecond >= start }
      }
      return .list(rates.suffix(count).map(\.value))
    }
    add("GET /fapi/v1/fundingInfo", .open, 0) { _ in .list([]) }
    add("GET /fapi/v1/openInterest", .open, 1) { [unowned self] call throws(BinanceError) in
      let market = try market(call.parameters)
      let open = exchange.ledger.participants.reduce(Int64(0)) { sum, participant in
        sum + PositionSide.allCases.reduce(0) { $0 + max(0, exchange.position(participant, market, $1).quantity) }
      }
      return .make([
        ("symbol", .s(exchange.markets[market].rules.market.symbol)), ("openInterest", .s(quantity(market, open))),
        ("time", .n(milliseconds)),
      ])
    }
  }

  private func priceTicker(_ market: Int) -> JSONValue {
    .make([
      ("symbol", .s(exchange.markets[market].rules.market.symbol)),
      ("price", .s(price(market, exchange.markets[market].last))), ("time", .n(milliseconds)),
    ])
  }

  private func premium(_ market: Int) -> JSONValue {
    let funding = exchange.markets[market].funding
    return .make([
      ("symbol", .s(exchange.markets[market].rules.market.symbol)), ("markPrice", .s(longPrice(market, funding.mark))),
      ("indexPrice", .s(longPrice(market, funding.index))),
      ("estimatedSettlePrice", .s(longPrice(market, funding.index))),
      ("lastFundingRate", .s(money(Amount(funding.rate)))), ("interestRate", .s(money(Amount(Funding.interest)))),
      ("nextFundingTime", Self.ms(funding.next)), ("time", .n(milliseconds)),
    ])
  }

  func futuresInfo() -> JSONValue {
    func limit(_ type: String, _ interval: String, _ number: Int, _ most: Int) -> JSONValue {
      .make([
        ("rateLimitType", .s(type)), ("interval", .s(interval)), ("intervalNum", .n(number)), ("limit", .n(most)),
      ])
    }
    return .make([
      ("timezone", "UTC"), ("serverTime", .n(milliseconds)), ("futuresType", "U_MARGINED"),
      (
        "rateLimits",
        .list([
          limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weightPerMinute),
          limit("ORDERS", "MINUTE", 1, limits.ordersPerLong), limit("ORDERS", "SECOND", 10, limits.ordersPerTenSeconds),
        ])
      ),
      ("exchangeFilters", .list([])),
      (
        "assets",
        .list(
          exchange.assets.map {
            .make([("asset", .s($0)), ("marginAvailable", .b(true)), ("autoAssetExchange", .none)])
          })
      ),
      ("symbols", .list(exchange.markets.indices.map { contract($0) })),
    ])
  }

  private func contract(_ index: Int) -> JSONValue {
    let market = exchange.markets[index].rules.market
    let words = ["LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"]
    let forces = ["GTC", "IOC", "FOK", "GTX", "GTD"]
    return .make([
      ("symbol", .s(market.symbol)), ("pair", .s(market.symbol)), ("contractType", "PERPETUAL"),
      ("deliveryDate", .n(4_133_404_800_000)), ("onboardDate", .n(1_569_398_400_000)), ("status", "TRADING"),
      ("maintMarginPercent", "2.5000"), ("requiredMarginPercent", "5.0000"), ("baseAsset", .s(market.base)),
      ("quoteAsset", .s(market.quote)), ("marginAsset", .s(market.quote)), ("pricePrecision", .n(pricePlaces(index))),
      ("quantityPrecision", .n(quantityPlaces(index))), ("baseAssetPrecision", .n(8)), ("quotePrecision", .n(8)),
      ("underlyingType", "COIN"), ("underlyingSubType", .list(["PoW"])), ("triggerProtect", "0.0500"),
      ("liquidationFee", "0.012500"), ("marketTakeBound", "0.05"), ("maxMoveOrderLimit", .n(10_000)),
      ("filters", .list(contractFilters(index))), ("orderTypes", .list(words.map { .s($0) })),
      ("timeInForce", .list(forces.map { .s($0) })),
    ])
  }

  private func contractFilters(_ index: Int) -> [JSONValue] {
    let rules = exchange.markets[index].rules
    func lots(_ type: JSONValue) -> JSONValue {
      .make([
        ("filterType", type), ("maxQty", .s(quantity(index, rules.maxQuantity))),
        ("minQty", .s(quantity(index, rules.minQuantity))), ("stepSize", .s(quantity(index, rules.lot))),
      ])
    }
    return [
      .make([
        ("filterType", "PRICE_FILTER"), ("maxPrice", .s(price(index, rules.tick * 10_000_000))),
        ("minPrice", .s(price(index, rules.tick))), ("tickSize", .s(price(index, rules.tick))),
      ]),
      lots("LOT_SIZE"), lots("MARKET_LOT_SIZE"),
      .make([("filterType", "MAX_NUM_ORDERS"), ("limit", .n(exchange.style.mostOpenOrders))]),
      .make([("filterType", "MAX_NUM_ALGO_ORDERS"), ("limit", .n(Self.mostAlgos))]),
      .make([("filterType", "MIN_NOTIONAL"), ("notional", .s(money(rules.minNotional, places: 0)))]),
      .make([
        ("filterType", "PERCENT_PRICE"), ("multiplierUp", .s(fixed(100_000_000 + rules.band, -8, places: 4))),
        ("multiplierDown", .s(fixed(100_000_000 - rules.band, -8, places: 4))), ("multiplierDecimal", "4"),
      ]),
    ]
  }
}
