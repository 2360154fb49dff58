import CPatchbay
import ConnectorKit
import Decimals

/// AssetPairs: instruments and trading rules. Source: Kraken API Center, "Get Tradable Asset Pairs".
extension KrakenSpot {
  private static let pairs = FieldTable<RuleField>([
    "wsname": .symbol, "altname": .otherName, "base": .base, "quote": .quote, "pair_decimals": .priceDecimals,
    "lot_decimals": .quantityDecimals, "tick_size": .tick, "ordermin": .minQuantity, "costmin": .minNotional,
  ])

  /// "status": online, cancel_only, post_only, limit_only, reduce_only; the instrument channel adds delisted,
  /// maintenance and work_in_progress.
  private static let states: [String: InstrumentState] = [
    "online": .trading, "limit_only": .trading, "post_only": .postOnly, "reduce_only": .reduceOnly,
    "delisted": .closed,
  ]

  /// `"XXBTZUSD": {"altname": "XBTUSD", "wsname": "XBT/USD", "base", "quote", ...}`. Pairs without a socket name are
  /// dark pools: nothing streams about them.
  func rules(_ key: JSONText, _ json: inout JSONScanner) -> InstrumentRules? {
    var (status, multiplier) = ("online", Int64(1))
    var rules = InstrumentRules(&json, Self.pairs, state: Self.states) { rules, key, json in
      switch key {
      case "status": status = json.string().text
      case "lot_multiplier": multiplier = json.integer()
      case "fees": rules.takerFee = Self.firstRate(&json)
      case "fees_maker": rules.makerFee = Self.firstRate(&json)
      default: return false
      }
      return true
    }
    let socket = rules.symbol
    if socket.isEmpty { return nil }
    let names = socket.split(separator: "/", omittingEmptySubsequences: false).map { Asset.common(String($0)) }
    guard names.count == 2, rules.otherNames.first?.isEmpty == false, rules.priceDecimals != nil else {
      json.fail()
      return rules
    }
    (assets[rules.base], assets[rules.quote]) = (names[0], names[1])
    (rules.base, rules.quote) = (names[0], names[1])
    let common = "\(names[0])/\(names[1])"
    rules.symbol = venue.version == .v2 ? common : socket
    rules.name = key.text
    rules.otherNames += [socket, common]
    rules.makerFee = rules.makerFee ?? rules.takerFee
    Self.setState(status, &rules)
    if multiplier != 1 {
      (rules.state, rules.reason) = (.unusable, "its lot multiplier is \(multiplier), not 1")
    }
    return rules
  }

  /// A pair is halted or resumed, by the instrument channel.
  func setStatus(_ status: String, _ market: Market) {
    update(market) { if $0.state != .unusable { Self.setState(status, &$0) } }
  }

  private static func setState(_ status: String, _ rules: inout InstrumentRules) {
    rules.setState(status, states)
    rules.types = status == "limit_only" ? [.limit] : nil
  }

  /// The first of `[[volume, percent], ...]`: what an account without any volume pays.
  private static func firstRate(_ json: inout JSONScanner) -> Decimal64? {
    var tiers = json.passed().scanner()
    guard var rate = tiers.find("0/1")?.scanner() else { return nil }
    let percent = rate.decimal()
    if !rate.isValid { json.fail() }
    return percent.hundredth
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
