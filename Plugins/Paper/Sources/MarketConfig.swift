import ConnectorKit
import Decimals
import Matching

/// One entry of the configuration's `markets`.
struct MarketConfig: Equatable {
  var base = ""
  var quote = ""
  /// Where the reference price starts.
  var startPrice = Decimal64.zero
  var tick = Decimal64.zero
  var lot = Decimal64.zero
  /// Usual quantity of one background order.
  var size = Decimal64.zero
  var minNotional = Decimal64(5)
  var halfSpreadPPM: Int64 = 15
  var depthPPM: Int64 = 2000
  var volatilityPPM: Int64 = 20
  var quotes: Int64 = 30
  var tradesPerMinute: Int64 = 90
  var maxLeverage: Int64 = 50
  var maintenanceMargin = Decimal64(mantissa: 5, exponent: -3)

  static let keys =
    "base, quote, start_price, tick, lot, size, min_notional, half_spread_ppm, depth_ppm, volatility_ppm, quotes, "
    + "trades_per_minute, max_leverage, maintenance_margin"

  static let spots = [
    preset("BTC", price: 60_000, tick: -2, lot: -5, size: Decimal64(mantissa: 5, exponent: -2)),
    preset("ETH", price: 3_000, tick: -2, lot: -4, size: Decimal64(mantissa: 8, exponent: -1)),
  ]
  static let perpetuals = [
    preset("BTC", price: 60_000, tick: -1, lot: -3, size: Decimal64(mantissa: 8, exponent: -2)),
    preset("ETH", price: 3_000, tick: -2, lot: -3, size: Decimal64(mantissa: 16, exponent: -1)),
  ]

  private static func preset(_ base: String, price: Int64, tick: Int32, lot: Int32, size: Decimal64) -> MarketConfig {
    var market = MarketConfig()
    market.base = base
    market.quote = "USDT"
    market.startPrice = Decimal64(price)
    market.tick = Decimal64(mantissa: 1, exponent: tick)
    market.lot = Decimal64(mantissa: 1, exponent: lot)
    market.size = size
    return market
  }

  /// Reads the list. An entry for a default pair begins with its defaults; any other must give prices and sizes.
  static func list(_ config: ConnectorConfig, isPerpetual: Bool) throws(ConfigFault) -> [MarketConfig]? {
    var fault: ConfigFault?
    let markets = try config.field("markets", expected: "an array of objects with the keys \(keys)") { json in
      var list: [MarketConfig] = []
      json.enterArray()
      while json.nextElement() {
        let place = "markets[\(list.count)]"
        var market = MarketConfig()
        let mark = json.mark
        market.read(mark, place, &fault)
        if let preset = (isPerpetual ? perpetuals : spots).first(where: { $0.pair == market.pair }) {
          market = preset
          market.read(mark, place, &fault)
        }
        json.skip()
        list.append(market)
      }
      return list
    }
    if let fault { throw fault }
    guard let markets else { return nil }
    guard !markets.isEmpty, markets.count <= 1000 else {
      throw ConfigFault.field(name: "markets", expected: "1 to 1000 markets")
    }
    return markets
  }

  /// Reads one object over what is there; the first mistake is kept in `fault`.
  private mutating func read(_ mark: JSONMark, _ place: String, _ fault: inout ConfigFault?) {
    var json = mark.scanner()
    json.enterObject()
    while let key = json.nextKey() {
      let name = key.text
      switch name {
      case "base": base = json.string().text
      case "quote": quote = json.string().text
      case "start_price": startPrice = json.decimal()
      case "tick": tick = json.decimal()
      case "lot": lot = json.decimal()
      case "size": size = json.decimal()
      case "min_notional": minNotional = json.decimal()
      case "half_spread_ppm": halfSpreadPPM = json.integer()
      case "depth_ppm": depthPPM = json.integer()
      case "volatility_ppm": volatilityPPM = json.integer()
      case "quotes": quotes = json.integer()
      case "trades_per_minute": tradesPerMinute = json.integer()
      case "max_leverage": maxLeverage = json.integer()
      case "maintenance_margin": maintenanceMargin = json.decimal()
      default:
        fault = fault ?? .field(name: "\(place).\(name)", expected: "one of the keys \(Self.keys)")
        json.skip()
      }
      if !json.isValid { fault = fault ?? .field(name: "\(place).\(name)", expected: "a value of another type") }
    }
  }
}

extension MarketConfig {
  var pair: String { base + "-" + quote }

  func symbol(isPerpetual: Bool) -> String { isPerpetual ? pair + "-PERP" : pair }

