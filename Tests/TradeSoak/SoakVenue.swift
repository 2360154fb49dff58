import Catalog
import Vault
import VenueExchange

/// An exchange that the soak trades on: its dialect, how a host gets there, and who trades.
enum SoakVenue: String, CaseIterable {
  case binance
  case binancePerpetual = "binance_perpetual"
  case kraken
  case okx
  case okxPerpetual = "okx_perpetual"

  /// The connector's id.
  var connector: String { rawValue }
  /// The id of the registry's entry that the connector belongs to.
  var exchange: String { self == .binancePerpetual ? "binance" : self == .okxPerpetual ? "okx" : rawValue }
  var market: Market { self == .binancePerpetual || self == .okxPerpetual ? .perp : .spot }
  var prefix: String { "/\(rawValue)" }

  var pairs: [String] { self == .kraken ? ["BTC-USD", "ETH-USD"] : ["BTC-USDT", "ETH-USDT"] }

  /// What the manifest lists, and our venue stands in for.
  var hosts: [String] {
    switch self {
    case .binance: ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
    case .binancePerpetual: ["fapi.binance.com:443", "fstream.binance.com:443"]
    case .kraken: ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"]
    case .okx, .okxPerpetual: ["www.okx.com:443", "ws.okx.com:8443"]
    }
  }

  /// Two markets, and several accounts: venues limit the orders of each.
  func options(seed: UInt64) -> VenueOptions {
    var options: VenueOptions
    switch self {
    case .binance: options = SpotVenue.usual(seed: seed)
    case .binancePerpetual: options = FuturesVenue.usual(seed: seed)
    case .kraken: options = KrakenVenue.usual(seed: seed)
    case .okx: options = OKXVenue.usual(seed: seed)
    case .okxPerpetual: options = OKXVenue.usualPerpetuals(seed: seed)
    }
    let alice = options.accounts[0]
    options.accounts = Self.names.map { name in
      var account = alice
      account.name = name
      account.key = "\(name)-\(rawValue)-key-for-trying-out"
      let secret = "\(name)-\(rawValue)-secret-for-trying-out-0123456789"
      account.secret = self == .kraken ? Base64Text.of(Array(secret.utf8)) : secret
      return account
    }
    return options
  }

  /// How many times slower than elsewhere the strategy is: Kraken's starter tier allows one call in three seconds.
  var slowness: Int64 { self == .kraken ? 40 : 1 }

  /// What the client order ids of the host begin with.
  static let mark = "pb"
  static let names = ["alice", "bob", "carol", "dave"]

  func make(_ options: VenueOptions) throws(VenueFault) -> EngineVenue {
    switch self {
    case .binance: try SpotVenue(options)
    case .binancePerpetual: try FuturesVenue(options)
    case .kraken: try KrakenVenue(options)
    case .okx, .okxPerpetual: try OKXVenue(options, isPerpetual: market == .perp)
    }
  }

  /// How the exchange writes its secrets.
  var secretForm: KeyForm { self == .kraken ? .base64 : .raw }
}

/// RFC 4648, with padding.
enum Base64Text {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func of(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let part = Array(bytes[start..<min(start + 3, bytes.count)])
      let bits = (0..<3).reduce(0) { $0 << 8 | Int($1 < part.count ? part[$1] : 0) }
      for place in 0..<4 {
        text.append(place <= part.count ? letters[bits >> (18 - 6 * place) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
