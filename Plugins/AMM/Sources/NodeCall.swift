/// A question to a node of an EVM chain, as JSON-RPC has it: https://ethereum.org/developers/docs/apis/json-rpc/
public struct NodeCall: Sendable {
  enum Kind: Sendable { case number, header, data, logs, receipt, presence, transaction }

  /// At which block a state is read.
  public enum Block: Sendable {
    case latest
    /// With what waits to be included.
    case pending
    case number(UInt64)

    var text: String {
      switch self {
      case .latest: "\"latest\""
      case .pending: "\"pending\""
      case .number(let number): "\"0x\(String(number, radix: 16))\""
      }
    }
  }

  let kind: Kind
  /// Method and parameters, as members of a JSON object.
  let text: String

  private init(_ kind: Kind, _ method: StaticString, _ parameters: String) {
    self.kind = kind
    text = "\"method\":\"\(method)\",\"params\":[\(parameters)]"
  }

  static let chainID = NodeCall(.number, "eth_chainId", "")

  static func header(_ block: Block) -> NodeCall {
    NodeCall(.header, "eth_getBlockByNumber", "\(block.text),false")
  }

  /// What a contract answers.
  public static func call(_ contract: Address, _ data: CallData, at block: Block) -> NodeCall {
    NodeCall(.data, "eth_call", "{\"to\":\"\(contract.text)\",\"data\":\"\(data.text)\"},\(block.text)")
  }

  /// The same, asked by an account.
  static func call(_ contract: Address, _ data: CallData, from: Address, at block: Block) -> NodeCall {
    NodeCall(
      .data, "eth_call",
      "{\"from\":\"\(from.text)\",\"to\":\"\(contract.text)\",\"data\":\"\(data.text)\"},\(block.text)")
  }

  /// How much gas a transaction would use.
  static func estimate(_ contract: Address, _ data: CallData, from: Address) -> NodeCall {
    NodeCall(
      .number, "eth_estimateGas",
      "{\"from\":\"\(from.text)\",\"to\":\"\(contract.text)\",\"data\":\"\(data.text)\"}")
  }

  static let priorityFee = NodeCall(.number, "eth_maxPriorityFeePerGas", "")

  /// How many transactions of an account a block knows: the nonce of its next one.
  static func count(_ account: Address, at block: Block) -> NodeCall {
    NodeCall(.number, "eth_getTransactionCount", "\"\(account.text)\",\(block.text)")
  }

  /// What an account has of the chain's own asset.
  static func balance(_ account: Address, at block: Block) -> NodeCall {
    NodeCall(.number, "eth_getBalance", "\"\(account.text)\",\(block.text)")
  }

  /// What became of a transaction; `.missing` where it is in no block.
  static func receipt(_ hash: String) -> NodeCall { NodeCall(.receipt, "eth_getTransactionReceipt", "\"\(hash)\"") }

  /// Whether the node knows a transaction, in a block or before; `.missing` where not.
  static func presence(_ hash: String) -> NodeCall { NodeCall(.presence, "eth_getTransactionByHash", "\"\(hash)\"") }

  /// What a transaction says, in a block or before; `.missing` where the node does not know it.
  static func transaction(_ hash: String) -> NodeCall {
    NodeCall(.transaction, "eth_getTransactionByHash", "\"\(hash)\"")
  }

  /// What of a token came to an account.
  static func arrivals(of token: Address, to account: Address, from: UInt64, to last: UInt64) -> NodeCall {
    // Transfer(address,address,uint256)
    let topics = "[\"0x\(Swap.transfer)\"],null,[\"0x\(account.value.word)\"]"
    return NodeCall(
      .logs, "eth_getLogs",
      "{\"fromBlock\":\(Block.number(from).text),\"toBlock\":\(Block.number(last).text),"
        + "\"address\":[\"\(token.text)\"],\"topics\":[\(topics)]}")
  }

  /// - Parameter topics: any of these, each of 64 hexadecimal digits.
  static func logs(of contracts: [Address], from: UInt64, to: UInt64, topics: [String]) -> NodeCall {
    let addresses = contracts.map { "\"\($0.text)\"" }.joined(separator: ",")
    let names = topics.map { "\"0x\($0)\"" }.joined(separator: ",")
    let (first, last) = (Block.number(from).text, Block.number(to).text)
    return NodeCall(
      .logs, "eth_getLogs",
      "{\"fromBlock\":\(first),\"toBlock\":\(last),\"address\":[\(addresses)],\"topics\":[[\(names)]]}")
  }
}

/// An account or contract: 20 bytes, which order as numbers do.
public struct Address: Equatable, Hashable, Comparable, Sendable {
  public let value: UInt256

  public init(_ value: UInt256) { self.value = UInt256(high: value.high & 0xffff_ffff, low: value.low) }

  /// 40 hexadecimal digits behind `0x`, in any case.
  public init?(_ text: String) {
    guard text.utf8.count == 42, text.hasPrefix("0x"), let value = UInt256(text) else { return nil }
    self.value = value
  }

