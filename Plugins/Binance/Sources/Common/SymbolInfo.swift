import CPatchbay
import ConnectorKit
import Decimals

/// One entry of exchangeInfo's `symbols`.
struct SymbolInfo {
  let api: Venue.API
  var symbol = ""
  var base = ""
  var quote = ""
  var status = ""
  /// What profit and loss of a perpetual are counted in.
  var settle = ""
  /// Whether it is of the kind that the connector is for: dated futures and margin-only pairs are left out.
  var isOffered: Bool
  var pricePrecision: Int64 = 0
  var quantityPrecision: Int64 = 0
  var types: UInt64 = 0
  var tick = Decimal64.zero
  var minPrice = Decimal64.zero
  var maxPrice = Decimal64.zero
  var lot = Decimal64.zero
  var minQuantity = Decimal64.zero
  var maxQuantity = Decimal64.zero
  var minNotional = Decimal64.zero
  var maxNotional = Decimal64.zero

  init(_ json: inout JSONScanner, _ api: Venue.API) {
    self.api = api
    // A perpetual says that it is one; a spot pair only says when it is none.
    isOffered = api == .spot
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": symbol = json.string().text
      case "baseAsset": base = json.string().text
      case "quoteAsset": quote = json.string().text
      case "status": status = json.string().text
      case "marginAsset": settle = json.string().text
      case "isSpotTradingAllowed": isOffered = json.boolean()
      case "contractType":
        let type = json.string()
        isOffered = type == "PERPETUAL" || type == "TRADIFI_PERPETUAL"
      case "contractStatus" where status.isEmpty: status = json.string().text
      case "pricePrecision": pricePrecision = json.integer()
      case "quantityPrecision": quantityPrecision = json.integer()
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

  /// What can be read of an entry in any case: which instrument it is about.
  init(nameOf json: inout JSONScanner, _ api: Venue.API) {
    self.api = api
    isOffered = api == .spot
    json.enterObject()
    while let key = json.nextKey() {
      let start = json.mark
      json.skip()
      guard json.isValid else { return }
      var value = start.scanner()
      switch key {
      case "symbol": symbol = value.string().text
      case "baseAsset": base = value.string().text
      case "quoteAsset": quote = value.string().text
      case "marginAsset": settle = value.string().text
      case "isSpotTradingAllowed": isOffered = value.boolean()
      case "contractType":
        let type = value.string()
        isOffered = type == "PERPETUAL" || type == "TRADIFI_PERPETUAL"
      default: break
      }
    }
  }

  /// Prices and quantities stand at the exponents of tick and lot as the venue writes them, eight places on most spot
  /// symbols: so the digits of a frame become mantissas without a division. A futures symbol may be written with more
  /// places than its tick.
  ///
  /// Where a thousand of the largest orders would not fit into 63 bits then, as with a lot of 1 and orders of billions,
  /// the exponent is coarser, but never coarser than the step.
  var priceExponent: Int32 { exponent(tick, pricePrecision, largest: maxPrice) }
  var quantityExponent: Int32 { exponent(lot, quantityPrecision, largest: maxQuantity) }

  private func exponent(_ step: Decimal64, _ precision: Int64, largest: Decimal64) -> Int32 {
    var exponent = min(
      step.isZero ? -8 : min(step.exponent, 0), precision > 0 && precision <= 18 ? -Int32(precision) : 0)
    guard !step.isZero else { return exponent }
    let coarsest = min(step.normalized.exponent, 0)
    while exponent < coarsest, !SymbolInfo.fits(largest, exponent) { exponent += 1 }
    return exponent
  }

  /// Whether a level of a thousand such orders fits at an exponent.
  private static func fits(_ largest: Decimal64, _ exponent: Int32) -> Bool {
    largest.multiplied(by: Decimal64(1000))?.mantissa(at: exponent) != nil
  }

  var isUsable: Bool { isOffered && !symbol.isEmpty && !base.isEmpty && !quote.isEmpty && base != quote }

  private mutating func add(type: JSONText) {
    switch type {
    case "TRAILING_STOP_MARKET": break
    default:
      if let named = OrderWords.type(type.text, api) { types |= 1 << UInt64(named.type.rawValue) }
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
      case "minPrice", "maxPrice", "tickSize", "minQty", "maxQty", "stepSize", "minNotional", "maxNotional", "notional":
        numbers.append((key.text, json.decimal()))
      default: json.skip()
      }
    }
    func number(_ name: String) -> Decimal64 { numbers.first { $0.0 == name }?.1 ?? .zero }
    switch type {
    case "PRICE_FILTER": (tick, minPrice, maxPrice) = (number("tickSize"), number("minPrice"), number("maxPrice"))
    case "LOT_SIZE": (lot, minQuantity, maxQuantity) = (number("stepSize"), number("minQty"), number("maxQty"))
    case "MIN_NOTIONAL": minNotional = number(api == .spot ? "minNotional" : "notional")
    case "NOTIONAL": (minNotional, maxNotional) = (number("minNotional"), number("maxNotional"))
    default: break
    }
  }

  /// Zero means "no such rule" in filters.
  private func rule(_ value: Decimal64) -> pb_dec { pb_dec(value.isZero ? nil : value) }

  func fields(id: pb_id, fees: (maker: String, taker: String)?) -> pb_instrument {
    var record = pb_instrument()
    record.instrument = id
    record.kind = UInt32(api == .spot ? PB_KIND_SPOT : PB_KIND_PERP)
    record.state = UInt32(status == "TRADING" ? PB_INSTRUMENT_TRADING : PB_INSTRUMENT_HALTED)
    record.price_exp = priceExponent
    record.quantity_exp = quantityExponent
    record.order_types = types
    record.time_in_force = 1 << UInt64(PB_TIF_GTC) | 1 << UInt64(PB_TIF_IOC) | 1 << UInt64(PB_TIF_FOK)
    record.order_flags = UInt64(
      api == .spot
        ? PB_ORDER_POST_ONLY | PB_ORDER_BY_VALUE : PB_ORDER_POST_ONLY | PB_ORDER_REDUCE_ONLY | PB_ORDER_CLOSE)
    record.tick = rule(tick)
    record.lot = rule(lot)
    record.min_price = rule(minPrice)
    record.max_price = rule(maxPrice)
    record.min_quantity = rule(minQuantity)
    record.max_quantity = rule(maxQuantity)
    record.min_notional = rule(minNotional)
    record.max_notional = rule(maxNotional)
    record.multiplier = pb_dec(.one)
    record.maker_fee = pb_dec(fees.flatMap { Decimal64($0.maker) })
    record.taker_fee = pb_dec(fees.flatMap { Decimal64($0.taker) })
    return record
  }
}
