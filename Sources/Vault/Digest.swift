import COpenSSL

/// Digests and keyed digests.
public enum Digest: String, Sendable, CaseIterable {
  case md5 = "MD5"
  case sha1 = "SHA1"
  case sha256 = "SHA256"
  case sha384 = "SHA384"
  case sha512 = "SHA512"
  case ripemd160 = "RIPEMD160"

  /// The digest of a message; nil when the crypto library does not offer it.
  public func callAsFunction(_ message: [UInt8]) -> [UInt8]? {
    guard let algorithm = EVP_MD_fetch(nil, rawValue, nil) else { return nil }
    defer { EVP_MD_free(algorithm) }
    var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    guard EVP_Digest(message, message.count, &output, &count, algorithm, nil) == 1 else { return nil }
    return Array(output[..<Int(count)])
  }

  /// RFC 2104.
  public func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8]? {
    guard let algorithm = EVP_MD_fetch(nil, rawValue, nil) else { return nil }
    defer { EVP_MD_free(algorithm) }
    // It may be a key itself.
    var output = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    defer { output.wipe() }
    var count: UInt32 = 0
    guard HMAC(algorithm, key, Int32(key.count), message, message.count, &output, &count) != nil else { return nil }
    return Array(output[..<Int(count)])
  }
}

/// Keccak-256 as chains use it: the competition's padding (0x01), which is not that of SHA3-256.
public enum Keccak256 {
  private static let rate = 136

  public static func digest(_ message: [UInt8]) -> [UInt8] {
    var state = [UInt64](repeating: 0, count: 25)
    var padded = message
    padded.append(0x01)
    padded.append(contentsOf: repeatElement(0, count: (rate - padded.count % rate) % rate))
    padded[padded.count - 1] |= 0x80
    var start = 0
    while start < padded.count {
      for lane in 0..<rate / 8 {
        for byte in 0..<8 { state[lane] ^= UInt64(padded[start + lane * 8 + byte]) << UInt64(8 * byte) }
      }
      permute(&state)
      start += rate
    }
    return (0..<32).map { UInt8(truncatingIfNeeded: state[$0 / 8] >> UInt64(8 * ($0 % 8))) }
  }

  /// Keccak-f[1600], FIPS 202 section 3.3.
  private static func permute(_ a: inout [UInt64]) {
    var lfsr: UInt8 = 1
    for _ in 0..<24 {
      var parity = [UInt64](repeating: 0, count: 5)
      for x in 0..<5 { parity[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] }
      for index in 0..<25 { a[index] ^= parity[(index + 4) % 5] ^ rotate(parity[(index + 1) % 5], 1) }
      var (x, y, lane) = (1, 0, a[1])
      for step in 0..<24 {
        (x, y) = (y, (2 * x + 3 * y) % 5)
        let moved = a[x + 5 * y]
        a[x + 5 * y] = rotate(lane, (step + 1) * (step + 2) / 2 % 64)
        lane = moved
      }
      for row in stride(from: 0, to: 25, by: 5) {
        let old = Array(a[row..<row + 5])
        for x in 0..<5 { a[row + x] = old[x] ^ (~old[(x + 1) % 5] & old[(x + 2) % 5]) }
      }
      for bit in 0..<7 {
        if lfsr & 1 != 0 { a[0] ^= 1 << UInt64((1 << bit) - 1) }
        lfsr = lfsr & 0x80 != 0 ? lfsr << 1 ^ 0x71 : lfsr << 1
      }
    }
  }

  private static func rotate(_ value: UInt64, _ count: Int) -> UInt64 {
    count == 0 ? value : value << UInt64(count) | value >> UInt64(64 - count)
  }
}
