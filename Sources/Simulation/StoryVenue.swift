import MarketModel
import Venue
import VenueExchange

/// An exchange as a story plays it: a venue in its dialect, and how a host gets to it.
public enum StoryVenue: String, CaseIterable, Sendable {
  case binance
  case binancePerpetual = "binance_perpetual"

  /// The connector's id.
  public var connector: String { rawValue }
  var isPerpetual: Bool { self == .binancePerpetual }

  var hosts: [String] {
    switch self {
    case .binance: ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
    case .binancePerpetual: ["fapi.binance.com:443", "fstream.binance.com:443"]
    }
  }

  var pairs: [String] { ["BTC-USDT", "ETH-USDT"] }
  var symbols: [String] { ["BTCUSDT", "ETHUSDT"] }

  /// Two markets and two accounts.
  func options(seed: UInt64) -> VenueOptions {
    switch self {
    case .binance: SpotVenue.usual(seed: seed)
    case .binancePerpetual: FuturesVenue.usual(seed: seed)
    }
  }

  func make(_ options: VenueOptions) throws(VenueFault) -> BinanceVenue {
    switch self {
    case .binance: try SpotVenue(options)
    case .binancePerpetual: try FuturesVenue(options)
    }
  }

  /// The credentials of the venue's account, as the connector's manifest names them.
  func account(_ account: VenueAccount) -> SimulatedAccount {
    SimulatedAccount(name: account.name, fields: ["api_key": account.key, "secret_key": account.secret])
  }

  /// The form of client order ids: a mark of this host in front.
  func ids() throws(ClientOrderIDs.Fault) -> ClientOrderIDs {
    try ClientOrderIDs(prefix: "pb", instance: "s", start: 0, alphabet: .base36, maximumLength: 36)
  }
}
