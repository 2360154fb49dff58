import JSONTree
import Minisign

/// Who vouches for the bytes of a connector.
public struct TrustFinding: Sendable, Equatable {
  /// In one word.
  public enum Status: String, CaseIterable, Sendable {
    /// Built from this tree: the library lies beside the host's executable.
    case core
    /// A key that is trusted for this id has signed the manifest, and the library is the one that it names.
    case signed
    /// Nobody whose word counts has signed it. Its hash may be trusted.
    case unsigned
    /// It is signed, or must be, and the signature does not hold. Never run.
    case invalid
    /// The library is not the one that its manifest or the operator names. Never run.
    case modified
  }

  /// Which hash the operator named.
  public enum HashTrust: Sendable, Equatable {
    /// That of the manifest, which names the library's.
    case manifest(TrustSource)
    /// That of the library alone; its manifest may have been changed.
    case library(TrustSource)
  }

  public var status: Status
  /// Why, in words: a sentence without its first capital.
  public var reason: String
  /// The key that signed it, where that key counts.
  public var signer: TrustedKey?
  /// The id of the key that it says it is signed with.
  public var keyID: KeyID?
  /// What the signer says of it; nil where no signature holds.
  public var trustedComment: String?
  public var hashTrust: HashTrust?
  /// What was judged.
  public var manifestSHA256: String?
  public var librarySHA256: String?
  /// What stops it, whoever vouches for it.
  public var advisory: Advisory?

  public init(_ status: Status, _ reason: String) {
    (self.status, self.reason) = (status, reason)
  }

  /// Whether anybody whose word counts vouches for it.
  public var isVouchedFor: Bool { status == .core || status == .signed || status == .unsigned && hashTrust != nil }

  /// Where its code runs unless the configuration says otherwise.
  public var home: Config.Permit.Run { status == .core ? .inProcess : .worker }

  /// On one line: the word, why, and what stops it.
  public var words: String {
    "\(status.rawValue): \(reason)" + (advisory.map { "; \($0.words)" } ?? "")
  }

  public var json: JSONValue {
    let text = { (text: String?) in text.map { JSONValue(.string($0)) } ?? nil }
    return [
      "status": text(status.rawValue), "reason": text(reason), "key": text(signer?.name),
      "key_id": text(keyID?.description), "trusted_comment": text(trustedComment),
      "manifest_sha256": text(manifestSHA256), "library_sha256": text(librarySHA256),
      "advisory": text(advisory?.words),
    ]
  }
}
