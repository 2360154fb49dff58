import JSONTree

/// A transaction of an EVM chain (EIP-1559) that a key may sign, as an act's `signs` has it: to which contract, which
/// of its functions, and what each word of the call must be. What of it the operator configures is settled by
/// `Manifest.settled`.
public struct SignedTransaction: Sendable, Equatable {
  /// To whom it goes.
  public enum Target: Sendable, Equatable {
    /// A contract whose address is a setting of the connector.
    case setting(String)
    /// The token that the command names.
    case asset
    /// The account that signs: nothing but its nonce is used up.
    case key
  }

  /// What a word of 32 bytes must be.
  public enum Word: Sendable, Equatable {
    case constant([UInt8])
    /// The address of the key that signs.
    case signer
    /// An address that is a setting of the connector.
    case setting(String)
    /// The addresses of the tokens that the command's symbol names first and second.
    case base, quote
    /// The command's quantity, in smallest units.
    case quantity
    /// What is paid or received in quote at worst, in smallest units: the command's quantity times its price, or less
    /// of what is paid, more of what is received.
    case limit
    /// When it ends, in seconds since 1970: from now on, at most `SignedTransaction.life` later.
    case deadline
    /// The number that is this part of the command's symbol, from 1.
    case part(Int)
    /// 32 bytes that a list of the configuration has in this field, in its entry whose `base`, `quote` and, where it
    /// has one, `name` make the command's symbol.
    case entry(list: String, field: String)
    /// Four bytes: the selector of a function that is called within.
    case selector(String)
    /// So many bytes that are zero, up to the next word.
    case zeros(Int)

    /// In bytes.
    public var width: Int {
      switch self {
      case .selector: 4
      case .zeros(let count): count
      default: 32
      }
    }
  }

  public struct Call: Sendable, Equatable {
    /// Such as `approve(address,uint256)`; its selector is computed from it.
    public var function: String
    /// What the command must be for it.
    public var says: OrderTerms = []
    public var words: [Word] = []
  }

  /// A token as the configuration names it.
  public struct Token: Sendable, Equatable {
    public var address: [UInt8]
    public var decimals: Int
  }

  /// What of it is configured.
  public struct Settled: Sendable, Equatable {
    public var chain: UInt64
    public var addresses: [String: [UInt8]]
    public var tokens: [String: Token]
    /// By list and field with a point between them, then by symbol.
    public var entries: [String: [String: [UInt8]]] = [:]
    /// In the smallest unit of the chain's asset, for each unit of gas.
    public var mostPerGas: UInt64
  }

  /// Seconds for which a signed transaction may count at most.
  public static let life: Int64 = 1200

  public var target: Target
  /// The settings that are the chain's id, the list of tokens, and the most that is paid for gas, in 10^-9 of the
  /// chain's asset.
  public var chain, tokens, gasPrice: String
  /// The most gas.
  public var gas: UInt64
  /// None = it calls nothing.
  public var calls: [Call]
  /// Nil = the configuration lacks something, or is not known.
  public var settled: Settled?

  /// As the operator has configured it.
  /// - Parameters:
  ///   - text: a setting's value or default.
  ///   - number: the same of numbers.
  ///   - list: the same of lists.
  func settled(
    text: (String) -> String?, number: (String) -> Int?, list: (String) -> [JSONValue]
  ) -> SignedTransaction {
    var result = self
    result.settled = nil
    guard let chain = number(chain), chain > 0, let price = number(gasPrice), price > 0, price < 1 << 32 else {
      return result
    }
    var wanted: [String] = []
    if case .setting(let name) = target { wanted.append(name) }
    for case .setting(let name) in calls.flatMap(\.words) { wanted.append(name) }
    var addresses: [String: [UInt8]] = [:]
    for name in wanted {
      guard let address = text(name).flatMap({ Self.address($0) }) else { return result }
      addresses[name] = address
    }
    var tokens: [String: Token] = [:]
    for entry in list(self.tokens) {
      guard let symbol = entry["symbol"]?.string, let address = entry["address"]?.string.flatMap({ Self.address($0) }),
        let decimals = entry["decimals"]?.int, (0...36).contains(decimals), tokens[symbol] == nil
      else { return result }
      tokens[symbol] = Token(address: address, decimals: decimals)
    }
    var entries: [String: [String: [UInt8]]] = [:]
    for case .entry(let name, let field) in calls.flatMap(\.words) where entries["\(name).\(field)"] == nil {
      guard let found = Self.entries(list(name), field) else { return result }
      entries["\(name).\(field)"] = found
    }
    result.settled = Settled(
      chain: UInt64(chain), addresses: addresses, tokens: tokens, entries: entries,
      mostPerGas: UInt64(price) * 1_000_000_000)
    return result
  }

