import Minisign

/// Whose word it is that something can be trusted.
public enum TrustSource: Sendable, Equatable {
  /// `keys` of the registry: the project's.
  case registry
  /// `trust.json`: the operator's.
  case file
  /// `sha256` of a connector in `patchbay.json`: the operator's, too.
  case config

  var words: String {
    switch self {
    case .registry: "the registry"
    case .file: "trust.json"
    case .config: "the configuration"
    }
  }
}

/// A key whose signatures count, for some connectors and until some day.
public struct TrustedKey: Sendable, Equatable {
  /// What people call it: `example-2026`.
  public var name: String
  public var key: PublicKey
  /// The last day on which it counts, in UTC: `2027-12-31`.
  public var until: String
  /// The ids of the manifests that it may sign.
  public var connectors: [String]
  public var source: TrustSource

  public init(name: String, key: PublicKey, until: String, connectors: [String], source: TrustSource) {
    (self.name, self.key, self.until, self.connectors, self.source) = (name, key, until, connectors, source)
  }

  /// Whether it still counts on a day; on an unknown one no key does.
  func counts(on today: String?) -> Bool { today.map { $0 <= until } ?? false }
}

/// Bytes that are trusted, whoever made them.
public struct TrustedHash: Sendable, Equatable {
  public var connector: String
  /// The SHA-256 of the library, or that of a `manifest.json` which names the library's.
  public var sha256: String

  public init(connector: String, sha256: String) { (self.connector, self.sha256) = (connector, sha256) }
}

extension FieldReader {
  /// `keys` of a registry or of `trust.json`.
  func trustedKeys(_ source: TrustSource) -> [TrustedKey] {
    var names: Set<String> = []
    return elements().compactMap { element in
      element.allow(only: ["id", "ed25519", "until", "connectors"])
      let name = element.required("id")?.string("a name of a key, such as example-2026", where: NameForm.isKeyName)
      let key = element.required("ed25519")?.publicKey()
      let until = element.required("until")?.string("a day such as 2027-12-31", where: NameForm.isDay)
      let connectors = element.required("connectors")?.names(
        "an id (a-z, 0-9 and _, a letter first, at most 48)", NameForm.isIdentifier)
      guard let name, let key, let until, let connectors else { return nil }
      if connectors.isEmpty {
        element.optional("connectors")?.report(
          .value, "the key is for no connector", remedy: "Name the ids whose manifests it may sign")
      }
      if !names.insert(name).inserted { element.report(.conflict, "the key \"\(name)\" stands twice") }
      return TrustedKey(name: name, key: key, until: until, connectors: connectors, source: source)
    }
  }

  private func publicKey() -> PublicKey? {
    guard let text = string() else { return nil }
    do throws(MinisignFault) {
      return try PublicKey(text)
    } catch {
      report(.value, "\(error)", remedy: "Take the last line of the .pub file that minisign -G wrote")
      return nil
    }
  }
}

extension NameForm {
  /// `example-2026`: a-z, 0-9, `-`, `_` and `.`, at most 64.
  static func isKeyName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || "-_.".utf8.contains(byte)
      }
  }

  /// A whole date.
  static func isDay(_ text: String) -> Bool { isDate(text) && text.utf8.count == 10 }
}
