import CPatchbay
import Catalog
import Foundation
import Testing

@testable import Transport
@testable import Vault

/// The promise itself: programs of chance over two accounts that differ in their secrets and in nothing that is
/// declared. What a connector gets, and what is decided about the request, is equal.
///
/// `PATCHBAY_SEAL_PROGRAMS` says how many programs, `PATCHBAY_SEAL_SEED` where chance begins.
struct TwoRunTests {
  /// All that a connector, or whoever decides about a request, gets of an evaluation.
  private struct View: Equatable {
    var fault: SealFault?
    var published: [UInt32: [UInt8]] = [:]
    var isURLFit = false
    var isFrameFit = false
    /// What the carrier decides, which has the text itself.
    var isTarget = false
    var isSmall = false
    var isFrameSmall = false
  }

  private static let environment = ProcessInfo.processInfo.environment
  private static let programs = environment["PATCHBAY_SEAL_PROGRAMS"].flatMap { Int($0) } ?? 8000
  private static let seed = environment["PATCHBAY_SEAL_SEED"].flatMap { UInt64($0) } ?? 1

  private static func view(_ account: SealAccount, _ texts: SealTexts) throws -> View {
    var view = View()
    do {
      let request = try evaluate(
        url: texts.url, headers: texts.headers, body: texts.body, account: account, publishesID: texts.publishesID)
      // A transaction's id depends on the key: the one exception, which the act has to name.
      if !texts.publishesID { view.published = request.published }
      let shape = request.shape
      view.isURLFit = (try? SendURL(shape.url, isStream: false)) != nil
      view.isFrameFit = SocketOperation("subscribe")?.fault(in: shape.body) == nil
      let limits = TransportLimits()
      var outgoing = OutgoingRequest()
      (outgoing.url, outgoing.body, outgoing.slack) = (request.url, request.body, request.slack.all)
      outgoing.headers = request.headers.map { ($0.name, $0.value) }
      view.isTarget = VenueURL(request.url) != nil
      view.isSmall = outgoing.textSize <= limits.requestText
      view.isFrameSmall = outgoing.body.count + outgoing.slack <= limits.waitingBytes
    } catch let fault as SealFault {
      view.fault = fault
    }
    return view
  }

  @Test(arguments: [0, 1, 2, 3] as [UInt64]) func twoSecretsAreNotToldApart(part: UInt64) throws {
    var chance = SealChance(state: Self.seed &* 4 &+ part)
    var (passed, hidden, reasons) = (0, 0, Set<String>())
    for index in 0..<Self.programs / 4 {
      let (one, other) = SealAccounts.pair(&chance)
      let texts = SealPrograms.texts(&chance)
      let (first, second) = (try Self.view(one, texts), try Self.view(other, texts))
      guard first == second else {
        Issue.record("program \(index) of part \(part) of seed \(Self.seed): \(texts): \(first), \(second)")
        return
      }
      guard let fault = first.fault else {
        passed += 1
        if texts.usesSecrets { hidden += 1 }
        continue
      }
      reasons.insert(String("\(fault)".prefix(12)))
    }
    let count = Self.programs / 4
    #expect(passed > count / 10 && hidden > count / 40 && reasons.count > 15, "\(passed) \(hidden) \(reasons)")
  }

