import JSONTree
import Vault

/// How an exchange wants a signature on secp256k1 with its recovery id: by which key, over which digest. By RFC 6979
/// there is one right signature; its digits may be written in either case.
struct RecoverableRule: Sendable {
  /// The credential that holds the private key in hexadecimal digits.
  private let key: String
  private let digest: Expression

  init?(_ value: JSONValue, _ reader: inout ManifestReader) {
    reader.keys(value, "signatures.recoverable", ["key", "digest"])
    key = reader.text(value["key"] ?? nil, "signatures.recoverable.key")
    guard let digest = reader.expression(value["digest"] ?? nil, "signatures.recoverable.digest") else { return nil }
    self.digest = digest
  }

  /// What is wrong with a signature; nil where it is right.
  func fault(
    of text: String, over request: FlatRequest, _ credentials: [String: [UInt8]]
  ) -> (expected: String, got: String)? {
    guard let digits = credentials[key].flatMap({ Encoding.unhex($0) }), let key = SigningKey(secp256k1: digits) else {
      return ("a private key of 64 hexadecimal digits", "none")
    }
    guard let digest = digest.value(request, credentials), digest.count == 32 else {
      return ("what the rule needs", text)
    }
    guard let wanted = key.recoverable(digest: digest) else { return ("a signature", "none") }
    let isSame = text.hasPrefix("0x") && Encoding.unhex(Array(text.utf8)) == wanted
    return isSame ? nil : ("0x" + String(decoding: Encoding.hex(wanted), as: UTF8.self), text)
  }

  /// The digest of a message of EIP-191, version 0x45.
  static func personal(_ text: [UInt8]) -> [UInt8]? {
    Keccak256.digest(Array("\u{19}Ethereum Signed Message:\n\(text.count)".utf8) + text)
  }

  /// An address of 40 hexadecimal digits in a word of 32 bytes.
  static func address(_ text: [UInt8]) -> [UInt8]? {
    guard let bytes = Encoding.unhex(text), bytes.count == 20 else { return nil }
    return [UInt8](repeating: 0, count: 12) + bytes
  }

  /// A number times ten to a power, in a word of 32 bytes; nil where that is not whole.
  static func word(_ text: [UInt8], scale: [UInt8]) -> [UInt8]? {
    guard let places = Int(String(decoding: scale, as: UTF8.self)), (0...38).contains(places) else { return nil }
    let sides = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard sides.count <= 2, let whole = sides.first else { return nil }
    let fraction = sides.count == 2 ? Array(sides[1]) : []
    guard fraction.count <= places else { return nil }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: places - fraction.count)
    return Encoding.bigEndian(decimal: whole + fraction + zeros, width: 32)
  }
}
