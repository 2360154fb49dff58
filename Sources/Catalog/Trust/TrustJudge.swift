import Minisign

/// All that is known of a connector that was not built from this tree, before anything of it is run.
public struct TrustEvidence: Sendable {
  /// What lies beside a manifest.
  public enum Signature: Sendable {
    case none
    /// It is there, and cannot be read.
    case unreadable(String)
    case file([UInt8])
  }

  public var id: String
  public var version: String
  /// The bytes that were read and parsed: what is signed. `nil` = the registry's entry is the manifest.
  public var manifest: [UInt8]?
  public var signature: Signature
  /// The hash that the manifest names for this platform.
  public var named: String?
  /// The library's hash; nil where it is not there.
  public var library: String?

  public init(
    id: String, version: String, manifest: [UInt8]?, signature: Signature, named: String?, library: String?
  ) {
    (self.id, self.version, self.manifest, self.signature) = (id, version, manifest, signature)
    (self.named, self.library) = (named, library)
  }
}

/// Judges evidence by rules. A pure function: the same evidence and rules give the same finding.
public enum TrustJudge {
  public static func judge(_ evidence: TrustEvidence, by rules: TrustRules) -> TrustFinding {
    let manifestHash = evidence.manifest.map(SHA256Hex.of)
    var finding = found(evidence, manifestHash, rules)
    finding.manifestSHA256 = manifestHash
    finding.librarySHA256 = evidence.library
    finding.advisory = rules.advisory(
      connector: evidence.id, version: evidence.version, hashes: [evidence.library, manifestHash])
    return finding
  }

  /// What a signature is worth.
  private enum Worth {
    case none
    case unknownKey(KeyID)
    case right(TrustedKey, KeyID, comment: String)
    case wrong(String, KeyID?)
  }

  private static func found(
    _ evidence: TrustEvidence, _ manifestHash: String?, _ rules: TrustRules
  ) -> TrustFinding {
    let worth = worth(evidence, rules)
    var finding: TrustFinding
    switch worth {
    case .wrong(let reason, let key):
      finding = TrustFinding(.invalid, reason)
      finding.keyID = key
    case .right(let key, let id, let comment):
      finding = signed(evidence, key, rules)
      (finding.keyID, finding.trustedComment) = (id, comment)
    case .none: finding = unsigned(evidence, manifestHash, nil, rules)
    case .unknownKey(let id):
      finding = unsigned(evidence, manifestHash, id, rules)
      finding.keyID = id
    }
    return finding
  }

  private static func worth(_ evidence: TrustEvidence, _ rules: TrustRules) -> Worth {
    let bytes: [UInt8]
    switch evidence.signature {
    case .none: return .none
    case .unreadable(let why): return .wrong("its signature cannot be read: \(why)", nil)
    case .file(let file): bytes = file
    }
    let signature: Signature
    do throws(MinisignFault) { signature = try Signature(file: bytes) } catch {
      return .wrong("manifest.json.minisig is \(error)", nil)
    }
    let known = rules.keys.filter { $0.key.id == signature.key }
    guard !known.isEmpty else { return .unknownKey(signature.key) }
    // Whoever makes a key chooses its id: several may have the same.
    var faults: [String] = []
    var right: [TrustedKey] = []
    for key in known {
      do throws(MinisignFault) {
        try signature.verify(evidence.manifest ?? [], by: key.key)
        right.append(key)
      } catch {
        faults.append("\(error)")
      }
    }
    guard let first = right.first else {
      return .wrong(
        "it says that it is signed with the key \(signature.key), and is not: \(faults.first ?? "")", signature.key)
    }
    let bound = right.filter { $0.connectors.contains(evidence.id) }
    guard let own = bound.first else {
      return .wrong(
        "its key \(first.name) is trusted for \(first.connectors.joined(separator: ", ")), and not for \(evidence.id)",
        signature.key)
    }
    guard let valid = bound.first(where: { $0.counts(on: rules.today) }) else {
      return .wrong(
        rules.today == nil
          ? "its key \(own.name) expires, and it is not known which day it is"
          : "its key \(own.name) expired on \(own.until)", signature.key)
    }
    return .right(valid, signature.key, comment: signature.trustedComment)
  }

  private static func signed(_ evidence: TrustEvidence, _ key: TrustedKey, _ rules: TrustRules) -> TrustFinding {
    guard let named = evidence.named else {
      return TrustFinding(
        .invalid, "its manifest is signed and names no hash of the library for \(Platform.current), so that the "
          + "signature covers no library of this machine")
    }
    if let other = difference(evidence, named, rules) { return other }
    var finding = TrustFinding(
      .signed, "signed with the key \(key.name) of \(key.source.words), which counts until \(key.until)")
    finding.signer = key
    return finding
  }

  /// The library is another one than its manifest, or the configuration, names.
  private static func difference(
    _ evidence: TrustEvidence, _ named: String?, _ rules: TrustRules
  ) -> TrustFinding? {
    guard let library = evidence.library else { return nil }
    if let named, named != library {
      return TrustFinding(.modified, "its library's SHA-256 is \(library), and its manifest names \(named)")
    }
    if let pinned = rules.pinned[evidence.id], pinned != library {
      return TrustFinding(.modified, "its library's SHA-256 is \(library), and the configuration trusts \(pinned)")
    }
    return nil
  }

  private static func unsigned(
    _ evidence: TrustEvidence, _ manifestHash: String?, _ unknown: KeyID?, _ rules: TrustRules
  ) -> TrustFinding {
    if let other = difference(evidence, evidence.named, rules) { return other }
    let own = rules.hashes.filter { $0.connector == evidence.id }.map(\.sha256)
    let how = unknown.map { "it is signed with the key \($0), which nobody here trusts" } ?? "it is not signed"
    func trusted(_ trust: TrustFinding.HashTrust, _ words: String) -> TrustFinding {
      var finding = TrustFinding(.unsigned, "\(how); \(words)")
      finding.hashTrust = trust
      return finding
    }
    if let manifestHash, own.contains(manifestHash) {
      guard evidence.named != nil else {
        return TrustFinding(
          .invalid, "trust.json trusts its manifest, which names no hash of the library for \(Platform.current)")
      }
      return trusted(.manifest(.file), "trust.json trusts it by the hash of its manifest")
    }
    if let library = evidence.library {
      let words = "trusts its library by its hash; who may write to its manifest can change what it may do"
      if rules.pinned[evidence.id] == library { return trusted(.library(.config), "the configuration \(words)") }
      if own.contains(library) { return trusted(.library(.file), "trust.json \(words)") }
    }
    if let key = rules.keys.first(where: { $0.connectors.contains(evidence.id) }) {
      return TrustFinding(.invalid, "\(how), and \(key.source.words) wants it signed with the key \(key.name)")
    }
    if let first = own.first, evidence.library != nil {
      return TrustFinding(
        .modified, "its library's SHA-256 is \(evidence.library ?? ""), and trust.json trusts "
          + (own.count == 1 ? first : "\(own.count) others"))
    }
    return TrustFinding(.unsigned, "\(how), and nobody here vouches for it")
  }
}
