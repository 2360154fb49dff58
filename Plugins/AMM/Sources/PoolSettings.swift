import ConnectorKit
import Decimals

/// A token as the configuration names it.
public struct Token: Equatable, Sendable {
  public var symbol = ""
  public var address = Address.none
  public var decimals = -1

  /// Smallest units in a whole one.
  public var unit: UInt256 { UInt256.powerOfTen(decimals) ?? .one }
}

/// What the configuration says: the chain, its tokens, and the pools to follow.
struct PoolSettings {
  struct Entry {
    var base = Token()
    var quote = Token()
    /// Of a million; of v3 alone.
    var fee: UInt32 = 0
    /// Of 32 bytes, where a contract knows its pools by ids.
    var id: UInt256?
    /// The last part of its symbol where `id` names it; empty = none.
    var name = ""

    var symbol: String {
      let last = id == nil ? (fee == 0 ? "" : "\(fee)") : name
      return "\(base.symbol)-\(quote.symbol)" + (last.isEmpty ? "" : "-\(last)")
    }
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

  /// - Parameter usual: what holds where the configuration names nothing else.
  init(_ config: ConnectorConfig, _ usual: PoolDefaults) throws(ConfigFault) {
    let chain = try config.integer("chain_id") ?? usual.chain
    guard chain > 0 else { throw .field(name: "chain_id", expected: "a number above zero") }
    chainID = UInt64(chain)
    guard let factory = Address(try config.string("factory") ?? usual.factory) else {
      throw .field(name: "factory", expected: "an address: 0x and 40 hexadecimal digits")
    }
    self.factory = factory
    guard let router = Address(try config.string("router") ?? usual.router) else {
      throw .field(name: "router", expected: "an address: 0x and 40 hexadecimal digits")
    }
    self.router = router
    confirmations = UInt64(try Self.span(config, "confirmations", usual: 3, 1...1000))
    life = try Self.span(config, "deadline_s", usual: 120, 10...1200)
    mostGasPrice = try Self.span(config, "max_gas_gwei", usual: usual.gasPrice, 1...1_000_000)
    native = try config.string("native") ?? usual.native
    poll = try Self.span(config, "poll_ms", usual: 2000, 100...60_000).multipliedSaturated(by: 1_000_000)
    greatestAge = try Self.span(config, "max_age_s", usual: 120, 1...86_400).multipliedSaturated(by: 1_000_000_000)
    slippage = try config.decimal("slippage") ?? Decimal64(mantissa: 5, exponent: -3)
    guard !slippage.isNegative, slippage < .one else {
      throw .field(name: "slippage", expected: "a part from 0 to less than 1, such as 0.005")
    }
    pools = try Self.pools(config, try Self.tokens(config), usual)
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
    _ config: ConnectorConfig, _ tokens: [Token], _ usual: PoolDefaults
  ) throws(ConfigFault) -> [Entry] {
    let form =
      "an array of {\"base\": \"WETH\", \"quote\": \"USDC\"\(usual.naming.form)}, each once, of tokens that \"tokens\" "
      + "names\(usual.naming.words)"
    let pools = try config.field("pools", expected: form) { json in
      var list: [Entry] = []
      json.enterArray()
      while json.nextElement() {
        guard let entry = pool(&json, tokens, usual.naming),
          !list.contains(where: { $0.symbol == entry.symbol })
        else {
          json.fail()
          break
        }
        list.append(entry)
      }
      return list
    }
    return pools ?? []
  }

  private static func pool(_ json: inout JSONScanner, _ tokens: [Token], _ naming: PoolDefaults.Naming) -> Entry? {
    var (base, quote, fee): (String, String, Int64?) = ("", "", nil)
    var entry = Entry()
    json.enterObject()
    while let key = json.nextKey() {
      switch key {
      case "base": base = json.string().text
      case "quote": quote = json.string().text
      case "fee" where naming != .pair && naming != .id: fee = json.integer()
      case "id" where naming == .id || naming == .feeOrID:
        // 32 bytes, whose beginning may be zero.
        let text = json.string().text
        guard text.utf8.count == 66, let id = UInt256(text) else { return nil }
        entry.id = id
      case "name" where naming == .id || naming == .feeOrID: entry.name = json.string().text
      default: return nil
      }
    }
    guard let left = tokens.first(where: { $0.symbol == base }),
      let right = tokens.first(where: { $0.symbol == quote }), left != right, !entry.name.contains("-")
    else { return nil }
    (entry.base, entry.quote) = (left, right)
    switch naming {
    case .pair: break
    case .fee: guard fee != nil else { return nil }
    case .id: guard entry.id != nil else { return nil }
    case .feeOrID: guard (fee == nil) == (entry.id != nil) else { return nil }
    }
    // A pool with an id has no fee in its name, and one with a fee has no other name.
    guard entry.id != nil || entry.name.isEmpty else { return nil }
    if let fee {
      guard fee > 0, fee < 1_000_000 else { return nil }
      entry.fee = UInt32(fee)
    }
    return entry
  }
}

/// What holds of a kind of pools where the configuration names nothing else.
public struct PoolDefaults: Sendable {
  /// How the configuration names a pool, beside its two tokens.
  public enum Naming: Sendable {
    /// Not at all.
    case pair
    /// By its fee, in millionths.
    case fee
    /// By the id under which a contract knows it, and a name where two pools have the same tokens.
    case id
    /// One of the two.
    case feeOrID

    var form: String {
      switch self {
      case .pair: ""
      case .fee: ", \"fee\": 500"
      case .id: ", \"id\": \"0x\u{2026}\""
      case .feeOrID: ", \"fee\": 500 or \"id\": \"0x\u{2026}\""
      }
    }

    var words: String {
      switch self {
      case .pair: ""
      case .fee: "; the fee in millionths"
      case .id: "; the id of 64 hexadecimal digits, with a \"name\" where two pools have the same tokens"
      case .feeOrID: "; the fee in millionths, the id of 64 hexadecimal digits"
      }
    }
  }

  public var chain: Int64
  /// The contract that knows all pools.
  public var factory: String
  /// The contract that swaps.
  public var router: String
  /// What the chain's own asset is called.
  public var native: String
  /// The most that is paid for a unit of gas, in 10^-9 of it.
  public var gasPrice: Int64
  public var naming: Naming

  public init(
    chain: Int64 = 1, factory: String, router: String, native: String = "ETH", gasPrice: Int64 = 200, naming: Naming
  ) {
    (self.chain, self.factory, self.router) = (chain, factory, router)
    (self.native, self.gasPrice, self.naming) = (native, gasPrice, naming)
  }
}
