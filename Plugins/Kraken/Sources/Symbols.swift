import CPatchbay
import ConnectorKit
import Decimals

/// AssetPairs: instruments and trading rules. Source: Kraken API Center, "Get Tradable Asset Pairs".
extension KrakenSpot {
  func instruments(_ command: pb_id, _ body: UnsafeBufferPointer<UInt8>) -> Status {
    guard let result = Envelope(body).result else { return unreadable(command, "asset pairs") }
    var json = result.scanner()
    var pairs: [PairInfo] = []
    var skipped = 0
    json.enterObject()
    while let key = json.nextKey() {
      // An entry that cannot be read is left out; the others are kept.
      let start = json.mark
      json.skip()
      guard json.isValid else { break }
      var entry = start.scanner()
      let info = PairInfo(key.text, &entry)
      // Pairs without a socket name are dark pools: nothing streams about them.
      if info.socketName.isEmpty { continue }
      if entry.isValid, info.isUsable { pairs.append(info) } else { skipped += 1 }
    }
    guard json.isValid else { return unreadable(command, "asset pairs") }
    if skipped > 0 { out.log(.warning, "\(skipped) asset pairs could not be read and are left out") }
    var told: Set<Int> = []
    for info in pairs { add(info, &told) }
    out.complete(PB_EV_INSTRUMENT, command: command)
    out.done(command)
    for account in accounts { openPrivateStream(account) }
    return .ok
  }

  private func add(_ info: PairInfo, _ told: inout Set<Int>) {
    assets[info.venueBase] = info.base
    assets[info.venueQuote] = info.quote
    let symbol = venue.version == .v2 ? info.name : info.socketName
    let number = symbols.insert(symbol)
    guard told.insert(number).inserted else {
      out.log(.warning, "\(info.pair) has the name \(symbol) of another pair and is left out")
      return
    }
    if number < markets.count, markets[number].isSame(info) {
      markets[number].info = info
    } else {
      // A new pair; or one whose exponents had to change, which is another instrument and takes over the symbol. What
      // was subscribed to ends, and the host asks for it under the new id.
      if number < markets.count {
        out.log(.warning, "\(symbol): its id or decimals changed; it goes on as another instrument")
        retire(markets[number])
      }
      let market = Market(id: pb_id(instruments.count + 1), number: number, symbol: symbol, info: info)
      instruments.append(market)
      if number < markets.count { markets[number] = market } else { markets.append(market) }
      for name in [info.pair, info.alternativeName, info.socketName, info.name] { link(name, number) }
    }
    publish(markets[number])
  }

  private func link(_ name: String, _ number: Int) {
    let place = names.insert(name)
    if place < marketOfName.count { marketOfName[place] = number } else { marketOfName.append(number) }
  }

  func publish(_ market: Market) {
    let info = market.info
    var fields = info.fields(id: market.id)
    (fields.price_exp, fields.quantity_exp) = (market.priceExponent, market.quantityExponent)
    out.instrument(
      fields, symbol: market.symbol, base: info.base, quote: info.quote, reason: info.reason)
  }

  /// The market of any of a pair's names.
  func market(named name: JSONText) -> Market? {
    let number = names.find(name)
    return number >= 0 ? markets[marketOfName[number]] : nil
  }

  /// An asset as everybody else writes it.
  func asset(_ name: String) -> String { assets[name] ?? Asset.common(name) }
}

/// Names of assets. REST carries the X and Z of the venue's first years (`XXBT`, `ZUSD`), balances a suffix for what
/// earns interest (`XBT.F`), and Bitcoin and Dogecoin have names of their own.
enum Asset {
  static func common(_ name: String) -> String {
    if let dot = name.firstIndex(of: ".") { return common(String(name[..<dot])) + name[dot...] }
    switch name {
    case "XBT", "XXBT": return "BTC"
    case "XDG", "XXDG": return "DOGE"
    // A closed list: newer assets such as ZETA mean what they say.
    case "XETC", "XETH", "XLTC", "XMLN", "XREP", "XXLM", "XXMR", "XXRP", "XZEC", "ZAUD", "ZCAD", "ZEUR", "ZGBP", "ZJPY",
      "ZUSD":
      return String(name.dropFirst())
    default: return name
    }
  }
}

/// One entry of AssetPairs.
struct PairInfo {
  /// The entry's key.
  let pair: String
  var alternativeName = ""
  /// `wsname`, such as `XBT/USD`.
  var socketName = ""
  var venueBase = ""
  var venueQuote = ""
  var status = "online"
  var priceDecimals: Int32 = -1
  var quantityDecimals: Int32 = -1
  var lotMultiplier: Int64 = 1
  var tick: Decimal64?
  var minQuantity: Decimal64?
  var minValue: Decimal64?
  var makerFee: Decimal64?
  var takerFee: Decimal64?

