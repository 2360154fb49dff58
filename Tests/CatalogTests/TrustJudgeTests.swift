import Minisign
import Testing

@testable import Catalog

/// Each refusal with the evidence that asks for it. Without the check in question it would be `signed`, or run.
@Suite struct TrustJudgeTests {
  private func judge(_ evidence: TrustEvidence, _ rules: TrustRules) -> TrustFinding {
    TrustJudge.judge(evidence, by: rules)
  }

  @Test func whatATrustedKeySignedIsSigned() throws {
    let finding = judge(try Trusted.evidence(signedBy: 1), Trusted.rules(keys: [try Trusted.key()]))
    #expect(finding.status == .signed && finding.signer?.name == "key-1" && finding.trustedComment == "t")
    #expect(finding.reason == "signed with the key key-1 of trust.json, which counts until 2027-12-31")
    #expect(finding.isVouchedFor && finding.librarySHA256 == Trusted.library)
    let last = judge(
      try Trusted.evidence(signedBy: 1), Trusted.rules(keys: [try Trusted.key(until: Trusted.today)]))
    #expect(last.status == .signed, "on its last day it counts")
  }

  @Test func aForgedSignatureIsInvalid() throws {
    var evidence = try Trusted.evidence(signedBy: 1)
    evidence.manifest = Array(#"{"id": "example", "version": "1.2.1"}"#.utf8)
    let finding = judge(evidence, Trusted.rules(keys: [try Trusted.key()]))
    #expect(finding.status == .invalid && finding.reason.contains("not of these bytes"))
    #expect(finding.signer == nil && finding.trustedComment == nil, "its words count for nothing")
  }

  /// Somebody else's key, with the id of the one that is trusted: ids are chosen freely.
  @Test func aKeyOfTheSameIdIsNotTheSameKey() throws {
    let trusted = try Trusted.secret(1)
    let forger = try SecretKey(random: Array(Trusted.random(1)[..<8] + Trusted.random(2)[8...]))
    #expect(forger.id == trusted.id && forger.publicKey != trusted.publicKey)
    var evidence = try Trusted.evidence()
    evidence.signature = .file(Array(try forger.sign(Trusted.manifest, trustedComment: "t").file.utf8))
    let finding = judge(evidence, Trusted.rules(keys: [try Trusted.key(1)]))
    #expect(finding.status == .invalid && finding.reason.contains("and is not: the signature is not of these bytes"))
    // Where both are trusted, each counts for its own.
    let namesake = TrustedKey(
      name: "namesake", key: forger.publicKey, until: "2027-01-01", connectors: ["example"], source: .registry)
    #expect(judge(evidence, Trusted.rules(keys: [try Trusted.key(1), namesake])).signer == namesake)
  }

  @Test func anUnknownKeyIsNobodysWord() throws {
    let finding = judge(try Trusted.evidence(signedBy: 2), Trusted.rules())
    #expect(finding.status == .unsigned && !finding.isVouchedFor)
    #expect(finding.reason.contains("which nobody here trusts"))
    #expect(finding.keyID == (try Trusted.secret(2).id))
  }

  /// Whoever is expected to sign must have: else taking the signature away, or signing with another key, would do.
  @Test(arguments: [UInt8?.none, 2]) func anExpectedSignatureMustBeThere(seed: UInt8?) throws {
    let finding = judge(try Trusted.evidence(signedBy: seed), Trusted.rules(keys: [try Trusted.key(1)]))
    #expect(finding.status == .invalid && finding.reason.contains("wants it signed with the key key-1"))
    let expired = try Trusted.key(1, until: "2026-01-01")
    #expect(judge(try Trusted.evidence(signedBy: seed), Trusted.rules(keys: [expired])).status == .invalid)
  }

  @Test func anExpiredKeyDoesNotCount() throws {
    let finding = judge(
      try Trusted.evidence(signedBy: 1), Trusted.rules(keys: [try Trusted.key(until: "2026-11-29")]))
    #expect(finding.status == .invalid && finding.reason == "its key key-1 expired on 2026-11-29")
    var rules = Trusted.rules(keys: [try Trusted.key()])
    rules.today = nil
    #expect(judge(try Trusted.evidence(signedBy: 1), rules).status == .invalid, "without a date none counts")
  }

  @Test func aKeyCountsForItsOwnIdsOnly() throws {
    let finding = judge(
      try Trusted.evidence(signedBy: 1), Trusted.rules(keys: [try Trusted.key(for: ["other", "third"])]))
    #expect(finding.status == .invalid)
    #expect(finding.reason == "its key key-1 is trusted for other, third, and not for example")
  }

  @Test func aSignatureThatCannotBeReadIsInvalid() throws {
    var evidence = try Trusted.evidence()
    for file in [[], Array("untrusted comment: x\n".utf8), [UInt8](repeating: 0x41, count: 1 << 20)] {
      evidence.signature = .file(file)
      let finding = judge(evidence, Trusted.rules(keys: [try Trusted.key()]))
      #expect(finding.status == .invalid && finding.reason.contains("not a signature of minisign"))
    }
    evidence.signature = .unreadable("this is no regular file")
    #expect(judge(evidence, Trusted.rules()).reason == "its signature cannot be read: this is no regular file")
  }

  @Test func aLibraryThatTheManifestDoesNotNameIsModified() throws {
    let rules = Trusted.rules(keys: [try Trusted.key()])
    let signed = judge(try Trusted.evidence(signedBy: 1, library: Trusted.otherLibrary), rules)
    #expect(signed.status == .modified && signed.reason.contains(Trusted.library))
    #expect(signed.signer == nil && !signed.isVouchedFor)
    #expect(judge(try Trusted.evidence(library: Trusted.otherLibrary), Trusted.rules()).status == .modified)
  }

  @Test func aSignedManifestMustNameTheLibrary() throws {
    let finding = judge(try Trusted.evidence(signedBy: 1, named: nil), Trusted.rules(keys: [try Trusted.key()]))
    #expect(finding.status == .invalid && finding.reason.contains("covers no library of this machine"))
  }

  @Test func hashesAreTrustedForWhatTheyCover() throws {
    let manifestHash = SHA256Hex.of(Trusted.manifest)
    let whole = judge(try Trusted.evidence(), Trusted.rules(hashes: [manifestHash]))
    #expect(whole.status == .unsigned && whole.hashTrust == .manifest(.file) && whole.isVouchedFor)
    let part = judge(try Trusted.evidence(), Trusted.rules(hashes: [Trusted.library]))
    #expect(part.hashTrust == .library(.file) && part.reason.contains("can change what it may do"))
    let config = judge(try Trusted.evidence(), Trusted.rules(pinned: Trusted.library))
    #expect(config.hashTrust == .library(.config))
    let nothing = judge(try Trusted.evidence(named: nil), Trusted.rules(hashes: [manifestHash]))
    #expect(nothing.status == .invalid, "a manifest without a hash covers no library")
    let other = judge(try Trusted.evidence(), Trusted.rules(hashes: [Trusted.otherLibrary]))
    #expect(other.status == .modified && !other.isVouchedFor)
    let pinned = judge(
      try Trusted.evidence(signedBy: 1), Trusted.rules(keys: [try Trusted.key()], pinned: Trusted.otherLibrary))
    #expect(pinned.status == .modified, "the configuration's hash goes before every signature")
  }

  /// The operator's hash is of these very bytes, and goes before a key that is expected.
  @Test func aHashLoosensWhereItNamesTheBytes() throws {
    let rules = Trusted.rules(keys: [try Trusted.key()], hashes: [Trusted.library])
    #expect(judge(try Trusted.evidence(), rules).isVouchedFor)
    var forged = try Trusted.evidence(signedBy: 1)
    forged.manifest = Array("{}".utf8)
    #expect(judge(forged, rules).status == .invalid, "a signature that is wrong stays wrong")
  }

  @Test func advisoriesStopByVersionAndByHash() throws {
    func hit(_ advisory: String) throws -> Advisory? {
      let own = #"{"connector": "example", "date": "2026-11-01", "text": "leaks", \#(advisory)}"#
      let text = #"{"schema": 1, "advisories": [\#(own)]}"#
      var rules = Trusted.rules(keys: [try Trusted.key()])
      rules.advisories = try TrustFile.parse(bytes: Array(text.utf8), file: "trust.json").advisories
      let finding = judge(try Trusted.evidence(signedBy: 1), rules)
      let decision = TrustPolicy.decide(finding, id: "example", nil, requiresSigned: false)
      #expect(decision.mayLoad == (finding.advisory == nil))
      return finding.advisory
    }
    #expect(try hit(#""versions": ["1.1.0", "1.2.0"]"#) != nil && hit(#""versions": ["1.1.0"]"#) == nil)
    #expect(try hit(#""before": "1.2.1""#) != nil && hit(#""before": "1.2.0""#) == nil)
    #expect(try hit(#""sha256": ["\#(Trusted.library)"]"#) != nil)
    #expect(try hit(#""sha256": ["\#(SHA256Hex.of(Trusted.manifest))"]"#) != nil)
    #expect(try hit(#""sha256": ["\#(Trusted.otherLibrary)"]"#) == nil)
    let words = try hit(#""before": "2.0.0", "remedy": "install 2.0.0""#)?.words
    #expect(words == "stopped by an advisory of trust.json of 2026-11-01: leaks; install 2.0.0")
  }

  @Test func versionsAreOrdered() {
    let rising = [
      "0.9.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.2", "1.0.0-alpha.10", "1.0.0-beta", "1.0.0", "1.0.1",
      "1.2.0", "1.10.0", "2.0.0", "999999999.0.0",
    ]
    for (place, version) in rising.enumerated() {
      #expect(!VersionOrder.isOlder(version, version))
      for newer in rising.dropFirst(place + 1) {
        #expect(VersionOrder.isOlder(version, newer) && !VersionOrder.isOlder(newer, version), "\(version) \(newer)")
      }
    }
  }

  @Test func daysAreThoseOfTheCalendar() {
    let day: Int64 = 86_400_000_000_000
    #expect(CalendarDay.text(wall: 0) == "1970-01-01" && CalendarDay.text(wall: -1) == "1970-01-01")
    #expect(CalendarDay.text(wall: 951_782_400_000_000_000) == "2000-02-29")
    #expect(CalendarDay.text(wall: 951_782_400_000_000_000 + day) == "2000-03-01")
    #expect(CalendarDay.text(wall: 1_796_039_460_000_000_000) == "2026-11-30")
    #expect(CalendarDay.text(wall: 1_798_761_599_999_999_999) == "2026-12-31")
    #expect(CalendarDay.yearLater("2028-02-29") == "2029-02-28" && CalendarDay.yearLater("2026-11-30") == "2027-11-30")
  }

  @Test func idsThatLookAlikeAreFound() throws {
    let ids = try TestFiles.registry().entries.map(\.id)
    for (id, other) in [("b1nance", "binance"), ("blnance", "binance"), ("bin_ance", "binance"), ("krak3n", nil)] {
      #expect(LookAlike.find(id, among: ids) == other, "\(id)")
    }
    for id in ids { #expect(LookAlike.find(id, among: ids) == nil, "\(id) is its own") }
    #expect(LookAlike.find("rnexc", among: ids) == "mexc" && LookAlike.find("0kx", among: ids) == "okx")
    // Other case, other alphabets and invisible letters do not get as far.
    for id in ["Binance", "b\u{0456}nance", "binance\u{200B}", "bi\u{0301}nance", "binance ", "ⅿexc"] {
      #expect(!Manifest.isID(id), "\(id)")
    }
  }
}
