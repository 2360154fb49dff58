import CPatchbay
import Catalog
import Testing

@testable import Vault

/// What stands where an act has its secrets, and what it may be made of.
struct SealedValueTests {
  private static let mac: [Op] = [.push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_HEX)]

  private func body(_ ops: [Op]) -> Send {
    Send(
      act: "balances", url: [.literal("https://api.example.com/v1/balances")],
      headers: [("Content-Type", [.literal("application/x-www-form-urlencoded")])],
      body: [.literal("a=1&sign="), .seal(ops)])
  }

  /// Some take a semicolon for the end of a parameter.
  @Test(arguments: [";quantity=5;", "&quantity=5&", " ", "\"", "<", "#"]) func aSealedValueOfAFormHasNothingThatEndsIt(
    text: String
  ) throws {
    let bench = try GuardBench()
    #expect(try bench.refusal(body([.push(text)] + Self.mac + [Op(PB_OP_CONCAT, 2)])) != nil)
    #expect(try bench.refusal(body([.push("0x")] + Self.mac + [Op(PB_OP_CONCAT, 2)])) == nil)
  }

  // MARK: Tokens

  /// Where a token may stand, and what may be done with it, is the same for all tokens of a capture.
  @Test(arguments: TokenCapture.Alphabet.allCases) func aTokensBytesDecideNothing(alphabet: TokenCapture.Alphabet)
    throws
  {
    let programs: [[Op]] = [
      [Op(PB_OP_SLOT, 0, 1)], [Op(PB_OP_SLOT, 0, 1), Op(PB_OP_PERCENT, PB_PERCENT_COMPONENT)],
      [Op(PB_OP_SLOT, 0, 1), Op(PB_OP_PERCENT, PB_PERCENT_COMPONENT), Op(PB_OP_PAD_LEFT, 20, 48)],
      [Op(PB_OP_SLOT, 0, 1), Op(PB_OP_JSON_ESCAPE)], [Op(PB_OP_SLOT, 0, 1), Op(PB_OP_HEX)],
      [Op(PB_OP_SLOT, 0, 1), Op(PB_OP_UNBASE64), Op(PB_OP_HEX)],
    ]
    for ops in programs {
      for head in ["https://a.test/", "https://a.test/?s="] {
        var seen: Set<String> = []
        for token in ["abcdefgh", "abcd-_gh", "ab+/e.g=", "a b\"c;&h"] {
          let account = SealAccount(fields: [:], slots: [1: Array(token.utf8)], alphabet: alphabet)
          // One that is not of the declared alphabet is not there at all.
          guard account.tokens.bytes[1] != nil else { continue }
          do {
            _ = try evaluate(url: [.literal(head), .seal(ops)], account: account)
            seen.insert("left")
          } catch let fault as SealFault {
            seen.insert("\(fault)")
          }
        }
        #expect(seen.count == 1, "\(alphabet) \(ops) \(seen)")
      }
    }
    let all = ["abcdefgh", "ab+/e.g=", "a b\"c;&h"].map { text in
      SealAccount(fields: [:], slots: [1: Array(text.utf8)], alphabet: alphabet).tokens.bytes[1] != nil
    }
    #expect(all == [true, alphabet != .word, alphabet == .printable])
  }

  /// A token that its capture does not declare is masked, and not kept.
  @Test func aTokenOfAnotherAlphabetIsNotKept() throws {
    let bench = try GuardBench()
    let ask = Send(method: PB_METHOD_POST, act: "token", url: [.literal("https://api.example.com/v1/token")])
    let use = Send(
      act: "balances",
      url: [.literal("https://api.example.com/v1/balances?q="), .seal([Op(PB_OP_SLOT, 0, 3)])])
    var reply = Array(#"{"result":{"token":"a token; of \"words\""}}"#.utf8)
    try bench.resolve(ask).capture(&reply)
    #expect(!String(decoding: reply, as: UTF8.self).contains("words"))
    #expect(try bench.refusal(use) == .seal(.emptySlot(number: 3)))
    reply = Array(#"{"result":{"token":"dG9rZW4+Lw=="}}"#.utf8)
    try bench.resolve(ask).capture(&reply)
    #expect(try bench.refusal(use) == nil)
  }
}
