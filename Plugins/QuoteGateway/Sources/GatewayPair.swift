import ConnectorKit
import Decimals

/// A pair of tokens that a gateway gave prices of.
public struct GatewayPair: Equatable, Sendable {
  /// As requests name it.
  public let symbol: String
  public let base: String
  public let quote: String

  public init(symbol: String, base: String, quote: String) {
    (self.symbol, self.base, self.quote) = (symbol, base, quote)
  }
}

/// What a reply says: the price of an amount, in quote for one of the base token.
public struct GatewayPrice: Sendable {
  /// Of whoever asked; `none` where the reply does not say it.
  public var side = Side.none
  public var price: Decimal64?
  /// When the gateway began to ask its chain, in nanoseconds.
  public var time: Int64 = 0

  public init() {}
}

extension GatewayPrice {
  /// Reads a reply by the names of its members; `nil` where it is none. A price that the gateway could not get is null.
  public init?(_ body: Body, side sideName: StaticString) {
    var json = JSONScanner(body)
    json.members { key, json in
      switch key {
      case sideName:
        let word = json.string().text.lowercased()
        side = word == "buy" ? .buy : word == "sell" ? .sell : .none
      case "price": if !json.skipNull() { price = json.wideDecimal().quotient(dividingBy: .one, places: 12) }
      case "timestamp": time = json.milliseconds()
      default: return false
      }
      return true
    }
    guard json.isComplete() else { return nil }
  }
}
