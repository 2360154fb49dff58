import COpenSSL

/// Keyed digests and their encodings, as a venue checks them: independent of what signs.
enum Signatures {
  static func hmac(_ name: String, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
    guard let algorithm = EVP_get_digestbyname(name) else { return [] }
    var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard HMAC(algorithm, key, Int32(key.count), message, message.count, &output, &count) != nil else { return [] }
    return Array(output[..<Int(count)])
  }

  static func sha256(_ message: [UInt8]) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: 32)
    _ = SHA256(message, message.count, &output)
    return output
  }

  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// - Returns: `nil` for what is no base64 with its padding.
  static func decodeBase64(_ text: String) -> [UInt8]? {
    let input = Array(text.utf8)
    guard input.count % 4 == 0 else { return nil }
    guard !input.isEmpty else { return [] }
    var output = [UInt8](repeating: 0, count: input.count / 4 * 3)
    guard EVP_DecodeBlock(&output, input, Int32(input.count)) >= 0 else { return nil }
    let padding = input.suffix(2).count { $0 == UInt8(ascii: "=") }
    return Array(output.dropLast(padding))
  }

  static func base64(_ bytes: [UInt8]) -> String {
    var output = [UInt8](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 1)
    let count = EVP_EncodeBlock(&output, bytes, Int32(bytes.count))
    return String(decoding: output[..<Int(count)], as: UTF8.self)
  }
}
