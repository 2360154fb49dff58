/// The name that a chain gives to a key: derived from the public key, and public itself.
enum ChainAddress: Sendable, Equatable {
  /// The last 20 bytes of the Keccak-256 of x and y, in hexadecimal digits with the mixed case of EIP-55.
  case evm
  /// RIPEMD-160 of SHA-256 of the compressed key in Bech32 (BIP-173), behind the chain's prefix, such as `dydx`.
  case cosmos(prefix: String)
  /// The account id of the XRP Ledger in Base58Check with its alphabet.
  case xrpl

  /// The address as text; nil for an algorithm that the chain does not have, or a prefix that Bech32 cannot carry.
  func text(of key: SigningKey) -> [UInt8]? {
    switch (self, key.algorithm) {
    case (.evm, .secp256k1): key.publicKey(.raw).map(Self.evm)
    case (.cosmos(let prefix), .secp256k1):
      key.publicKey(.compressed).flatMap(Self.hash160).flatMap { Encoding.bech32($0, prefix: prefix) }
    case (.xrpl, .secp256k1): key.publicKey(.compressed).flatMap(Self.xrpl)
    // The ledger reports an Ed25519 key by this byte in front, and counts it to the key.
    case (.xrpl, .ed25519): key.publicKey(.raw).flatMap { Self.xrpl([0xED] + $0) }
    default: nil
    }
  }

  /// EIP-55: a letter is upper case where the hash of the digits has a nibble of 8 or more.
  private static func evm(_ point: [UInt8]) -> [UInt8] {
    let digits = Encoding.hex(Array(Keccak256.digest(point).suffix(20)))
    let hash = Encoding.hex(Keccak256.digest(digits))
    let mixed = zip(digits, hash).map { digit, nibble in
      digit >= UInt8(ascii: "a") && nibble >= UInt8(ascii: "8") ? digit - 32 : digit
    }
    return Array("0x".utf8) + mixed
  }

  private static func hash160(_ key: [UInt8]) -> [UInt8]? { Digest.sha256(key).flatMap { Digest.ripemd160($0) } }

  /// XRPL, "Accounts", "Address Encoding": the type 0, the account id, four bytes of a double SHA-256.
  private static func xrpl(_ key: [UInt8]) -> [UInt8]? {
    guard let account = hash160(key), let check = Digest.sha256([0] + account).flatMap({ Digest.sha256($0) }) else {
      return nil
    }
    return Encoding.base58([0] + account + check[..<4])
  }
}
