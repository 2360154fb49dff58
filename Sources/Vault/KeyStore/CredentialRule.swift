import Catalog

/// Holds a stored value against what its manifest declares, so that nothing can fail on it when a request is signed.
enum CredentialRule {
  /// The form that this value has, of those declared: with one encoding. Faults never hold the value.
  static func form(of stored: StoredField, declared field: CredentialField) throws(KeyStoreFault) -> CredentialForm {
    let form = field.form
    func wrong(_ reason: String) -> KeyStoreFault { .undeclaredForm(field: field.name, reason: reason) }
    if stored.form.isSigningKey {
      let found: CredentialEncoding = stored.form == .mnemonic ? .mnemonic : .pem
      let isOfCurve = stored.form == .secp256k1Hex && form.encodings.contains(.secp256k1)
      guard isOfCurve || form.encodings.contains(found) else {
        throw wrong("it is a private key, but the exchange wants \(list(form))")
      }
      return CredentialForm(encodings: [isOfCurve ? .secp256k1 : found])
    }
    guard let encoding = form.plain else { throw wrong("it is no private key, but the exchange wants \(list(form))") }
    let count = stored.value.count
    guard form.length.contains(count) else {
      let bounds = form.length
      throw wrong(
        count < bounds.lowerBound
          ? "it is too short; it must have at least \(bounds.lowerBound) bytes"
          : "it is too long; it may have at most \(bounds.upperBound) bytes")
    }
    var bytes = stored.value.copy()
    defer { bytes.wipe() }
    if field.secret || form != .undeclared, let reason = fault(bytes, encoding) { throw wrong(reason) }
    return CredentialForm(encodings: [encoding], length: form.length)
  }

  private static func list(_ form: CredentialForm) -> String {
    form.encodings.map(\.rawValue).joined(separator: " or ")
  }

  private static func fault(_ bytes: [UInt8], _ encoding: CredentialEncoding) -> String? {
    var decoded: [UInt8]?
    defer { decoded?.wipe() }
    switch encoding {
    case .hex:
      decoded = Encoding.unhex(bytes)
      return decoded == nil ? "it is no hexadecimal text: 0-9 and a-f, an even number of them" : nil
    case .base64:
      decoded = Encoding.unbase64(bytes)
      return decoded == nil ? "it is no base64: another character stands in it, or its end is missing" : nil
    case .integer:
      return bytes.allSatisfy { (0x30...0x39).contains($0) } ? nil : "it has another character than the digits 0-9"
    case .text:
      return bytes.allSatisfy { (0x20...0x7E).contains($0) }
        ? nil : "it has a character that is not printable ASCII, perhaps a line's end"
    case .pem, .secp256k1, .mnemonic: return nil
    }
  }
}
