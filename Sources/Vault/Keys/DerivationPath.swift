import CSecp256k1

/// The way from a wallet's seed to one key of it on secp256k1 (BIP-32), such as `m/44'/60'/0'/0/0`.
struct DerivationPath: Equatable {
  /// From 2^31 on they are hardened.
  let steps: [UInt32]

  private static let hardened: UInt32 = 1 << 31

  /// `m`, then at most ten numbers below 2^31 behind slashes; `'` or `h` hardens one.
  init(_ text: ArraySlice<UInt8>) throws(Mnemonic.Fault) {
    let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.first?.elementsEqual("m".utf8) == true, parts.count <= 11 else {
      throw Mnemonic.Fault(reason: "its path must begin with m/ and have at most 10 steps, such as m/44'/60'/0'/0/0")
    }
    var steps: [UInt32] = []
    for (index, part) in parts.dropFirst().enumerated() {
      let isHardened = part.last == UInt8(ascii: "'") || part.last == UInt8(ascii: "h")
      let digits = part.dropLast(isHardened ? 1 : 0)
      guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
        let number = UInt32(String(decoding: digits, as: UTF8.self)), number < Self.hardened
      else {
        throw Mnemonic.Fault(reason: "step \(index + 1) of its path is no number below 2147483648, or one with '")
      }
      steps.append(isHardened ? number | Self.hardened : number)
    }
    self.steps = steps
  }

  /// The key at its end.
  func key(seed: [UInt8]) throws(Mnemonic.Fault) -> SigningKey {
    guard var node = Node(master: seed) else { throw Self.noKey }
    defer { node.wipe() }
    for step in steps { try node.descend(step) }
    guard let key = SigningKey(secp256k1: node.secret) else { throw Self.noKey }
    return key
  }

  /// Less likely than 2^-127: BIP-32 says to take the next index then.
  private static let noKey = Mnemonic.Fault(reason: "there is no key at its path; use another one")

  /// A private key with its chain code.
  private struct Node {
    var secret: [UInt8]
    var chain: [UInt8]

    init?(master seed: [UInt8]) {
      guard var derived = Digest.sha512.hmac(seed, key: Array("Bitcoin seed".utf8)) else { return nil }
      defer { derived.wipe() }
      (secret, chain) = (Array(derived[..<32]), Array(derived[32...]))
    }

    mutating func wipe() {
      secret.wipe()
      chain.wipe()
    }

    /// BIP-32, "Private parent key to private child key".
    mutating func descend(_ step: UInt32) throws(Mnemonic.Fault) {
      var data: [UInt8]
      if step >= DerivationPath.hardened {
        data = [0] + secret
      } else {
        guard let point = SigningKey(secp256k1: secret)?.publicKey(.compressed) else { throw DerivationPath.noKey }
        data = point
      }
      defer { data.wipe() }
      for shift in [24, 16, 8, 0] { data.append(UInt8(truncatingIfNeeded: step >> UInt32(shift))) }
      guard var derived = Digest.sha512.hmac(data, key: chain), let library = Secp256k1.shared else {
        throw DerivationPath.noKey
      }
      defer { derived.wipe() }
      guard secp256k1_ec_seckey_tweak_add(library.context, &secret, derived) == 1 else { throw DerivationPath.noKey }
      chain.wipe()
      chain = Array(derived[32...])
    }
  }
}
