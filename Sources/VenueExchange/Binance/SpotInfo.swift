import Decimals
import JSONTree
import Matching
import Venue

/// exchangeInfo of spot. Sources: "Exchange information", "Filters".
extension SpotVenue {
  func spotInfo(_ parameters: Parameters) throws(BinanceError) -> JSONValue {
    let chosen = parameters["symbol"] != nil ? [try market(parameters)] : try symbols(parameters)
    func limit(_ type: String, _ interval: String, _ number: Int, _ most: Int) -> JSONValue {
      .make([
        ("rateLimitType", .s(type)), ("interval", .s(interval)), ("intervalNum", .n(number)), ("limit", .n(most)),
      ])
    }
    return .make([
      ("timezone", .s("UTC")), ("serverTime", .n(milliseconds)),
      (
        "rateLimits",
        .list([
          limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weightPerMinute),
          limit("ORDERS", "SECOND", 10, limits.ordersPerTenSeconds), limit("ORDERS", "DAY", 1, limits.ordersPerLong),
          limit("RAW_REQUESTS", "MINUTE", 5, 61_000),
        ])
      ),
      ("exchangeFilters", .list([])), ("symbols", .list(chosen.map { symbolInfo($0) })),
    ])
  }

  private func symbolInfo(_ index: Int) -> JSONValue {
    let market = exchange.markets[index].rules.market
    let words = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
    return .make([
      ("symbol", .s(market.symbol)), ("status", .s(isInMaintenance ? "BREAK" : "TRADING")),
      ("baseAsset", .s(market.base)), ("baseAssetPrecision", .n(8)), ("quoteAsset", .s(market.quote)),
      ("quotePrecision", .n(8)), ("quoteAssetPrecision", .n(8)), ("baseCommissionPrecision", .n(8)),
      ("quoteCommissionPrecision", .n(8)), ("orderTypes", .list(words.map { .s($0) })), ("icebergAllowed", .b(false)),
      ("ocoAllowed", .b(false)), ("otoAllowed", .b(false)), ("quoteOrderQtyMarketAllowed", .b(true)),
      ("allowTrailingStop", .b(false)), ("cancelReplaceAllowed", .b(true)), ("amendAllowed", .b(true)),
      ("isSpotTradingAllowed", .b(true)), ("isMarginTradingAllowed", .b(false)), ("filters", .list(filters(index))),
      ("permissions", .list([])), ("permissionSets", .list([.list([.s("SPOT")])])),
      ("defaultSelfTradePreventionMode", .s("EXPIRE_MAKER")),
      (
        "allowedSelfTradePreventionModes",
        .list(["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"].map { .s($0) })
      ),
    ])
  }

  private func filters(_ index: Int) -> [JSONValue] {
    let rules = exchange.markets[index].rules
    let up = fixed(100_000_000 + rules.band, -8, places: 4)
    let down = fixed(100_000_000 - rules.band, -8, places: 4)
    func quantity(_ value: Int64) -> JSONValue { .s(self.quantity(index, value)) }
    func price(_ value: Int64) -> JSONValue { .s(self.price(index, value)) }
    return [
      .make([
        ("filterType", "PRICE_FILTER"), ("minPrice", price(rules.tick)), ("maxPrice", .s("1000000.00000000")),
        ("tickSize", price(rules.tick)),
      ]),
      .make([
        ("filterType", "LOT_SIZE"), ("minQty", quantity(rules.minQuantity)), ("maxQty", quantity(rules.maxQuantity)),
        ("stepSize", quantity(rules.lot)),
      ]),
      .make([
        ("filterType", "PERCENT_PRICE_BY_SIDE"), ("bidMultiplierUp", .s(up)), ("bidMultiplierDown", .s(down)),
        ("askMultiplierUp", .s(up)), ("askMultiplierDown", .s(down)), ("avgPriceMins", .n(0)),
      ]),
      .make([
        ("filterType", "NOTIONAL"), ("minNotional", .s(money(rules.minNotional))), ("applyMinToMarket", .b(true)),
        ("maxNotional", .s("9000000.00000000")), ("applyMaxToMarket", .b(false)), ("avgPriceMins", .n(0)),
      ]),
      .make([("filterType", "MAX_NUM_ORDERS"), ("maxNumOrders", .n(exchange.style.mostOpenOrders))]),
    ]
  }
}
