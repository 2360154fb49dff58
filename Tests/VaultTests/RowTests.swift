import CPatchbay
import Testing

@testable import Vault

/// Each row of the checker's table by itself: with a row that lets everything through in its place, a program passes
/// that the table stops, and where the row keeps secrets from being told apart, two secrets are told apart.
struct RowTests {
  private static let piece = [
    Op.push("x"), Op(PB_OP_KECCAK256), Op(PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE), Op(PB_OP_SLICE, 64, 1),
  ]
  private static let hashed = [Op(PB_OP_SHA256), Op(PB_OP_HEX)]
  private static let edwards = Op(PB_OP_SIGN, PB_SIGN_ED25519)

  /// Programs that would fail for one secret and not for another, or publish something of it, by the row that stops
  /// them.
  private static let telling: [(code: Int, program: [Op])] = [
    (PB_OP_FIELD, [.field("text"), Op(PB_OP_PUBLISH)]),
    (PB_OP_SLOT, [Op(PB_OP_SLOT, 0, 1), Op(PB_OP_PUBLISH)]),
    (PB_OP_UNHEX, [.field("text"), Op(PB_OP_UNHEX)] + hashed),
    (PB_OP_UNBASE64, [.field("text"), Op(PB_OP_UNBASE64)] + hashed),
    (PB_OP_DEC_TO_BE, [.field("number"), Op(PB_OP_DEC_TO_BE, 4)] + hashed),
    (PB_OP_BE_TO_DEC, [.field("hex"), Op(PB_OP_BE_TO_DEC)] + hashed),
    (PB_OP_PAD_LEFT, [.field("text"), Op(PB_OP_PAD_LEFT, 4)] + hashed),
    (PB_OP_RLP_INTEGER, [.field("text"), Op(PB_OP_RLP_INTEGER)] + hashed),
    (PB_OP_SLICE, [.field("text"), Op(PB_OP_SLICE, 4, 1)] + hashed),
    (PB_OP_PUBLISH, [.field("text"), Op(PB_OP_SHA256), Op(PB_OP_PUBLISH), Op(PB_OP_HEX)]),
    (PB_OP_HMAC_SHA256, [.push("m"), .field("text"), Op(PB_OP_HMAC_SHA256), Op(PB_OP_PUBLISH), Op(PB_OP_HEX)]),
    (PB_OP_SIGN, [.push("x"), edwards, Op(PB_OP_PUBLISH), Op(PB_OP_HEX)]),
  ]

  /// Programs that would let few bits of a signature be tried out.
  private static let trying: [(code: Int, program: [Op])] =
    (PB_OP_MD5...PB_OP_RIPEMD160).map { ($0, piece + [Op($0), Op(PB_OP_HEX)]) }
    + (PB_OP_HMAC_SHA256...PB_OP_HMAC_SHA512).map { ($0, [.push("m")] + piece + [Op($0), Op(PB_OP_HEX)]) }
    + [(PB_OP_SIGN, [.push("x"), edwards, Op(PB_OP_SLICE, 0, 32), edwards, Op(PB_OP_HEX)])]

  /// The value as one that depends on no secret.
  @Sendable private static func open(_ value: SealType) -> SealType {
    var value = value
    (value.kind, value.parts, value.decodes) = (.clean, [], [.hex, .base64, .decimal])
    (value.bare, value.signature) = (SealSources(), nil)
    return value
  }

  /// The table with one row that takes anything, and for values that depend on a secret says what it says for others.
  private static func table(without code: Int) -> [SealRule?] {
    var table = SealRule.table
    guard let rule = table[code] else { return table }
    let result: SealRule.Result =
      switch rule.result {
      case .source(let type): .source { call throws(SealFault) in open(try type(call)) }
      case .one(let type): .one { value, call throws(SealFault) in open(try type(open(value), call)) }
      case .keyed(let type):
        .keyed { message, key throws(SealFault) in open(try type(open(message), open(key))) }
      case .arranged: .one { value, _ in value }
      }
    table[code] = SealRule(code, rule.name, rule.takes, rule.gives, result)
    return table
  }

  private func outcome(_ program: [Op], _ account: SealAccount, _ table: [SealRule?]) throws -> String {
    try record(url: [.literal("https://example.test/")], headers: [], body: [.seal(program)]) { record in
      var evaluator = SealEvaluator(account: account, clock: FixedSealClock(time: 1_700_000_000_123_456_789))
      evaluator.table = table
      do throws(SealFault) {
        return "published \(try evaluator.evaluate(request: record).published)"
      } catch {
        return "\(error)"
      }
    }
  }

  private func accounts(_ program: [Op], _ chance: inout SealChance) -> (SealAccount, SealAccount) {
    let wanted: SigningKey.Algorithm? =
      program.contains { $0.code == PB_OP_SIGN && $0.arg == PB_SIGN_ED25519 }
      ? .ed25519 : program.contains { $0.code == PB_OP_SIGN } ? .secp256k1 : nil
    while true {
      let pair = SealAccounts.pair(&chance)
      if wanted == nil || pair.0.signingKey?.algorithm == wanted { return pair }
    }
  }

  @Test(arguments: telling.indices) func aRowKeepsSecretsFromBeingToldApart(index: Int) throws {
    let (code, program) = Self.telling[index]
    let (whole, open) = (SealRule.table, Self.table(without: code))
    var chance = SealChance(state: UInt64(index) &+ 5)
    var isToldApart = false
    for _ in 0..<200 {
      let (one, other) = accounts(program, &chance)
      let refusal = try outcome(program, one, whole)
      #expect(try outcome(program, other, whole) == refusal && !refusal.hasPrefix("published"), "\(refusal)")
      if try outcome(program, one, open) != outcome(program, other, open) { isToldApart = true }
    }
    #expect(isToldApart, "without its row, \(SealRule.table[code]?.name ?? "") tells nothing")
  }

  @Test(arguments: trying.indices) func aRowKeepsPiecesOfSignaturesFromBeingTried(index: Int) throws {
    let (code, program) = Self.trying[index]
    var chance = SealChance(state: 3)
    let (account, _) = accounts(program, &chance)
    let refusal = try outcome(program, account, SealRule.table)
    #expect(!refusal.hasPrefix("published"))
    #expect(try outcome(program, account, Self.table(without: code)) != refusal)
  }
}
