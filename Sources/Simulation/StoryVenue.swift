import MarketModel
import Venue
import VenueExchange

/// An exchange as a story plays it: a venue in its dialect, and how a host gets to it.
public enum StoryVenue: String, CaseIterable, Sendable {
  case binance
  case binancePerpetual = "binance_perpetual"
  case kraken

  /// The connector's id.
  public var connector: String { rawValue }
  var isPerpetual: Bool { self == .binancePerpetual }

  var hosts: [String] {
    switch self {
    case .binance: ["api.binance.com:443", "stream.binance.com:9443", "ws-api.binance.com:443"]
    case .binancePerpetual: ["fapi.binance.com:443", "fstream.binance.com:443"]
    case .kraken: ["api.kraken.com:443", "ws.kraken.com:443", "ws-auth.kraken.com:443"]
    }
  }

  var pairs: [String] { self == .kraken ? ["BTC-USD", "ETH-USD"] : ["BTC-USDT", "ETH-USDT"] }
  var symbols: [String] { self == .kraken ? ["BTC/USD", "ETH/USD"] : ["BTCUSDT", "ETHUSDT"] }

  /// Two markets and two accounts.
  func options(seed: UInt64) -> VenueOptions {
    switch self {
    case .binance: SpotVenue.usual(seed: seed)
    case .binancePerpetual: FuturesVenue.usual(seed: seed)
    case .kraken: KrakenVenue.usual(seed: seed)
    }
  }

  /// The venue, and the book of a symbol as its clients were last told. Kraken numbers nothing: there it is the book as
  /// it is, and a host's has to be like it was at some time.
  func make(_ options: VenueOptions) throws(VenueFault) -> (venue: EngineVenue, told: (String) -> TruthBook?) {
    let binance: BinanceVenue
    switch self {
    case .binance: binance = try SpotVenue(options)
    case .binancePerpetual: binance = try FuturesVenue(options)
    case .kraken:
      let kraken = try KrakenVenue(options)
      return (kraken, { kraken.book(symbol: $0) })
    }
    return (binance, { binance.toldBook(symbol: $0) })
  }

  /// How long what was left open may take to be found out, in nanoseconds. Kraken allows one question in three seconds.
  var settling: Int64 { (self == .kraken ? 3600 : 500) * second }

  /// Whether a host's book has the venue's sequence numbers.
  var numbersBooks: Bool { self != .kraken }

  /// The credentials of the venue's account, as the connector's manifest names them.
  func account(_ account: VenueAccount) -> SimulatedAccount {
    SimulatedAccount(name: account.name, fields: ["api_key": account.key, "secret_key": account.secret])
  }

  /// The form of client order ids: a mark of this host in front.
  func ids() throws(ClientOrderIDs.Fault) -> ClientOrderIDs {
    try ClientOrderIDs(prefix: "pb", instance: "s", start: 0, alphabet: .base36, maximumLength: 36)
  }
}
