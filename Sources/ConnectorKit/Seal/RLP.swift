/// A value of Ethereum's Recursive Length Prefix encoding (Yellow Paper, appendix B).
public indirect enum RLP: Sendable, Hashable {
  /// Decimal digits: the shortest big-endian bytes.
  case integer(SealedText)
  /// Bytes as they are.
  case bytes(Seal)
  case list([RLP])

  /// Hexadecimal digits, with or without `0x`, as bytes.
  public static func hex(_ digits: SealedText) -> RLP { .bytes(digits.unhex) }

  /// The encoding.
  public var encoded: Seal {
    switch self {
    case .integer(let digits): digits.rlpInteger
    case .bytes(let bytes): bytes.prefixed(.rlpBytes)
    case .list(let items): items.reduce(into: SealedText()) { $0 += SealedText($1.encoded) }.prefixed(.rlpList)
    }
  }
}

/// A transaction of an EVM chain, and its signed bytes.
///
///     let transaction = EVMTransaction(
///       chainID: 1, nonce: "7", gasLimit: "21000", to: recipient, value: "1000", data: .bytes([]),
///       fee: .market(priority: "1000000000", most: "30000000000"))
///     request.body = #"{"method":"eth_sendRawTransaction","params":["0x\#(transaction.signed().hex)"]}"#
public struct EVMTransaction: Sendable, Hashable {
  public enum Fee: Sendable, Hashable {
    /// A transaction as before EIP-1559, with the chain id in its signature (EIP-155). In the smallest unit per gas.
    case legacy(price: SealedText)
    /// EIP-1559: the tip, and the most that is paid in all. In the smallest unit per gas.
    case market(priority: SealedText, most: SealedText)
  }

  /// With `.legacy` at most 2147483630: its double and a little more is a number of 32 bits in the contract.
  public var chainID: UInt64
  /// Decimal digits: how many transactions the account has sent before.
  public var nonce: SealedText
  /// Decimal digits.
  public var gasLimit: SealedText
  /// Hexadecimal digits with or without `0x`.
  public var to: SealedText
  /// Decimal digits, in the chain's smallest unit.
  public var value: SealedText
  public var data: Seal
  public var fee: Fee

  public init(
    chainID: UInt64, nonce: SealedText, gasLimit: SealedText, to: SealedText, value: SealedText, data: Seal, fee: Fee
  ) {
    self.chainID = chainID
    self.nonce = nonce
    self.gasLimit = gasLimit
    self.to = to
    self.value = value
    self.data = data
    self.fee = fee
  }

  /// The bytes for the chain. A digest of them, which is the transaction's hash, may be published.
  /// - Parameter register: keeps the signature meanwhile (0 to 7).
  public func signed(register: Int = 7) -> Seal {
    let digest = envelope(fields + unsignedTail).keccak256
    let signature = digest.signed(.secp256k1Recoverable, adding: added).stored(in: register)
    let tail: [RLP] = [
      .integer(SealedText(signature.slice(64, added > 254 ? 8 : 1).decimalDigits)),
      .integer(SealedText(Seal.register(register).slice(0, 32).decimalDigits)),
      .integer(SealedText(Seal.register(register).slice(32, 32).decimalDigits)),
    ]
    return envelope(fields + tail)
  }

  private var fields: [RLP] {
    switch fee {
    case .legacy(let price):
      [.integer(nonce), .integer(price), .integer(gasLimit), .hex(to), .integer(value), .bytes(data)]
    case .market(let priority, let most):
      [
        .integer("\(chainID)"), .integer(nonce), .integer(priority), .integer(most), .integer(gasLimit), .hex(to),
        .integer(value), .bytes(data), .list([]),
      ]
    }
  }

  private var unsignedTail: [RLP] {
    if case .legacy = fee { [.integer("\(chainID)"), .integer("0"), .integer("0")] } else { [] }
  }

  /// EIP-155's v is 35 or 36 and twice the chain id; EIP-1559 has the bare parity.
  private var added: UInt32 {
    if case .legacy = fee { UInt32(truncatingIfNeeded: 35 + 2 * min(chainID, 2_147_483_630)) } else { 0 }
  }

  private func envelope(_ items: [RLP]) -> Seal {
    let list = RLP.list(items).encoded
    if case .legacy = fee { return list }
    return (SealedText(bytes: [2]) + list).seal
  }
}
