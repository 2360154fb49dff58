/// A transaction of EIP-1559 as it is signed: `0x02` and the list of its fields, without a signature.
/// https://eips.ethereum.org/EIPS/eip-1559
struct ChainTransaction: Equatable {
  var chain: UInt64
  var nonce: UInt64
  /// In the smallest unit of the chain's asset, for each unit of gas.
  var priority: UInt64
  var most: UInt64
  var gas: UInt64
  /// 20 bytes.
  var to: [UInt8]
  var value: [UInt8]
  var data: [UInt8]

  /// Nil for anything that is not written in the one way there is: shortest lengths, no zeros in front of numbers, an
  /// empty access list, nothing behind.
  init?(signed message: [UInt8]) {
    guard message.first == 2 else { return nil }
    var outer = RLPReader(message[1...])
    guard let list = outer.list(), outer.isAtEnd else { return nil }
    var fields = RLPReader(list)
    guard let chain = fields.number(), let nonce = fields.number(), let priority = fields.number(),
      let most = fields.number(), let gas = fields.number(), let to = fields.bytes(), to.count == 20,
      let value = fields.bytes(), value.first != 0, value.count <= 32, let data = fields.bytes(),
      let access = fields.list(), access.isEmpty, fields.isAtEnd
    else { return nil }
    (self.chain, self.nonce, self.priority, self.most, self.gas) = (chain, nonce, priority, most, gas)
    (self.to, self.value, self.data) = (Array(to), Array(value), Array(data))
  }
}

/// Items of RLP (Yellow Paper, appendix B), one after the other; what is not canonical is none.
struct RLPReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func list() -> ArraySlice<UInt8>? { item(0xC0) }

  mutating func bytes() -> ArraySlice<UInt8>? {
    guard let first = rest.first, first >= 0x80 else { return rest.popFirst().map { [$0][...] } }
    guard let content = item(0x80) else { return nil }
    // A single small byte stands for itself.
    if content.count == 1, content.first.map({ $0 < 0x80 }) == true { return nil }
    return content
  }

  mutating func number() -> UInt64? {
    guard let bytes = bytes(), bytes.count <= 8, bytes.first != 0 else { return nil }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func item(_ base: UInt8) -> ArraySlice<UInt8>? {
    guard let first = rest.first, first >= base, first &- base <= 63 else { return nil }
    rest = rest.dropFirst()
    var count = Int(first - base)
    if count > 55 {
      let width = count - 55
      guard width <= 3, rest.count >= width, rest.first != 0 else { return nil }
      count = rest.prefix(width).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(width)
      guard count > 55 else { return nil }
    }
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }
}
