import ConnectorKit
import Decimals

/// "Get instruments".
extension OKXConnector {
  private static let names = FieldTable<RuleField>([
    "instId": .symbol, "baseCcy": .base, "quoteCcy": .quote, "settleCcy": .settle, "state": .state, "tickSz": .tick,
    "lotSz": .lot, "minSz": .minQuantity, "maxLmtSz": .maxQuantity, "lever": .maxLeverage,
  ])
  private static let states: [String: InstrumentState] = [
    "live": .trading, "preopen": .halted, "suspend": .halted, "test": .halted, "rebase": .halted,
  ]

  func rules(_ key: JSONText, _ json: inout JSONScanner) -> InstrumentRules? {
    product.isPerpetual ? contract(&json) : InstrumentRules(&json, Self.names, state: Self.states)
  }

  /// A perpetual: `{"instId": "BTC-USDT-SWAP", "uly": "BTC-USDT", "settleCcy": "USDT", "ctType": "linear", "ctVal":
  /// "0.01", "ctMult": "1", "ctValCcy": "BTC", "lever": "100", ...}`. Steps and bounds count contracts. Base and quote
  /// are empty there: the contract is of base, and the symbol names the quote.
  private func contract(_ json: inout JSONScanner) -> InstrumentRules? {
    var (type, base, index) = ("", "", "")
    var (value, multiplier): (Decimal64?, Decimal64?) = (nil, .one)
    var rules = InstrumentRules(&json, Self.names, state: Self.states) { _, key, json in
      switch key {
      case "ctType": type = json.words()
      case "ctValCcy": base = json.words()
      case "uly": index = json.words()
      case "ctVal": value = json.optionalDecimal()
      case "ctMult": multiplier = json.optionalDecimal()
      default: return false
      }
      return true
    }
    guard type != "inverse" else { return nil }
    let parts = rules.symbol.split(separator: "-")
    rules.kind = .perpetual
    rules.base = base
    rules.quote = parts.count > 2 ? String(parts[1]) : rules.settle
    // Index prices come under the name of the index.
    if index != rules.symbol, !index.isEmpty { rules.otherNames = [index] }
    guard type == "linear", let size = multiplier.flatMap({ value?.multiplied(by: $0) }), size.isPositive,
      !rules.settle.isEmpty
    else {
      json.fail()
      return rules
    }
    rules.contractSize = size
    return rules
  }
}