  init(_ pair: String, _ json: inout JSONScanner) {
    self.pair = pair
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "altname": alternativeName = json.string().text
      case "wsname": socketName = json.string().text
      case "base": venueBase = json.string().text
      case "quote": venueQuote = json.string().text
      case "status": status = json.string().text
      case "pair_decimals": priceDecimals = Int32(clamping: json.integer())
      case "lot_decimals": quantityDecimals = Int32(clamping: json.integer())
      case "lot_multiplier": lotMultiplier = json.integer()
      case "tick_size": tick = json.optionalDecimal()
      case "ordermin": minQuantity = json.optionalDecimal()
      case "costmin": minValue = json.optionalDecimal()
      case "fees": takerFee = PairInfo.firstRate(&json)
      case "fees_maker": makerFee = PairInfo.firstRate(&json)
      default: json.skip()
      }
    }
  }

  /// The first of `[[volume, percent], ...]`: what an account without any volume pays.
  private static func firstRate(_ json: inout JSONScanner) -> Decimal64? {
    var rate: Decimal64?
    json.enterArray()
    while json.nextElement() {
      json.enterArray()
      var place = 0
      while json.nextElement() {
        if place == 1, rate == nil { rate = json.decimal() } else { json.skip() }
        place += 1
      }
    }
    return rate.flatMap(fraction)
  }

  /// A percentage as a fraction.
  static func fraction(_ percent: Decimal64) -> Decimal64? {
    percent.multiplied(by: Decimal64(mantissa: 1, exponent: -2))
  }

  var isUsable: Bool {
    let parts = socketName.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty && parts[0] != parts[1]
      && !alternativeName.isEmpty && (0...18).contains(priceDecimals) && (0...18).contains(quantityDecimals)
      && !socketName.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }
  }

  var base: String { Asset.common(socketName.split(separator: "/").first.map(String.init) ?? "") }
  var quote: String { Asset.common(socketName.split(separator: "/").last.map(String.init) ?? "") }
  /// As version 2 of the socket writes the pair.
  var name: String { "\(base)/\(quote)" }

  var priceExponent: Int32 { min(-priceDecimals, tick.map { -Int32($0.decimalPlaces) } ?? 0) }
  var quantityExponent: Int32 { -quantityDecimals }

  var reason: String { lotMultiplier == 1 ? "" : "its lot multiplier is \(lotMultiplier), not 1" }

  /// "status": online, cancel_only, post_only, limit_only, reduce_only; the instrument channel adds delisted,
  /// maintenance and work_in_progress.
  private var state: Int {
    if lotMultiplier != 1 { return PB_INSTRUMENT_UNUSABLE }
    switch status {
    case "online", "limit_only": return PB_INSTRUMENT_TRADING
    case "post_only": return PB_INSTRUMENT_POST_ONLY
    case "reduce_only": return PB_INSTRUMENT_REDUCE_ONLY
    case "delisted": return PB_INSTRUMENT_CLOSED
    default: return PB_INSTRUMENT_HALTED
    }
  }

  func fields(id: pb_id) -> pb_instrument {
    var record = pb_instrument()
    record.instrument = id
    record.kind = UInt32(PB_KIND_SPOT)
    record.state = UInt32(state)
    record.price_exp = priceExponent
    record.quantity_exp = quantityExponent
    let types = status == "limit_only" ? [OrderType.limit] : OrderType.allCases
    record.order_types = types.reduce(0) { $0 | 1 << UInt64($1.rawValue) }
    record.time_in_force = 1 << UInt64(PB_TIF_GTC) | 1 << UInt64(PB_TIF_IOC) | 1 << UInt64(PB_TIF_FOK)
    record.order_flags = UInt64(PB_ORDER_POST_ONLY | PB_ORDER_BY_VALUE)
    record.tick = pb_dec(tick ?? Decimal64(mantissa: 1, exponent: -priceDecimals))
    record.lot = pb_dec(Decimal64(mantissa: 1, exponent: -quantityDecimals))
    record.min_quantity = pb_dec(minQuantity)
    record.min_notional = pb_dec(minValue)
    record.multiplier = pb_dec(.one)
    record.maker_fee = pb_dec(makerFee ?? takerFee)
    record.taker_fee = pb_dec(takerFee)
    return record
  }
}
