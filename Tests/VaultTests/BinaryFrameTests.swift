import CPatchbay
import Catalog
import Foundation
import Testing

@testable import ConnectorKit
@testable import Vault

/// Frames that are messages of Protocol Buffers: which fields they may have, and where a signature may stand in them.
struct BinaryFrameTests {
  private func fault(_ operation: String, _ bytes: [UInt8], hasTexts: Bool = false) throws -> String? {
    try #require(SocketOperation(operation, hasTexts: hasTexts)).fault(in: bytes)
  }

  @Test func aHeartbeatHasItsFieldsAndNoOthers() throws {
    for bytes: [UInt8] in [
      [0x22, 2, 8, 1], [0x22, 2, 0x10, 1], [0x22, 4, 8, 1, 0x10, 1], [0x22, 5, 8, 1, 0x10, 0x80, 1], [0x22, 0],
    ] { #expect(try fault("<4{1,2}>", bytes) == (bytes.count == 2 ? "it is no message of these fields" : nil)) }
  }

  @Test(arguments: [
    [], [0x22], [0x22, 3, 8, 1], [0x22, 2, 8, 1, 0], [0x22, 4, 8, 1, 8, 1], [0x22, 2, 8, 1, 0x22, 2, 8, 1],
    [0x0A, 2, 8, 1], [0x22, 2, 0x18, 1], [0x22, 3, 8, 0x81, 0], [0xA2, 0, 2, 8, 1], [0x22, 3, 0x0A, 1, 0x41],
    [0x20, 1], [0x22, 2, 9, 1], [0x22, 2, 8, 1, 0x2A, 0], [0x22, 0x82, 0, 8, 1], [2, 1], [0x23, 0x24],
  ] as [[UInt8]]) func otherMessagesAreNoHeartbeat(bytes: [UInt8]) throws {
    #expect(try fault("<4{1,2}>", bytes) != nil)
  }

  /// What could be read as an order names its market by a field below four, whose tag cannot be printed.
  @Test func aTextIsPrinted() throws {
    let login: [UInt8] = [0x0A, 3] + Array("key".utf8) + [0x12, 4] + Array("sign".utf8) + [0x18, 5]
    #expect(try fault("<1,2,3>", login, hasTexts: true) == nil)
    #expect(try fault("<1,2,3>", login) != nil, "of nobody's account are numbers alone")
    let order: [UInt8] = [0x0A, 6, 8, 1, 0x18, 6, 0x28, 1]
    #expect(try fault("<1,2,3>", order, hasTexts: true) != nil)
    #expect(try fault("<1,2,3>", [0x0A, 129] + [UInt8](repeating: 0x41, count: 129), hasTexts: true) != nil)
  }

  @Test(arguments: ["<>", "<0>", "<1", "<1,>", "<1,1>", "<1{}>", "<1{2>", "<1}>", "<a>", "< 1>", "<1000>", "<01>"])
  func otherTextsNameNoFields(text: String) { #expect(SocketOperation(text) == nil) }

  private static let manifest = """
    {"id": "example", "name": "Example", "type": "CLOB", "markets": {"spot": {"connector": "example"}},
     "version": "0.1.0", "abi": {"revision": 1}, "library": "libexample.so", "extensions": [],
     "credentials": [{"name": "api_key", "secret": false, "encoding": "text", "length": {"least": 36, "greatest": 36}},
       {"name": "secret_key", "secret": true, "encoding": "hex", "length": {"least": 64, "greatest": 64}}],
     "disclose": [],
     "permissions": {"hosts": ["api.example.com:443"], "defaults": {}, "acts": [
      {"name": "stream", "class": "read", "method": "GET", "path": "/os", "operations": ["login", "beat"]},
      {"name": "login", "class": "read", "operation": "<1,2,3>", "sealed": ["binary:2"]},
      {"name": "beat", "class": "public", "operation": "<4{1,2}>"}]}}
    """

  private func guarded(_ time: Int64) throws -> (GuardedOutput, TemporaryFolder) {
    let folder = try TemporaryFolder()
    let manifest = try Manifest.parse(bytes: Array(Self.manifest.utf8), file: "manifest.json")
    let guarding = SendGuard(manifest: manifest, nonces: NonceSources(folder: folder.path))
    var fields: [String: StoredField] = [:]
    let values = [
      "api_key": "4f5c3a26-0000-4000-8000-1a2b3c4d5e6f", "secret_key": String(repeating: "0f", count: 32),
    ]
    for (name, value) in values {
      fields[name] = StoredField(try #require(SecretBytes(Array(value.utf8))), form: .raw)
    }
    guarding.add(
      account: 1,
      try LoadedAccount(StoredAccount(exchange: "example", name: "main", fields: fields), schema: manifest.credentials))
    let out = GuardedOutput(guarding, time: time)
    try out.open(9, "wss://api.example.com/os", account: 1, permission: "stream")
    return (out, folder)
  }

  private func login(_ signature: SealedText) -> Request {
    var frame = Request(
      frame: SealedText("\n\u{24}") + SealedText(.field("api_key")) + "\u{12}\u{2C}" + signature
        + SealedText(.bytes([0x18, 0xFE, 0xEF, 0xEB, 0xAD, 0x06])), on: 9)
    (frame.account, frame.permission, frame.isBinary) = (1, "login", true)
    return frame
  }

  /// The bytes are those of the exchange Cube's own client for this key at this second.
  @Test func aLoginIsSignedInItsField() throws {
    let (out, _) = try guarded(1_706_751_998_000_000_000)
    let text = SealedText("cube.xyz") + SealedText(.bytes([0xFE, 0xF7, 0xBA, 0x65, 0, 0, 0, 0]))
    let signature = text.hmac(.sha256, key: Seal.field("secret_key").unhex).base64
    let sent = try out.send(login(SealedText(signature)))
    let expected = "\n$4f5c3a26-0000-4000-8000-1a2b3c4d5e6f\u{12},w62irrBhuMn9Yv1OYJbRw7EElMV2fFmRPoheGK1Rw44="
    #expect(sent.request.body == Array(expected.utf8) + [0x18, 0xFE, 0xEF, 0xEB, 0xAD, 0x06])
  }

  private func hmac(_ text: SealedText) -> Seal { text.hmac(.sha256, key: Seal.field("secret_key").unhex) }

  private func frame(_ text: SealedText) -> Request {
    var frame = Request(frame: text, on: 9)
    (frame.account, frame.permission, frame.isBinary) = (1, "login", true)
    return frame
  }

  private func refusal(_ frame: Request, _ out: GuardedOutput) -> String? {
    do {
      _ = try out.send(frame)
      return nil
    } catch { return "\(error)" }
  }

  /// The same value in the place of another field does not leave, nor one with text beside it, nor a frame that has
  /// none: what signs in does nothing else.
  @Test func aSignatureStandsInItsFieldAlone() throws {
    let (out, _) = try guarded(1_706_751_998_000_000_000)
    let signature = SealedText(hmac("cube.xyz").base64)
    #expect(refusal(frame("\u{12}\u{2C}" + signature), out) == nil)
    #expect(refusal(frame("\n\u{2C}" + signature), out) != nil, "in another field")
    #expect(refusal(frame("\u{12}\u{2D}a" + signature), out) != nil, "behind a letter")
    #expect(refusal(frame("\u{12}\u{2D}" + signature + "a"), out) != nil, "before a letter")
    #expect(refusal(frame("\u{12}\u{2C}" + signature + "\n\u{2C}" + signature), out) != nil, "twice")
    #expect(refusal(frame("\n\u{3}abc\u{18}\u{1}"), out) != nil, "without one")
    #expect(refusal(frame("\u{12}\u{4}sign"), out) != nil, "a text in its place")
    #expect(refusal(frame("\u{12}\u{20}" + SealedText(hmac("cube.xyz"))), out) != nil, "bytes that are no text")
  }

  /// The length that stands before a value must not say how long it is with this secret.
  @Test func aValueOfUncertainLengthIsInNoFrame() throws {
    var left = 0
    for second in 0..<40 {
      let (out, _) = try guarded(1_706_751_998_000_000_000)
      let value = SealedText(hmac("\(second)").base64.percentEncoded)
      let refusals = (44...70).map { length in
        refusal(frame("\u{12}" + SealedText(.bytes([UInt8(length)])) + value), out)
      }
      left += refusals.count { $0 == nil }
      #expect(Set(refusals).count == 1, "no length is told from another")
    }
    #expect(left == 0)
  }

  /// Two secrets of one form, and random programs with every length before them that either secret would give: what is
  /// decided is the same. Some leave, and of others the lengths differ.
  @Test func twoSecretsAreNotToldApartByAFrame() throws {
    let places = try signing().places
    let operation = try #require(SocketOperation("<1,2,3>", hasTexts: true))
    var chance = SealChance(state: 4711)
    var (fit, uneven) = (0, 0)
    for _ in 0..<4000 {
      let (one, other) = SealAccounts.pair(&chance)
      let program = SealPrograms.program(&chance)
      guard let first = try? evaluate(body: [.seal(program)], account: one),
        let second = try? evaluate(body: [.seal(program)], account: other)
      else { continue }
      if first.body.count != second.body.count { uneven += 1 }
      for count in Set([first.body.count, second.body.count]) where (1..<128).contains(count) {
        func verdict(_ account: SealAccount) -> [String] {
          let head = String(decoding: [0x12, UInt8(count)], as: UTF8.self)
          let sent = try? evaluate(body: [.literal(head), .seal(program)], account: account)
          guard let shape = sent?.shape else { return ["not evaluated"] }
          return [operation.fault(in: shape, places) ?? "", "\(places.permit(shape.sealed, in: shape, account.form))"]
        }
        let verdicts = (verdict(one), verdict(other))
        #expect(verdicts.0 == verdicts.1, "\(program)")
        if verdicts.0 == ["", "true"], !first.sealed.isEmpty { fit += 1 }
      }
    }
    #expect(fit > 20 && uneven > 20, "\(fit) fit, \(uneven) are of different lengths")
  }

  /// Where the login of the manifest may be signed, and what of it is not bound.
  private func signing() throws -> (places: SealedPlaces, unbound: [String]) {
    let manifest = try Manifest.parse(bytes: Array(Self.manifest.utf8), file: "manifest.json")
    let act = try #require(manifest.acts.first { $0.name == "login" })
    return (SealedPlaces(act, slots: 0b11), act.unbound)
  }

  // MARK: Manifests

  private func problems(_ acts: String) -> [String] {
    let text = Self.manifest.replacing(
      #"{"name": "login", "class": "read", "operation": "<1,2,3>", "sealed": ["binary:2"]}"#, with: acts)
    do {
      _ = try Manifest.parse(bytes: Array(text.utf8), file: "manifest.json")
      return []
    } catch { return ["\(error)"] }
  }

  @Test(arguments: [
    (#""class": "read", "operation": "<1,2,3>", "sealed": ["binary:2"]"#, nil),
    (#""class": "read", "operation": "<1,2,3>", "sealed": ["binary:4"]"#, "no field"),
    (#""class": "read", "operation": "<1,2{1},3>", "sealed": ["binary:2"]"#, "no field"),
    (#""class": "read", "operation": "<1,2,3>", "sealed": ["json:/2"]"#, "no field"),
    (#""class": "read", "operation": "login", "sealed": ["binary:2"]"#, "no field"),
    (#""class": "read", "operation": "<1,2", "sealed": []"#, "names no fields"),
    (#""class": "read", "operation": "<4,2>", "sealed": []"#, "the same operation"),
    (#""class": "trade", "verb": "cancel", "operation": "<1,2>", "bind": {"client_order": "json:/a"}"#, "trades"),
  ] as [(String, String?)]) func aManifestSaysWhatFits(act: String, problem: String?) {
    let found = problems(#"{"name": "login", \#(act)}"#)
    #expect(found.isEmpty == (problem == nil) && found.allSatisfy { $0.contains(problem ?? "") }, "\(found)")
  }

  /// Nobody but its manifest says what such a frame is.
  @Test func aMessageByNumbersIsNotBound() throws { #expect(try !signing().unbound.isEmpty) }
}
