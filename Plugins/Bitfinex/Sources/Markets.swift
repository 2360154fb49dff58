import ConnectorKit
import Decimals

/// Instruments. Source: Bitfinex API v2, "Configs" (pub:info:pair), "Tickers", "Introduction / Price precision".
extension BitfinexSpot {
  /// `["BTCUSD", [null, null, null, "0.00004", "2000.0", null, ...]]`: at the fourth and fifth place the least and the
  /// largest size of an order. A list of names alone (pub:list:pair:exchange) is read too.
  static func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var rules = InstrumentRules()
    var pair = ""
    if json.peek() == UInt8(ascii: "[") {
      var place = 0
      json.elements { json in
        switch place {
        case 0: pair = json.string().text
        case 1: sizes(&json, &rules)
        default: json.skip()
        }
        place += 1
      }
    } else {
      pair = json.string().text
    }
    rules.symbol = "t" + pair
    guard let (base, quote) = names(pair) else {
      json.fail()
      return rules
    }
    // Perpetuals are named so.
    if base.hasSuffix("F0") { return nil }
    (rules.base, rules.quote) = (Asset.common(base), Asset.common(quote))
    rules.otherNames = [pair]
    (rules.priceDecimals, rules.quantityDecimals, rules.priceDigits) = (8, 8, 5)
    return rules
  }

  private static func sizes(_ json: inout JSONScanner, _ rules: inout InstrumentRules) {
    var place = 0
    json.elements { json in
      switch place {
      case 3: rules.minQuantity = json.optionalDecimal()
      case 4: rules.maxQuantity = json.optionalDecimal()
      default: json.skip()
      }
      place += 1
    }
  }

  /// `BTCUSD` or `AVAX:USD`. A name stands in paths and is signed there as it is.
  private static func names(_ pair: String) -> (base: String, quote: String)? {
    let parts = pair.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    let isClean = parts.allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy { $0 &- 0x30 <= 9 || $0 &- 0x41 <= 25 || $0 &- 0x61 <= 25 }
    }
    guard isClean else { return nil }
    if parts.count == 2 { return (parts[0], parts[1]) }
    guard parts.count == 1, pair.utf8.count == 6 else { return nil }
    return (String(pair.prefix(3)), String(pair.suffix(3)))
  }
}

/// Names of assets. Bitfinex's own are three letters from its first years; `pub:map:currency:sym` says what they stand
/// for. A closed list: newer assets mean what they say.
enum Asset {
  private static let names = [
    "UST": "USDT", "UDC": "USDC", "TSD": "TUSD", "EUT": "EURT", "EUS": "EURS", "DSH": "DASH", "IOT": "IOTA",
    "QTM": "QTUM", "MNA": "MANA", "ALG": "ALGO", "ATO": "ATOM", "AMP": "AMPL", "DAT": "DATA", "QSH": "QASH",
    "SNG": "SNGLS", "STJ": "STORJ", "YYW": "YOYOW", "VSY": "VSYS", "WAX": "WAXP", "RBT": "RBTC", "EDO": "PNT",
    "DOG": "MDOGE", "BCHN": "BCH", "BCHABC": "XEC", "LUNA": "LUNC", "LUNA2": "LUNA", "TERRAUST": "USTC",
  ]

  static func common(_ name: String) -> String { names[name] ?? name }
}
