import Testing

@testable import Minisign

let message = Array(#"{"id": "example"}"#.utf8)

func seeded(_ seed: UInt8) throws -> SecretKey {
  try SecretKey(random: (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ Int(seed)) })
}

func fault(_ body: () throws -> Void) -> MinisignFault? {
  do {
    try body()
    return nil
  } catch {
    return error as? MinisignFault
  }
}

@Suite struct SignatureTests {
  @Test func whatIsSignedIsVerifiedAndReadAgain() throws {
    let key = try seeded(1)
    let signature = try key.sign(message, trustedComment: "timestamp:1\tfile:manifest.json")
    let read = try Signature(file: Array(signature.file.utf8))
    #expect(read == signature && read.algorithm == .prehashed && read.key == key.id)
    #expect(read.trustedComment == "timestamp:1\tfile:manifest.json")
    try read.verify(message, by: key.publicKey)
  }

  @Test func aCommentIsOneLine() throws {
    for comment in ["a\nb", "a\rb", "a\0b", "\u{1B}[2J"] {
      #expect(fault { _ = try seeded(1).sign(message, trustedComment: comment) } != nil)
    }
  }

  @Test func anotherMessageAndAnotherKeyAreRefused() throws {
    let (key, other) = (try seeded(1), try seeded(2))
    let signature = try key.sign(message, trustedComment: "x")
    #expect(fault { try signature.verify(message + [0], by: key.publicKey) } == .forged)
    #expect(fault { try signature.verify(message, by: other.publicKey) } == .otherKey(key.id))
    // A key of the same name, as anybody can make one.
    let namesake = try PublicKey(id: key.id, point: other.publicKey.point)
    #expect(fault { try signature.verify(message, by: namesake) } == .forged)
  }

  @Test func theTrustedCommentIsSigned() throws {
    let key = try seeded(1)
    let text = try key.sign(message, trustedComment: "version 1").file.replacing("version 1", with: "version 2")
    #expect(fault { try Signature(file: Array(text.utf8)).verify(message, by: key.publicKey) } == .forgedComment)
    let untrusted = try key.sign(message, trustedComment: "x").file.replacing("signature from", with: "whatever from")
    try Signature(file: Array(untrusted.utf8)).verify(message, by: key.publicKey)
  }

  /// A signature of the bytes is none of their digest, and the other way round.
  @Test func theAlgorithmCannotBeExchanged() throws {
    let key = try seeded(1)
    let signature = try key.sign(message, trustedComment: "x")
    let plain = Signature(
      algorithm: .plain, key: signature.key, signature: signature.signature, trustedComment: "x",
      whole: signature.whole, comment: "")
    #expect(fault { try plain.verify(message, by: key.publicKey) } == .forged)
  }

  @Test func oddFilesAreRefusedWithTheReason() throws {
    let text = try seeded(1).sign(message, trustedComment: "x").file
    let lines = text.split(separator: "\n").map(String.init)
    func reason(_ lines: [String]) -> String {
      fault { _ = try Signature(file: Array((lines.joined(separator: "\n") + "\n").utf8)) }?.description ?? "taken"
    }
    #expect(reason(lines) == "taken")
    #expect(reason(Array(lines.prefix(3))).contains("3 lines, and not four"))
    #expect(reason(lines + ["more"]).contains("5 lines, and not four"))
    #expect(reason([]).contains("1 lines, and not four"))
    #expect(reason(["comment", lines[1], lines[2], lines[3]]).contains("first line"))
    #expect(reason([lines[0], lines[1], "comment: x", lines[3]]).contains("third line"))
    #expect(reason([lines[0], String(lines[1].dropLast(4)), lines[2], lines[3]]).contains("74 bytes"))
    #expect(reason([lines[0], lines[1].replacing("=", with: " "), lines[2], lines[3]]).contains("74 bytes"))
    #expect(reason([lines[0], lines[1], lines[2], lines[3] + "AAAA"]).contains("64 bytes"))
    #expect(reason([lines[0], "RX" + lines[1].dropFirst(2), lines[2], lines[3]]).contains("neither Ed nor ED"))
    let huge = Array(text.utf8) + [UInt8](repeating: 0x41, count: Signature.maximumBytes)
    #expect(fault { _ = try Signature(file: huge) }?.description.contains("longer than 16384 bytes") == true)
    #expect(fault { _ = try Signature(file: [0xFF, 0x0A]) }?.description.contains("not text in UTF-8") == true)
    // As a text editor of another system leaves it.
    let returns = try Signature(file: Array(text.replacing("\n", with: "\r\n").utf8))
    try returns.verify(message, by: seeded(1).publicKey)
  }

  @Test func publicKeysAreReadFromTextAndFile() throws {
    let key = try seeded(3).publicKey
    #expect(try PublicKey("\(key)") == key && PublicKey(key.file) == key)
    #expect("\(key)".hasPrefix("RW") && "\(key)".utf8.count == 56)
    for odd in ["", "RWQ", "\(key)=", "\(key)\n\(key)", "x\n\(key)", "\(key)".lowercased(), "\(key)\n\n\(key)\n"] {
      #expect(fault { _ = try PublicKey(odd) } != nil, "\(odd)")
    }
  }

  /// For these points signatures can be made without a secret.
  @Test func pointsOfSmallOrderAreNoKeys() throws {
    let zeros = [UInt8](repeating: 0, count: 31)
    let points: [[UInt8]] = [
      [0] + zeros, [1] + zeros, [0] + zeros.dropLast() + [0x80], [0xEC] + [UInt8](repeating: 0xFF, count: 31),
    ]
    for point in points {
      let text = Base64.encode(Array("Ed12345678".utf8) + point)
      #expect(fault { _ = try PublicKey(text) }?.description.contains("anybody can make signatures") == true)
    }
  }

  @Test func base64HasOneTextForEachSequence() {
    #expect(Base64.encode([1]) == "AQ==" && Base64.decode("AQ==") == [1])
    #expect(Base64.encode([1, 2]) == "AQI=" && Base64.decode("AQI=") == [1, 2])
    #expect(Base64.encode([1, 2, 255]) == "AQL/" && Base64.decode("AQL/") == [1, 2, 255])
    for odd in ["", "A", "AQ", "AQ=", "AR==", "AQ==AQ==", "A===", "====", "AQI", "A\nI=", "AQJ=", " AQ="] {
      #expect(Base64.decode(odd) == nil, "\(odd)")
    }
  }

  /// RFC 7693, appendix A; and of lengths around its blocks, as b2sum and Python's hashlib have them.
  @Test func digestsAreBlake2b() {
    func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
    #expect(hex(Blake2b.digest(Array("abc".utf8), count: 64)).hasPrefix("ba80a53f981c4d0d6a2797b69f12f6e9"))
    #expect(hex(Blake2b.digest([], count: 32)).hasPrefix("0e5751c026e543b2e8ab2eb06099daa1"))
    for (count, start) in Self.lengths {
      #expect(hex(Blake2b.digest((0..<count).map { UInt8($0 % 251) }, count: 64)).hasPrefix(start), "\(count)")
    }
  }

  private static let lengths: [(Int, String)] = [
    (1, "2fa3f686df876995"), (127, "b6292669ccd38d5f"), (128, "2319e3789c47e2da"), (129, "f59711d44a031d5f"),
    (255, "fe2c02da499516b0"), (256, "93463ac058b6163e"), (257, "9ca40e2ddee9436d"), (1000, "c11e1c0340bd7e5a"),
  ]
}
