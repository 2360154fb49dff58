import CHost
import Foundation

/// Secrets that stand nowhere else, and the ways in which they could be written down.
enum Planted {
  static let password = "Plt-pass-word-Zw81Qk55-end"
  static let shared = "Plt0shared1secret2Vx73Jm19aQ=="
  static let other = "Plt/an+other/shared<secret>&Ht62Rb48"
  /// RFC 8032's seed of test 3, and the key of EIP-155's example turned round, which nothing else here uses.
  static let edwards = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"
  static let curve = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
  static let words = "legal winner thank year wave sausage worth useful legal winner thank yellow"

  /// Everything that must not be found: texts as they were given, and the numbers that keys in hexadecimal digits mean.
  static var needles: [(name: String, bytes: [UInt8])] {
    let texts = [password, shared, other, edwards, curve, words].map { Array($0.utf8) }
    let numbers = [edwards, curve].map { text -> [UInt8] in
      stride(from: 0, to: text.utf8.count, by: 2).compactMap { UInt8(text.dropFirst($0).prefix(2), radix: 16) }
    }
    return (texts + numbers).enumerated().flatMap { index, secret in
      forms(secret).map { ("secret \(index) \($0.name)", $0.bytes) }
    }
  }

  static func forms(_ secret: [UInt8]) -> [(name: String, bytes: [UInt8])] {
    let hex = secret.map { String(format: "%02x", $0) }.joined()
    let encoded = secret.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain = byte < 0x80 && (CharacterSet.alphanumerics.contains(scalar) || "-_.~".utf8.contains(byte))
      return isPlain ? String(scalar) : String(format: "%%%02X", byte)
    }.joined()
    var forms: [(String, [UInt8])] = [
      ("as it is", secret), ("reversed", secret.reversed()), ("in hex", Array(hex.utf8)),
      ("in upper hex", Array(hex.uppercased().utf8)), ("percent-encoded", Array(encoded.utf8)),
      ("as a list", Array(secret.map { "\($0)" }.joined(separator: ", ").utf8)),
    ]
    // In base64 a text looks different at each of three places in a larger one; its edges depend on the neighbours.
    for shift in 0..<3 {
      let text = Data([UInt8](repeating: 0, count: shift) + secret).base64EncodedString()
      let inner = text.dropFirst([0, 2, 3][shift]).dropLast(4)
      forms.append(("in base64 at \(shift)", Array(inner.utf8)))
      let url = inner.replacing("+", with: "-").replacing("/", with: "_")
      forms.append(("in base64url at \(shift)", Array(url.utf8)))
    }
    return forms
  }

  /// Which of them stand in a text.
  static func found(in text: [UInt8]) -> [String] {
    needles.filter { contains(text, $0.bytes) }.map(\.name)
  }

  /// The files below a folder, by their paths in it.
  static func files(below folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    chost_contains(text, text.count, part, part.count) == 1
  }
}
