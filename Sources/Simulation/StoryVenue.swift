import MarketModel
import Venue
import VenueExchange

/// An exchange as a story plays it: a venue in its dialect, and how a host gets to it.
public enum StoryVenue: String, CaseIterable, Sendable {
  case binance
  case binancePerpetual = "binance_perpetual"
  case kraken
  case okx
  case okxPerpetual = "okx_perpetual"

  /// The connector's id.
  public var connector: String { rawValue }
  var isPerpetual: Bool { self == .binancePerpetual || self == .okxPerpetual }

  var hosts: [String] {
    switch self {
    case .binance: ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
    case .binancePerpetual: ["fapi.binance.com:443", "fstream.binance.com:443"]
    case .kraken: ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"]
    case .okx, .okxPerpetual: ["www.okx.com:443", "ws.okx.com:8443"]
    }
  }

  var pairs: [String] { self == .kraken ? ["BTC-USD", "ETH-USD"] : ["BTC-USDT", "ETH-USDT"] }
  var symbols: [String] { options(seed: 1).markets.map(\.symbol) }

  /// Two markets and two accounts.
  func options(seed: UInt64) -> VenueOptions {
    switch self {
    case .binance: SpotVenue.usual(seed: seed)
    case .binancePerpetual: FuturesVenue.usual(seed: seed)
    case .kraken: KrakenVenue.usual(seed: seed)
    case .okx: OKXVenue.usual(seed: seed)
    case .okxPerpetual: OKXVenue.usualPerpetuals(seed: seed)
    }
  }

  func make(_ options: VenueOptions) throws(VenueFault) -> EngineVenue {
    switch self {
    case .binance: try SpotVenue(options)
    case .binancePerpetual: try FuturesVenue(options)
    case .kraken: try KrakenVenue(options)
    case .okx, .okxPerpetual: try OKXVenue(options, isPerpetual: isPerpetual)
    }
  }

  /// How long what was left open may take to be found out, in nanoseconds. Kraken allows one question in three seconds.
  var settling: Int64 { (self == .kraken ? 3600 : 500) * second }

  /// The credentials of the venue's account, as the connector's manifest names them.
  func account(_ account: VenueAccount) -> SimulatedAccount {
    SimulatedAccount(
      name: account.name, fields: Dictionary(uniqueKeysWithValues: account.credentials.map { ($0.name, $0.value) }))
  }

  /// The form of client order ids: a mark of this host in front.
  func ids() throws(ClientOrderIDs.Fault) -> ClientOrderIDs {
    try ClientOrderIDs(prefix: "pb", instance: "s", start: 0, alphabet: .base36, maximumLength: 32)
  }
}
