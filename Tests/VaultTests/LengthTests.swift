import CPatchbay
import Catalog
import Testing
import Transport

@testable import Vault

/// Lengths of what depends on a secret decide nothing, whatever filler stands beside it.
struct LengthTests {
  private static let phrases = (0..<24).map { "phrase-number-\($0)" }

  /// A guard over an account with a secret, whose digest has a length of its own when percent-encoded.
  private func refusal(_ secret: String, _ send: Send) throws -> (refusal: SendRefusal?, request: EvaluatedRequest?) {
    let bench = try GuardBench()
    bench.guarding.add(
      account: 1, try bench.load(["api_key": GuardBench.apiKey, "secret_key": secret, "passphrase": GuardBench.phrase]))
    do {
      return (nil, try bench.resolve(send).request)
    } catch let refusal as SendRefusal {
      return (refusal, nil)
    }
  }

  private static let mac: [Op] = [.push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256)]
  /// Each with its own length for each secret.
  private static let uneven: [[Op]] = [
    mac + [Op(PB_OP_PERCENT, PB_PERCENT_COMPONENT)], mac + [Op(PB_OP_BE_TO_DEC)],
    [.field("passphrase"), Op(PB_OP_PERCENT, PB_PERCENT_COMPONENT)],
  ]

  private func url(_ filler: Int, _ ops: [Op]) -> Send {
    let head = "https://api.example.com/v1/balances?x="
    let text = head + String(repeating: "a", count: max(0, filler - head.utf8.count - 3)) + "&q="
    return Send(act: "balances", url: [.literal(text), .seal(ops)])
  }

  @Test(arguments: 0..<3) func fillerBesideAnUnevenValueSaysNothing(which: Int) throws {
    let ops = Self.uneven[which]
    var left = 0
    let fillers = Array(stride(from: 3980, through: 4100, by: 3)) + Array(stride(from: 8090, through: 8192, by: 3))
    for filler in [100, 2000] + fillers {
      var decisions: Set<Bool> = []
      for phrase in Self.phrases.prefix(8) {
        let (refusal, request) = try refusal(phrase, url(filler, ops))
        decisions.insert(refusal == nil)
        guard let request else {
          #expect(refusal == .seal(.tooLong), "\(filler)")
          continue
        }
        left += 1
        #expect(VenueURL(request.url) != nil, "what the guard lets go is short enough for the carrier")
        #expect(request.url.count + request.slack.all >= request.url.count)
      }
      #expect(decisions.count == 1, "\(filler) bytes beside it tell how long it is")
    }
    #expect(left > 0)
  }

  /// The same of headers, whose names count as well, and of bodies.
  @Test func headersAndBodiesSayNothingEither() throws {
    for size in stride(from: 3900, through: 4100, by: 5) {
      var decisions: Set<Bool> = []
      for phrase in Self.phrases.prefix(8) {
        let send = Send(
          act: "balances", url: [.literal("https://api.example.com/v1/balances")],
          headers: [
            ("X-Key", [.literal(String(repeating: "k", count: size))]), ("X-A", [.seal(Self.uneven[0])]),
          ])
        decisions.insert(try refusal(phrase, send).refusal == nil)
      }
      #expect(decisions.count == 1, "\(size)")
    }
  }

  /// What has one length whatever the secret is may stand in a URL as long as any.
  @Test func evenValuesStandInLongURLs() throws {
    let hex = Self.mac + [Op(PB_OP_HEX)]
    #expect(try refusal(Self.phrases[0], url(8192 - 64, hex)).refusal == nil)
    #expect(try refusal(Self.phrases[0], url(8192 - 63, hex)).refusal == .seal(.tooLong))
    func carrier(_ count: Int) -> VenueURL? { VenueURL("https://a.b/" + String(repeating: "x", count: count - 12)) }
    #expect(carrier(SealLimits.url) != nil && carrier(SealLimits.url + 1) == nil)
  }

  /// A proof that holds for literals of any length must not refuse short ones.
  @Test func programsThatWereCheckedForAnyLiteralPassWithShortOnes() throws {
    let bench = try GuardBench()
    let token = [
      Op.push("{\"alg\":\"ES256\"}"), .push("."), .push("m"), .field("secret_key"), Op(PB_OP_HMAC_SHA256),
      Op(PB_OP_BASE64URL), Op(PB_OP_CONCAT, 3), Op(PB_OP_PERCENT, PB_PERCENT_COMPONENT),
    ]
    for _ in 0..<3 { #expect(try bench.refusal(url(200, token)) == nil) }
  }
}