  /// The market's rules and its background market, or what is wrong with it. `place` names it in errors.
  func make(
    index: Int, place: String, isPerpetual: Bool, config: PaperConfig, assets: [String]
  ) throws(ConfigFault) -> (rules: Market, synthetic: SyntheticMarket) {
    func fault(_ field: String, _ expected: String) -> ConfigFault {
      .field(name: "\(place).\(field)", expected: expected)
    }
    guard isAssetName(base) else { throw fault("base", "1 to 16 upper-case letters and digits") }
    guard isAssetName(quote), quote != base else {
      throw fault("quote", "1 to 16 upper-case letters and digits, not the base")
    }
    guard tick.isPositive, lot.isPositive, tick.decimalPlaces + lot.decimalPlaces <= 8 else {
      throw fault("tick", "a positive tick and lot with at most 8 decimal places together")
    }
    let (priceExponent, quantityExponent) = (-Int32(tick.decimalPlaces), -Int32(lot.decimalPlaces))
    let largest: Int64 = 1_000_000_000_000_000
    guard let tickMantissa = tick.mantissa(at: priceExponent), tickMantissa <= largest / 1000,
      let start = startPrice.roundedDown(toMultipleOf: tick)?.mantissa(at: priceExponent),
      start / tickMantissa >= 100, start <= largest
    else { throw fault("start_price", "at least 100 ticks, at most 10^15") }
    guard let lotMantissa = lot.mantissa(at: quantityExponent), lotMantissa <= largest / 1000,
      let typical = size.roundedDown(toMultipleOf: lot)?.mantissa(at: quantityExponent), typical >= lotMantissa,
      typical <= largest
    else { throw fault("size", "at least one lot, at most 10^15 of the smallest decimal place of a lot") }
    let valueScale = Amount(powerOfTen(8 + priceExponent + quantityExponent) ?? 1)
    let maxPrice = start * 100 / tickMantissa * tickMantissa
    let maxQuantity = typical * 1000 / lotMantissa * lotMantissa
    let largestValue = (Amount(maxPrice) * Amount(maxQuantity)).multipliedReportingOverflow(by: valueScale)
    guard !largestValue.overflow, largestValue.partialValue <= 10_000_000_000_000_000 * unit else {
      throw fault("size", "100 times start_price times 1000 times size to be at most 10^16")
    }
    guard let notional = minNotional.mantissa(at: -8), notional >= 0 else {
      throw fault("min_notional", "not negative, at most 8 decimal places")
    }
    guard let maintenance = maintenanceMargin.mantissa(at: -8), maintenance >= 0, maintenance <= 50_000_000 else {
      throw fault("maintenance_margin", "a fraction from 0 to 0.5 with at most 8 decimal places")
    }
    guard (1...1000).contains(maxLeverage) else { throw fault("max_leverage", "1 to 1000") }
    guard (1...10_000).contains(halfSpreadPPM), (1...200_000).contains(depthPPM), depthPPM > halfSpreadPPM else {
      throw fault("depth_ppm", "more than half_spread_ppm, at most 200000; half_spread_ppm from 1 to 10000")
    }
    guard (0...10_000).contains(volatilityPPM) else { throw fault("volatility_ppm", "0 to 10000") }
    guard (1...1000).contains(quotes) else { throw fault("quotes", "1 to 1000") }
    guard (0...60_000).contains(tradesPerMinute) else { throw fault("trades_per_minute", "0 to 60000") }

    let asset = { (name: String) in assets.firstIndex(of: name) ?? 0 }
    let rules = Market(
      index: index, symbol: symbol(isPerpetual: isPerpetual), base: base, quote: quote,
      baseAsset: asset(isPerpetual ? quote : base), quoteAsset: asset(quote), priceExponent: priceExponent,
      quantityExponent: quantityExponent, tick: tickMantissa, lot: lotMantissa, minPrice: tickMantissa,
      maxPrice: maxPrice, minQuantity: lotMantissa, maxQuantity: maxQuantity, minNotional: Amount(notional),
      valueScale: valueScale, quantityScale: Amount(powerOfTen(8 + quantityExponent) ?? 1), makerFee: config.makerFee,
      takerFee: config.takerFee, maxLeverage: maxLeverage, maintenance: maintenance)
    // The mean of draws that each go on with chance p is p / (1 - p).
    let perStep = tradesPerMinute * (config.stepNanoseconds / 1_000_000)
    let parameters = SyntheticParameters(
      startPrice: start, tick: tickMantissa, lot: lotMantissa, typicalQuantity: typical, halfSpreadPPM: halfSpreadPPM,
      depthPPM: depthPPM, quotesPerSide: Int(quotes), volatilityPPM: volatilityPPM,
      takerChance: 65_536 * perStep / (60_000 + perStep), hasBasis: isPerpetual)
    return (rules, SyntheticMarket(parameters, seed: config.seed, pair: pair, symbol: rules.symbol))
  }
}

extension PaperConfig {
  /// Builds the venue that this configuration describes.
  func makeExchange(isPerpetual: Bool) throws(ConfigFault) -> Exchange {
    var assets: [String] = []
    let named = markets.flatMap { isPerpetual ? [$0.quote] : [$0.base, $0.quote] } + balances.map(\.asset)
    for asset in named where !assets.contains(asset) { assets.append(asset) }
    var made: [(rules: Market, synthetic: SyntheticMarket)] = []
    for (index, market) in markets.enumerated() {
      let place = "markets[\(index)]"
      if markets[..<index].contains(where: { $0.pair == market.pair }) {
        throw ConfigFault.field(name: place, expected: "each pair once")
      }
      made.append(try market.make(index: index, place: place, isPerpetual: isPerpetual, config: self, assets: assets))
    }
    let amounts = assets.map { asset in balances.first { $0.asset == asset }?.amount ?? 0 }
    return Exchange(
      isPerpetual: isPerpetual, assets: assets, initialBalances: amounts, fundingInterval: fundingNanoseconds,
      initialLeverage: leverage, markets: made)
  }
}
