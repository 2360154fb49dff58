import Decimals

/// A structure of EIP-712, as its hash is built: the type, and each field as a word of 32 bytes in the type's order.
///
///     let order = TypedStruct("Order(address owner,uint256 amount,bool buy)", [
///       .address(.address(.evm)), .integer("1000000"), .bool(true),
///     ])
///     let domain = TypedStruct.domain(name: "Example", version: "1", chainID: 1, verifyingContract: contract)
///     let signature = order.digest(in: domain).signed(.secp256k1Recoverable, adding: 27)
///
/// Whether the fields fit the type is not checked here: a venue refuses a wrong hash.
public struct TypedStruct: Sendable, Hashable {
  /// A field, encoded as EIP-712's `encodeData` says.
  public struct Field: Sendable, Hashable {
    let word: Seal

    /// 32 bytes, made elsewhere.
    public static func word(_ bytes: Seal) -> Field { Field(word: bytes) }
    /// Decimal digits, with `-` in front where the type is signed.
    public static func integer(_ digits: SealedText) -> Field { Field(word: digits.bigEndian(width: 32)) }
    /// A decimal in units of ten to minus `places`, as contracts count; nil where it has more digits behind the point.
    public static func decimal(_ value: Decimal64, places: Int32) -> Field? {
      let number = value.normalized
      guard number.exponent >= -places, number.exponent <= 38 else { return nil }
      let zeros = String(repeating: "0", count: number.isZero ? 0 : Int(number.exponent + places))
      return .integer(SealedText("\(number.mantissa)\(zeros)"))
    }
    public static func bool(_ value: Bool) -> Field { .integer(value ? "1" : "0") }
    /// 40 hexadecimal digits, with or without `0x`.
    public static func address(_ text: SealedText) -> Field { Field(word: text.unhex.paddedLeft(to: 32)) }
    /// The address of the account's signing key, or another one that a seal gives.
    public static func address(_ seal: Seal) -> Field { .address(SealedText(seal)) }
    /// `string`: the UTF-8 text itself.
    public static func string(_ text: SealedText) -> Field { Field(word: text.keccak256) }
    /// `bytes`: of any length.
    public static func bytes(_ bytes: Seal) -> Field { Field(word: bytes.keccak256) }
    /// `bytes1` to `bytes32`: hexadecimal digits of at most 32 bytes, filled with zeros behind.
    public static func fixedBytes(_ digits: String) -> Field {
      let plain = digits.hasPrefix("0x") ? digits.dropFirst(2) : digits[...]
      let zeros = String(repeating: "0", count: max(0, 64 - plain.utf8.count))
      return Field(word: SealedText(plain + zeros).unhex)
    }
    /// `bytes` that hold the ABI encoding of values of fixed size.
    public static func encoded(_ values: [Field]) -> Field { .bytes(joined(values).seal) }
    public static func structure(_ value: TypedStruct) -> Field { Field(word: value.hash) }
    /// An array of any of the others.
    public static func array(_ elements: [Field]) -> Field { Field(word: joined(elements).keccak256) }

    static func joined(_ fields: [Field]) -> SealedText {
      fields.reduce(into: SealedText()) { $0 += SealedText($1.word) }
    }
  }

  /// As EIP-712's `encodeType` writes it, with the types it refers to behind it in the order of their names.
  public let type: String
  public let fields: [Field]

  public init(_ type: String, _ fields: [Field]) {
    self.type = type
    self.fields = fields
  }

  /// The domain with the fields that a venue has, in the standard's order.
  /// - Parameters:
  ///   - verifyingContract: 40 hexadecimal digits, with or without `0x`.
  ///   - salt: 64 hexadecimal digits, with or without `0x`.
  public static func domain(
    name: String? = nil, version: String? = nil, chainID: UInt64? = nil, verifyingContract: String? = nil,
    salt: String? = nil
  ) -> TypedStruct {
    var types: [String] = []
    var fields: [Field] = []
    func add(_ type: String, _ field: Field?) {
      guard let field else { return }
      types.append(type)
      fields.append(field)
    }
    add("string name", name.map { .string(SealedText($0)) })
    add("string version", version.map { .string(SealedText($0)) })
    add("uint256 chainId", chainID.map { .integer("\($0)") })
    add("address verifyingContract", verifyingContract.map { .address(SealedText($0)) })
    add("bytes32 salt", salt.map { .fixedBytes($0) })
    return TypedStruct("EIP712Domain(\(types.joined(separator: ",")))", fields)
  }

  /// `hashStruct`: 32 bytes.
  public var hash: Seal { (SealedText(SealedText(type).keccak256) + Field.joined(fields)).keccak256 }

  /// What a wallet signs for this message in a domain: 32 bytes.
  public func digest(in domain: TypedStruct) -> Seal {
    (SealedText(bytes: [0x19, 0x01]) + domain.hash + hash).keccak256
  }
}

extension Sealable {
  /// What a wallet signs for this text: the digest of EIP-191's version 0x45 (`personal_sign`), 32 bytes.
  public var personalMessageDigest: Seal {
    (SealedText("\u{19}Ethereum Signed Message:\n") + seal.prefixed(.decimal)).keccak256
  }
}
