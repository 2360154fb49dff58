import SeededNumbers
import Testing

@testable import Minisign

/// Random damage to right files: nothing crashes, and nothing that differs where it counts is taken.
@Suite struct FuzzTests {
  @Test func damagedSignaturesAreNeverTaken() throws {
    var numbers = SplitMix(state: 15)
    let key = try seeded(1)
    let right = Array(try key.sign(message, trustedComment: "timestamp:1").file.utf8)
    let whole = try Signature(file: right)
    var parsed = 0
    for round in 0..<3000 {
      let bytes = damaged(right, &numbers)
      guard let signature = try? Signature(file: bytes) else { continue }
      parsed += 1
      let isSame = signature.key == whole.key && signature.signature == whole.signature
        && signature.whole == whole.whole && signature.trustedComment == whole.trustedComment
        && signature.algorithm == whole.algorithm
      let isTaken = fault { try signature.verify(message, by: key.publicKey) } == nil
      #expect(isTaken == isSame, "round \(round)")
    }
    #expect(parsed > 100, "some get as far as the signature")
  }

  @Test func randomKeysAreRefusedOrKept() throws {
    var numbers = SplitMix(state: 16)
    let right = Array(try seeded(2).publicKey.file.utf8)
    for _ in 0..<2000 {
      let text = String(decoding: damaged(right, &numbers), as: UTF8.self)
      if let key = try? PublicKey(text) { #expect(try PublicKey("\(key)") == key) }
      _ = try? SecretKey(file: text) { nil }
    }
  }

  private func damaged(_ bytes: [UInt8], _ numbers: inout SplitMix) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &numbers) {
      let place = Int.random(in: 0..<max(1, bytes.count), using: &numbers)
      switch Int.random(in: 0..<6, using: &numbers) {
      case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
      case 1 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
      case 2 where !bytes.isEmpty: bytes.remove(at: place)
      case 3: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &numbers), at: min(place, bytes.count))
      case 4: bytes = Array(bytes.prefix(place))
      default: bytes += bytes.suffix(Int.random(in: 0...20, using: &numbers))
      }
    }
    return bytes
  }
}