  /// Checker and evaluator agree: what passes is evaluated, or fails on a value that depends on no secret, and what
  /// comes out is of the type that was foretold. What is refused is refused without an account's secrets being there.
  @Test(arguments: [10, 11] as [UInt64]) func typesHold(part: UInt64) throws {
    var chance = SealChance(state: Self.seed &* 64 &+ part)
    var (values, late) = (0, 0)
    for _ in 0..<Self.programs / 10 {
      let (account, _) = SealAccounts.pair(&chance)
      let ops = SealPrograms.program(&chance)
      var type: SealType?
      var refusal: SealFault?
      try record(url: [], headers: [], body: [.seal(ops)]) { record in
        var checker = SealChecker(form: account.form, slots: account.tokens.types)
        let fact = record.head(as: pb_out_request.self)
        do throws(SealFault) {
          try checker.check(record, url: fact.url, headers: fact.headers, body: fact.body)
          type = checker.results.first
        } catch {
          refusal = error
        }
      }
      do {
        let body = try evaluate(body: [.seal(ops)], account: account).body
        let type = try #require(type, "\(ops)")
        values += 1
        #expect(type.least <= body.count && body.count <= type.greatest, "\(ops) \(body.count) \(type)")
        #expect(ByteSet(body).isSubset(of: type.alphabet), "\(ops)")
        if type.decodes.contains(.hex) { #expect(Encoding.unhex(body) != nil, "\(ops)") }
        if type.decodes.contains(.base64) { #expect(Encoding.unbase64(body) != nil, "\(ops)") }
        if type.decodes.contains(.decimal) { #expect(Encoding.magnitude(body[...]) != nil, "\(ops)") }
      } catch let fault as SealFault {
        if let refusal {
          #expect(fault == refusal)
          continue
        }
        late += 1
        switch fault {
        case .badInput, .controlCharacter, .tooLarge, .tooLong: break
        default: Issue.record("\(ops) passed and failed: \(fault)")
        }
      }
    }
    #expect(values > Self.programs / 100, "\(values) values, \(late) late")
  }
}

struct SealChance: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

/// Pairs of accounts of one declared form.
enum SealAccounts {
  private static let printable = Array(0x20...0x7E) as [UInt8]

  private static func bytes(_ count: Int, _ chance: inout SealChance, _ alphabet: [UInt8]? = nil) -> [UInt8] {
    (0..<count).map { _ in alphabet.map { chance.pick($0) } ?? UInt8(truncatingIfNeeded: chance.next()) }
  }

  private static let keys: [[SigningKey]] = {
    var chance = SealChance(state: 77)
    return [
      (0..<4).compactMap { _ in SigningKey(secp256k1: bytes(32, &chance)) },
      (0..<4).compactMap { _ in SigningKey(ed25519: bytes(32, &chance)) },
    ]
  }()

  private static func field(
    _ form: CredentialForm, _ chance: inout SealChance, isDisclosed: Bool = false
  ) -> SealField {
    let count = form.length.lowerBound + chance.below(form.length.count)
    let value: [UInt8]
    switch form.plain {
    case .hex:
      let hex = Encoding.hex(bytes(count / 2, &chance))
      value = chance.below(2) == 0 ? hex : Array("0x".utf8) + hex.dropFirst(2)
    case .base64: value = Encoding.base64(bytes(count / 4 * 3, &chance))
    case .integer: value = bytes(count, &chance, Array("0123456789".utf8))
    default: value = bytes(count, &chance, printable)
    }
    // What is declared of a secret is all that a check may know, so the secret has to keep to it.
    precondition(form.length.contains(value.count), "\(value.count) bytes, declared are \(form.length)")
    return SealField(value, isSecret: true, isDisclosed: isDisclosed, form: form)
  }

  static func pair(_ chance: inout SealChance) -> (SealAccount, SealAccount) {
    let pool = chance.pick([nil, 0, 1, 0] as [Int?])
    let alphabet = chance.pick(TokenCapture.Alphabet.allCases)
    return (one(pool, alphabet, &chance), one(pool, alphabet, &chance))
  }

  /// Tokens of the declared alphabet: some have all of its bytes, some a few.
  private static func token(_ alphabet: TokenCapture.Alphabet, _ count: Int, _ chance: inout SealChance) -> [UInt8] {
    let own = (0...255).filter { alphabet.bytes.contains($0) }
    return bytes(count, &chance, chance.below(2) == 0 ? own : Array("abcdefgh".utf8))
  }

  private static func one(
    _ pool: Int?, _ alphabet: TokenCapture.Alphabet, _ chance: inout SealChance
  ) -> SealAccount {
    let key = pool.map { chance.pick(keys[$0]) }
    // The public parts of both are those of the form: a public key would tell them apart, as it may.
    let shown = Array("public-id".utf8)
    var slots: [UInt32: [UInt8]] = [:]
    for (slot, count) in [(UInt32(1), 4), (2, 8)] { slots[slot] = token(alphabet, count, &chance) }
    return SealAccount(
      fields: [
        "api_key": SealField(shown, isSecret: false),
        "text": field(CredentialForm(encodings: [.text], length: 1...9), &chance),
        "hex": field(CredentialForm(encodings: [.hex], length: 4...70), &chance),
        "base64": field(CredentialForm(encodings: [.base64], length: 4...90), &chance),
        "number": field(CredentialForm(encodings: [.integer], length: 1...20), &chance),
        "phrase": field(CredentialForm(encodings: [.text], length: 4...6), &chance, isDisclosed: true),
      ], signingKey: key, slots: slots, alphabet: alphabet)
  }
}

/// The texts of a request.
struct SealTexts: CustomStringConvertible {
  var url: [Part]
  var headers: [(String, [Part])]
  var body: [Part]
  var publishesID: Bool

  var description: String { "url \(url), headers \(headers), body \(body), publishes \(publishesID)" }

  private static let secret = [PB_OP_FIELD, PB_OP_SLOT, PB_OP_SIGN]
  var usesSecrets: Bool {
    (url + headers.flatMap(\.1) + body).contains { part in
      guard case .seal(let ops) = part else { return false }
      return ops.contains { Self.secret.contains($0.code) && $0.bytes != Array("api_key".utf8) }
    }
  }
}

/// Programs of chance: most of them plausible, so that they go deep, some with anything in them.
enum SealPrograms {
  private static let codes =
    Array(PB_OP_BYTES...PB_OP_UUID) + Array(PB_OP_STORE...PB_OP_PUBLISH) + Array(PB_OP_HEX...PB_OP_RLP_INTEGER)
    + Array(PB_OP_MD5...PB_OP_RIPEMD160) + Array(PB_OP_HMAC_SHA256...PB_OP_SIGN)
  private static let fields = ["api_key", "text", "hex", "base64", "number", "phrase", "none"]
  private static let literals = ["", "0", "17", "-5", "0xff", "abc", "AAAA", "\"", "a&b", "99999", "{}", "~ \u{0}é"]

  static func texts(_ chance: inout SealChance) -> SealTexts {
    var texts = SealTexts(
      url: [.literal("https://example.test/v1")], headers: [], body: [], publishesID: chance.below(10) == 0)
    if chance.below(4) == 0 {
      let heads = ["/", "?s=", "/a/", "?a=1&s=", "x", ""]
      texts.url += [.literal(chance.pick(heads)), .seal(program(&chance))].filter { part in
        if case .literal("") = part { false } else { true }
      }
      if chance.below(2) == 0 { texts.url += [.literal(chance.pick(["/b", "&z=1", "?q"]))] }
      if chance.below(3) == 0 { texts.url += [.literal("&f=" + filler(&chance))] }
    }
    if chance.below(4) == 0 { texts.headers.append(("X-A", [.seal(program(&chance))])) }
    if chance.below(12) == 0 { texts.headers.append(("X-F", [.literal(filler(&chance))])) }
    let around = chance.pick([
      ("", ""), (#"{"op":"subscribe","x":""#, "\"}"), (#"{"op":"subscribe","x":"#, "}"), ("a=1&s=", "&b=2"),
      (#"{"op":""#, "\"}"),
    ])
    let rest = chance.below(40) == 0 ? filler(&chance) : ""
    let body: [Part] = [.literal(around.0), .seal(program(&chance)), .literal(around.1), .literal(rest)]
    texts.body = body.filter { part in if case .literal("") = part { false } else { true } }
    return texts
  }

  /// As long as the limits are, and a little less: what stands beside it decides.
  private static func filler(_ chance: inout SealChance) -> String {
    String(repeating: "a", count: max(0, chance.pick([4096, 8192, 65_536]) - chance.below(240)))
  }

  static func program(_ chance: inout SealChance) -> [Op] {
    var ops = [source(&chance)]
    var height = 1
    for _ in 0..<chance.below(9) {
      if chance.below(30) == 0 {
        ops.append(anything(&chance))
        continue
      }
      switch chance.below(10) {
      case 0, 1:
        ops.append(source(&chance))
        height += 1
      case 2 where height > 1:
        ops.append(Op(PB_OP_CONCAT, height))
        height = 1
      case 3 where height > 1:
        ops.append(Op(PB_OP_HMAC_SHA256 + chance.below(3)))
        height -= 1
      case 4: ops += [Op(PB_OP_SHA256), Op(PB_OP_SIGN, chance.pick([1, 4, 5, 6, 4]), chance.pick([0, 27, 300]))]
      case 5: ops += sign(&chance)
      case 6: ops.append(Op(PB_OP_MD5 + chance.below(8)))
      default: ops.append(encoding(&chance))
      }
    }
    if height > 1 { ops.append(Op(PB_OP_CONCAT, height)) }
    if chance.below(3) > 0 { ops.append(Op(chance.pick([PB_OP_HEX, PB_OP_BASE64, PB_OP_BASE64URL]))) }
    if chance.below(6) == 0 { ops.append(Op(PB_OP_PUBLISH, chance.below(17))) }
    return ops
  }

  /// The numbers of a signature, as a transaction has them.
  private static func sign(_ chance: inout SealChance) -> [Op] {
    let (first, count) = chance.pick([(0, 32), (32, 32), (64, 1), (0, 64), (0, 31), (1, 32)])
    return [
      Op(PB_OP_KECCAK256), Op(PB_OP_SIGN, PB_SIGN_SECP256K1_RECOVERABLE, 27), Op(PB_OP_STORE, 1),
      Op(PB_OP_SLICE, first, count), Op(PB_OP_BE_TO_DEC), Op(PB_OP_RLP_INTEGER),
    ]
  }

  private static func source(_ chance: inout SealChance) -> Op {
    switch chance.below(10) {
    case 0, 1, 2, 3: .field(chance.pick(fields))
    case 4: Op(PB_OP_SLOT, 0, 1 + chance.below(3))
    case 5: Op(chance.pick([PB_OP_TIME_MS, PB_OP_UUID, PB_OP_COUNTER]))
    case 6: chance.below(3) == 0 ? Op(PB_OP_LOAD, chance.below(3)) : Op(PB_OP_NONCE, 2)
    case 7: Op(PB_OP_RANDOM_HEX, 8)
    default: .push(chance.pick(literals))
    }
  }

  private static func encoding(_ chance: inout SealChance) -> Op {
    let code = PB_OP_HEX + chance.below(PB_OP_RLP_INTEGER - PB_OP_HEX + 1)
    switch code {
    case PB_OP_PERCENT: return Op(code, 1 + chance.below(2))
    case PB_OP_DEC_TO_BE: return Op(code, chance.pick([1, 2, 8, 9, 16, 32, 64]))
    case PB_OP_PAD_LEFT: return Op(code, chance.pick([4, 9, 20, 32, 64, 70, 90, 300]), chance.pick([0, 48]))
    case PB_OP_LENGTH_PREFIX: return Op(code, 1 + chance.below(5))
    default: return chance.below(4) == 0 ? Op(PB_OP_SLICE, chance.below(4), chance.below(6)) : Op(code)
    }
  }

  private static func anything(_ chance: inout SealChance) -> Op {
    let arguments = [0, 1, 2, 3, 4, 5, 7, 8, 16, 32, 64, 65, 255, 65_535]
    let wide = [0, 1, 5, 27, 32, 64, 255, 256, 4_294_967_295]
    let code = chance.below(8) == 0 ? chance.below(65_536) : chance.pick(codes)
    var op = Op(code, chance.pick(arguments), chance.pick(wide))
    if chance.below(2) == 0 { op.bytes = Array(chance.pick(fields + literals).utf8) }
    return op
  }
}
