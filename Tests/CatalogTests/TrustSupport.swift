import JSONTree
import Minisign

@testable import Catalog

/// What tests of trust are made of: keys by seed, and evidence that is right but for what a test changes.
enum Trusted {
  static let today = "2026-11-30"
  static let library = String(repeating: "ab", count: 32)
  static let otherLibrary = String(repeating: "cd", count: 32)

  static func random(_ seed: UInt8) -> [UInt8] {
    (0..<40).map { UInt8(truncatingIfNeeded: $0 &* 5 &+ Int(seed) &* 11) }
  }

  static func secret(_ seed: UInt8 = 1) throws -> SecretKey {
    try SecretKey(random: random(seed))
  }

  static func key(
    _ seed: UInt8 = 1, until: String = "2027-12-31", for ids: [String] = ["example"], source: TrustSource = .file
  ) throws -> TrustedKey {
    TrustedKey(
      name: "key-\(seed)", key: try secret(seed).publicKey, until: until, connectors: ids, source: source)
  }

  static func rules(keys: [TrustedKey] = [], hashes: [String] = [], pinned: String? = nil) -> TrustRules {
    var rules = TrustRules()
    rules.keys = keys
    rules.hashes = hashes.map { TrustedHash(connector: "example", sha256: $0) }
    rules.pinned = pinned.map { ["example": $0] } ?? [:]
    rules.today = today
    return rules
  }

  static let manifest = Array(#"{"id": "example", "version": "1.2.0"}"#.utf8)

  static func evidence(
    signedBy seed: UInt8? = nil, library: String? = Trusted.library, named: String? = Trusted.library
  ) throws -> TrustEvidence {
    let signature = try seed.map { try secret($0).sign(manifest, trustedComment: "t").file }
    return TrustEvidence(
      id: "example", version: "1.2.0", manifest: manifest,
      signature: signature.map { .file(Array($0.utf8)) } ?? .none, named: named, library: library)
  }

  static func permit(_ permit: String, _ more: String = "", require: String = "any") throws -> Config {
    let text = """
      {"schema": 1, "trust": {"require": "\(require)"}, "connectors": {"example": {"permit": \(permit) \(more)}}}
      """
    return try Config.parse(bytes: Array(text.utf8), file: "patchbay.json", environment: [:])
  }
}
