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
          #expect(keyed.hmac(message, key: key, digest) == digest.hmac(message, key: key))
        }
      }
    }
  }
}