  /// By symbol; nil where two entries have the same, or one has no symbol. Entries without the field are of another
  /// kind.
  private static func entries(_ list: [JSONValue], _ field: String) -> [String: [UInt8]]? {
    var found: [String: [UInt8]] = [:]
    for entry in list where entry[field] != nil {
      guard let base = entry["base"]?.string, let quote = entry["quote"]?.string,
        let bytes = entry[field]?.string.flatMap({ SignedStructure.Word.bytes(of: $0) }), bytes.count == 32
      else { return nil }
      let symbol = [base, quote, entry["name"]?.string ?? ""].filter { !$0.isEmpty }.joined(separator: "-")
      guard found.updateValue(bytes, forKey: symbol) == nil else { return nil }
    }
    return found
  }

  private static func address(_ text: String) -> [UInt8]? {
    SignedStructure.Word.bytes(of: text).flatMap { $0.count == 20 ? $0 : nil }
  }

  /// For people.
  var words: String {
    let whom =
      switch target {
      case .setting(let name): "the contract that \(name) of the configuration names"
      case .asset: "the token that is named"
      case .key: "the account itself"
      }
    let functions = calls.map { String($0.function.prefix { $0 != "(" }) }
    return "transactions to \(whom)" + (functions.isEmpty ? "" : ": \(functions.joined(separator: ", "))")
  }
}

extension FieldReader {
  /// `{"transaction": "setting:router", "chain": "chain_id", "tokens": "tokens", "gas": 300000, "gas_price":
  /// "max_gas_gwei", "calls": [{"function": "approve(address,uint256)", "says": "sell", "words": ["key"]}]}`.
  func signedTransaction() -> SignedTransaction? {
    allow(only: ["transaction", "chain", "tokens", "gas", "gas_price", "calls"])
    let target = required("transaction")?.string("setting:NAME, asset or key") { Self.target($0) != nil }
    let chain = required("chain")?.identifier(), tokens = required("tokens")?.identifier()
    let price = required("gas_price")?.identifier(), gas = required("gas")?.int(in: 21_000...30_000_000)
    let calls = optional("calls")?.elements().compactMap { $0.signedCall() } ?? []
    guard let target = target.flatMap({ Self.target($0) }), let chain, let tokens, let price, let gas else {
      return nil
    }
    return SignedTransaction(
      target: target, chain: chain, tokens: tokens, gasPrice: price, gas: UInt64(gas), calls: calls)
  }

  private static func target(_ text: String) -> SignedTransaction.Target? {
    switch text {
    case "asset": return .asset
    case "key": return .key
    default: return text.hasPrefix("setting:") ? .setting(String(text.dropFirst(8))) : nil
    }
  }

  private func signedCall() -> SignedTransaction.Call? {
    allow(only: ["function", "says", "words"])
    let function = required("function")?.string("a function such as approve(address,uint256)") {
      $0.hasSuffix(")") && $0.contains("(") && !$0.contains(" ")
    }
    var says: OrderTerms = []
    if let text = optional("says")?.string() {
      if let terms = OrderTerms(words: text) { says = terms } else {
        optional("says")?.report(.value, "\"\(text)\" has a word that is not known")
      }
    }
    let words = required("words")?.elements().compactMap { $0.signedCallWord() } ?? []
    return function.map { SignedTransaction.Call(function: $0, says: says, words: words) }
  }

  private func signedCallWord() -> SignedTransaction.Word? {
    guard let text = string() else { return nil }
    switch text {
    case "key": return .signer
    case "base": return .base
    case "quote": return .quote
    case "quantity": return .quantity
    case "limit": return .limit
    case "deadline": return .deadline
    default: break
    }
    if text.hasPrefix("setting:") { return .setting(String(text.dropFirst(8))) }
    if text.hasPrefix("entry:") {
      let parts = text.dropFirst(6).split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      if parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) { return .entry(list: parts[0], field: parts[1]) }
    }
    if text.hasPrefix("selector:"), text.hasSuffix(")") { return .selector(String(text.dropFirst(9))) }
    if text.hasPrefix("zeros:"), let count = Int(text.dropFirst(6)), (1...31).contains(count) { return .zeros(count) }
    if text.hasPrefix("symbol:"), let part = Int(text.dropFirst(7)), (1...8).contains(part) { return .part(part) }
    if text.hasPrefix("="), let bytes = SignedStructure.Word.constant(of: text.dropFirst()) { return .constant(bytes) }
    report(
      .value, "\"\(text)\" is no word of a call",
      remedy: "Words are key, base, quote, quantity, limit, deadline, symbol:3, setting:NAME, entry:LIST:FIELD, "
        + "selector:FUNCTION, zeros:28 and =0")
    return nil
  }
}
