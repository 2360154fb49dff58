import Testing

@testable import Vault

/// Damaged replies through what takes tokens out of them: nothing crashes, the length stays, and no token is left.
@Suite struct ReplyFuzzTests {
  private static let token = "tok-0123456789abcdef"
  private static let reply = #"""
    {"data":[{"key":"\#(token)","note":"a\"b\u0041"},{"key":12345678901}],"token":"\#(token)","other":"x\#(token)y"}
    """#
  private static let rules = [
    CaptureRule(path: "/token", slot: 1), CaptureRule(path: "/data/0/key", slot: 2),
    CaptureRule(path: "/data/1/key", slot: 3), CaptureRule(path: "", slot: 4),
  ]

  private func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
    text.indices.contains { text[$0...].starts(with: part) }
  }

  @Test func damagedRepliesKeepTheirLengthAndLoseTheirTokens() {
    var numbers = SealChance(state: 15)
    var taken = 0
    for _ in 0..<5000 {
      var bytes = Array(Self.reply.utf8)
      for _ in 0..<Int.random(in: 0...3, using: &numbers) {
        let place = Int.random(in: 0..<max(1, bytes.count), using: &numbers)
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0 where !bytes.isEmpty: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
        case 1: bytes = Array(bytes.prefix(place))
        case 2: bytes.insert(contentsOf: bytes.suffix(from: min(place, bytes.count)), at: 0)
        default: bytes.insert(Array(#"{}[]",:\"#.utf8)[Int.random(in: 0..<8, using: &numbers)], at: place)
        }
      }
      let count = bytes.count
      let tokens = ReplyCapture.take(Self.rules, from: &bytes)
      #expect(bytes.count == count)
      if !tokens.isEmpty { taken += 1 }
      for token in tokens.values where token.elementsEqual(Self.token.utf8) { #expect(!contains(bytes, token)) }
    }
    #expect(taken > 100, "some are read at all")
  }
}