  public static let none = Address(.zero)
  public static func < (left: Address, right: Address) -> Bool { left.value < right.value }
  /// In lower case.
  public var text: String { "0x" + String(value.word.dropFirst(24)) }
}

/// A call of a contract's function: the selector, and words of 32 bytes.
public struct CallData: Sendable {
  public private(set) var text: String

  /// - Parameter selector: eight hexadecimal digits.
  public init(_ selector: StaticString, _ words: UInt256...) {
    text = "0x\(selector)"
    for word in words { text += word.word }
  }

  public init(_ selector: StaticString, _ words: [UInt256]) {
    text = "0x\(selector)"
    for word in words { text += word.word }
  }

  /// A call whose last argument is a list of one call: `words`, of which the last says where the list stands, and then
  /// the list, as bytes.
  public init(_ selector: StaticString, _ words: [UInt256], listing call: CallData) {
    let digits = call.text.utf8.count - 2
    self.init(selector, words + [.one, UInt256(32), UInt256(UInt128(digits / 2))])
    text += call.text.dropFirst(2)
    text += String(repeating: "0", count: (64 - digits % 64) % 64)
  }
}

/// The beginning of a block, as far as it is of use.
public struct BlockHeader: Sendable {
  public var number: UInt64 = 0
  public var hash = ""
  public var parent = ""
  /// Seconds since 1970.
  public var time: Int64 = 0
  /// For each unit of gas, in the chain's smallest unit; zero where the chain has none.
  public var baseFee = UInt256.zero
}

/// What a contract has reported.
public struct ChainLog: Sendable {
  public var contract = Address.none
  /// 64 hexadecimal digits each; the first is the event's.
  public var topics: [UInt256] = []
  public var data: [UInt8] = []
  public var block: UInt64 = 0
  public var transaction = ""
  public var index: UInt64 = 0
}

/// What became of a transaction that is in a block.
public struct Receipt: Sendable {
  public var transaction = ""
  public var block: UInt64 = 0
  public var blockHash = ""
  public var isSuccess = false
  public var gas = UInt256.zero
  /// For each unit of gas.
  public var gasPrice = UInt256.zero
  /// What a layer 2 takes beside for the chain below; zero elsewhere.
  public var lowerFee = UInt256.zero
  public var logs: [ChainLog] = []

  /// All that was paid for it, in the smallest unit of the chain's asset; `nil` where it cannot be counted.
  public var cost: UInt256? { try? gas * gasPrice + lowerFee }
}

/// What a transaction says, whether it is in a block or not.
public struct SentTransaction: Sendable {
  var hash = ""
  var from = Address.none
  var to = Address.none
  var nonce: UInt64 = 0
  var data: [UInt8] = []
  var most = UInt256.zero
  var priority = UInt256.zero
}

/// What a node has answered to one question.
public enum NodeAnswer: Sendable {
  case number(UInt256)
  case header(BlockHeader)
  case data([UInt8])
  case logs([ChainLog])
  case receipt(Receipt)
  case transaction(SentTransaction)
  case present
  /// There is none.
  case missing
  /// An error, in the node's words or ours.
  case fault(String)

  /// A word of 32 bytes of what a contract answered; `nil` where there is none.
  public func word(_ index: Int = 0) -> UInt256? {
    guard case .data(let bytes) = self else { return nil }
    return bytes.word(index)
  }

  /// Why it is no answer; empty where it is one.
  public var fault: String {
    switch self {
    case .fault(let words): words
    case .missing: "the node knows nothing of it"
    default: ""
    }
  }
}

extension [UInt8] {
  /// The 32 bytes from 32 times `index` on, as a number.
  public func word(_ index: Int) -> UInt256? {
    guard index >= 0, index < 1024, count >= 32 * (index + 1) else { return nil }
    var (high, low): (UInt128, UInt128) = (0, 0)
    for place in 32 * index..<32 * index + 16 { high = high << 8 | UInt128(self[place]) }
    for place in 32 * index + 16..<32 * index + 32 { low = low << 8 | UInt128(self[place]) }
    return UInt256(high: high, low: low)
  }
}

extension UInt256 {
  /// As a signed number: whether it is below zero, and how far from it.
  public var signed: (isNegative: Bool, magnitude: UInt256) {
    guard high >> 127 == 1 else { return (false, self) }
    return (true, UInt256.zero.wrappingSubtract(self))
  }

  /// As a signed number of 24 bits, such as a tick; `nil` where it is larger.
  public var tick: Int32? {
    let (isNegative, size) = signed
    guard size.high == 0, size.low <= 0x80_0000 else { return nil }
    return isNegative ? -Int32(size.low) : Int32(size.low)
  }

  /// As a signed number of 128 bits; `nil` where it is larger.
  public var signed128: Int128? {
    let (isNegative, size) = signed
    guard size.high == 0, size.low >> 127 == 0 else { return nil }
    return isNegative ? -Int128(size.low) : Int128(size.low)
  }

  /// A signed number as a contract takes it.
  public init(signed value: Int32) {
    let size = UInt256(UInt128(value.magnitude))
    self = value < 0 ? UInt256.zero.wrappingSubtract(size) : size
  }
}
