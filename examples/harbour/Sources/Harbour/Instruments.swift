import CPatchbay
import ConnectorKit
import Decimals

/// One instrument. Its id is its place in `HarbourSpot.markets` plus 1.
struct Market {
  let symbol: String
  let priceExponent: Int32
  let quantityExponent: Int32
  /// Each update's sequence is the last one's plus 1.
  var sync = BookSync(.increment)
}

extension HarbourSpot {
  /// `{"time": 1767607200000}`
  func clock(_ request: pb_id, _ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    var time: Int64 = 0
    json.enterObject()
    while let key = json.nextKey() {
      if key == "time" { time = json.milliseconds() } else { json.skip() }
    }
    guard json.isComplete(), time > 0 else { return unreadable(command) }
    out.clock(request: request, venue: time)
    out.done(command)
    return .ok
  }

  /// `{"markets": [{"symbol": "SALT-USD", "base": "SALT", "quote": "USD", "tick": "0.01", "lot": "0.001"}]}`
  func instruments(_ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    var json = JSONScanner(body)
    var found: [Listing] = []
    json.enterObject()
    while let key = json.nextKey() {
      guard key == "markets" else { json.skip(); continue }
      json.enterArray()
      while json.nextElement() { found.append(Listing(&json)) }
    }
    // Nothing of a reply is used before all of it has proved readable.
    guard json.isComplete() else { return unreadable(command) }
    for listing in found { publish(listing) }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    return .ok
  }

  private func unreadable(_ command: pb_id) -> Status {
    out.reply(command, .unknown, .other, "the venue's reply cannot be read")
    return .parse
  }

  private func publish(_ listing: Listing) {
    let place = symbols.insert(listing.symbol)
    let exponents = (-Int32(listing.tick.decimalPlaces), -Int32(listing.lot.decimalPlaces))
    if place == markets.count {
      markets.append(Market(symbol: listing.symbol, priceExponent: exponents.0, quantityExponent: exponents.1))
    }
    guard (markets[place].priceExponent, markets[place].quantityExponent) == exponents else {
      return out.log(.error, "\(listing.symbol): its tick or lot changed; restart to use it")
    }
    var fields = pb_instrument()
    fields.instrument = pb_id(place) + 1
    fields.kind = UInt32(PB_KIND_SPOT)
    fields.state = UInt32(PB_INSTRUMENT_TRADING)
    fields.price_exp = exponents.0
    fields.quantity_exp = exponents.1
    fields.tick = pb_dec(listing.tick)
    fields.lot = pb_dec(listing.lot)
    fields.multiplier = pb_dec(Decimal64.one)
    out.instrument(fields, symbol: listing.symbol, base: listing.base, quote: listing.quote)
  }
}

/// An element of `markets`.
private struct Listing {
  var (symbol, base, quote) = ("", "", "")
  var (tick, lot) = (Decimal64.zero, Decimal64.zero)

  init(_ json: inout JSONScanner) {
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "symbol": symbol = json.string().text
      case "base": base = json.string().text
      case "quote": quote = json.string().text
      case "tick": tick = json.decimal()
      case "lot": lot = json.decimal()
      default: json.skip()
      }
    }
    if symbol.isEmpty || !tick.isPositive || !lot.isPositive { json.fail() }
  }
}
