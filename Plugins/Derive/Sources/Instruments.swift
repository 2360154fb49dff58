import ConnectorKit
import Decimals

/// What an instrument is called in what is signed, and what its fees are made of.
struct Asset {
  /// 40 hexadecimal digits behind `0x`.
  var address = ""
  /// A part of each order's fee that does not depend on its size, per unit of the smallest order, rounded up to a power
  /// of ten: no order of the instrument pays more of it by the unit.
  var baseFee = Decimal64.zero
}

/// "public/get_all_instruments".
extension DeriveConnector {
  private static let names = FieldTable<RuleField>([
    "instrument_name": .symbol, "base_currency": .base, "quote_currency": .quote, "is_active": .state,
    "tick_size": .tick, "amount_step": .lot, "minimum_amount": .minQuantity, "maximum_amount": .maxQuantity,
    "maker_fee_rate": .makerFee, "taker_fee_rate": .takerFee,
  ])

  func rules(_ json: inout JSONScanner) -> InstrumentRules? {
    var (asset, type, part) = (Asset(), "", "")
    var (fee, leverage): (Decimal64?, Decimal64?) = (nil, nil)
    var rules = InstrumentRules(&json, Self.names, state: ["true": .trading]) { _, key, json in
      switch key {
      case "instrument_type": type = json.words()
      case "base_asset_address": asset.address = json.words()
      case "base_asset_sub_id": part = json.words()
      case "base_fee": fee = json.optionalDecimal()
      case "perp_details": leverage = Self.leverage(&json)
      default: return false
      }
      return true
    }
    guard json.isValid, type == product.rawValue else { return nil }
    // Perpetuals and tokens have one asset for each contract. Options have many, which this does not sign.
    guard part == "0", Self.isAddress(asset.address) else {
      json.fail()
      return rules
    }
    if product == .perpetual {
      rules.kind = .perpetual
      rules.settle = Self.cash
      rules.maxLeverage = leverage
    }
    let places = rules.minQuantity.map { $0.normalized.exponent } ?? rules.lot?.normalized.exponent ?? 0
    asset.baseFee = fee?.multiplied(by: Decimal64(mantissa: 1, exponent: max(0, -places))) ?? .zero
    assets[rules.symbol] = asset
    return rules
  }

  /// Fees and profits are paid in it.
  static let cash = "USDC"

  /// `{"srm_perp_margin_requirements": {"max_leverage": "15.15"}, ...}`
  private static func leverage(_ json: inout JSONScanner) -> Decimal64? {
    guard !json.skipNull() else { return nil }
    var leverage: Decimal64?
    json.member("srm_perp_margin_requirements") { json in
      if !json.skipNull() { json.member("max_leverage") { leverage = $0.optionalDecimal() } }
    }
    return leverage
  }

  private static func isAddress(_ text: String) -> Bool {
    text.utf8.count == 42 && text.hasPrefix("0x") && text.utf8.dropFirst(2).allSatisfy {
      $0 &- 48 <= 9 || ($0 | 0x20) &- 97 <= 5
    }
  }
}
