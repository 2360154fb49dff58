/// The names that Kraken has for assets and pairs. A market of the options is named as WebSocket v2 names it:
/// `BTC/USD`.
enum KrakenNames {
  /// As REST has assets: those of the venue's first years begin with X or Z.
  static func asset(_ name: String) -> String {
    switch name {
    case "BTC": "XXBT"
    case "ETH", "LTC", "XRP", "XLM": "X\(name)"
    case "USD", "EUR", "GBP", "JPY", "CAD": "Z\(name)"
    default: name
    }
  }

  /// `altname` of an asset.
  static func short(_ name: String) -> String { name == "BTC" ? "XBT" : name }

  static func pair(_ market: VenueMarket) -> String { asset(market.base) + asset(market.quote) }
  static func short(_ market: VenueMarket) -> String { short(market.base) + short(market.quote) }
  static func socket(_ market: VenueMarket) -> String { "\(short(market.base))/\(short(market.quote))" }

  static func isNamed(_ market: VenueMarket, _ name: String) -> Bool {
    [pair(market), short(market), socket(market), market.symbol, market.base + market.quote].contains(name)
  }
}

/// Why Kraken does not do what was asked, in its own words: `EOrder:Insufficient funds`. Source: "API error messages".
struct KrakenError: Error, Equatable {
  let text: String
  init(_ text: String) { self.text = text }

  static let invalidKey = KrakenError("EAPI:Invalid key")
  static let invalidSignature = KrakenError("EAPI:Invalid signature")
  static let invalidNonce = KrakenError("EAPI:Invalid nonce")
  static let rateLimit = KrakenError("EAPI:Rate limit exceeded")
  static let orderRateLimit = KrakenError("EOrder:Rate limit exceeded")
  static let unknownMethod = KrakenError("EGeneral:Unknown method")
  static let unknownPair = KrakenError("EQuery:Unknown asset pair")
  static let unknownOrder = KrakenError("EOrder:Unknown order")
  static let unavailable = KrakenError("EService:Unavailable")
  static let invalidSession = KrakenError("ESession:Invalid session")

  static func invalid(_ field: String) -> KrakenError { KrakenError("EGeneral:Invalid arguments:\(field)") }

  init(_ refusal: Refusal) {
    switch refusal {
    case .price: self.init("EOrder:Tick size check failed")
    case .quantity: self.init("EOrder:Order minimum not met")
    case .notional: self.init("EOrder:Cost minimum not met")
    case .band: self.init("EOrder:Invalid price")
    case .funds: self.init("EOrder:Insufficient funds")
    case .postOnly: self.init("EOrder:Post only order")
    case .reduceOnly: self.init("EOrder:Reduce only:No position exists")
    case .wouldTrigger: self.init("EOrder:Invalid price")
    case .duplicateClient: self = .invalid("cl_ord_id")
    case .unknownOrder: self = .unknownOrder
    case .unchanged: self.init("EOrder:Invalid order")
    case .tooManyOrders: self.init("EOrder:Orders limit exceeded")
    case .unsupported: self = .invalid("ordertype")
    }
  }
}
