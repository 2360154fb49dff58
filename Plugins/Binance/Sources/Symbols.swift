import CPatchbay
import ConnectorKit
import Decimals

/// exchangeInfo: instruments, trading rules, rate limits.
/// Source: Binance Spot API documentation, "Exchange information", "Filters", "ENUM definitions".
extension BinanceSpot {
  func instruments(_ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    var limits: [Output.Limit] = []
    var infos: [SymbolInfo] = []
    var skipped = 0
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "rateLimits":
        json.enterArray()
        while json.nextElement() { if let limit = readLimit(&json) { limits.append(limit) } }
      case "symbols":
        json.enterArray()
        while json.nextElement() {
          // An entry that cannot be read is left out; the others are kept.
          let start = json.mark
          json.skip()
          var entry = start.scanner()
          let info = SymbolInfo(&entry)
          if entry.isValid, info.isUsable { infos.append(info) } else { skipped += info.isSpot ? 1 : 0 }
        }
      default: json.skip()
      }
    }
    guard json.isComplete() else { return unreadable(command, "exchange information") }
    if skipped > 0 { out.log(.warning, "\(skipped) symbols of exchangeInfo could not be read and are left out") }
    if !limits.isEmpty { out.limits(limits) }
    for info in infos { publish(info) }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    return .ok
  }

  private func publish(_ info: SymbolInfo) {
    let number = symbols.insert(info.symbol)
    if number == markets.count {
      markets.append(
        Market(
          id: pb_id(number + 1), symbol: info.symbol, priceExponent: info.priceExponent,
          quantityExponent: info.quantityExponent))
    }
    let market = markets[number]
    guard market.priceExponent == info.priceExponent, market.quantityExponent == info.quantityExponent else {
      out.log(.error, "\(info.symbol): the exponents of its tick or lot changed; restart to trade it")
      return
    }
    out.instrument(info.fields(id: market.id), symbol: info.symbol, base: info.base, quote: info.quote)
  }

  /// `{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}`
  private func readLimit(_ json: inout JSONScanner) -> Output.Limit? {
    var (type, interval, number, capacity) = ("", Int64(0), Int64(1), UInt64(0))
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "rateLimitType": type = json.string().text
      case "interval":
        switch json.string().text {
        case "SECOND": interval = Venue.minute / 60
        case "MINUTE": interval = Venue.minute
        case "HOUR": interval = 60 * Venue.minute
        case "DAY": interval = 1440 * Venue.minute
        default: break
        }
      case "intervalNum": number = json.integer()
      case "limit": capacity = json.unsigned()
      default: json.skip()
      }
    }
    guard json.isValid, number > 0, number < 1000, interval > 0, capacity > 0, capacity <= UInt64(UInt32.max) else {
      return nil
    }
    let isDay = interval == 1440 * Venue.minute
    let named: (bucket: UInt32, name: String, scope: Output.Limit.Scope, header: String)
    switch type {
    case "REQUEST_WEIGHT": named = (Venue.Bucket.weight, "request weight", .address, "x-mbx-used-weight-1m")
    case "RAW_REQUESTS": named = (Venue.Bucket.rawRequests, "raw requests", .address, "")
    case "ORDERS" where isDay: named = (Venue.Bucket.ordersDay, "orders a day", .account, "x-mbx-order-count-1d")
    case "ORDERS": named = (Venue.Bucket.orders10s, "orders in 10 s", .account, "x-mbx-order-count-10s")
    default: return nil
    }
    return Output.Limit(
      bucket: named.bucket, name: named.name, scope: named.scope, capacity: UInt32(capacity),
      interval: interval * number, usedHeader: named.header)
  }
}

/// One entry of exchangeInfo's `symbols`.
struct SymbolInfo {
  var symbol = ""
  var base = ""
  var quote = ""
  var status = ""
  var isSpot = true
  var types: UInt64 = 0
  var tick = Decimal64.zero
  var minPrice = Decimal64.zero
  var maxPrice = Decimal64.zero
  var lot = Decimal64.zero
  var minQuantity = Decimal64.zero
  var maxQuantity = Decimal64.zero
  var minNotional = Decimal64.zero
  var maxNotional = Decimal64.zero

