import COpenSSL

/// SHA-256 as manifests and configurations write it: 64 hexadecimal digits in lower case.
public enum SHA256Hex {
  public static func of(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: 32)
    _ = SHA256(bytes, bytes.count, &digest)
    return hex(digest)
  }

  public static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Of what is still to be read from a descriptor, in pieces; `nil` where it cannot be read.
  /// - Parameters:
  ///   - count: the bytes to read; ending before is a failure.
  ///   - each: is given every piece.
  public static func of(
    count: Int, read: (UnsafeMutableRawBufferPointer) -> Int, each: (UnsafeRawBufferPointer) -> Bool = { _ in true }
  ) -> String? {
    guard let context = EVP_MD_CTX_new() else { return nil }
    defer { EVP_MD_CTX_free(context) }
    guard EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else { return nil }
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    defer { piece.deallocate() }
    var left = count
    while left > 0 {
      let got = read(UnsafeMutableRawBufferPointer(rebasing: piece[..<min(left, piece.count)]))
      guard got > 0, got <= left, EVP_DigestUpdate(context, piece.baseAddress, got) == 1,
        each(UnsafeRawBufferPointer(rebasing: piece[..<got]))
      else { return nil }
      left -= got
    }
    var digest = [UInt8](repeating: 0, count: 32)
    guard EVP_DigestFinal_ex(context, &digest, nil) == 1 else { return nil }
    return hex(digest)
  }
}
