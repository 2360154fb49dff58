import Testing

@testable import Vault

/// A key that comes again gives what it gave, whatever was hashed with it or with others meanwhile.
@Suite struct KeyedDigestTests {
  @Test func keysThatComeAgainGiveTheSame() {
    let keyed = KeyedDigests()
    // More than are kept, and two of which one begins like the other.
    let keys: [[UInt8]] = [[9], Array("key".utf8), Array("key-2".utf8), [UInt8](repeating: 7, count: 200), [0], [0, 0]]
    for round in 0..<40 {
      for (index, key) in keys.enumerated() where (round + index) % 3 != 0 {
        let message = [UInt8](repeating: UInt8(truncatingIfNeeded: round), count: round * 11 % 300)
        for digest in [Digest.sha256, .sha384, .sha512] {
          #expect(hmac(keyed, message, key, digest) == digest.hmac(message, key: key))
        }
      }
    }
  }

  private func hmac(_ keyed: KeyedDigests, _ message: [UInt8], _ key: [UInt8], _ digest: Digest) -> [UInt8]? {
    let output = message.withUnsafeBytes { message in
      key.withUnsafeBytes { keyed.hmac(message, key: $0, digest) }
    }
    var bytes: [UInt8] = []
    output?.withBytes { bytes = Array($0) }
    return output == nil ? nil : bytes
  }
}