  init(_ json: inout JSONScanner) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": symbol = json.string().text
      case "baseAsset": base = json.string().text
      case "quoteAsset": quote = json.string().text
      case "status": status = json.string().text
      case "isSpotTradingAllowed": isSpot = json.boolean()
      case "orderTypes":
        json.enterArray()
        while json.nextElement() { add(type: json.string()) }
      case "filters":
        json.enterArray()
        while json.nextElement() { readFilter(&json) }
      default: json.skip()
      }
    }
  }

  /// Prices and quantities stand at the exponents of tick and lot as the venue writes them, eight places on most
  /// symbols: so the digits of a frame become mantissas without a division.
  var priceExponent: Int32 { tick.isZero ? -8 : min(tick.exponent, 0) }
  var quantityExponent: Int32 { lot.isZero ? -8 : min(lot.exponent, 0) }

  var isUsable: Bool { isSpot && !symbol.isEmpty && !base.isEmpty && !quote.isEmpty && base != quote }

  private mutating func add(type: JSONText) {
    switch type {
    case "LIMIT", "LIMIT_MAKER": types |= 1 << UInt64(PB_TYPE_LIMIT)
    case "MARKET": types |= 1 << UInt64(PB_TYPE_MARKET)
    case "STOP_LOSS_LIMIT": types |= 1 << UInt64(PB_TYPE_STOP_LIMIT)
    case "STOP_LOSS": types |= 1 << UInt64(PB_TYPE_STOP_MARKET)
    case "TAKE_PROFIT_LIMIT": types |= 1 << UInt64(PB_TYPE_TAKE_LIMIT)
    case "TAKE_PROFIT": types |= 1 << UInt64(PB_TYPE_TAKE_MARKET)
    default: break
    }
  }

  /// Filters are objects of different shapes; the type may stand anywhere in one.
  private mutating func readFilter(_ json: inout JSONScanner) {
    var type = ""
    var numbers: [(String, Decimal64)] = []
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "filterType": type = json.string().text
      case "minPrice", "maxPrice", "tickSize", "minQty", "maxQty", "stepSize", "minNotional", "maxNotional":
        numbers.append((key.text, json.decimal()))
      default: json.skip()
      }
    }
    func number(_ name: String) -> Decimal64 { numbers.first { $0.0 == name }?.1 ?? .zero }
    switch type {
    case "PRICE_FILTER": (tick, minPrice, maxPrice) = (number("tickSize"), number("minPrice"), number("maxPrice"))
    case "LOT_SIZE": (lot, minQuantity, maxQuantity) = (number("stepSize"), number("minQty"), number("maxQty"))
    case "MIN_NOTIONAL": minNotional = number("minNotional")
    case "NOTIONAL": (minNotional, maxNotional) = (number("minNotional"), number("maxNotional"))
    default: break
    }
  }

  /// Zero means "no such rule" in filters.
  private func rule(_ value: Decimal64) -> pb_dec { pb_dec(value.isZero ? nil : value) }

  func fields(id: pb_id) -> pb_instrument {
    var record = pb_instrument()
    record.instrument = id
    record.kind = UInt32(PB_KIND_SPOT)
    record.state = UInt32(status == "TRADING" ? PB_INSTRUMENT_TRADING : PB_INSTRUMENT_HALTED)
    record.price_exp = priceExponent
    record.quantity_exp = quantityExponent
    record.order_types = types
    record.time_in_force = 1 << UInt64(PB_TIF_GTC) | 1 << UInt64(PB_TIF_IOC) | 1 << UInt64(PB_TIF_FOK)
    record.order_flags = UInt64(PB_ORDER_POST_ONLY | PB_ORDER_BY_VALUE)
    record.tick = rule(tick)
    record.lot = rule(lot)
    record.min_price = rule(minPrice)
    record.max_price = rule(maxPrice)
    record.min_quantity = rule(minQuantity)
    record.max_quantity = rule(maxQuantity)
    record.min_notional = rule(minNotional)
    record.max_notional = rule(maxNotional)
    record.multiplier = pb_dec(.one)
    return record
  }
}
