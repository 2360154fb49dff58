import CPatchbay
import Testing

@testable import Vault

/// Programs of chance.
enum RandomPrograms {
  private static let codes =
    Array(PB_OP_BYTES...PB_OP_ADDRESS) + Array(PB_OP_STORE...PB_OP_PUBLISH) + Array(PB_OP_HEX...PB_OP_RLP_INTEGER)
    + Array(PB_OP_MD5...PB_OP_RIPEMD160) + Array(PB_OP_HMAC_SHA256...PB_OP_SIGN)
  static let secretText = "the-secret-of-the-random-programs"
  static let keyDigits = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
  private static let texts = ["", "0", "17", "-5", "0xff", "abc", "dydx", "api_key", "secret_key", "AAAA", "~ \u{0}é"]

  private static func op(_ chance: inout SealChance) -> Op {
    let isKnown = Int.random(in: 0..<50, using: &chance) > 0
    let code = isKnown ? Self.codes.randomElement(using: &chance) ?? 0 : Int.random(in: 0...65_535, using: &chance)
    let arguments = [0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64, 65, 255, 65_535]
    let wide = [0, 1, 5, 27, 32, 64, 255, 256, 4_294_967_295]
    var op = Op(
      code, arguments.randomElement(using: &chance) ?? 0, wide.randomElement(using: &chance) ?? 0,
      offset: Bool.random(using: &chance) ? 0 : Int64(bitPattern: chance.next()))
    let text = code == PB_OP_FIELD ? "secret_key" : Self.texts.randomElement(using: &chance) ?? ""
    op.bytes = Int.random(in: 0..<8, using: &chance) == 0 ? [] : Array(text.utf8)
    return op
  }

  /// One program: mostly short, and sometimes ending as a signature does.
  static func program(_ chance: inout SealChance) -> [Op] {
    var ops = [Op.push(Self.texts.randomElement(using: &chance) ?? ""), op(&chance)]
    for _ in 0..<Int.random(in: 0..<6, using: &chance) { ops.append(op(&chance)) }
    switch Int.random(in: 0..<4, using: &chance) {
    case 0: ops += [Op(PB_OP_CONCAT, 2), Op(PB_OP_KECCAK256), Op(PB_OP_SIGN, Int.random(in: 3...7, using: &chance))]
    case 1: ops += [Op(PB_OP_SHA256), Op(PB_OP_SIGN, 4), Op(PB_OP_SLICE, 64, 1), Op(PB_OP_BE_TO_DEC)]
    default: break
    }
    return ops
  }
}

/// Whatever a connector writes, evaluation gives a value or a fault, and no secret stands in what leaves.
struct RandomProgramTests {
  @Test(arguments: [1, 2, 3, 4]) func anyProgramEndsAndRevealsNothing(seed: UInt64) throws {
    var chance = SealChance(state: seed)
    let key = try #require(Encoding.unhex(Array(RandomPrograms.keyDigits.utf8)))
    let account = SealAccount(
      fields: [
        "api_key": SealField(Array("public".utf8), isSecret: false),
        "secret_key": SealField(Array(RandomPrograms.secretText.utf8), isSecret: true),
      ],
      signingKey: SigningKey(secp256k1: key), slots: [1: Array("token".utf8)])
    let hidden =
      needles([RandomPrograms.secretText]).map { Array($0.utf8) }
      + [key, Array(RandomPrograms.keyDigits.utf8), key.reversed()]
    var (values, signatures) = (0, 0)
    for _ in 0..<4000 {
      let ops = RandomPrograms.program(&chance)
      let request: EvaluatedRequest
      do {
        request = try evaluate(body: [.seal(ops)], account: account)
      } catch is SealFault {
        continue
      }
      values += 1
      if ops.contains(where: { $0.code == PB_OP_SIGN }) { signatures += 1 }
      // A digest of the secret may leave, and is among the needles' forms; what is published may not hold even that.
      let leaving = [request.body] + request.published.values
      let reveals = leaving.contains { text in
        hidden.contains { Self.mayNotLeave($0, RandomPrograms.secretText) && HeaderRule.contains(text, $0) }
      }
      #expect(!reveals, "\(ops)")
    }
    #expect(values > 200 && signatures > 50, "\(values) values, \(signatures) with signatures")
  }

  /// Digests of the secret may leave; everything else among the needles may not.
  private static func mayNotLeave(_ needle: [UInt8], _ secret: String) -> Bool {
    let digest = Digest.sha256(Array(secret.utf8)) ?? []
    return needle != Encoding.hex(digest) && needle != Encoding.base64(digest)
  }
}
