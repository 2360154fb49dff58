import Matching

/// Words for orders that spot and futures share. Sources: "ENUM definitions", "Common definition".
extension BinanceVenue {
  static func word(_ order: Order) -> String {
    switch order.status {
    case .untriggered, .open: order.filled > 0 ? (order.remaining == 0 ? "FILLED" : "PARTIALLY_FILLED") : "NEW"
    case .filled: "FILLED"
    case .cancelled: "CANCELED"
    case .expired: "EXPIRED"
    case .expiredInMatch: "EXPIRED_IN_MATCH"
    case .rejected: "REJECTED"
    }
  }

  static func word(_ force: Force) -> String {
    switch force {
    case .goodTilCancelled: "GTC"
    case .immediateOrCancel: "IOC"
    case .fillOrKill: "FOK"
    }
  }

  static func word(_ mode: SelfTrade) -> String {
    switch mode {
    case .expireTaker: "EXPIRE_TAKER"
    case .expireMaker: "EXPIRE_MAKER"
    case .expireBoth: "EXPIRE_BOTH"
    }
  }
}
