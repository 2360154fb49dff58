import ConnectorKit
import Decimals

/// A token as the configuration names it.
public struct Token: Equatable, Sendable {
  public var symbol = ""
  public var address = Address.none
  public var decimals = -1

  /// Smallest units in a whole one.
  var unit: UInt256 { UInt256.powerOfTen(decimals) ?? .one }
}

/// What the configuration says: the chain, its tokens, and the pools to follow.
struct PoolSettings {
  struct Entry {
    var base = Token()
    var quote = Token()
    /// Of a million; of v3 alone.
    var fee: UInt32 = 0
  }

  let chainID: UInt64
  let factory: Address
  /// The contract that swaps.
  let router: Address
  let pools: [Entry]
  /// Between two looks at the chain.
  let poll: Int64
  /// The age of the newest block from which on the node is said to lag, in nanoseconds.
  let greatestAge: Int64
  /// Where a command names none.
  let slippage: Decimal64
  /// Blocks, the one of a transaction counted, after which it is taken for certain.
  let confirmations: UInt64
  /// Seconds for which a swap may be included.
  let life: Int64
  /// The most that is paid for a unit of gas, in 10^-9 of the chain's asset.
  let mostGasPrice: Int64
  /// What the chain's own asset is called.
  let native: String

  /// - Parameter factory: where the configuration names none.
  init(_ config: ConnectorConfig, factory usual: String, router: String, hasFees: Bool) throws(ConfigFault) {
    let chain = try config.integer("chain_id") ?? 1
    guard chain > 0 else { throw .field(name: "chain_id", expected: "a number above zero") }
    chainID = UInt64(chain)
    guard let factory = Address(try config.string("factory") ?? usual) else {
      throw .field(name: "factory", expected: "an address: 0x and 40 hexadecimal digits")
    }
    self.factory = factory
    guard let router = Address(try config.string("router") ?? router) else {
      throw .field(name: "router", expected: "an address: 0x and 40 hexadecimal digits")
    }
    self.router = router
    confirmations = UInt64(try Self.span(config, "confirmations", usual: 3, 1...1000))
    life = try Self.span(config, "deadline_s", usual: 120, 10...1200)
    mostGasPrice = try Self.span(config, "max_gas_gwei", usual: 200, 1...1_000_000)
    native = try config.string("native") ?? "ETH"
    poll = try Self.span(config, "poll_ms", usual: 2000, 100...60_000).multipliedSaturated(by: 1_000_000)
    greatestAge = try Self.span(config, "max_age_s", usual: 120, 1...86_400).multipliedSaturated(by: 1_000_000_000)
    slippage = try config.decimal("slippage") ?? Decimal64(mantissa: 5, exponent: -3)
    guard !slippage.isNegative, slippage < .one else {
      throw .field(name: "slippage", expected: "a part from 0 to less than 1, such as 0.005")
    }
    pools = try Self.pools(config, try Self.tokens(config), hasFees)
  }

  private static func span(
    _ config: ConnectorConfig, _ name: String, usual: Int64, _ range: ClosedRange<Int64>
  ) throws(ConfigFault) -> Int64 {
    let value = try config.integer(name) ?? usual
    guard range.contains(value) else {
      throw .field(name: name, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  private static func tokens(_ config: ConnectorConfig) throws(ConfigFault) -> [Token] {
    let form = "an array of {\"symbol\": \"WETH\", \"address\": \"0x\u{2026}\", \"decimals\": 18}"
    let tokens = try config.field("tokens", expected: form) { json in
      var list: [Token] = []
      json.enterArray()
      while json.nextElement() {
        var token = Token()
        json.enterObject()
        while let key = json.nextKey() {
          switch key {
          case "symbol": token.symbol = json.string().text
          case "address": token.address = Address(json.string().text) ?? .none
          case "decimals": token.decimals = Int(truncatingIfNeeded: json.integer())
          default: json.fail()
          }
        }
        let isTwice = list.contains { $0.symbol == token.symbol || $0.address == token.address }
        // A pool's symbol is made of those of its tokens, with this sign between them.
        let isNamed = !token.symbol.isEmpty && !token.symbol.contains("-")
        if !isNamed || token.address == .none || token.decimals < 0 || token.decimals > 36 || isTwice {
          json.fail()
        }
        list.append(token)
      }
      return list
    }
    return tokens ?? []
  }

  private static func pools(
    _ config: ConnectorConfig, _ tokens: [Token], _ hasFees: Bool
  ) throws(ConfigFault) -> [Entry] {
    let form =
      "an array of {\"base\": \"WETH\", \"quote\": \"USDC\"\(hasFees ? ", \"fee\": 500" : "")}, each once, of tokens "
      + "that \"tokens\" names\(hasFees ? "; the fee in millionths" : "")"
    let pools = try config.field("pools", expected: form) { json in
      var list: [Entry] = []
      json.enterArray()
      while json.nextElement() {
        var (base, quote, fee): (String, String, Int64) = ("", "", hasFees ? 0 : 3000)
        json.enterObject()
        while let key = json.nextKey() {
          switch key {
          case "base": base = json.string().text
          case "quote": quote = json.string().text
          case "fee": if hasFees { fee = json.integer() } else { json.fail() }
          default: json.fail()
          }
        }
        guard let left = tokens.first(where: { $0.symbol == base }), fee > 0, fee < 1_000_000,
          let right = tokens.first(where: { $0.symbol == quote }), left != right,
          !list.contains(where: { $0.base == left && $0.quote == right && $0.fee == UInt32(fee) })
        else {
          json.fail()
          break
        }
        list.append(Entry(base: left, quote: right, fee: UInt32(fee)))
      }
      return list
    }
    return pools ?? []
  }
}
