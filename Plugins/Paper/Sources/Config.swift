import ConnectorKit
import Decimals
import Matching

/// The paper exchange's configuration; the descriptors in Descriptors.swift name the fields and their defaults.
struct PaperConfig: Equatable {
  var seed: UInt64 = 1
  /// Between two steps of the background market; 0 turns the background market off.
  var stepNanoseconds: Int64 = 100_000_000
  /// Before a command is carried out and answered; 0 is at once.
  var ackDelayNanoseconds: Int64 = 0
  var fundingNanoseconds: Int64 = 28_800_000_000_000
  /// In units of 10^-8.
  var makerFee: Int64
  var takerFee: Int64
  var leverage: Int64 = 10
  var balances: [Money]
  var markets: [MarketConfig]
  /// What the account did in earlier runs; the host fills it in.
  var resume = Resume()

  struct Money: Equatable {
    var asset: String
    var amount: Amount
  }

  /// Largest amount of one asset that an account may begin with, in whole units.
  static let largestBalance: Amount = 1_000_000_000

  /// Reads the configuration; fields that are absent keep their defaults.
  /// - Throws: `ConfigFault.field`, which names the field and what is expected there.
  init(_ config: ConnectorConfig, isPerpetual: Bool) throws(ConfigFault) {
    makerFee = isPerpetual ? 20_000 : 100_000
    takerFee = isPerpetual ? 50_000 : 100_000
    balances = [Money(asset: "USDT", amount: 100_000 * unit)]
    if !isPerpetual {
      balances += [Money(asset: "BTC", amount: unit), Money(asset: "ETH", amount: 10 * unit)]
    }
    markets = isPerpetual ? MarketConfig.perpetuals : MarketConfig.spots

    seed = try config.field("seed", expected: "an integer from 0 to 2^64 - 1") { $0.unsigned() } ?? seed
    func whole(_ name: String, _ range: ClosedRange<Int64>) throws(ConfigFault) -> Int64? {
      guard let value = try config.integer(name) else { return nil }
      guard range.contains(value) else {
        throw ConfigFault.field(name: name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    if let value = try whole("step_ms", 0...60_000) { stepNanoseconds = value * 1_000_000 }
    if let value = try whole("ack_delay_ms", 0...60_000) { ackDelayNanoseconds = value * 1_000_000 }
    if let value = try whole("funding_interval_s", 1...604_800) { fundingNanoseconds = value * 1_000_000_000 }
    if let value = try whole("leverage", 1...1000) { leverage = value }
    if let value = try Self.rate(config, "maker_fee") { makerFee = value }
    if let value = try Self.rate(config, "taker_fee") { takerFee = value }
    guard takerFee >= 0, makerFee + takerFee >= 0 else {
      throw ConfigFault.field(name: "maker_fee", expected: "a rebate no larger than taker_fee")
    }
    if let value = try Self.balances(config) { balances = value }
    if let value = try Resume.read(config) { resume = value }
    if let value = try MarketConfig.list(config, isPerpetual: isPerpetual) { markets = value }
  }

  private static func rate(_ config: ConnectorConfig, _ name: String) throws(ConfigFault) -> Int64? {
    guard let value = try config.decimal(name) else { return nil }
    guard let rate = value.mantissa(at: -8), rate >= -1_000_000, rate <= 10_000_000 else {
      throw ConfigFault.field(name: name, expected: "a fraction from -0.01 to 0.1 with at most 8 decimal places")
    }
    return rate
  }

  private static func balances(_ config: ConnectorConfig) throws(ConfigFault) -> [Money]? {
    let expected = "an object of decimal amounts by asset, from 0 to \(largestBalance), with at most 8 decimal places"
    var bad = false
    let result = try config.field("balances", expected: expected) { json -> [Money] in
      var list: [Money] = []
      json.enterObject()
      while let key = json.nextKey() {
        let asset = key.text
        let amount = json.decimal().mantissa(at: -8) ?? -1
        if amount < 0 || Amount(amount) > largestBalance * unit || !isAssetName(asset) { bad = true }
        if list.contains(where: { $0.asset == asset }) { bad = true }
        list.append(Money(asset: asset, amount: Amount(amount)))
      }
      return list
    }
    if bad { throw ConfigFault.field(name: "balances", expected: expected) }
    return result
  }
}

/// Whether a text can name an asset: 1 to 16 upper-case letters and digits.
func isAssetName(_ text: String) -> Bool {
  !text.isEmpty && text.utf8.count <= 16
    && text.utf8.allSatisfy { ($0 >= 0x41 && $0 <= 0x5A) || ($0 >= 0x30 && $0 <= 0x39) }
}
