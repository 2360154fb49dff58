import CPatchbay

/// What the account's signing key makes: signatures, and the addresses that follow from it.
extension SealMachine {
  /// Secp256k1 signs digests. The checker has seen to it that an operation of this request made them, so that whatever
  /// is signed has passed through here as text; a digest from elsewhere could stand for anything.
  func sign(_ message: [UInt8], _ op: pb_op) throws(SealFault) -> [UInt8] {
    switch Int(op.arg) {
    case PB_SIGN_ED25519: return try signed(message, .ed25519)
    case PB_SIGN_P256_JOSE: return try signed(message, .p256)
    case PB_SIGN_RSA_PKCS1_SHA256: return try signed(message, .rsa)
    case PB_SIGN_SECP256K1_RECOVERABLE: return try signed(digest: message, .recoverable(adding: op.arg2))
    case PB_SIGN_SECP256K1_COMPACT: return try signed(digest: message, .compact)
    case PB_SIGN_SECP256K1_DER: return try signed(digest: message, .der)
    default: throw badArgument("SIGN", op.arg)
    }
  }

  private func signed(_ message: [UInt8], _ needed: SigningKey.Algorithm) throws(SealFault) -> [UInt8] {
    guard let signature = try key(needed).sign(message) else { throw .crypto(operation: "SIGN") }
    return signature
  }

  private func signed(digest: [UInt8], _ form: Secp256k1Key.Form) throws(SealFault) -> [UInt8] {
    let key = try key(.secp256k1)
    guard let signature = key.sign(digest: digest, form) else { throw .crypto(operation: "SIGN") }
    return signature
  }

  private func key(_ needed: SigningKey.Algorithm) throws(SealFault) -> SigningKey {
    guard let account else { throw .noAccount }
    guard let key = account.signingKey, key.algorithm == needed else { throw .wrongKey(needed: "\(needed)") }
    return key
  }

  /// The address of the signing key; `prefix` is that of a Cosmos chain.
  func address(_ op: pb_op, prefix: String) throws(SealFault) -> [UInt8] {
    let form: ChainAddress
    switch Int(op.arg) {
    case PB_ADDRESS_EVM: form = .evm
    case PB_ADDRESS_COSMOS: form = .cosmos(prefix: prefix.isEmpty ? "cosmos" : prefix)
    case PB_ADDRESS_XRPL: form = .xrpl
    default: throw badArgument("ADDRESS", op.arg)
    }
    guard let account else { throw .noAccount }
    guard let key = account.signingKey, key.algorithm == .secp256k1 || form == .xrpl && key.algorithm == .ed25519 else {
      throw .wrongKey(needed: "secp256k1")
    }
    guard let text = form.text(of: key) else {
      throw .badInput(operation: "ADDRESS", reason: "its prefix must be 1 to 40 of a-z and 0-9")
    }
    return text
  }
}
