import CPatchbay
import ConnectorKit
import Decimals

/// exchangeInfo: instruments, trading rules, rate limits.
/// Sources: "Exchange information", "Filters", "ENUM definitions" of the spot and of the futures documentation.
extension BinanceConnector {
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
          let info = SymbolInfo(&entry, venue.api)
          if entry.isValid, info.isUsable { infos.append(info) } else { skipped += info.isOffered ? 1 : 0 }
        }
      default: json.skip()
      }
    }
    guard json.isComplete() else { return unreadable(command, "exchange information") }
    if skipped > 0 { out.log(.warning, "\(skipped) symbols of exchangeInfo could not be read and are left out") }
    if !limits.isEmpty { out.limits(limits) }
    if let weight = limits.first(where: { $0.bucket == Venue.Bucket.weight }) { weightDeclared(weight.capacity) }
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
          quantityExponent: info.quantityExponent, rule: venue.rule))
    }
    let market = markets[number]
    guard market.priceExponent == info.priceExponent, market.quantityExponent == info.quantityExponent else {
      out.log(.error, "\(info.symbol): the exponents of its tick or lot changed; restart to trade it")
      return
    }
    out.instrument(
      info.fields(id: market.id, fees: venue.defaultFees), symbol: info.symbol, base: info.base, quote: info.quote,
      settle: info.settle)
  }

  /// `{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}`
  private func readLimit(_ json: inout JSONScanner) -> Output.Limit? {
    var (type, letter, unit, number, capacity) = ("", "", Int64(0), Int64(1), UInt64(0))
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "rateLimitType": type = json.string().text
      case "interval":
        switch json.string().text {
        case "SECOND": (letter, unit) = ("s", Venue.second)
        case "MINUTE": (letter, unit) = ("m", Venue.minute)
        case "HOUR": (letter, unit) = ("h", 60 * Venue.minute)
        case "DAY": (letter, unit) = ("d", 1440 * Venue.minute)
        default: break
        }
      case "intervalNum": number = json.integer()
      case "limit": capacity = json.unsigned()
      default: json.skip()
      }
    }
    guard json.isValid, number > 0, number < 1000, unit > 0, capacity > 0, capacity <= UInt64(UInt32.max) else {
      return nil
    }
    var limit = Output.Limit(
      bucket: Venue.Bucket.weight, name: "request weight", scope: .address, capacity: UInt32(capacity),
      interval: unit * number)
    switch type {
    case "REQUEST_WEIGHT": limit.usedHeader = "x-mbx-used-weight-\(number)\(letter)"
    case "RAW_REQUESTS": (limit.bucket, limit.name) = (Venue.Bucket.rawRequests, "raw requests")
    case "ORDERS":
      limit.scope = .account
      limit.usedHeader = "x-mbx-order-count-\(number)\(letter)"
      switch letter {
      case "s": limit.bucket = Venue.Bucket.orders10s
      case "m": limit.bucket = Venue.Bucket.ordersMinute
      default: limit.bucket = Venue.Bucket.ordersDay
      }
      limit.name = "orders in \(number) \(letter)"
    default: return nil
    }
    return limit
  }
}
