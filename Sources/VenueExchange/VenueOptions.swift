import Decimals

/// One instrument of a venue with a matching engine. Prices and quantities are exact; rates are fractions.
public struct VenueMarket: Equatable, Sendable {
  /// As the dialect writes it: `BTCUSDT`, `XBT/USD`.
  public var symbol: String
  public var base: String
  public var quote: String
  public var tick: Decimal64
  public var lot: Decimal64
  public var minQuantity: Decimal64
  public var maxQuantity: Decimal64
  public var minNotional: Decimal64
  /// Where the background market begins, and the usual size of one of its orders.
  public var startPrice: Decimal64
  public var typicalQuantity: Decimal64
  public var makerFee: Decimal64
  public var takerFee: Decimal64
  /// What one contract is in base, where the exchange counts contracts: a power of ten.
  public var contractSize = Decimal64.one
  /// Perpetuals: the highest leverage.
  public var maxLeverage: Int64 = 50
  /// Perpetuals: the part of a position's value at mark that equity must not fall below.
  public var maintenance = Decimal64(mantissa: 4, exponent: -3)
  /// A limit price may stand away from the reference by so much of it.
  public var priceBand = Decimal64(mantissa: 8, exponent: -1)
  /// The band bounds how much an owner may give away, and nothing else: a buy's price above, a sale's below.
  public var isBandOneSided = false

  /// - Parameters: numbers are given as text, so that a table of markets reads like the exchange's own.
  /// - Returns: `nil` when one of them is no number.
  public init?(
    _ symbol: String, base: String, quote: String, tick: String, lot: String, min: String, max: String,
    notional: String, start: String, typical: String, maker: String, taker: String
  ) {
    guard let tick = Decimal64(tick), let lot = Decimal64(lot), let min = Decimal64(min), let max = Decimal64(max),
      let notional = Decimal64(notional), let start = Decimal64(start), let typical = Decimal64(typical),
      let maker = Decimal64(maker), let taker = Decimal64(taker)
    else { return nil }
    (self.symbol, self.base, self.quote) = (symbol, base, quote)
    (self.tick, self.lot, minQuantity, maxQuantity, minNotional) = (tick, lot, min, max, notional)
    (startPrice, typicalQuantity, makerFee, takerFee) = (start, typical, maker, taker)
  }
}

/// An account of a venue, with the key that opens it.
public struct VenueAccount: Equatable, Sendable {
  public var name: String
  public var key: String
  /// As its owner has it: text, base64 for Kraken.
  public var secret: String
  /// What the exchange wants beside the two; empty where it wants nothing.
  public var passphrase: String
  public var balances: [VenueBalance]

  public init(name: String, key: String, secret: String, passphrase: String = "", balances: [VenueBalance]) {
    self.name = name
    self.key = key
    self.secret = secret
    self.passphrase = passphrase
    self.balances = balances
  }

  /// Two accounts with keys that are made for trying out.
  /// - Parameters:
  ///   - secret: what an owner's secret is made of `NAME-VENUE-secret-for-trying-out`.
  ///   - passphrase: what an owner's is.
  static func usual(
    _ venue: String, _ balances: [VenueBalance], secret: (String) -> String = { $0 },
    passphrase: (String) -> String = { _ in "" }
  ) -> [VenueAccount] {
    ["alice", "bob"].map {
      VenueAccount(
        name: $0, key: "\($0)-\(venue)-key-for-trying-out", secret: secret("\($0)-\(venue)-secret-for-trying-out"),
        passphrase: passphrase($0), balances: balances)
    }
  }

  /// What opens it, by the names that the manifests of connectors have for it.
  public var credentials: [(name: String, value: String)] {
    [("api_key", key), ("secret_key", secret)] + (passphrase.isEmpty ? [] : [("passphrase", passphrase)])
  }
}

/// What an account has of an asset: all of it, and the part that orders do not hold.
public struct VenueBalance: Equatable, Sendable {
  public var asset: String
  public var total: Decimal64
  public var available: Decimal64

  public init(_ asset: String, _ total: Decimal64) {
    self.init(asset, total, available: total)
  }

  public init(_ asset: String, _ total: Decimal64, available: Decimal64) {
    self.asset = asset
    self.total = total
    self.available = available
  }
}

/// What makes one venue: the same options and the same inputs give the same venue.
public struct VenueOptions: Sendable {
  public var seed: UInt64
  public var markets: [VenueMarket]
  public var accounts: [VenueAccount]
  /// Nanoseconds between two steps of the background market; 0 = nobody trades but the accounts.
  public var stepNanoseconds: Int64 = 100_000_000
  /// Scales how often the background market takes: of 65,536 draws so many.
  public var takerChance: Int64 = 8000

  public init(seed: UInt64, markets: [VenueMarket], accounts: [VenueAccount]) {
    self.seed = seed
    self.markets = markets
    self.accounts = accounts
  }
}
