import CPatchbay
import ConnectorKit

/// The exchange's words for orders, both ways. Sources: "ENUM definitions" of the spot and "Common Definition" of the
/// futures documentation. The same word may mean different things: TAKE_PROFIT is a market order on spot and a limit
/// order on futures.
enum OrderWords {
  /// - Returns: `nil` for a type this library does not know. `isPostOnly`: LIMIT_MAKER.
  static func type(_ word: String, _ api: Venue.API) -> (type: OrderType, isPostOnly: Bool)? {
    switch (word, api) {
    case ("LIMIT", _): (.limit, false)
    case ("LIMIT_MAKER", .spot): (.limit, true)
    case ("MARKET", _), ("LIQUIDATION", .perpetual): (.market, false)
    case ("STOP_LOSS_LIMIT", .spot), ("STOP", .perpetual): (.stopLimit, false)
    case ("STOP_LOSS", .spot), ("STOP_MARKET", .perpetual), ("TRAILING_STOP_MARKET", .perpetual): (.stopMarket, false)
    case ("TAKE_PROFIT_LIMIT", .spot), ("TAKE_PROFIT", .perpetual): (.takeLimit, false)
    case ("TAKE_PROFIT", .spot), ("TAKE_PROFIT_MARKET", .perpetual): (.takeMarket, false)
    default: nil
    }
  }

  static func word(_ type: OrderType, isPostOnly: Bool, _ api: Venue.API) -> String {
    switch (type, api) {
    case (.limit, .spot): isPostOnly ? "LIMIT_MAKER" : "LIMIT"
    case (.limit, .perpetual): "LIMIT"
    case (.market, _): "MARKET"
    case (.stopLimit, .spot): "STOP_LOSS_LIMIT"
    case (.stopLimit, .perpetual): "STOP"
    case (.stopMarket, .spot): "STOP_LOSS"
    case (.stopMarket, .perpetual): "STOP_MARKET"
    case (.takeLimit, .spot): "TAKE_PROFIT_LIMIT"
    case (.takeLimit, .perpetual): "TAKE_PROFIT"
    case (.takeMarket, .spot): "TAKE_PROFIT"
    case (.takeMarket, .perpetual): "TAKE_PROFIT_MARKET"
    }
  }

  /// GTX and RPI are good till cancelled and never take.
  static func timeInForce(_ word: String) -> (force: TimeInForce?, isPostOnly: Bool) {
    switch word {
    case "GTC", "GTE_GTC": (.goodTilCancelled, false)
    case "IOC": (.immediateOrCancel, false)
    case "FOK": (.fillOrKill, false)
    case "GTD": (.goodTilDate, false)
    case "GTX", "RPI": (.goodTilCancelled, true)
    default: (nil, false)
    }
  }

  /// - Returns: `nil` for good-till-date, which needs a date that commands do not have.
  static func word(_ force: TimeInForce) -> String? {
    switch force {
    case .goodTilCancelled: "GTC"
    case .immediateOrCancel: "IOC"
    case .fillOrKill: "FOK"
    case .goodTilDate: nil
    }
  }

  static func side(_ word: String) -> Side { word == "BUY" ? .buy : word == "SELL" ? .sell : .none }

  static func position(_ word: String) -> Int {
    word == "LONG" ? PB_POSITION_LONG : word == "SHORT" ? PB_POSITION_SHORT : PB_POSITION_NET
  }

  static func positionSide(_ position: UInt32) -> String? {
    switch Int(position) {
    case PB_POSITION_LONG: "LONG"
    case PB_POSITION_SHORT: "SHORT"
    default: nil
    }
  }

  static func margin(_ word: String) -> Int {
    switch word.lowercased() {
    case "cross", "crossed": PB_MARGIN_CROSS
    case "isolated": PB_MARGIN_ISOLATED
    default: 0
    }
  }

  /// "It is of the form ^[\.A-Z\:/a-z0-9_-]{1,36}$".
  static func isClientOrder(_ id: String) -> Bool {
    (1...36).contains(id.utf8.count)
      && id.utf8.allSatisfy { byte in
        switch byte {
        // A dot, a slash and the digits and the colon stand in a row.
        case UInt8(ascii: ".")...UInt8(ascii: ":"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}
