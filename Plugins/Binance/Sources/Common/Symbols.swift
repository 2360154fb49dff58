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
    var unread: [SymbolInfo] = []
    var left: Set<String> = []
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
          if entry.isValid, info.isUsable {
            infos.append(info)
          } else {
            var entry = start.scanner()
            let name = SymbolInfo(nameOf: &entry, venue.api)
            if name.isOffered { unread.append(name) } else { left.insert(name.symbol) }
          }
        }
      default: json.skip()
      }
    }
    guard json.isComplete() else { return unreadable(command, "exchange information") }
    if !limits.isEmpty { out.limits(limits) }
    if let weight = limits.first(where: { $0.bucket == Venue.Bucket.weight }) { weightDeclared(weight.capacity) }
    for info in infos { publish(info) }
    for info in unread where info.isUsable { publish(unread: info) }
    let nameless = unread.filter { !$0.isUsable }.count
    if nameless > 0 { out.log(.warning, "\(nameless) entries of exchangeInfo cannot be read and are left out") }
    closeUnlisted(Set((infos + unread).map(\.symbol)), left)
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    return .ok
  }

  private func publish(_ info: SymbolInfo) {
    let number = symbols.insert(info.symbol)
    if number == markets.count {
      markets.append(add(info, number))
    } else if !markets[number].fits(info) {
      // A finer tick or lot is another instrument: exponents of an id never change. Orders of the older id are looked
      // after by their symbol; what was subscribed to ends, and the host asks for it under the new id.
      let old = markets[number]
      out.log(.warning, "\(info.symbol): its tick or lot is finer now; it goes on as another instrument")
      retire(old)
      markets[number] = add(info, number)
    }
    let market = markets[number]
    market.info = info
    publish(market, info)
  }

  private func add(_ info: SymbolInfo, _ number: Int) -> Market {
    let market = Market(
      id: pb_id(instruments.count + 1), number: number, symbol: info.symbol, priceExponent: info.priceExponent,
      quantityExponent: info.quantityExponent, rule: venue.rule)
    instruments.append(market)
    return market
  }

  private func publish(_ market: Market, _ info: SymbolInfo, stopped: (state: Int, reason: String)? = nil) {
    var fields = info.fields(id: market.id, fees: venue.defaultFees)
    (fields.price_exp, fields.quantity_exp) = (market.priceExponent, market.quantityExponent)
    if let stopped { fields.state = UInt32(stopped.state) }
    out.instrument(
      fields, symbol: info.symbol, base: info.base, quote: info.quote, settle: info.settle,
      reason: stopped?.reason ?? "")
  }

  /// A symbol is listed, and what the list says of it cannot be read: by which rules it is traded is not known.
  private func publish(unread name: SymbolInfo) {
    out.log(.warning, "\(name.symbol): its entry of exchangeInfo cannot be read")
    let number = symbols.insert(name.symbol)
    if number == markets.count { markets.append(add(name, number)) }
    let market = markets[number]
    publish(
      market, market.info ?? name,
      stopped: (PB_INSTRUMENT_UNUSABLE, "its entry in the exchange's list cannot be read"))
  }

  /// Markets that the list no longer holds are closed, and those that are of another kind now; one that is listed again
  /// goes on as what it was.
  private func closeUnlisted(_ listed: Set<String>, _ left: Set<String>) {
    for market in markets where !listed.contains(market.symbol) {
      guard let info = market.info else { continue }
      market.info = nil
      let reason =
        left.contains(market.symbol)
        ? "the exchange no longer offers it on this market" : "the exchange no longer lists it"
      publish(market, info, stopped: (PB_INSTRUMENT_CLOSED, reason))
    }
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
